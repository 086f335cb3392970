// Reads constant pages: all null, or one value for all, with or without levels.
//
// Page buffers: [], [scalar], [rep][def] or [scalar][rep][def].
// Scalar: [num_buffers:u32][length:u32 x num_buffers][Arrow buffers of a one-element array]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "lance/encoding/page/layout.h"

namespace lance::encoding::page {

class ConstantReader final : public PageReader {
 public:
  static Result<std::unique_ptr<PageReader>> Make(PageContext context, ConstantParts parts);

  std::vector<ByteRange> InitialRanges() const override;
  Status Initialize(const FetchedBytes& bytes) override;
  uint64_t size_bytes() const override;
  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override;
  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override;

 private:
  // Entry where every 1024th row starts.
  static constexpr uint64_t kRowsPerMark = 1024;

  ConstantReader(PageContext context, ConstantParts parts);
  bool has_scalar() const { return context_.buffers.size() % 2 == 1; }
  bool has_levels() const { return context_.buffers.size() >= 2; }
  Status SetValue(Bytes value);
  Status ReadScalar(Bytes buffer);
  Result<std::vector<uint16_t>> ReadLevels(Bytes bytes, const std::optional<EncodingNode>& encoding,
                                           uint64_t num_levels) const;
  Status CheckLevels();
  uint64_t FindEntry(uint64_t row) const;
  Status AppendEntries(uint64_t first, uint64_t count, LeafAccumulator* out) const;
  Status AppendValues(int64_t count, LeafAccumulator* out) const;

  PageContext context_;
  ConstantParts parts_;
  std::optional<ValueBuilder> value_;  // one value; none = all null
  std::vector<uint16_t> rep_;
  std::vector<uint16_t> def_;
  uint64_t num_entries_ = 0;
  std::vector<uint64_t> marks_;
};

}  // namespace lance::encoding::page
