// The layout of a page as the wire's PageLayout message.
#pragma once

#include <string>

#include "lance/encoding/page/layout.h"

namespace lance::encoding::page_write {

/// Serialize `layout`, the way back of `page::ParseLayout`.
Result<std::string> SerializeLayout(const page::ParsedLayout& layout);

}  // namespace lance::encoding::page_write
