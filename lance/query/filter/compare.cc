#include "lance/query/filter/compare.h"

#include <array>
#include <cstdint>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "arrow/util/bitmap_ops.h"
#include "lance/base/bytes.h"

namespace lance::query {
namespace {

using Int128 = __int128;

// Rows that are compared into bytes before these are packed into bits: stays in the first cache.
constexpr int64_t kRowsPerPack = 1024;

// Pack 0/1 bytes into bits, the first byte into the lowest bit. `count` is a multiple of 8.
void PackBits(const uint8_t* bytes, int64_t count, uint8_t* out) {
  for (int64_t i = 0; i < count; i += 8) {
    // Each byte's lowest bit is moved by one of the multiplier's bits to the top byte.
    const auto eight = LoadUnaligned<uint64_t>(bytes + i);
    *out++ = static_cast<uint8_t>((eight * 0x0102040810204080ULL) >> 56);
  }
}

template <typename T, typename Compare>
void CompareAll(const T* values, int64_t length, Compare compare, uint8_t* bits) {
  std::array<uint8_t, kRowsPerPack> bytes;
  for (int64_t begin = 0; begin < length; begin += kRowsPerPack) {
    const int64_t count = std::min(kRowsPerPack, length - begin);
    for (int64_t i = 0; i < count; ++i) bytes[i] = compare(values[begin + i]);
    const auto padded = static_cast<int64_t>(AlignUp(count, 8));
    for (int64_t i = count; i < padded; ++i) bytes[i] = 0;
    PackBits(bytes.data(), padded, bits + begin / 8);
  }
}

template <typename T>
bool CompareBy(ExpressionKind kind, const T* values, int64_t length, T constant, uint8_t* bits) {
  switch (kind) {
    case ExpressionKind::kEqual:
      CompareAll(values, length, [constant](T v) { return v == constant; }, bits);
      return true;
    case ExpressionKind::kNotEqual:
      CompareAll(values, length, [constant](T v) { return v != constant; }, bits);
      return true;
    case ExpressionKind::kLess:
      CompareAll(values, length, [constant](T v) { return v < constant; }, bits);
      return true;
    case ExpressionKind::kLessEqual:
      CompareAll(values, length, [constant](T v) { return v <= constant; }, bits);
      return true;
    case ExpressionKind::kGreater:
      CompareAll(values, length, [constant](T v) { return v > constant; }, bits);
      return true;
    case ExpressionKind::kGreaterEqual:
      CompareAll(values, length, [constant](T v) { return v >= constant; }, bits);
      return true;
    default:
      return false;
  }
}

struct CompareInput {
  ExpressionKind kind;
  const uint8_t* values;
  int64_t offset;
  int64_t length;
  const void* constant;
};

template <typename T>
bool CompareRaw(const CompareInput& in, uint8_t* bits) {
  // Arrow aligns to at least 8 bytes; a 16-byte integer is read through a type of lower alignment.
  struct [[gnu::packed]] Unaligned {
    T value;
  };
  if constexpr (sizeof(T) == 16) {
    const auto* values = reinterpret_cast<const Unaligned*>(in.values) + in.offset;
    const auto constant = LoadUnaligned<T>(in.constant);
    const auto run = [&](auto compare) {
      CompareAll(
          values, in.length, [&](const Unaligned& v) { return compare(v.value, constant); }, bits);
      return true;
    };
    switch (in.kind) {
      case ExpressionKind::kEqual:
        return run([](T a, T b) { return a == b; });
      case ExpressionKind::kNotEqual:
        return run([](T a, T b) { return a != b; });
      case ExpressionKind::kLess:
        return run([](T a, T b) { return a < b; });
      case ExpressionKind::kLessEqual:
        return run([](T a, T b) { return a <= b; });
      case ExpressionKind::kGreater:
        return run([](T a, T b) { return a > b; });
      case ExpressionKind::kGreaterEqual:
        return run([](T a, T b) { return a >= b; });
      default:
        return false;
    }
  } else {
    return CompareBy(in.kind, reinterpret_cast<const T*>(in.values) + in.offset, in.length,
                     LoadUnaligned<T>(in.constant), bits);
  }
}

using CompareFunction = bool (*)(const CompareInput&, uint8_t*);

CompareFunction FindCompare(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::INT8:
      return CompareRaw<int8_t>;
    case arrow::Type::UINT8:
      return CompareRaw<uint8_t>;
    case arrow::Type::INT16:
      return CompareRaw<int16_t>;
    case arrow::Type::UINT16:
      return CompareRaw<uint16_t>;
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
      return CompareRaw<int32_t>;
    case arrow::Type::UINT32:
      return CompareRaw<uint32_t>;
    case arrow::Type::INT64:
    case arrow::Type::DATE64:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return CompareRaw<int64_t>;
    case arrow::Type::UINT64:
      return CompareRaw<uint64_t>;
    case arrow::Type::FLOAT:
      return CompareRaw<float>;
    case arrow::Type::DOUBLE:
      return CompareRaw<double>;
    case arrow::Type::DECIMAL128:
      return CompareRaw<Int128>;
    default:
      return nullptr;
  }
}

Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::Array& values,
                                                  arrow::MemoryPool* pool) {
  if (values.null_count() == 0) return nullptr;
  if (values.offset() == 0) return values.null_bitmap();
  return arrow::internal::CopyBitmap(pool, values.null_bitmap_data(), values.offset(),
                                     values.length());
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> CompareWithConstant(ExpressionKind kind,
                                                          const arrow::Array& values,
                                                          const arrow::Scalar& constant,
                                                          arrow::MemoryPool* pool) {
  const CompareFunction compare = FindCompare(values.type_id());
  if (compare == nullptr || values.data()->buffers[1] == nullptr) return nullptr;
  const auto& raw = static_cast<const arrow::internal::PrimitiveScalarBase&>(constant);
  ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateBitmap(values.length(), pool));
  const CompareInput input{kind, values.data()->buffers[1]->data(), values.offset(),
                           values.length(), raw.view().data()};
  if (!compare(input, bits->mutable_data())) return nullptr;
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(values, pool));
  const int64_t num_nulls = validity == nullptr ? 0 : values.null_count();
  return std::make_shared<arrow::BooleanArray>(values.length(), std::move(bits),
                                               std::move(validity), num_nulls);
}

}  // namespace lance::query
