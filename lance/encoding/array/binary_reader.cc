// Strings and binary values: ends, then the bytes, which may be compressed by FSST.
//
// Bytes:   [end: u64 x num_values] [bytes]
// Source:  Lance file format 2.0, Binary and Fsst.
#include <cstring>
#include <memory>
#include <utility>

#include "lance/encoding/array/array_reader.h"
#include "lance/encoding/array/ends_array.h"
#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/codec/fsst/symbol_table.h"

namespace lance::encoding::array {
namespace {

using fsst::SymbolTable;

class BinaryReader final : public PageReader {
 public:
  BinaryReader(uint64_t num_rows, EndsArray ends, PageBuffer data)
      : PageReader(num_rows), ends_(std::move(ends)), data_(data) {}

  void SetSymbols(std::unique_ptr<SymbolTable> symbols) { symbols_ = std::move(symbols); }

  Status AddRanges(std::span<const RowRange> rows, std::vector<ByteRange>* out) const override {
    const size_t first = out->size();
    for (const RowRange& range : rows) {
      ends_.AddRange(range, out);
      if (data_.is_compressed() && range.size() > 0) data_.AddRange({}, out);
    }
    SortRanges(first, out);
    return Status::OK();
  }

  Status AddDependentRanges(std::span<const RowRange> rows, const FetchedBytes& bytes,
                            DecodeScratch* scratch, std::vector<ByteRange>* out) const override {
    if (data_.is_compressed()) return Status::OK();
    const size_t first = out->size();
    for (const RowRange& range : rows) {
      ARROW_ASSIGN_OR_RAISE(const RowRange span, ends_.Span(range, bytes, scratch));
      LANCE_CHECK_BYTES(span.end <= data_.range().length, "the values of rows [", range.begin, ", ",
                        range.end, ") end at ", span.end, ", behind their ", data_.range().length,
                        " bytes");
      data_.AddRange({span.begin, span.size()}, out);
    }
    SortRanges(first, out);
    return Status::OK();
  }

  Status Decode(std::span<const RowRange> rows, const FetchedBytes& bytes, DecodeScratch* scratch,
                LeafAccumulator* out) const override {
    const uint64_t limit = data_.is_compressed() ? ~uint64_t{0} : data_.range().length;
    for (const RowRange& range : rows) {
      ARROW_ASSIGN_OR_RAISE(const EndsArray::Decoded values,
                            ends_.Decode(range, limit, bytes, scratch));
      ARROW_RETURN_NOT_OK(AppendValidity(values, out));
      ARROW_ASSIGN_OR_RAISE(const Bytes text,
                            data_.Find({values.begin, values.length()}, bytes, scratch));
      ARROW_RETURN_NOT_OK(symbols_ == nullptr ? Copy(values, text, &out->values())
                                              : Decompress(values, text, &out->values()));
    }
    return Status::OK();
  }

 private:
  static Status Copy(const EndsArray::Decoded& values, Bytes text, ValueBuilder* out) {
    ARROW_ASSIGN_OR_RAISE(uint8_t* const to, out->ReserveData(text.size()));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return out->CommitVariable(values.ends.data(), static_cast<int64_t>(values.ends.size()));
  }

  Status Decompress(const EndsArray::Decoded& values, Bytes text, ValueBuilder* out) const {
    uint64_t room = text.size() * fsst::kMaxSymbolBytes;
    // Rather count than make the caller's memory grow for the worst case.
    if (room > out->data_room()) room = fsst::DecompressedSize(*symbols_, text);
    ARROW_ASSIGN_OR_RAISE(uint8_t* const begin, out->ReserveData(room));
    uint8_t* to = begin;
    uint64_t from = 0;
    std::vector<uint64_t> ends;
    ends.reserve(values.ends.size());
    for (const uint64_t end : values.ends) {
      to = fsst::Decompress(*symbols_, text.subspan(from, end - from), to);
      LANCE_CHECK_BYTES(to != nullptr, "FSST text with an unknown code or an open escape");
      ends.push_back(static_cast<uint64_t>(to - begin));
      from = end;
    }
    return out->CommitVariable(ends.data(), static_cast<int64_t>(ends.size()));
  }

  EndsArray ends_;
  PageBuffer data_;
  std::unique_ptr<SymbolTable> symbols_;  // null = plain text
};

Result<std::unique_ptr<BinaryReader>> MakePlain(const ArrayNode& node,
                                                const ArrayContext& context) {
  LANCE_CHECK_BYTES(node.kind == ArrayKind::kBinary && !context.shape.values.is_fixed(),
                    "a page is encoded as ", ToString(node),
                    ", which is not what its column holds");
  ARROW_ASSIGN_OR_RAISE(EndsArray ends,
                        EndsArray::Make(node.children[0], node.null_adjustment, context));
  // No end is above the adjustment, so that it says how much a compressed buffer may hold.
  const uint64_t most = node.null_adjustment > 0 ? node.null_adjustment : codec::kMaxBufferBytes;
  ARROW_ASSIGN_OR_RAISE(const PageBuffer data,
                        PageBuffer::OfBytes(WithoutNoNulls(node.children[1]), most, context));
  return std::make_unique<BinaryReader>(context.num_values, std::move(ends), data);
}

}  // namespace

Result<std::unique_ptr<PageReader>> MakeBinaryReader(const ArrayNode& node,
                                                     const ArrayContext& context) {
  if (node.kind == ArrayKind::kBinary) return MakePlain(node, context);
  ARROW_ASSIGN_OR_RAISE(auto out, MakePlain(WithoutNoNulls(node.children[0]), context));
  ARROW_ASSIGN_OR_RAISE(SymbolTable symbols, fsst::ParseSymbolTable(AsBytes(node.symbol_table)));
  if (symbols.compresses) out->SetSymbols(std::make_unique<SymbolTable>(symbols));
  return out;
}

}  // namespace lance::encoding::array
