// Reads blob pages: where the bytes of each row lie in the file, as (position u64, size u64).
//
// The page inside holds the pairs without levels. A pair of size 0 whose position is not 0 is an
// entry without bytes: repetition level = position & 0xFFFF, definition level = position >> 16.
// (0, 0) is an empty blob. Source: Lance file format 2.1, blob page.
#include <arrow/buffer.h>

#include <cstring>
#include <utility>
#include <vector>

#include "lance/encoding/page/layout.h"

namespace lance::encoding::page {
namespace {

constexpr uint64_t kDescriptorBytes = 16;

class BlobReader final : public PageReader {
 public:
  BlobReader(PageContext context, std::unique_ptr<PageReader> descriptors)
      : PageReader(context.num_rows),
        context_(std::move(context)),
        descriptors_(std::move(descriptors)) {}

  std::vector<ByteRange> InitialRanges() const override { return descriptors_->InitialRanges(); }
  Status Initialize(const FetchedBytes& bytes) override { return descriptors_->Initialize(bytes); }
  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override {
    return descriptors_->AddRanges(rows, out);
  }

  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override {
    int64_t num_rows = 0;
    for (const RowRange& range : rows) num_rows += static_cast<int64_t>(range.size());
    LeafShape shape;
    shape.values = context_.shape.values;
    ARROW_ASSIGN_OR_RAISE(auto pairs, LeafAccumulator::Make(shape, num_rows, {}, out->pool()));
    ARROW_RETURN_NOT_OK(descriptors_->Decode(rows, bytes, scratch, &pairs));
    ARROW_ASSIGN_OR_RAISE(const LeafColumn column, pairs.Finish());
    LANCE_CHECK_BYTES(column.null_count == 0 && column.num_values == num_rows,
                      "a blob page has descriptors that are null");
    if (num_rows == 0) return Status::OK();
    return Append(column.values.data->data(), num_rows, out);
  }

 private:
  Status Append(const uint8_t* pairs, int64_t count, LeafAccumulator* out) const {
    std::vector<uint16_t> def(static_cast<size_t>(count), 0);
    std::vector<uint64_t> values(static_cast<size_t>(count) * 2);
    std::memcpy(values.data(), pairs, values.size() * sizeof(uint64_t));
    for (size_t i = 0; i < def.size(); ++i) {
      const uint64_t position = values[2 * i];
      if (values[2 * i + 1] != 0 || position == 0) continue;
      LANCE_CHECK_BYTES((position & 0xFFFF) == 0 && position >> 32 == 0,
                        "a blob page has an entry without bytes at position ", position);
      def[i] = static_cast<uint16_t>(position >> 16);
      values[2 * i] = 0;
    }
    ARROW_RETURN_NOT_OK(out->AppendLevels({nullptr, def.data(), count}, context_.layers));
    ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->values().AppendFixed(count));
    std::memcpy(to, values.data(), values.size() * sizeof(uint64_t));
    return Status::OK();
  }

  PageContext context_;
  std::unique_ptr<PageReader> descriptors_;
};

}  // namespace

Result<std::unique_ptr<PageReader>> MakeBlobReader(PageContext context,
                                                   std::unique_ptr<PageReader> descriptors) {
  LANCE_CHECK_BYTES(context.shape.values.is_fixed() &&
                        context.shape.values.bits == kDescriptorBytes * 8 &&
                        context.shape.values.lists.empty(),
                    "a blob page where no descriptors of blobs are expected");
  LANCE_CHECK_BYTES(context.layers.num_lists == 0, "a blob page lies inside of a list");
  return std::make_unique<BlobReader>(std::move(context), std::move(descriptors));
}

}  // namespace lance::encoding::page
