// Filters as bytes, for callers in other languages. Little-endian throughout, nothing is aligned.
//
//   filter   [version:u8 = 1] node
//   node     [kind:u8] body                  kind: the numbers of ExpressionKind
//     1  column    [count:u16] { [length:u16][utf8 name] } x count     outermost name first, count
//     >= 1 2  literal   type [is_valid:u8 0|1] value, the value only when is_valid = 1 40 cast type
//     [count:u32 = 1] node 41 call      [length:u16][utf8 name] [count:u32] node x count "lower",
//     "upper", "length", "abs" all others   [count:u32] node x count
//                    not 3, is null 6, negate 33                   count = 1
//                    and 4, or 5                                   count >= 2
//                    comparisons 10-16, texts 21-24, + - * / 30-33 count = 2 (negate 34: 1)
//                    in 20                                         count >= 1, operand first
//   type     [code:u8], decimal128 is followed by [precision:u8][scale:i8]
//   value    by code
//     0  null            no value (is_valid = 0): NULL of any type
//     1  bool            u8 0|1
//     2  int8   3 int16   4 int32   5 int64
//     6  float32         7 float64              IEEE 754 bits
//     8  utf8            [length:u32][bytes]
//     9  binary          [length:u32][bytes]
//     10 date32          i32 days since 1970-01-01
//     11 timestamp UTC   i64 microseconds since 1970-01-01T00:00:00Z
//     12 timestamp       i64 microseconds of the wall clock, no zone
//     13 decimal128      16 bytes, two's complement of the unscaled value; precision 1..38
//     14 uint8  15 uint16  16 uint32  17 uint64
//     18 timestamp UTC   i64 nanoseconds        19 timestamp, no zone, i64 nanoseconds
//
// Example: id > 5  with a 32-bit literal:
//   01 | 0e | 02 00 00 00 | 01 01 00 02 00 69 64 | 02 04 01 05 00 00 00
// Bounds: 200 levels (write a chain of ANDs as one node), 2^20 nodes; bytes behind the tree are an
// error. A literal of another type has no code; it is written with code 255, which no reader takes.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "arrow/util/decimal.h"
#include "lance/base/bytes.h"
#include "lance/query/expression.h"
#include "lance/query/filter/limits.h"

namespace lance::query {
namespace {

constexpr uint8_t kWireVersion = 1;

enum class WireType : uint8_t {
  kNull = 0,
  kBool = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kInt64 = 5,
  kFloat32 = 6,
  kFloat64 = 7,
  kUtf8 = 8,
  kBinary = 9,
  kDate32 = 10,
  kMicrosUtc = 11,
  kMicros = 12,
  kDecimal128 = 13,
  kUInt8 = 14,
  kUInt16 = 15,
  kUInt32 = 16,
  kUInt64 = 17,
  kNanosUtc = 18,
  kNanos = 19,
  kNone = 255,
};

template <typename T>
void PutWire(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

WireType TimestampCode(const arrow::TimestampType& type) {
  const bool zoned = !type.timezone().empty();
  if (type.unit() == arrow::TimeUnit::MICRO) {
    return zoned ? WireType::kMicrosUtc : WireType::kMicros;
  }
  if (type.unit() == arrow::TimeUnit::NANO) return zoned ? WireType::kNanosUtc : WireType::kNanos;
  return WireType::kNone;
}

WireType WireTypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return WireType::kNull;
    case arrow::Type::BOOL:
      return WireType::kBool;
    case arrow::Type::INT8:
      return WireType::kInt8;
    case arrow::Type::INT16:
      return WireType::kInt16;
    case arrow::Type::INT32:
      return WireType::kInt32;
    case arrow::Type::INT64:
      return WireType::kInt64;
    case arrow::Type::UINT8:
      return WireType::kUInt8;
    case arrow::Type::UINT16:
      return WireType::kUInt16;
    case arrow::Type::UINT32:
      return WireType::kUInt32;
    case arrow::Type::UINT64:
      return WireType::kUInt64;
    case arrow::Type::FLOAT:
      return WireType::kFloat32;
    case arrow::Type::DOUBLE:
      return WireType::kFloat64;
    case arrow::Type::STRING:
      return WireType::kUtf8;
    case arrow::Type::BINARY:
      return WireType::kBinary;
    case arrow::Type::DATE32:
      return WireType::kDate32;
    case arrow::Type::DECIMAL128:
      return WireType::kDecimal128;
    case arrow::Type::TIMESTAMP:
      return TimestampCode(static_cast<const arrow::TimestampType&>(type));
    default:
      return WireType::kNone;
  }
}

// The types that have no parameters on the wire; null for decimals and unknown codes.
std::shared_ptr<arrow::DataType> PlainTypeOf(WireType code) {
  switch (code) {
    case WireType::kNull:
      return arrow::null();
    case WireType::kBool:
      return arrow::boolean();
    case WireType::kInt8:
      return arrow::int8();
    case WireType::kInt16:
      return arrow::int16();
    case WireType::kInt32:
      return arrow::int32();
    case WireType::kInt64:
      return arrow::int64();
    case WireType::kUInt8:
      return arrow::uint8();
    case WireType::kUInt16:
      return arrow::uint16();
    case WireType::kUInt32:
      return arrow::uint32();
    case WireType::kUInt64:
      return arrow::uint64();
    case WireType::kFloat32:
      return arrow::float32();
    case WireType::kFloat64:
      return arrow::float64();
    case WireType::kUtf8:
      return arrow::utf8();
    case WireType::kBinary:
      return arrow::binary();
    case WireType::kDate32:
      return arrow::date32();
    case WireType::kMicrosUtc:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case WireType::kMicros:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case WireType::kNanosUtc:
      return arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
    case WireType::kNanos:
      return arrow::timestamp(arrow::TimeUnit::NANO);
    default:
      return nullptr;
  }
}

class WireWriter {
 public:
  std::string Write(const Expression& expression) {
    PutWire(&out_, kWireVersion);
    WriteNode(expression);
    return std::move(out_);
  }

 private:
  void WriteNode(const Expression& node) {
    PutWire(&out_, static_cast<uint8_t>(node.kind));
    switch (node.kind) {
      case ExpressionKind::kColumn:
        PutWire(&out_, static_cast<uint16_t>(node.path.size()));
        for (const std::string& name : node.path) WriteName(name);
        return;
      case ExpressionKind::kLiteral:
        return WriteLiteral(*node.literal);
      case ExpressionKind::kCast:
        WriteType(*node.type);
        break;
      case ExpressionKind::kCall:
        WriteName(node.path.empty() ? std::string() : node.path[0]);
        break;
      default:
        break;
    }
    PutWire(&out_, static_cast<uint32_t>(node.children.size()));
    for (const ExpressionPtr& child : node.children) WriteNode(*child);
  }

  void WriteName(const std::string& name) {
    PutWire(&out_, static_cast<uint16_t>(name.size()));
    out_.append(name, 0, UINT16_MAX);
  }

  void WriteType(const arrow::DataType& type) {
    const WireType code = WireTypeOf(type);
    PutWire(&out_, static_cast<uint8_t>(code));
    if (code != WireType::kDecimal128) return;
    const auto& decimal = static_cast<const arrow::DecimalType&>(type);
    PutWire(&out_, static_cast<uint8_t>(decimal.precision()));
    PutWire(&out_, static_cast<int8_t>(decimal.scale()));
  }

  void WriteLiteral(const arrow::Scalar& literal) {
    WriteType(*literal.type);
    const bool is_valid = literal.is_valid && literal.type->id() != arrow::Type::NA;
    PutWire(&out_, static_cast<uint8_t>(is_valid));
    if (!is_valid || WireTypeOf(*literal.type) == WireType::kNone) return;
    if (arrow::is_base_binary_like(literal.type->id())) {
      const std::string_view text = static_cast<const arrow::BaseBinaryScalar&>(literal).view();
      PutWire(&out_, static_cast<uint32_t>(text.size()));
      out_.append(text);
      return;
    }
    const std::string_view raw =
        static_cast<const arrow::internal::PrimitiveScalarBase&>(literal).view();
    out_.append(raw);
  }

  std::string out_;
};

class WireReader {
 public:
  explicit WireReader(Bytes wire) : cursor_(wire, "filter") {}

  Result<ExpressionPtr> Read() {
    ARROW_ASSIGN_OR_RAISE(uint8_t version, cursor_.Read<uint8_t>());
    LANCE_CHECK_BYTES(version == kWireVersion, "filter has version ", int{version},
                      ", this build reads ", int{kWireVersion});
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr tree, ReadNode(1));
    LANCE_CHECK_BYTES(cursor_.remaining() == 0, "filter ends at byte ", cursor_.position(),
                      ", but ", cursor_.remaining(), " more bytes follow");
    return tree;
  }

 private:
  Result<ExpressionPtr> ReadNode(int depth) {
    LANCE_CHECK_BYTES(depth <= kMaxFilterDepth, "filter is deeper than ", kMaxFilterDepth,
                      " levels at byte ", cursor_.position());
    LANCE_CHECK_BYTES(++num_nodes_ <= kMaxFilterNodes, "filter has more than ", kMaxFilterNodes,
                      " nodes");
    auto node = std::make_shared<Expression>();
    ARROW_ASSIGN_OR_RAISE(uint8_t kind, cursor_.Read<uint8_t>());
    node->kind = static_cast<ExpressionKind>(kind);
    switch (node->kind) {
      case ExpressionKind::kColumn:
        ARROW_RETURN_NOT_OK(ReadPath(node.get()));
        return node;
      case ExpressionKind::kLiteral: {
        ARROW_ASSIGN_OR_RAISE(node->literal, ReadLiteral());
        return node;
      }
      case ExpressionKind::kCast: {
        ARROW_ASSIGN_OR_RAISE(node->type, ReadType());
        break;
      }
      case ExpressionKind::kCall: {
        ARROW_ASSIGN_OR_RAISE(std::string name, ReadName());
        node->path.push_back(std::move(name));
        break;
      }
      default:
        break;
    }
    ARROW_RETURN_NOT_OK(ReadChildren(node.get(), depth));
    return node;
  }

  struct Arity {
    uint32_t least = 0;
    uint32_t most = 0;
  };

  static Result<Arity> ArityOf(ExpressionKind kind) {
    switch (kind) {
      case ExpressionKind::kNot:
      case ExpressionKind::kIsNull:
      case ExpressionKind::kNegate:
      case ExpressionKind::kCast:
        return Arity{1, 1};
      case ExpressionKind::kAnd:
      case ExpressionKind::kOr:
        return Arity{2, UINT32_MAX};
      case ExpressionKind::kIn:
        return Arity{1, UINT32_MAX};
      case ExpressionKind::kCall:
        return Arity{0, 16};
      case ExpressionKind::kEqual:
      case ExpressionKind::kNotEqual:
      case ExpressionKind::kLess:
      case ExpressionKind::kLessEqual:
      case ExpressionKind::kGreater:
      case ExpressionKind::kGreaterEqual:
      case ExpressionKind::kNullSafeEqual:
      case ExpressionKind::kStartsWith:
      case ExpressionKind::kEndsWith:
      case ExpressionKind::kContains:
      case ExpressionKind::kLike:
      case ExpressionKind::kAdd:
      case ExpressionKind::kSubtract:
      case ExpressionKind::kMultiply:
      case ExpressionKind::kDivide:
        return Arity{2, 2};
      default:
        return Corruption("filter has an unknown kind of node, ", static_cast<int>(kind));
    }
  }

  Status ReadChildren(Expression* node, int depth) {
    ARROW_ASSIGN_OR_RAISE(Arity arity, ArityOf(node->kind));
    const size_t at = cursor_.position();
    ARROW_ASSIGN_OR_RAISE(uint32_t count, cursor_.Read<uint32_t>());
    LANCE_CHECK_BYTES(count >= arity.least && count <= arity.most, "filter node of kind ",
                      static_cast<int>(node->kind), " at byte ", at, " has ", count,
                      " children, expected at least ", arity.least);
    // A child takes at least three bytes.
    LANCE_CHECK_BYTES(count <= cursor_.remaining() / 3, "filter node at byte ", at, " claims ",
                      count, " children, but only ", cursor_.remaining(), " bytes follow");
    node->children.reserve(count);
    for (uint32_t i = 0; i < count; ++i) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr child, ReadNode(depth + 1));
      node->children.push_back(std::move(child));
    }
    return Status::OK();
  }

  Status ReadPath(Expression* node) {
    ARROW_ASSIGN_OR_RAISE(uint16_t count, cursor_.Read<uint16_t>());
    LANCE_CHECK_BYTES(count >= 1 && count <= kMaxFilterDepth, "filter has a column path of ", count,
                      " names at byte ", cursor_.position());
    for (uint16_t i = 0; i < count; ++i) {
      ARROW_ASSIGN_OR_RAISE(std::string name, ReadName());
      node->path.push_back(std::move(name));
    }
    return Status::OK();
  }

  Result<std::string> ReadName() {
    ARROW_ASSIGN_OR_RAISE(uint16_t length, cursor_.Read<uint16_t>());
    ARROW_ASSIGN_OR_RAISE(Bytes bytes, cursor_.Take(length));
    return std::string(AsText(bytes));
  }

  Result<std::shared_ptr<arrow::DataType>> ReadType() {
    const size_t at = cursor_.position();
    ARROW_ASSIGN_OR_RAISE(uint8_t code, cursor_.Read<uint8_t>());
    if (static_cast<WireType>(code) != WireType::kDecimal128) {
      auto type = PlainTypeOf(static_cast<WireType>(code));
      LANCE_CHECK_BYTES(type != nullptr, "filter has unknown type code ", int{code}, " at byte ",
                        at);
      return type;
    }
    ARROW_ASSIGN_OR_RAISE(uint8_t precision, cursor_.Read<uint8_t>());
    ARROW_ASSIGN_OR_RAISE(int8_t scale, cursor_.Read<int8_t>());
    LANCE_CHECK_BYTES(precision >= 1 && precision <= 38 && scale >= -38 && scale <= 38,
                      "filter has type decimal128(", int{precision}, ", ", int{scale}, ") at byte ",
                      at);
    return arrow::decimal128(precision, scale);
  }

  Result<std::shared_ptr<arrow::Scalar>> ReadLiteral() {
    ARROW_ASSIGN_OR_RAISE(auto type, ReadType());
    const size_t at = cursor_.position();
    ARROW_ASSIGN_OR_RAISE(uint8_t is_valid, cursor_.Read<uint8_t>());
    LANCE_CHECK_BYTES(is_valid <= 1, "filter has validity ", int{is_valid}, " at byte ", at);
    if (is_valid == 0) return arrow::MakeNullScalar(type);
    switch (type->id()) {
      case arrow::Type::NA:
        return Corruption("filter has a valid literal of type null at byte ", at);
      case arrow::Type::STRING:
      case arrow::Type::BINARY:
        return ReadText(type);
      case arrow::Type::DECIMAL128: {
        ARROW_ASSIGN_OR_RAISE(Bytes bytes, cursor_.Take(16));
        const arrow::Decimal128 value(bytes.data());
        const int precision = static_cast<const arrow::DecimalType&>(*type).precision();
        LANCE_CHECK_BYTES(value.FitsInPrecision(precision), "filter has a decimal of more than ",
                          precision, " digits at byte ", at);
        return std::make_shared<arrow::Decimal128Scalar>(value, type);
      }
      case arrow::Type::BOOL: {
        ARROW_ASSIGN_OR_RAISE(uint8_t value, cursor_.Read<uint8_t>());
        LANCE_CHECK_BYTES(value <= 1, "filter has boolean ", int{value}, " at byte ", at);
        return std::make_shared<arrow::BooleanScalar>(value == 1);
      }
      default: {
        ARROW_ASSIGN_OR_RAISE(Bytes bytes, cursor_.Take(type->byte_width()));
        auto buffer = arrow::Buffer::FromString(std::string(AsText(bytes)));
        return arrow::MakeArray(arrow::ArrayData::Make(type, 1, {nullptr, buffer}))->GetScalar(0);
      }
    }
  }

  Result<std::shared_ptr<arrow::Scalar>> ReadText(const std::shared_ptr<arrow::DataType>& type) {
    ARROW_ASSIGN_OR_RAISE(uint32_t length, cursor_.Read<uint32_t>());
    ARROW_ASSIGN_OR_RAISE(Bytes bytes, cursor_.Take(length));
    auto buffer = arrow::Buffer::FromString(std::string(AsText(bytes)));
    if (type->id() == arrow::Type::STRING) return std::make_shared<arrow::StringScalar>(buffer);
    return std::make_shared<arrow::BinaryScalar>(buffer);
  }

  ByteCursor cursor_;
  size_t num_nodes_ = 0;
};

}  // namespace

std::string SerializeExpression(const Expression& expression) {
  return WireWriter().Write(expression);
}

Result<ExpressionPtr> ParseExpression(Bytes wire) { return WireReader(wire).Read(); }

}  // namespace lance::query
