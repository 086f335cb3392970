#include "lance/dataset/blob.h"

#include <arrow/buffer.h>

#include <utility>

namespace lance {
namespace {

class StoredBlob final : public Blob {
 public:
  explicit StoredBlob(query::BlobPlace place) : place_(std::move(place)) {}

  uint64_t size_bytes() const override { return place_.range.length; }

  Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) override {
    ARROW_ASSIGN_OR_RAISE(const ByteRange there, Locate(range));
    if (range.length == 0) return std::make_shared<arrow::Buffer>(nullptr, 0);
    return place_.object->Read(there);
  }

  Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadRanges(
      const std::vector<ByteRange>& ranges) override {
    std::vector<ByteRange> there;
    for (const ByteRange& range : ranges) {
      ARROW_ASSIGN_OR_RAISE(const ByteRange located, Locate(range));
      there.push_back(located);
    }
    if (place_.object != nullptr) return place_.object->ReadRanges(there);
    const auto empty = std::make_shared<arrow::Buffer>(nullptr, 0);
    return std::vector<std::shared_ptr<arrow::Buffer>>(ranges.size(), empty);
  }

  Result<std::shared_ptr<arrow::Buffer>> ReadAll() override {
    return Read({0, place_.range.length});
  }

 private:
  Result<ByteRange> Locate(ByteRange range) const {
    LANCE_REQUIRE(RangeFits(range.offset, range.length, place_.range.length), "bytes [",
                  range.offset, ", +", range.length, ") leave the blob of ", place_.range.length,
                  " bytes");
    return ByteRange{place_.range.offset + range.offset, range.length};
  }

  const query::BlobPlace place_;
};

}  // namespace

Result<std::vector<std::shared_ptr<Blob>>> OpenBlobs(const Dataset& dataset,
                                                     const std::string& column,
                                                     const std::vector<RowOffset>& rows) {
  ARROW_ASSIGN_OR_RAISE(auto places, query::FindBlobs(dataset.scan_context(), column, rows));
  std::vector<std::shared_ptr<Blob>> out;
  out.reserve(places.size());
  for (auto& place : places) {
    out.push_back(place.has_value() ? std::make_shared<StoredBlob>(std::move(*place)) : nullptr);
  }
  return out;
}

}  // namespace lance
