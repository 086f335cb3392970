// The version of data files, as rooms above name it: manifests keep it, writers choose it.
#pragma once

#include "lance/encoding/codec.h"

namespace lance::file {

using encoding::FormatVersion;
using encoding::kVersion21;
using encoding::kVersion22;

}  // namespace lance::file
