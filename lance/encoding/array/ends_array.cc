#include "lance/encoding/array/ends_array.h"

#include "lance/encoding/page/scratch.h"

namespace lance::encoding::array {
namespace {

constexpr uint64_t kEndBytes = sizeof(uint64_t);

// The bytes of the ends of `rows`, with the one before them when there is one.
ByteRange EndBytes(RowRange rows) {
  const uint64_t first = rows.begin == 0 ? 0 : rows.begin - 1;
  return {first * kEndBytes, (rows.end - first) * kEndBytes};
}

void SetValidity(const uint8_t* raw, size_t count, uint64_t adjustment, uint8_t* bitmap) {
  for (size_t i = 0; i < count; i += 8) {
    uint8_t byte = 0;
    for (size_t k = i; k < std::min(count, i + 8); ++k) {
      byte |= static_cast<uint8_t>((LoadUnaligned<uint64_t>(raw + k * kEndBytes) < adjustment)
                                   << (k - i));
    }
    bitmap[i / 8] = byte;
  }
}

}  // namespace

Result<EndsArray> EndsArray::Make(const ArrayNode& node, uint64_t null_adjustment,
                                  const ArrayContext& context) {
  EndsArray out;
  ARROW_ASSIGN_OR_RAISE(out.buffer_, PageBuffer::OfFlat(WithoutNoNulls(node), 64, context));
  out.null_adjustment_ = null_adjustment;
  return out;
}

void EndsArray::AddRange(RowRange rows, std::vector<ByteRange>* out) const {
  if (rows.size() > 0) buffer_.AddRange(EndBytes(rows), out);
}

Result<Bytes> EndsArray::Find(RowRange rows, const FetchedBytes& bytes,
                              DecodeScratch* scratch) const {
  return buffer_.Find(EndBytes(rows), bytes, scratch);
}

Result<RowRange> EndsArray::Span(RowRange rows, const FetchedBytes& bytes,
                                 DecodeScratch* scratch) const {
  if (rows.size() == 0) return RowRange{};
  ARROW_ASSIGN_OR_RAISE(const Bytes raw, Find(rows, bytes, scratch));
  RowRange out;
  if (rows.begin > 0) out.begin = EndOf(LoadUnaligned<uint64_t>(raw.data()));
  out.end = EndOf(LoadUnaligned<uint64_t>(raw.data() + raw.size() - kEndBytes));
  LANCE_CHECK_BYTES(out.begin <= out.end, "the values of rows [", rows.begin, ", ", rows.end,
                    ") begin at ", out.begin, " and end at ", out.end);
  return out;
}

Result<EndsArray::Decoded> EndsArray::Decode(RowRange rows, uint64_t limit,
                                             const FetchedBytes& bytes,
                                             DecodeScratch* scratch) const {
  Decoded out;
  const auto count = static_cast<size_t>(rows.size());
  if (count == 0) return out;
  ARROW_ASSIGN_OR_RAISE(const Bytes found, Find(rows, bytes, scratch));
  const uint8_t* raw = found.data();
  if (rows.begin > 0) {
    out.begin = EndOf(LoadUnaligned<uint64_t>(raw));
    raw += kEndBytes;
  }
  std::vector<uint64_t>& ends = scratch->impl().ends;
  ends.resize(count);
  bool any_null = false;
  for (size_t i = 0; i < count; ++i) {
    const auto value = LoadUnaligned<uint64_t>(raw + i * kEndBytes);
    const bool is_null = value >= null_adjustment_;
    any_null |= is_null;
    ends[i] = value - (is_null ? null_adjustment_ : 0) - out.begin;
  }
  bool falls = false;
  for (size_t i = 1; i < count; ++i) falls |= ends[i] < ends[i - 1];
  uint64_t end = 0;
  // When they rise and the last one is no wrapped number, none is.
  LANCE_CHECK_BYTES(!falls && out.begin <= limit && ends.back() <= limit - out.begin &&
                        CheckedAdd(out.begin, ends.back(), &end),
                    "the ends of rows [", rows.begin, ", ", rows.end,
                    ") fall or leave their values, which end at ", limit);
  out.ends = ends;
  if (any_null) {
    std::vector<uint8_t>& bitmap = scratch->impl().bits;
    bitmap.resize((count + 7) / 8);
    SetValidity(raw, count, null_adjustment_, bitmap.data());
    out.bitmap = bitmap.data();
  }
  return out;
}

Status AppendValidity(const EndsArray::Decoded& decoded, LeafAccumulator* out) {
  const auto count = static_cast<int64_t>(decoded.ends.size());
  return decoded.bitmap == nullptr ? out->AppendValid(count)
                                   : out->AppendBitmap(decoded.bitmap, 0, count);
}

}  // namespace lance::encoding::array
