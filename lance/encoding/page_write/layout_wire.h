// The layout of a page as the wire's PageLayout message.
#pragma once

#include <string>
#include <vector>

#include "lance/encoding/page/layout.h"

namespace lance::encoding::page_write {

/// Serialize `layout`, the way back of `page::ParseLayout`.
Result<std::string> SerializeLayout(const page::ParsedLayout& layout);

/// Serialize the layout of a blob page around that of its descriptors.
Result<std::string> SerializeBlobLayout(const std::string& inner, const std::vector<Layer>& layers);

}  // namespace lance::encoding::page_write
