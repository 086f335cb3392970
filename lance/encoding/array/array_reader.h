// Makes the readers of 2.0 pages.
#pragma once

#include <memory>

#include "lance/encoding/array/array_encoding.h"
#include "lance/encoding/array/page_buffer.h"
#include "lance/encoding/page_reader.h"

namespace lance::encoding::array {

/// Make the reader of a page of version 2.0. Corruption when its encoding does not fit `shape`.
Result<std::unique_ptr<PageReader>> MakeArrayReader(const PageDescription& description,
                                                    const LeafShape& shape);

/// The same for an array inside of a page.
Result<std::unique_ptr<PageReader>> MakeReader(const ArrayNode& node, const ArrayContext& context);

Result<std::unique_ptr<PageReader>> MakeFixedReader(const ArrayNode& node,
                                                    const ArrayContext& context);
Result<std::unique_ptr<PageReader>> MakePackedReader(const ArrayNode& node,
                                                     const ArrayContext& context);
Result<std::unique_ptr<PageReader>> MakeBinaryReader(const ArrayNode& node,
                                                     const ArrayContext& context);
Result<std::unique_ptr<PageReader>> MakeDictionaryReader(const ArrayNode& node,
                                                         const ArrayContext& context);
/// Give pairs of positions and sizes their nulls.
Result<std::unique_ptr<PageReader>> MakeBlobPlaceReader(std::unique_ptr<PageReader> pairs);
Result<std::unique_ptr<PageReader>> MakeListReader(const ArrayNode& node,
                                                   const ArrayContext& context);

/// Buffers of the page that `node` uses, added to `out`.
Status CollectBuffers(const ArrayNode& node, const ArrayContext& context,
                      std::vector<ByteRange>* out);

}  // namespace lance::encoding::array
