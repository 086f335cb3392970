#include "lance/encoding/dictionary_builder.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace lance::encoding {
namespace {

// Multiply and fold: one multiplication per word is enough for a table that compares values anyway.
inline uint64_t MixWord(uint64_t word) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(word ^ 0x9e3779b97f4a7c15ULL) * 0xe7037ed1a0b428dbULL;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// How values are reached, hashed and compared; one type per shape of value.
template <typename Word>
struct WordValues {
  const uint8_t* data;

  explicit WordValues(const ValueView& view) : data(view.data.data()) {}
  Word at(int64_t i) const { return LoadUnaligned<Word>(data + i * sizeof(Word)); }
  uint64_t Hash(int64_t i) const { return MixWord(at(i)); }
  bool Equal(int64_t i, int64_t j) const { return at(i) == at(j); }
  uint64_t size(int64_t) const { return sizeof(Word); }
  Bytes bytes(int64_t i) const { return {data + i * sizeof(Word), sizeof(Word)}; }
};

struct PairValues {
  const uint8_t* data;

  explicit PairValues(const ValueView& view) : data(view.data.data()) {}
  uint64_t low(int64_t i) const { return LoadUnaligned<uint64_t>(data + i * 16); }
  uint64_t high(int64_t i) const { return LoadUnaligned<uint64_t>(data + i * 16 + 8); }
  uint64_t Hash(int64_t i) const { return MixWord(low(i) + std::rotl(high(i), 29)); }
  bool Equal(int64_t i, int64_t j) const { return ((low(i) ^ low(j)) | (high(i) ^ high(j))) == 0; }
  uint64_t size(int64_t) const { return 16; }
  Bytes bytes(int64_t i) const { return {data + i * 16, 16}; }
};

struct WideValues {
  const uint8_t* data;
  size_t width;

  explicit WideValues(const ValueView& view) : data(view.data.data()), width(view.type.bytes()) {}
  Bytes bytes(int64_t i) const { return {data + i * width, width}; }
  uint64_t Hash(int64_t i) const { return XXH3_64bits(data + i * width, width); }
  bool Equal(int64_t i, int64_t j) const {
    return std::memcmp(data + i * width, data + j * width, width) == 0;
  }
  uint64_t size(int64_t) const { return width; }
};

template <typename Offset>
struct TextValues {
  const uint8_t* data;
  const Offset* offsets;

  explicit TextValues(const ValueView& view)
      : data(view.data.data()), offsets(static_cast<const Offset*>(view.offsets)) {}
  Bytes bytes(int64_t i) const {
    return {data + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])};
  }
  uint64_t Hash(int64_t i) const {
    const Bytes value = bytes(i);
    return XXH3_64bits(value.data(), value.size());
  }
  bool Equal(int64_t i, int64_t j) const {
    const Bytes a = bytes(i);
    const Bytes b = bytes(j);
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
  }
  uint64_t size(int64_t i) const { return bytes(i).size() + sizeof(Offset); }
};

// Open addressing; a slot keeps half of the hash, so that most comparisons are of true equals.
class NumberTable {
 public:
  NumberTable() : slots_(size_t{1} << 10) {}

  /// Return the number of value `i`, a new one when it was not seen before.
  template <typename Values>
  uint32_t Number(const Values& values, int64_t i) {
    const uint64_t hash = values.Hash(i);
    const auto tag = static_cast<uint32_t>(hash >> 32);
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at].number_plus_one != 0) {
      const Slot slot = slots_[at];
      if (slot.tag == tag && values.Equal(first_[slot.number_plus_one - 1], i)) {
        return slot.number_plus_one - 1;
      }
      at = (at + 1) & (slots_.size() - 1);
    }
    first_.push_back(i);
    slots_[at] = {tag, static_cast<uint32_t>(first_.size())};
    if (first_.size() * 2 > slots_.size()) Grow(values);
    return static_cast<uint32_t>(first_.size() - 1);
  }

  const std::vector<int64_t>& first() const { return first_; }
  uint64_t num_items() const { return first_.size(); }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t number_plus_one = 0;
  };

  template <typename Values>
  void Grow(const Values& values) {
    slots_.assign(slots_.size() * 4, Slot());
    for (size_t item = 0; item < first_.size(); ++item) {
      const uint64_t hash = values.Hash(first_[item]);
      size_t at = hash & (slots_.size() - 1);
      while (slots_[at].number_plus_one != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = {static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(item + 1)};
    }
  }

  std::vector<Slot> slots_;
  std::vector<int64_t> first_;  // where each item was seen first
};

// Call `body` with the accessor that fits the values.
template <typename Body>
auto WithValues(const ValueView& view, const Body& body) {
  if (!view.type.is_fixed()) {
    return view.type.bits == 32 ? body(TextValues<int32_t>(view)) : body(TextValues<int64_t>(view));
  }
  switch (view.type.bits) {
    case 8:
      return body(WordValues<uint8_t>(view));
    case 16:
      return body(WordValues<uint16_t>(view));
    case 32:
      return body(WordValues<uint32_t>(view));
    case 64:
      return body(WordValues<uint64_t>(view));
    case 128:
      return body(PairValues(view));
    default:
      return body(WideValues(view));
  }
}

struct Numbered {
  NumberTable table;
  std::shared_ptr<arrow::Buffer> indices;
};

template <typename Values>
Result<std::optional<Numbered>> NumberAll(const Values& values, int64_t count,
                                          std::span<const uint16_t> nulls,
                                          const DictionaryLimits& limits, arrow::MemoryPool* pool) {
  Numbered out;
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(count * 4, pool));
  auto* indices = reinterpret_cast<uint32_t*>(buffer->mutable_data());
  uint64_t item_bytes = 0;
  uint64_t num_items = 0;
  int64_t last = -1;  // runs need no look-up
  for (int64_t i = 0; i < count; ++i) {
    if (!nulls.empty() && nulls[i] != 0) {
      indices[i] = 0;
      continue;
    }
    if (last >= 0 && values.Equal(last, i)) {
      indices[i] = indices[last];
      last = i;
      continue;
    }
    indices[i] = out.table.Number(values, i);
    last = i;
    if (out.table.num_items() == num_items) continue;
    num_items = out.table.num_items();
    item_bytes += values.size(i);
    const uint64_t index_bits = std::bit_width(num_items - 1);
    const uint64_t bytes = item_bytes + static_cast<uint64_t>(count) * index_bits / 8;
    if (num_items > limits.max_items || bytes > limits.max_bytes) return std::nullopt;
  }
  out.indices = std::move(buffer);
  return out;
}

Status AppendItem(Bytes item, ValueBuilder* out) {
  if (!out->type().is_fixed()) return out->AppendOne(item);
  ARROW_ASSIGN_OR_RAISE(uint8_t* to, out->AppendFixed(1));
  std::memcpy(to, item.data(), item.size());
  return Status::OK();
}

}  // namespace

bool LooksTooDistinct(const ValueView& values, const DictionaryLimits& limits) {
  constexpr int64_t kNumBlocks = 32;
  constexpr int64_t kBlockValues = 128;
  constexpr double kNumSamples = kNumBlocks * kBlockValues;
  if (values.num_values < 2 * kNumBlocks * kBlockValues) return false;
  const uint64_t num_distinct = WithValues(values, [&](const auto& accessor) {
    NumberTable table;
    for (int64_t block = 0; block < kNumBlocks; ++block) {
      const int64_t begin = (values.num_values - kBlockValues) / (kNumBlocks - 1) * block;
      for (int64_t i = 0; i < kBlockValues; ++i) table.Number(accessor, begin + i);
    }
    return table.num_items();
  });
  // So many distinct values would be seen if all of the allowed items were equally frequent.
  const auto items = static_cast<double>(limits.max_items);
  const double expected = items * (1.0 - std::exp(-kNumSamples / items));
  return static_cast<double>(num_distinct) > std::min(expected, 0.98 * kNumSamples);
}

Result<std::optional<Dictionary>> BuildDictionary(const ValueView& values,
                                                  std::span<const uint16_t> nulls,
                                                  const DictionaryLimits& limits,
                                                  arrow::MemoryPool* pool) {
  if (pool == nullptr) pool = arrow::default_memory_pool();
  LANCE_REQUIRE(!values.type.is_fixed() || values.type.bits % 8 == 0,
                "booleans have no dictionary");
  return WithValues(values, [&](const auto& accessor) -> Result<std::optional<Dictionary>> {
    ARROW_ASSIGN_OR_RAISE(auto numbered,
                          NumberAll(accessor, values.num_values, nulls, limits, pool));
    if (!numbered) return std::nullopt;
    Dictionary out{ValueBuilder(values.type, pool), std::move(numbered->indices)};
    for (const int64_t first : numbered->table.first()) {
      ARROW_RETURN_NOT_OK(AppendItem(accessor.bytes(first), &out.items));
    }
    return std::optional<Dictionary>(std::move(out));
  });
}

}  // namespace lance::encoding
