#include "lance/encoding/values.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/util/bit_util.h"
#include "arrow/util/bitmap_ops.h"
#include "lance/encoding/kernel/arrays.h"

namespace lance::encoding {
namespace {

// Kernels may write past the end of what they were given, up to this many bytes.
constexpr uint64_t kSlackBytes = 64;
constexpr uint64_t kMaxBuilderBytes = uint64_t{1} << 46;
// Few bytes of a file can name one long item of a dictionary many times.
constexpr uint64_t kMaxGatheredBytes = uint64_t{1} << 31;

// Memory that grows without being zeroed.
class GrowingBytes {
 public:
  uint8_t* data() const { return data_; }
  uint64_t capacity() const { return capacity_; }
  bool allocated() const { return buffer_ != nullptr; }

  Status Grow(uint64_t wanted, bool exact, arrow::MemoryPool* pool) {
    if (wanted > kMaxBuilderBytes)
      return Error(ErrorCode::OutOfMemory, "cannot hold ", wanted, " bytes");
    const uint64_t size = exact ? wanted : std::max<uint64_t>({wanted, capacity_ * 2, 256});
    const auto allocation = static_cast<int64_t>(size + kSlackBytes);
    if (buffer_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto fresh, arrow::AllocateResizableBuffer(allocation, pool));
      buffer_ = std::move(fresh);
    } else {
      ARROW_RETURN_NOT_OK(buffer_->Resize(allocation, /*shrink_to_fit=*/false));
    }
    data_ = buffer_->mutable_data();
    capacity_ = size;
    return Status::OK();
  }
  Status Ensure(uint64_t wanted, arrow::MemoryPool* pool) {
    if (buffer_ != nullptr && wanted <= capacity_) [[likely]]
      return Status::OK();
    return Grow(wanted, /*exact=*/false, pool);
  }
  Result<std::shared_ptr<arrow::Buffer>> Finish(uint64_t size, arrow::MemoryPool* pool) {
    if (buffer_ == nullptr) ARROW_RETURN_NOT_OK(Grow(size, /*exact=*/true, pool));
    ARROW_RETURN_NOT_OK(buffer_->Resize(static_cast<int64_t>(size), /*shrink_to_fit=*/false));
    data_ = nullptr;
    capacity_ = 0;
    return std::shared_ptr<arrow::Buffer>(std::move(buffer_));
  }

 private:
  std::shared_ptr<arrow::ResizableBuffer> buffer_;
  uint8_t* data_ = nullptr;
  uint64_t capacity_ = 0;
};

// Validity of the items of one list layer; it exists from the first layer that has some.
struct ItemBits {
  GrowingBytes bytes;
  int64_t num_bits = 0;
  int64_t items_per_value = 1;
};

// Write the ends of values after those of a stream that has `base` data bytes.
template <typename T>
void PutEnds(const uint64_t* ends, int64_t count, uint64_t base, uint8_t* target) {
  for (int64_t i = 0; i < count; ++i) {
    StoreUnaligned<T>(target + i * static_cast<int64_t>(sizeof(T)), static_cast<T>(base + ends[i]));
  }
}

template <typename T>
void GatherValues(const uint8_t* source, const uint32_t* indices, int64_t count, uint8_t* target) {
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(target + i * sizeof(T), source + indices[i] * sizeof(T), sizeof(T));
  }
}

struct Sixteen {
  uint64_t words[2];
};

void GatherFixed(const uint8_t* source, const uint32_t* indices, int64_t count, uint64_t width,
                 uint8_t* target) {
  switch (width) {
    case 1:
      return GatherValues<uint8_t>(source, indices, count, target);
    case 2:
      return GatherValues<uint16_t>(source, indices, count, target);
    case 4:
      return GatherValues<uint32_t>(source, indices, count, target);
    case 8:
      return GatherValues<uint64_t>(source, indices, count, target);
    case 16:
      return GatherValues<Sixteen>(source, indices, count, target);
    default:
      for (int64_t i = 0; i < count; ++i) {
        std::memcpy(target + i * width, source + indices[i] * width, width);
      }
  }
}

// Copy a short value with two wide moves: both sides have slack behind them.
inline void CopyWithSlack(uint8_t* target, const uint8_t* source, uint64_t length) {
  if (length <= 32) {
    std::memcpy(target, source, 16);
    std::memcpy(target + 16, source + 16, 16);
  } else {
    std::memcpy(target, source, length);
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------
// ValueView

int64_t ValueView::offset(int64_t i) const {
  if (type.bits == 32) return static_cast<const int32_t*>(offsets)[i];
  return static_cast<const int64_t*>(offsets)[i];
}

ValueView ValueView::Slice(int64_t begin, int64_t count) const {
  ValueView out;
  out.type = type;
  out.num_values = count;
  if (!type.is_fixed()) {
    out.data = data;
    out.offsets = static_cast<const uint8_t*>(offsets) + begin * static_cast<int64_t>(type.bytes());
    return out;
  }
  const uint64_t first_bit = static_cast<uint64_t>(begin) * type.bits;
  const uint64_t num_bits = static_cast<uint64_t>(count) * type.bits;
  out.data = data.subspan(first_bit / 8, (num_bits + 7) / 8);
  int64_t items = 1;
  size_t next = 0;
  for (const ListLayer& layer : type.lists) {
    items *= layer.dimension;
    if (!layer.has_validity) continue;
    const Bytes bits = item_validity[next++];
    out.item_validity.push_back(bits.subspan(begin * items / 8, (count * items + 7) / 8));
  }
  return out;
}

uint64_t ValueView::plain_size_bytes() const {
  const auto n = static_cast<uint64_t>(num_values);
  if (type.is_fixed()) return (n * type.bits + 7) / 8;
  if (offsets == nullptr) return 0;
  return (n + 1) * type.bytes() + static_cast<uint64_t>(offset(num_values) - offset(0));
}

// ---------------------------------------------------------------------------------------------
// ValueBuilder

struct ValueBuilder::Impl {
  ValueType type;
  arrow::MemoryPool* pool = nullptr;
  int64_t num_values = 0;
  uint64_t data_bytes = 0;  // variable streams only
  GrowingBytes data;
  GrowingBytes offsets;
  std::vector<ItemBits> items;
  std::vector<ValueBuilder> fields;  // row streams only

  uint64_t FixedBytes(int64_t count) const {
    return (static_cast<uint64_t>(count) * type.bits + 7) / 8;
  }
  // Make room for the ends of `count` more variable values.
  Status EnsureOffsets(int64_t count, bool exact = false) {
    const uint64_t wanted = static_cast<uint64_t>(num_values + count + 1) * type.bytes();
    const bool first = !offsets.allocated();
    if (first || wanted > offsets.capacity()) {
      ARROW_RETURN_NOT_OK(offsets.Grow(wanted, exact, pool));
    }
    if (first) std::memset(offsets.data(), 0, type.bytes());
    return Status::OK();
  }
  Status CheckCount(int64_t count) const {
    LANCE_REQUIRE(count >= 0 && count <= std::numeric_limits<int64_t>::max() / 16 - num_values,
                  "cannot append ", count, " values");
    uint64_t bits = 0;
    LANCE_REQUIRE(CheckedMultiply(static_cast<uint64_t>(num_values + count) + 1, type.bits, &bits),
                  "cannot append ", count, " values");
    return Status::OK();
  }
  Status CheckDataBytes(uint64_t more) const {
    const uint64_t limit = type.bits == 32 ? std::numeric_limits<int32_t>::max() : kMaxBuilderBytes;
    if (more > limit || data_bytes + more > limit) [[unlikely]] {
      return InvalidInput("too much data for ", type.bits, "-bit offsets: ", data_bytes, " + ",
                          more, " bytes");
    }
    return Status::OK();
  }
  uint8_t* offsets_end() { return offsets.data() + (num_values + 1) * type.bytes(); }
  void PutEnd(int64_t index, uint64_t end) {
    uint8_t* at = offsets.data() + index * static_cast<int64_t>(type.bytes());
    if (type.bits == 32) {
      StoreUnaligned<int32_t>(at, static_cast<int32_t>(end));
    } else {
      StoreUnaligned<int64_t>(at, static_cast<int64_t>(end));
    }
  }
  uint64_t End(int64_t index) const {
    const uint8_t* at = offsets.data() + index * static_cast<int64_t>(type.bytes());
    if (type.bits == 32) return static_cast<uint64_t>(LoadUnaligned<int32_t>(at));
    return static_cast<uint64_t>(LoadUnaligned<int64_t>(at));
  }
  // Layers without bits so far are all valid: write that down up to `num_bits`.
  Status FillValid(ItemBits* layer, int64_t num_bits) {
    if (layer->num_bits >= num_bits) return Status::OK();
    ARROW_RETURN_NOT_OK(layer->bytes.Ensure(static_cast<uint64_t>(num_bits + 7) / 8, pool));
    arrow::bit_util::SetBitsTo(layer->bytes.data(), layer->num_bits, num_bits - layer->num_bits,
                               true);
    layer->num_bits = num_bits;
    return Status::OK();
  }
  Status AppendItemBits(ItemBits* layer, const uint8_t* source, int64_t bit_offset, int64_t count) {
    ARROW_RETURN_NOT_OK(
        layer->bytes.Ensure(static_cast<uint64_t>(layer->num_bits + count + 7) / 8, pool));
    arrow::internal::CopyBitmap(source, bit_offset, count, layer->bytes.data(), layer->num_bits);
    layer->num_bits += count;
    return Status::OK();
  }
  // Item validity of values of `source`, after the values themselves were appended.
  Status AppendItemBitsOf(const Impl& source, int64_t begin, int64_t count, int64_t before) {
    for (size_t i = 0; i < items.size(); ++i) {
      const ItemBits& from = source.items[i];
      const int64_t per_value = items[i].items_per_value;
      if (from.num_bits == 0 && items[i].num_bits == 0) continue;
      ARROW_RETURN_NOT_OK(FillValid(&items[i], before * per_value));
      const int64_t known =
          std::clamp<int64_t>(from.num_bits - begin * per_value, 0, count * per_value);
      if (known == 0) continue;  // filled up with ones later
      ARROW_RETURN_NOT_OK(AppendItemBits(&items[i], from.bytes.data(), begin * per_value, known));
    }
    return Status::OK();
  }
  template <typename T>
  Status GatherVariable(const Impl& source, std::span<const uint32_t> indices);
};

namespace {

// Bytes of the picked values.
template <typename T>
uint64_t GatheredBytes(const uint8_t* offsets, const uint32_t* indices, int64_t count) {
  uint64_t total = 0;
  for (int64_t i = 0; i < count; ++i) {
    const uint8_t* at = offsets + uint64_t{indices[i]} * sizeof(T);
    total += LoadUnaligned<T>(at + sizeof(T)) - LoadUnaligned<T>(at);
  }
  return total;
}

// Copy the picked values to `to` and write their ends behind the one before `ends`.
template <typename T>
void GatherTexts(const uint8_t* offsets, const uint8_t* data, std::span<const uint32_t> indices,
                 uint8_t* to, uint8_t* ends) {
  auto end = LoadUnaligned<T>(ends - sizeof(T));
  for (const uint32_t index : indices) {
    const uint8_t* at = offsets + uint64_t{index} * sizeof(T);
    const T from = LoadUnaligned<T>(at);
    const T length = LoadUnaligned<T>(at + sizeof(T)) - from;
    if (length != 0) CopyWithSlack(to, data + from, length);
    to += length;
    end += length;
    StoreUnaligned<T>(ends, end);
    ends += sizeof(T);
  }
}

// A small dictionary of short texts, each in a slot of its own: one aligned load instead of two
// offsets and an address.
constexpr int64_t kMostSlots = 256;
template <int slot_bytes>
class TextSlots {
 public:
  template <typename T>
  void Fill(const uint8_t* offsets, const uint8_t* data, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const T from = LoadUnaligned<T>(offsets + i * static_cast<int64_t>(sizeof(T)));
      const T end = LoadUnaligned<T>(offsets + (i + 1) * static_cast<int64_t>(sizeof(T)));
      lengths_[i] = static_cast<uint8_t>(end - from);
      std::memset(slots_[i], 0, slot_bytes);
      if (end != from) std::memcpy(slots_[i], data + from, lengths_[i]);
    }
  }
  // As `GatherTexts`.
  template <typename T>
  void Gather(std::span<const uint32_t> indices, uint8_t* to, uint8_t* ends) const {
    auto end = LoadUnaligned<T>(ends - sizeof(T));
    for (const uint32_t index : indices) {
      std::memcpy(to, slots_[index], slot_bytes);
      const T length = lengths_[index];
      to += length;
      end += length;
      StoreUnaligned<T>(ends, end);
      ends += sizeof(T);
    }
  }

 private:
  alignas(64) uint8_t slots_[kMostSlots][slot_bytes];
  uint8_t lengths_[kMostSlots];
};

constexpr int kLongestSlot = 32;
constexpr uint64_t kNoLength = ~uint64_t{0};

// Length of the longest text.
template <typename T>
T LongestText(const uint8_t* offsets, int64_t count) {
  T longest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const uint8_t* at = offsets + i * static_cast<int64_t>(sizeof(T));
    longest = std::max<T>(longest, LoadUnaligned<T>(at + sizeof(T)) - LoadUnaligned<T>(at));
  }
  return longest;
}

// Texts one after the other, and where each begins.
struct TextList {
  const uint8_t* offsets = nullptr;
  const uint8_t* data = nullptr;
  int64_t count = 0;
};

template <typename T, int slot_bytes>
void GatherThroughSlots(const TextList& texts, std::span<const uint32_t> indices, uint8_t* to,
                        uint8_t* ends) {
  TextSlots<slot_bytes> slots;
  slots.template Fill<T>(texts.offsets, texts.data, texts.count);
  slots.template Gather<T>(indices, to, ends);
}

}  // namespace

template <typename T>
Status ValueBuilder::Impl::GatherVariable(const Impl& source, std::span<const uint32_t> indices) {
  const uint8_t* from = source.offsets.data();
  const auto count = static_cast<int64_t>(indices.size());
  // Looking at the dictionary pays when it is much smaller than what is picked from it.
  const bool small = source.num_values <= kMostSlots && source.num_values * 4 < count;
  const uint64_t longest = small ? LongestText<T>(from, source.num_values) : kNoLength;
  uint64_t total = 0;
  if (longest > uint64_t{kLongestSlot} ||
      !CheckedMultiply(longest, uint64_t{indices.size()}, &total) ||
      total > data.capacity() - data_bytes || !CheckDataBytes(total).ok()) {
    total = GatheredBytes<T>(from, indices.data(), count);
  }
  ARROW_RETURN_NOT_OK(CheckDataBytes(total));
  LANCE_REQUIRE(total <= kMaxGatheredBytes, count, " values of a dictionary have ", total,
                " bytes, more than ", kMaxGatheredBytes, ": read fewer rows at once");
  ARROW_RETURN_NOT_OK(EnsureOffsets(count));
  ARROW_RETURN_NOT_OK(data.Ensure(data_bytes + total, pool));
  const TextList texts{from, source.data.data(), source.num_values};
  uint8_t* to = data.data() + data_bytes;
  if (longest <= 16) {
    GatherThroughSlots<T, 16>(texts, indices, to, offsets_end());
  } else if (longest <= uint64_t{kLongestSlot}) {
    GatherThroughSlots<T, kLongestSlot>(texts, indices, to, offsets_end());
  } else {
    GatherTexts<T>(from, texts.data, indices, to, offsets_end());
  }
  num_values += count;
  data_bytes = End(num_values);
  return Status::OK();
}

ValueBuilder::ValueBuilder(ValueType type, arrow::MemoryPool* pool)
    : impl_(std::make_unique<Impl>()) {
  impl_->pool = pool != nullptr ? pool : arrow::default_memory_pool();
  int64_t items = 1;
  for (const ListLayer& layer : type.lists) {
    items *= layer.dimension;
    ItemBits bits;
    bits.items_per_value = items;
    impl_->items.push_back(std::move(bits));
  }
  for (const ValueType& field : type.fields) impl_->fields.emplace_back(field, impl_->pool);
  impl_->type = std::move(type);
}
ValueBuilder::~ValueBuilder() = default;
ValueBuilder::ValueBuilder(ValueBuilder&&) noexcept = default;
ValueBuilder& ValueBuilder::operator=(ValueBuilder&&) noexcept = default;

const ValueType& ValueBuilder::type() const { return impl_->type; }
int64_t ValueBuilder::num_values() const { return impl_->num_values; }
uint64_t ValueBuilder::num_data_bytes() const {
  if (impl_->type.is_row()) {
    uint64_t out = 0;
    for (const ValueBuilder& field : impl_->fields) out += field.num_data_bytes();
    return out;
  }
  return impl_->type.is_fixed() ? impl_->FixedBytes(impl_->num_values) : impl_->data_bytes;
}

Status ValueBuilder::Reserve(int64_t num_values, uint64_t num_data_bytes) {
  ARROW_RETURN_NOT_OK(impl_->CheckCount(num_values));
  // How the bytes of rows are spread over their fields is not known.
  for (ValueBuilder& field : impl_->fields) ARROW_RETURN_NOT_OK(field.Reserve(num_values));
  if (impl_->type.is_row()) return Status::OK();
  uint64_t wanted = 0;
  if (impl_->type.is_fixed()) {
    wanted = impl_->FixedBytes(impl_->num_values + num_values);
  } else {
    ARROW_RETURN_NOT_OK(impl_->EnsureOffsets(num_values, /*exact=*/true));
    if (!CheckedAdd(impl_->data_bytes, num_data_bytes, &wanted)) wanted = kMaxBuilderBytes + 1;
  }
  if (impl_->data.allocated() && wanted <= impl_->data.capacity()) return Status::OK();
  return impl_->data.Grow(wanted, /*exact=*/true, impl_->pool);
}

void ValueBuilder::Clear() {
  impl_->num_values = 0;
  impl_->data_bytes = 0;
  for (ItemBits& items : impl_->items) items.num_bits = 0;
}

Result<uint8_t*> ValueBuilder::AppendFixed(int64_t count) {
  LANCE_REQUIRE(impl_->type.is_fixed() && impl_->type.bits % 8 == 0,
                "the stream has no values of whole bytes");
  ARROW_RETURN_NOT_OK(impl_->CheckCount(count));
  const uint64_t begin = impl_->FixedBytes(impl_->num_values);
  ARROW_RETURN_NOT_OK(impl_->data.Ensure(begin + impl_->FixedBytes(count), impl_->pool));
  impl_->num_values += count;
  return impl_->data.data() + begin;
}

Status ValueBuilder::AppendBits(const uint8_t* source, int64_t bit_offset, int64_t count) {
  LANCE_REQUIRE(impl_->type.is_fixed(), "the stream has no bits");
  ARROW_RETURN_NOT_OK(impl_->CheckCount(count));
  ARROW_RETURN_NOT_OK(
      impl_->data.Ensure(impl_->FixedBytes(impl_->num_values + count), impl_->pool));
  const auto bits = static_cast<int64_t>(impl_->type.bits);
  if (count > 0) {
    arrow::internal::CopyBitmap(source, bit_offset, count * bits, impl_->data.data(),
                                impl_->num_values * bits);
  }
  impl_->num_values += count;
  return Status::OK();
}

Status ValueBuilder::AppendVariable(const void* offsets, int64_t count, Bytes data) {
  Impl& my = *impl_;
  LANCE_REQUIRE(my.type.is_variable(), "the stream has no variable values");
  if (count == 0) return Status::OK();
  ARROW_RETURN_NOT_OK(my.CheckCount(count));
  ARROW_RETURN_NOT_OK(my.EnsureOffsets(count));
  const auto* source = static_cast<const uint8_t*>(offsets);
  uint64_t first = 0;
  uint64_t last = 0;
  if (my.type.bits == 32) {
    first = LoadUnaligned<uint32_t>(source);
    last = LoadUnaligned<uint32_t>(source + count * 4);
  } else {
    first = LoadUnaligned<uint64_t>(source);
    last = LoadUnaligned<uint64_t>(source + count * 8);
  }
  LANCE_CHECK_BYTES(first <= last && last <= data.size(), "offsets ", first, " to ", last,
                    " leave the data of ", data.size(), " bytes");
  const uint64_t num_bytes = last - first;
  ARROW_RETURN_NOT_OK(my.CheckDataBytes(num_bytes));
  const kernel::ArrayKernels& arrays = kernel::Arrays();
  const bool rises =
      my.type.bits == 32
          ? arrays.rebase32(source, count, static_cast<uint32_t>(my.data_bytes - first),
                            my.offsets_end())
          : arrays.rebase64(source, count, my.data_bytes - first, my.offsets_end());
  LANCE_CHECK_BYTES(rises, "offsets of ", count, " values fall");
  ARROW_RETURN_NOT_OK(my.data.Ensure(my.data_bytes + num_bytes, my.pool));
  if (num_bytes != 0) std::memcpy(my.data.data() + my.data_bytes, data.data() + first, num_bytes);
  my.data_bytes += num_bytes;
  my.num_values += count;
  return Status::OK();
}

Status ValueBuilder::AppendOne(Bytes value) {
  Impl& my = *impl_;
  LANCE_REQUIRE(my.type.is_variable(), "the stream has no variable values");
  ARROW_RETURN_NOT_OK(my.CheckDataBytes(value.size()));
  ARROW_RETURN_NOT_OK(my.EnsureOffsets(1));
  ARROW_RETURN_NOT_OK(my.data.Ensure(my.data_bytes + value.size(), my.pool));
  if (!value.empty()) std::memcpy(my.data.data() + my.data_bytes, value.data(), value.size());
  my.data_bytes += value.size();
  my.PutEnd(++my.num_values, my.data_bytes);
  return Status::OK();
}

Status ValueBuilder::AppendPlaceholders(int64_t count) {
  Impl& my = *impl_;
  ARROW_RETURN_NOT_OK(my.CheckCount(count));
  if (my.type.is_row()) {
    for (ValueBuilder& field : my.fields) ARROW_RETURN_NOT_OK(field.AppendPlaceholders(count));
    return CommitRows(count);
  }
  if (!my.type.is_fixed()) {
    ARROW_RETURN_NOT_OK(my.EnsureOffsets(count));
    for (int64_t i = 1; i <= count; ++i) my.PutEnd(my.num_values + i, my.data_bytes);
    my.num_values += count;
    return Status::OK();
  }
  const auto first_bit = static_cast<uint64_t>(my.num_values) * my.type.bits;
  const uint64_t end = my.FixedBytes(my.num_values + count);
  ARROW_RETURN_NOT_OK(my.data.Ensure(end, my.pool));
  if (first_bit % 8 != 0) my.data.data()[first_bit / 8] &= (1 << first_bit % 8) - 1;
  const uint64_t begin = (first_bit + 7) / 8;
  if (end > begin) std::memset(my.data.data() + begin, 0, end - begin);
  my.num_values += count;
  return Status::OK();
}

Status ValueBuilder::AppendItemValidity(int layer, const uint8_t* source, int64_t bit_offset,
                                        int64_t count) {
  Impl& my = *impl_;
  LANCE_REQUIRE(layer >= 0 && static_cast<size_t>(layer) < my.items.size(), "no list layer ",
                layer);
  ItemBits& items = my.items[layer];
  const int64_t before = my.num_values * items.items_per_value - count;
  LANCE_REQUIRE(before >= items.num_bits, "item validity for ", count, " items, but only ",
                my.num_values * items.items_per_value - items.num_bits, " have none");
  ARROW_RETURN_NOT_OK(my.FillValid(&items, before));
  if (count == 0) return Status::OK();
  return my.AppendItemBits(&items, source, bit_offset, count);
}

Status ValueBuilder::AppendSlice(const ValueBuilder& source, int64_t begin, int64_t count) {
  Impl& my = *impl_;
  const Impl& from = *source.impl_;
  LANCE_REQUIRE(begin >= 0 && count >= 0 && begin <= from.num_values - count, "no values ", begin,
                " + ", count);
  if (count == 0) return Status::OK();
  LANCE_REQUIRE(!my.type.is_row(), "rows are not copied");
  if (!my.type.is_fixed()) {
    const uint8_t* offsets = from.offsets.data() + begin * static_cast<int64_t>(my.type.bytes());
    return AppendVariable(offsets, count, {from.data.data(), from.data_bytes});
  }
  const int64_t before = my.num_values;
  if (my.type.bits % 8 != 0) {
    ARROW_RETURN_NOT_OK(
        AppendBits(from.data.data(), begin * static_cast<int64_t>(my.type.bits), count));
  } else {
    ARROW_ASSIGN_OR_RAISE(uint8_t* target, AppendFixed(count));
    std::memcpy(target, from.data.data() + begin * my.type.bytes(), count * my.type.bytes());
  }
  return my.AppendItemBitsOf(from, begin, count, before);
}

Status ValueBuilder::AppendGather(const ValueBuilder& source, const uint32_t* indices,
                                  int64_t count) {
  Impl& my = *impl_;
  const Impl& from = *source.impl_;
  if (count == 0) return Status::OK();
  ARROW_RETURN_NOT_OK(my.CheckCount(count));
  LANCE_REQUIRE(!my.type.is_row(), "rows are not gathered");
  if (!my.type.is_fixed()) {
    const std::span<const uint32_t> picked(indices, static_cast<size_t>(count));
    return my.type.bits == 32 ? my.GatherVariable<uint32_t>(from, picked)
                              : my.GatherVariable<uint64_t>(from, picked);
  }
  bool item_bits = my.type.bits % 8 != 0;
  for (size_t i = 0; i < my.items.size(); ++i) {
    item_bits |= my.items[i].num_bits != 0 || from.items[i].num_bits != 0;
  }
  if (!item_bits) {
    ARROW_ASSIGN_OR_RAISE(uint8_t* target, AppendFixed(count));
    GatherFixed(from.data.data(), indices, count, my.type.bytes(), target);
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(Reserve(count));
  for (int64_t i = 0; i < count; ++i) ARROW_RETURN_NOT_OK(AppendSlice(source, indices[i], 1));
  return Status::OK();
}

ValueBuilder& ValueBuilder::field(size_t index) { return impl_->fields[index]; }

Status ValueBuilder::CommitRows(int64_t count) {
  Impl& my = *impl_;
  LANCE_REQUIRE(my.type.is_row(), "the stream has no rows");
  for (const ValueBuilder& field : my.fields) {
    LANCE_REQUIRE(field.num_values() == my.num_values + count, "a field has ", field.num_values(),
                  " values, expected ", my.num_values + count);
  }
  my.num_values += count;
  return Status::OK();
}

Result<uint8_t*> ValueBuilder::ReserveData(uint64_t max_bytes) {
  Impl& my = *impl_;
  LANCE_REQUIRE(my.type.is_variable(), "the stream has no variable values");
  uint64_t wanted = 0;
  if (!CheckedAdd(my.data_bytes, max_bytes, &wanted)) wanted = kMaxBuilderBytes + 1;
  ARROW_RETURN_NOT_OK(my.data.Ensure(wanted, my.pool));
  return my.data.data() + my.data_bytes;
}

uint64_t ValueBuilder::data_room() const { return impl_->data.capacity() - impl_->data_bytes; }

Status ValueBuilder::CommitVariable(const uint64_t* ends, int64_t count) {
  Impl& my = *impl_;
  LANCE_REQUIRE(my.type.is_variable(), "the stream has no variable values");
  if (count == 0) return Status::OK();
  ARROW_RETURN_NOT_OK(my.CheckCount(count));
  ARROW_RETURN_NOT_OK(my.CheckDataBytes(ends[count - 1]));
  ARROW_RETURN_NOT_OK(my.EnsureOffsets(count));
  LANCE_REQUIRE(my.data_bytes + ends[count - 1] <= my.data.capacity(), "values end at ",
                ends[count - 1], ", behind the reserved memory");
  if (my.type.bits == 32) {
    PutEnds<uint32_t>(ends, count, my.data_bytes, my.offsets_end());
  } else {
    PutEnds<uint64_t>(ends, count, my.data_bytes, my.offsets_end());
  }
  my.data_bytes += ends[count - 1];
  my.num_values += count;
  return Status::OK();
}

ValueView ValueBuilder::View() const {
  Impl& my = *impl_;
  ValueView out;
  out.type = my.type;
  out.num_values = my.num_values;
  out.data = {my.data.data(), num_data_bytes()};
  static constexpr int64_t kNoOffsets = 0;
  if (my.type.is_variable()) {
    out.offsets =
        my.offsets.allocated() ? static_cast<const void*>(my.offsets.data()) : &kNoOffsets;
  }
  for (size_t i = 0; i < my.items.size(); ++i) {
    ItemBits& items = my.items[i];
    const int64_t wanted = my.num_values * items.items_per_value;
    // Growing here can fail only for want of memory; the layer then counts as all valid.
    const bool known = items.num_bits != 0 && my.FillValid(&items, wanted).ok();
    out.type.lists[i].has_validity = known;
    if (!known) continue;
    out.item_validity.emplace_back(items.bytes.data(), static_cast<size_t>(wanted + 7) / 8);
  }
  return out;
}

Result<ValueBuilder::Finished> ValueBuilder::Finish() {
  Impl& my = *impl_;
  Finished out;
  out.num_values = my.num_values;
  if (my.type.is_row()) {
    for (ValueBuilder& field : my.fields) {
      ARROW_ASSIGN_OR_RAISE(Finished finished, field.Finish());
      out.fields.push_back(std::move(finished));
    }
    my.num_values = 0;
    return out;
  }
  const uint64_t data_bytes = num_data_bytes();
  for (ItemBits& items : my.items) {
    const int64_t wanted = my.num_values * items.items_per_value;
    std::shared_ptr<arrow::Buffer> bits;
    if (items.num_bits != 0) {
      ARROW_RETURN_NOT_OK(my.FillValid(&items, wanted));
      ARROW_ASSIGN_OR_RAISE(bits, items.bytes.Finish((wanted + 7) / 8, my.pool));
    }
    items.num_bits = 0;
    out.item_validity.push_back(std::move(bits));
  }
  if (!my.type.is_fixed()) {
    ARROW_RETURN_NOT_OK(my.EnsureOffsets(0));
    ARROW_ASSIGN_OR_RAISE(
        out.offsets,
        my.offsets.Finish(static_cast<uint64_t>(my.num_values + 1) * my.type.bytes(), my.pool));
  }
  ARROW_ASSIGN_OR_RAISE(out.data, my.data.Finish(data_bytes, my.pool));
  my.num_values = 0;
  my.data_bytes = 0;
  return out;
}

}  // namespace lance::encoding
