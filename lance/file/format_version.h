// The version of data files, as rooms above name it: manifests keep it, writers choose it.
#pragma once

#include <string_view>

#include "lance/encoding/codec.h"

namespace lance::file {

using encoding::FormatVersion;
using encoding::kVersion21;
using encoding::kVersion22;

/// What a user does about files of a version that is not read: the end of a message.
inline constexpr std::string_view kRewriteAdvice =
    "rewrite the table with pylance: lance.write_dataset(lance.dataset(OLD), NEW, "
    "data_storage_version=\"2.2\")";

}  // namespace lance::file
