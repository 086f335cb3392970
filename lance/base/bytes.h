// Borrowed bytes, byte ranges, checked arithmetic and the cursor that every parser reads through.
//
// Integers on the wire are little-endian; so are all supported machines.
// Thread-safety: values; not shared. Ownership: borrowed, the buffer must outlive them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

#include "lance/base/error.h"

namespace lance {

static_assert(std::endian::native == std::endian::little, "lance needs a little-endian machine");

/// Borrowed bytes.
using Bytes = std::span<const uint8_t>;

/// Bytes of `text`, borrowed.
inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
/// Text over `bytes`, borrowed.
inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A range of bytes of an object.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t end() const { return offset + length; }
  bool operator==(const ByteRange&) const = default;
};

/// Rows [begin, end).
struct RowRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t size() const { return end - begin; }
  bool operator==(const RowRange&) const = default;
};

/// Add or multiply without wrapping; false on overflow.
inline bool CheckedAdd(uint64_t a, uint64_t b, uint64_t* out) {
  return !__builtin_add_overflow(a, b, out);
}
inline bool CheckedMultiply(uint64_t a, uint64_t b, uint64_t* out) {
  return !__builtin_mul_overflow(a, b, out);
}
/// True when [offset, offset+length) lies inside of `size` bytes.
inline bool RangeFits(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}
/// Round up to a multiple of `alignment`, a power of two. `value` must be below 2^63.
constexpr uint64_t AlignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// Read a value of trivial type from unaligned memory.
template <typename T>
T LoadUnaligned(const void* at) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}
template <typename T>
void StoreUnaligned(void* at, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(at, &value, sizeof(T));
}

/// Read forward through borrowed bytes; every read is checked and fails with Corruption that names
/// `what`, the position and how many bytes were wanted.
class ByteCursor {
 public:
  /// \param what  name of the thing being parsed, for messages; must outlive the cursor
  explicit ByteCursor(Bytes bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }

  /// Read an integer of type T, little-endian.
  template <typename T>
  Result<T> Read() {
    static_assert(std::is_integral_v<T>);
    ARROW_ASSIGN_OR_RAISE(Bytes raw, Take(sizeof(T)));
    return LoadUnaligned<T>(raw.data());
  }
  /// Take the next `length` bytes, borrowed.
  Result<Bytes> Take(uint64_t length) {
    if (length > remaining()) [[unlikely]]
      return TooShort(length);
    Bytes out = bytes_.subspan(position_, length);
    position_ += length;
    return out;
  }
  Status Skip(uint64_t length) { return Take(length).status(); }
  /// Skip to the next multiple of `alignment` counted from the start of the bytes.
  Status AlignTo(uint64_t alignment) { return Skip(AlignUp(position_, alignment) - position_); }

 private:
  Status TooShort(uint64_t wanted) const;

  Bytes bytes_;
  std::string_view what_;
  size_t position_ = 0;
};

/// True when `text` is valid UTF-8; the one check of the project (Arrow's needs tables set up
/// first).
bool IsUtf8(std::string_view text);

}  // namespace lance
