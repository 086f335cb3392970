// Everything that an entrance (command line, JNI, C, Python, server) may use.
#pragma once

#include "lance/base/bytes.h"         // IWYU pragma: export
#include "lance/base/error.h"         // IWYU pragma: export
#include "lance/base/executor.h"      // IWYU pragma: export
#include "lance/base/ids.h"           // IWYU pragma: export
#include "lance/catalog/namespace.h"  // IWYU pragma: export
#include "lance/dataset/blob.h"       // IWYU pragma: export
#include "lance/dataset/dataset.h"    // IWYU pragma: export
#include "lance/dataset/write.h"      // IWYU pragma: export
#include "lance/query/expression.h"   // IWYU pragma: export
