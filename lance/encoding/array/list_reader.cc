// The offsets of lists, which own a column in version 2.0; the items lie in the next one.
//
// Decoded, a list is a pair of u64: where its items begin and end, counted from the column's first
// item. Source: Lance file format 2.0, List.
#include <utility>

#include "lance/encoding/array/array_reader.h"
#include "lance/encoding/array/ends_array.h"

namespace lance::encoding::array {
namespace {

class ListReader final : public PageReader {
 public:
  ListReader(const ArrayContext& context, EndsArray ends, uint64_t num_items)
      : PageReader(context.num_values),
        ends_(std::move(ends)),
        first_item_(context.first_item),
        num_items_(num_items) {}

  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override {
    const size_t first = out->size();
    for (const RowRange& range : rows) ends_.AddRange(range, out);
    SortRanges(first, out);
    return Status::OK();
  }

  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override {
    for (const RowRange& range : rows) {
      ARROW_ASSIGN_OR_RAISE(const EndsArray::Decoded lists,
                            ends_.Decode(range, num_items_, bytes, scratch));
      ARROW_RETURN_NOT_OK(AppendValidity(lists, out));
      ARROW_ASSIGN_OR_RAISE(uint8_t* to,
                            out->values().AppendFixed(static_cast<int64_t>(range.size())));
      const uint64_t base = first_item_ + lists.begin;
      uint64_t begin = base;
      for (const uint64_t end : lists.ends) {
        StoreUnaligned<uint64_t>(to, begin);
        begin = base + end;
        StoreUnaligned<uint64_t>(to + 8, begin);
        to += 16;
      }
    }
    return Status::OK();
  }

 private:
  EndsArray ends_;
  uint64_t first_item_;
  uint64_t num_items_;
};

}  // namespace

Result<std::unique_ptr<PageReader>> MakeListReader(const ArrayNode& node,
                                                   const ArrayContext& context) {
  LANCE_CHECK_BYTES(node.num_items < (uint64_t{1} << 60), "a page claims ", node.num_items,
                    " list items");
  ARROW_ASSIGN_OR_RAISE(EndsArray ends,
                        EndsArray::Make(node.children[0], node.null_adjustment, context));
  return std::make_unique<ListReader>(context, std::move(ends), node.num_items);
}

}  // namespace lance::encoding::array
