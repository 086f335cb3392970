// Rules of object paths, shared by all stores.
#pragma once

#include <string>
#include <string_view>

#include "lance/base/error.h"

namespace lance::io {

/// InvalidInput unless `path` is relative, without empty, "." and ".." segments and control bytes.
Status CheckPath(std::string_view path);

/// Join a folder ("" = root) and a path below it.
std::string JoinPath(std::string_view folder, std::string_view path);

/// Undo percent-encoding of a URI's path; InvalidInput for a broken escape.
Result<std::string> DecodePercent(std::string_view text);

}  // namespace lance::io
