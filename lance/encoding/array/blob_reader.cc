// Where the bytes of blobs lie in the file, as (position u64, size u64), packed side by side.
//
// A pair of size 0 whose position is not 0 (the official writer puts 1) is a null; (0, 0) is an
// empty blob. Source: Lance file format 2.0, blob columns.
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>

#include <cstring>
#include <utility>
#include <vector>

#include "lance/encoding/array/array_reader.h"

namespace lance::encoding::array {
namespace {

class BlobPlaceReader final : public PageReader {
 public:
  explicit BlobPlaceReader(std::unique_ptr<PageReader> pairs)
      : PageReader(pairs->num_rows()), pairs_(std::move(pairs)) {
    shape_.values = ValueType::Fixed(128);
  }

  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override {
    return pairs_->AddRanges(rows, out);
  }

  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override {
    int64_t count = 0;
    for (const RowRange& range : rows) count += static_cast<int64_t>(range.size());
    ARROW_ASSIGN_OR_RAISE(auto decoded, LeafAccumulator::Make(shape_, count, {}, out->pool()));
    ARROW_RETURN_NOT_OK(pairs_->Decode(rows, bytes, scratch, &decoded));
    ARROW_ASSIGN_OR_RAISE(const LeafColumn column, decoded.Finish());
    const auto size = static_cast<size_t>(count);
    std::vector<uint8_t> bitmap((size + 7) / 8, 0xff);
    std::vector<uint64_t> pairs(size * 2);
    if (count > 0) std::memcpy(pairs.data(), column.values.data->data(), size * 16);
    for (size_t i = 0; i < size; ++i) {
      if (pairs[2 * i + 1] != 0 || pairs[2 * i] == 0) continue;
      arrow::bit_util::ClearBit(bitmap.data(), static_cast<int64_t>(i));
      pairs[2 * i] = 0;
    }
    ARROW_RETURN_NOT_OK(out->AppendBitmap(bitmap.data(), 0, count));
    ARROW_ASSIGN_OR_RAISE(uint8_t* const to, out->values().AppendFixed(count));
    if (count > 0) std::memcpy(to, pairs.data(), size * 16);
    return Status::OK();
  }

 private:
  LeafShape shape_;
  std::unique_ptr<PageReader> pairs_;
};

}  // namespace

Result<std::unique_ptr<PageReader>> MakeBlobPlaceReader(std::unique_ptr<PageReader> pairs) {
  return std::make_unique<BlobPlaceReader>(std::move(pairs));
}

}  // namespace lance::encoding::array
