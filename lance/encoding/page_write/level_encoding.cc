#include "lance/encoding/page_write/level_encoding.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/kernel/bitpack.h"
#include "lance/encoding/kernel/levels.h"

namespace lance::encoding::page_write {
namespace {

constexpr int64_t kLevelBlock = kernel::kBlockValues;
constexpr uint64_t kBytesPerWidth = kLevelBlock / 8;

using Levels = std::span<const uint16_t>;

// What the choice of an encoding needs to know about one chunk.
struct ChunkFacts {
  int width = 0;
  int64_t num_runs = 0;  // cut at 255
};

ChunkFacts LookAtChunk(Levels levels) {
  const kernel::LevelFacts facts =
      kernel::LookAtLevels(levels.data(), static_cast<int64_t>(levels.size()));
  return {std::bit_width(facts.bits), facts.num_runs};
}

// Levels that do not fill a block are packed when that is smaller than writing them plainly.
bool PacksTail(int width, int64_t tail) {
  return tail > 0 && width * (kLevelBlock - tail) < (16 - width) * tail;
}

uint64_t OutOfLineSize(int width, int64_t count) {
  const int64_t tail = count % kLevelBlock;
  const auto full = static_cast<uint64_t>(count / kLevelBlock) * width * kBytesPerWidth;
  return full + (PacksTail(width, tail) ? width * kBytesPerWidth : static_cast<uint64_t>(tail) * 2);
}

uint8_t* PackLevels(Levels levels, int width, uint8_t* to) {
  const kernel::BlockFunction pack = kernel::Bitpack().pack(16, width);
  if (levels.size() == static_cast<size_t>(kLevelBlock)) {
    pack(reinterpret_cast<const uint8_t*>(levels.data()), to);
  } else {
    uint16_t padded[kLevelBlock] = {};
    std::copy(levels.begin(), levels.end(), padded);
    pack(reinterpret_cast<const uint8_t*>(padded), to);
  }
  return to + width * kBytesPerWidth;
}

uint8_t* WritePlain(Levels levels, uint8_t* to) {
  std::memcpy(to, levels.data(), levels.size() * 2);
  return to + levels.size() * 2;
}

uint8_t* WriteInline(Levels levels, int width, uint8_t* to) {
  StoreUnaligned<uint16_t>(to, static_cast<uint16_t>(width));
  return width == 0 ? to + 2 : PackLevels(levels, width, to + 2);
}

uint8_t* WriteOutOfLine(Levels levels, int width, uint8_t* to) {
  const size_t block = kLevelBlock;
  for (; levels.size() >= block; levels = levels.subspan(block)) {
    to = PackLevels(levels.first(block), width, to);
  }
  if (levels.empty()) return to;
  return PacksTail(width, static_cast<int64_t>(levels.size())) ? PackLevels(levels, width, to)
                                                               : WritePlain(levels, to);
}

uint8_t* WriteRuns(Levels levels, int64_t num_runs, uint8_t* to) {
  StoreUnaligned<uint64_t>(to, static_cast<uint64_t>(num_runs) * 2);
  uint8_t* value = to + 8;
  uint8_t* length = value + num_runs * 2;
  for (size_t begin = 0; begin < levels.size();) {
    size_t end = begin + 1;
    while (end < levels.size() && end - begin < 255 && levels[end] == levels[begin]) ++end;
    StoreUnaligned<uint16_t>(value, levels[begin]);
    *length++ = static_cast<uint8_t>(end - begin);
    value += 2;
    begin = end;
  }
  return length;
}

EncodingNode InlineNode() {
  EncodingNode node;
  node.tag = kInlineBitpacking;
  node.bits = 16;
  return node;
}
EncodingNode OutOfLineNode(int width) {
  EncodingNode node;
  node.tag = kOutOfLineBitpacking;
  node.bits = 16;
  node.children.push_back(codec::FlatNode(static_cast<uint64_t>(width)));
  return node;
}
EncodingNode RunNode() {
  EncodingNode node;
  node.tag = kRle;
  node.children = {codec::FlatNode(16), codec::FlatNode(8)};
  return node;
}

// Sizes of the whole page in each form.
struct FormSizes {
  uint64_t plain = 0;
  uint64_t per_chunk = 0;
  uint64_t per_page = 0;
  uint64_t runs = 0;
  int width = 1;  // of the page, at least 1
};

EncodingNode ChooseForm(const FormSizes& sizes, bool small_chunks, FormatVersion version) {
  EncodingNode node = codec::FlatNode(16);
  uint64_t best = sizes.plain;
  if (sizes.per_page < best && sizes.width < 16) {
    node = OutOfLineNode(sizes.width);
    best = sizes.per_page;
  }
  if (small_chunks && sizes.per_chunk < best) {
    node = InlineNode();
    best = sizes.per_chunk;
  }
  // Runs take longer to expand than bits.
  if (version >= kVersion22 && sizes.runs * 10 < best * 8) node = RunNode();
  return node;
}

}  // namespace

Result<EncodedLevels> EncodeLevels(Levels levels, std::span<const int64_t> chunk_ends,
                                   const EncodeOptions& options) {
  std::vector<ChunkFacts> facts;
  FormSizes sizes;
  bool small_chunks = true;
  int64_t begin = 0;
  for (const int64_t end : chunk_ends) {
    const ChunkFacts chunk = LookAtChunk(levels.subspan(begin, end - begin));
    facts.push_back(chunk);
    small_chunks &= end - begin <= kLevelBlock;
    sizes.plain += static_cast<uint64_t>(end - begin) * 2;
    sizes.per_chunk += 2 + chunk.width * kBytesPerWidth;
    sizes.runs += 8 + static_cast<uint64_t>(chunk.num_runs) * 3;
    sizes.width = std::max(sizes.width, chunk.width);
    begin = end;
  }
  begin = 0;
  for (const int64_t end : chunk_ends) {
    sizes.per_page += OutOfLineSize(sizes.width, end - begin);
    begin = end;
  }
  EncodedLevels out;
  out.encoding = ChooseForm(sizes, small_chunks, options.version);
  const uint64_t bound =
      std::max({sizes.plain, sizes.per_page, small_chunks ? sizes.per_chunk : 0, sizes.runs});
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(bound, options.pool));
  uint8_t* to = data->mutable_data();
  begin = 0;
  for (size_t i = 0; i < chunk_ends.size(); ++i) {
    const Levels chunk = levels.subspan(begin, chunk_ends[i] - begin);
    uint8_t* const from = to;
    switch (out.encoding.tag) {
      case kInlineBitpacking:
        to = WriteInline(chunk, facts[i].width, to);
        break;
      case kOutOfLineBitpacking:
        to = WriteOutOfLine(chunk, sizes.width, to);
        break;
      case kRle:
        to = WriteRuns(chunk, facts[i].num_runs, to);
        break;
      default:
        to = WritePlain(chunk, to);
    }
    out.sizes.push_back(static_cast<uint32_t>(to - from));
    begin = chunk_ends[i];
  }
  ARROW_ASSIGN_OR_RAISE(out.data, codec::CutBytes(data, to - data->data()));
  return out;
}

}  // namespace lance::encoding::page_write
