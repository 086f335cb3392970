#include "lance/encoding/array/array_reader.h"

#include <utility>

namespace lance::encoding::array {
namespace {

// Pages without bytes: all values are null, or the header of a struct, which has none.
class EmptyReader final : public PageReader {
 public:
  EmptyReader(uint64_t num_rows, bool all_null) : PageReader(num_rows), all_null_(all_null) {}

  Status AddRanges(std::span<const RowRange>, std::vector<ByteRange>*) const override {
    return Status::OK();
  }
  Status Decode(std::span<const RowRange> rows, const FetchedBytes&, DecodeScratch*,
                LeafAccumulator* out) const override {
    for (const RowRange& range : rows) {
      const auto count = static_cast<int64_t>(range.size());
      ARROW_RETURN_NOT_OK(all_null_ ? out->AppendNulls(count) : out->AppendValid(count));
      ARROW_RETURN_NOT_OK(out->values().AppendPlaceholders(count));
    }
    return Status::OK();
  }

 private:
  bool all_null_;
};

}  // namespace

Result<std::unique_ptr<PageReader>> MakeReader(const ArrayNode& wrapped,
                                               const ArrayContext& context) {
  const ArrayNode& node = WithoutNoNulls(wrapped);
  LANCE_CHECK_BYTES((node.kind == ArrayKind::kList) == (context.shape.role == LeafRole::kListEnds),
                    "a page is encoded as ", ToString(node),
                    ", which is not what its column holds");
  switch (node.kind) {
    case ArrayKind::kFlat:
    case ArrayKind::kSomeNulls:
    case ArrayKind::kFixedSizeList:
      return MakeFixedReader(node, context);
    case ArrayKind::kAllNulls:
      return std::make_unique<EmptyReader>(context.num_values, /*all_null=*/true);
    case ArrayKind::kStruct:
      return std::make_unique<EmptyReader>(context.num_values, /*all_null=*/false);
    case ArrayKind::kList:
      return MakeListReader(node, context);
    case ArrayKind::kBinary:
    case ArrayKind::kFsst:
      return MakeBinaryReader(node, context);
    case ArrayKind::kDictionary:
      return MakeDictionaryReader(node, context);
    case ArrayKind::kPackedStruct:
      return MakePackedReader(node, context);
    case ArrayKind::kNoNulls:
      break;
  }
  return Corruption("a page is encoded as ", ToString(node));
}

Result<std::unique_ptr<PageReader>> MakeArrayReader(const PageDescription& description,
                                                    const LeafShape& shape) {
  LANCE_REQUIRE(shape.ancestors.empty(), "a page of version 2.0 knows nothing of lists above it");
  ARROW_ASSIGN_OR_RAISE(const ArrayNode node, ParseArrayEncoding(description.layout));
  return MakeReader(node,
                    {description.buffers, description.num_rows, description.first_item, shape});
}

Status CollectBuffers(const ArrayNode& node, const ArrayContext& context,
                      std::vector<ByteRange>* out) {
  if (node.kind == ArrayKind::kFlat) {
    ARROW_ASSIGN_OR_RAISE(const PageBuffer buffer, PageBuffer::Plain(node.buffer, 0, context));
    if (buffer.range().length > 0) out->push_back(buffer.range());
  }
  for (const ArrayNode& child : node.children) {
    ARROW_RETURN_NOT_OK(CollectBuffers(child, context, out));
  }
  return Status::OK();
}

}  // namespace lance::encoding::array
