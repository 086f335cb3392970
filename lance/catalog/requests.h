// Requests and responses of all operations of the namespace specification.
//
// Each operation `Op` takes an `OpRequest` and answers an `OpResponse` (operations.inc notes the
// two that share). Source: Lance Namespace 0.13. Plain data.
#pragma once

#include "lance/catalog/data_requests.h"       // IWYU pragma: export
#include "lance/catalog/index_requests.h"      // IWYU pragma: export
#include "lance/catalog/namespace_requests.h"  // IWYU pragma: export
#include "lance/catalog/request_base.h"        // IWYU pragma: export
#include "lance/catalog/schema_requests.h"     // IWYU pragma: export
#include "lance/catalog/table_requests.h"      // IWYU pragma: export
#include "lance/catalog/version_requests.h"    // IWYU pragma: export
