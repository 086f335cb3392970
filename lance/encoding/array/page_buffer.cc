#include "lance/encoding/array/page_buffer.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

#include "lance/encoding/codec/general/general.h"
#include "lance/encoding/page/scratch.h"

namespace lance::encoding::array {
namespace {

// A thread reads few compressed buffers of one page at a time.
constexpr size_t kMaxInflated = 2;

Result<ByteRange> BufferAt(uint32_t index, const ArrayContext& context) {
  LANCE_CHECK_BYTES(index < context.buffers.size(), "an array lies in buffer ", index,
                    ", the page has ", context.buffers.size());
  return context.buffers[index];
}

}  // namespace

Result<PageBuffer> PageBuffer::Plain(uint32_t index, uint64_t num_bytes,
                                     const ArrayContext& context) {
  PageBuffer out;
  ARROW_ASSIGN_OR_RAISE(out.range_, BufferAt(index, context));
  LANCE_CHECK_BYTES(out.range_.length >= num_bytes, "buffer ", index, " of a page has ",
                    out.range_.length, " bytes, its values need ", num_bytes);
  return out;
}

Result<PageBuffer> PageBuffer::OfFlat(const ArrayNode& flat, uint64_t bits,
                                      const ArrayContext& context) {
  LANCE_CHECK_BYTES(flat.kind == ArrayKind::kFlat, "an array is encoded as ", ToString(flat),
                    ", expected Flat(", bits, ")");
  LANCE_CHECK_BYTES(flat.bits == bits, "a flat array has ", flat.bits,
                    " bits per value, its column needs ", bits);
  uint64_t num_bits = 0;
  LANCE_CHECK_BYTES(
      CheckedMultiply(context.num_values, bits, &num_bits) && num_bits < (uint64_t{1} << 62),
      "a page claims ", context.num_values, " values of ", bits, " bits");
  const uint64_t num_bytes = (num_bits + 7) / 8;
  if (flat.scheme == 0) return Plain(flat.buffer, num_bytes, context);
  ARROW_ASSIGN_OR_RAISE(PageBuffer out, Plain(flat.buffer, 0, context));
  out.scheme_ = flat.scheme;
  out.max_raw_bytes_ = num_bytes + 64;
  return out;
}

Result<PageBuffer> PageBuffer::OfBytes(const ArrayNode& flat, uint64_t max_raw_bytes,
                                       const ArrayContext& context) {
  LANCE_CHECK_BYTES(flat.kind == ArrayKind::kFlat && flat.bits == 8, "the bytes of values are ",
                    ToString(flat), ", expected Flat(8)");
  ARROW_ASSIGN_OR_RAISE(PageBuffer out, Plain(flat.buffer, 0, context));
  out.scheme_ = flat.scheme;
  out.max_raw_bytes_ = max_raw_bytes;
  return out;
}

void PageBuffer::AddRange(ByteRange part, std::vector<ByteRange>* out) const {
  const ByteRange wanted =
      is_compressed() ? range_ : ByteRange{range_.offset + part.offset, part.length};
  if (wanted.length > 0) out->push_back(wanted);
}

Result<Bytes> PageBuffer::Find(ByteRange part, const FetchedBytes& bytes,
                               DecodeScratch* scratch) const {
  if (!is_compressed()) {
    LANCE_CHECK_BYTES(RangeFits(part.offset, part.length, range_.length), "bytes [", part.offset,
                      ", ", part.end(), ") leave a buffer of ", range_.length, " bytes");
    return bytes.Find({range_.offset + part.offset, part.length});
  }
  auto& kept = scratch->impl().inflated;
  auto found = std::find_if(kept.begin(), kept.end(),
                            [&](const auto& buffer) { return buffer.range == range_; });
  if (found == kept.end()) {
    ARROW_ASSIGN_OR_RAISE(const Bytes compressed, bytes.Find(range_));
    ARROW_ASSIGN_OR_RAISE(auto raw, general::Decompress(scheme_, compressed, max_raw_bytes_));
    if (kept.size() == kMaxInflated) kept.erase(kept.begin());
    found = kept.insert(kept.end(), {range_, std::move(raw)});
  }
  const arrow::Buffer& raw = *found->bytes;
  LANCE_CHECK_BYTES(RangeFits(part.offset, part.length, static_cast<uint64_t>(raw.size())),
                    "bytes [", part.offset, ", ", part.end(), ") leave a decompressed buffer of ",
                    raw.size(), " bytes");
  return Bytes{raw.data() + part.offset, part.length};
}

void SortRanges(size_t first, std::vector<ByteRange>* ranges) {
  const auto begin = ranges->begin() + static_cast<std::ptrdiff_t>(first);
  if (begin == ranges->end()) return;
  std::sort(begin, ranges->end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  auto last = begin;
  for (auto next = begin + 1; next != ranges->end(); ++next) {
    if (next->offset <= last->end()) {
      last->length = std::max(last->end(), next->end()) - last->offset;
    } else {
      *++last = *next;
    }
  }
  ranges->erase(last + 1, ranges->end());
}

}  // namespace lance::encoding::array
