#include "lance/query/filter/coerce.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "arrow/scalar.h"
#include "arrow/type.h"
#include "arrow/util/decimal.h"
#include "lance/query/filter/evaluate.h"

namespace lance::query {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

bool IsTextType(arrow::Type::type id) {
  return id == arrow::Type::STRING || id == arrow::Type::LARGE_STRING;
}
bool IsBytesType(arrow::Type::type id) {
  return id == arrow::Type::BINARY || id == arrow::Type::LARGE_BINARY;
}
bool IsNumberType(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id());
}
bool IsDayOrMoment(const arrow::DataType& type) {
  return arrow::is_date(type.id()) || type.id() == arrow::Type::TIMESTAMP;
}

Status DoNotGoTogether(const arrow::DataType& left, const arrow::DataType& right) {
  return InvalidInput("values of type ", left.ToString(), " and ", right.ToString(),
                      " cannot be compared; use CAST");
}

Coerced Exact(ScalarPtr value) {
  Coerced out;
  out.placement.value = std::move(value);
  return out;
}

// A double among integers: its floor is an integer of 64 bits or it lies beyond all of them.
Result<Coerced> PlaceDouble(double value, const TypePtr& column) {
  Coerced out;
  if (std::isnan(value)) {
    out.cast_column = arrow::float64();
    out.placement.value = arrow::MakeScalar(value);
    return out;
  }
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (value >= 2 * kTwoTo63) {
    out.placement.where = Placement::Where::kAbove;
    return out;
  }
  if (value < -kTwoTo63) {
    out.placement.where = Placement::Where::kBelow;
    return out;
  }
  const double floor = std::floor(value);
  const ScalarPtr whole = floor >= kTwoTo63 ? arrow::MakeScalar(static_cast<uint64_t>(floor))
                                            : arrow::MakeScalar(static_cast<int64_t>(floor));
  ARROW_ASSIGN_OR_RAISE(out.placement, PlaceLiteral(*whole, column));
  if (floor != value && out.placement.where == Placement::Where::kExact) {
    out.placement.where = Placement::Where::kBetween;
  }
  return out;
}

Result<Coerced> CoerceToFloat(const ScalarPtr& literal, const TypePtr& column) {
  ARROW_ASSIGN_OR_RAISE(auto wide, CastScalar(literal, arrow::float64()));
  const double value = static_cast<const arrow::DoubleScalar&>(*wide).value;
  if (column->id() == arrow::Type::DOUBLE) return Exact(std::move(wide));
  const auto narrow = static_cast<float>(value);
  const bool same = std::isnan(value) || static_cast<double>(narrow) == value;
  const bool is_typed = arrow::is_floating(literal->type->id());
  if (column->id() == arrow::Type::FLOAT && (same || !is_typed)) {
    return Exact(arrow::MakeScalar(narrow));
  }
  Coerced out;
  out.cast_column = arrow::float64();
  out.placement.value = std::move(wide);
  return out;
}

Result<Coerced> CoerceNumber(const ScalarPtr& literal, const TypePtr& column) {
  if (arrow::is_floating(column->id())) return CoerceToFloat(literal, column);
  if (arrow::is_floating(literal->type->id())) {
    ARROW_ASSIGN_OR_RAISE(auto wide, CastScalar(literal, arrow::float64()));
    if (arrow::is_integer(column->id())) {
      return PlaceDouble(static_cast<const arrow::DoubleScalar&>(*wide).value, column);
    }
    Coerced out;
    out.cast_column = arrow::float64();
    out.placement.value = std::move(wide);
    return out;
  }
  Coerced out;
  ARROW_ASSIGN_OR_RAISE(out.cast_column, CommonType(column, literal->type));
  ARROW_ASSIGN_OR_RAISE(out.placement.value, CastScalar(literal, out.cast_column));
  return out;
}

Result<Coerced> CoerceText(const ScalarPtr& literal, const TypePtr& column) {
  const std::string_view text = static_cast<const arrow::BaseBinaryScalar&>(*literal).view();
  if (IsDayOrMoment(*column)) {
    ARROW_ASSIGN_OR_RAISE(auto moment, ParseTimestampLiteral(text));
    Coerced out;
    ARROW_ASSIGN_OR_RAISE(out.placement, PlaceLiteral(*moment, column));
    return out;
  }
  if (IsTextType(column->id()) || arrow::is_time(column->id())) {
    ARROW_ASSIGN_OR_RAISE(auto value, CastScalar(literal, column));
    return Exact(std::move(value));
  }
  return DoNotGoTogether(*column, *literal->type);
}

Result<Coerced> CoerceBytes(const ScalarPtr& literal, const TypePtr& column) {
  Coerced out;
  if (IsBytesType(column->id())) {
    ARROW_ASSIGN_OR_RAISE(out.placement.value, CastScalar(literal, column));
    return out;
  }
  if (column->id() != arrow::Type::FIXED_SIZE_BINARY) {
    return DoNotGoTogether(*column, *literal->type);
  }
  out.cast_column = arrow::binary();
  ARROW_ASSIGN_OR_RAISE(out.placement.value, CastScalar(literal, arrow::binary()));
  return out;
}

int IntegerDigits(const arrow::DataType& type) {
  if (arrow::is_decimal(type.id())) {
    const auto& decimal = static_cast<const arrow::DecimalType&>(type);
    return decimal.precision() - decimal.scale();
  }
  return static_cast<const arrow::DecimalType&>(*DecimalOfInteger(type)).precision();
}

TypePtr CommonDecimal(const arrow::DataType& left, const arrow::DataType& right) {
  const auto scale_of = [](const arrow::DataType& type) {
    return arrow::is_decimal(type.id()) ? static_cast<const arrow::DecimalType&>(type).scale() : 0;
  };
  const int scale = std::max(scale_of(left), scale_of(right));
  const int digits = std::max({IntegerDigits(left) + scale, IntegerDigits(right) + scale, 1});
  if (digits <= arrow::Decimal128Type::kMaxPrecision) return arrow::decimal128(digits, scale);
  return arrow::decimal256(std::min<int>(digits, arrow::Decimal256Type::kMaxPrecision), scale);
}

TypePtr CommonInteger(const arrow::DataType& left, const arrow::DataType& right) {
  const bool left_signed = arrow::is_signed_integer(left.id());
  const bool right_signed = arrow::is_signed_integer(right.id());
  if (left_signed != right_signed) {
    const bool huge = left.id() == arrow::Type::UINT64 || right.id() == arrow::Type::UINT64;
    return huge ? arrow::decimal128(20, 0) : arrow::int64();
  }
  return left_signed ? arrow::int64() : arrow::uint64();
}

TypePtr CommonMoment(const arrow::DataType& left, const arrow::DataType& right) {
  arrow::TimeUnit::type unit = arrow::TimeUnit::SECOND;
  bool zoned = false;
  for (const arrow::DataType* type : {&left, &right}) {
    if (type->id() == arrow::Type::DATE64) unit = std::max(unit, arrow::TimeUnit::MILLI);
    if (type->id() != arrow::Type::TIMESTAMP) continue;
    const auto& timestamp = static_cast<const arrow::TimestampType&>(*type);
    unit = std::max(unit, timestamp.unit());
    zoned = zoned || !timestamp.timezone().empty();
  }
  return arrow::timestamp(unit, zoned ? "UTC" : "");
}

}  // namespace

TypePtr DecimalOfInteger(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
    case arrow::Type::UINT8:
      return arrow::decimal128(3, 0);
    case arrow::Type::INT16:
    case arrow::Type::UINT16:
      return arrow::decimal128(5, 0);
    case arrow::Type::INT32:
    case arrow::Type::UINT32:
      return arrow::decimal128(10, 0);
    default:
      return arrow::decimal128(type.id() == arrow::Type::UINT64 ? 20 : 19, 0);
  }
}

Result<Coerced> CoerceLiteral(const ScalarPtr& literal, const TypePtr& column) {
  if (SharesGrid(*literal->type, *column)) {
    Coerced out;
    ARROW_ASSIGN_OR_RAISE(out.placement, PlaceLiteral(*literal, column));
    return out;
  }
  if (column->id() == arrow::Type::HALF_FLOAT && IsNumberType(*literal->type)) {
    return CoerceToFloat(literal, column);
  }
  if (IsNumberType(*literal->type) && IsNumberType(*column)) return CoerceNumber(literal, column);
  if (literal->type->Equals(column)) return Exact(literal);
  if (IsTextType(literal->type->id())) return CoerceText(literal, column);
  if (IsBytesType(literal->type->id())) return CoerceBytes(literal, column);
  return DoNotGoTogether(*column, *literal->type);
}

Result<TypePtr> CommonType(const TypePtr& left, const TypePtr& right) {
  if (left->id() == arrow::Type::NA) return right;
  if (right->id() == arrow::Type::NA) return left;
  if (IsNumberType(*left) && IsNumberType(*right)) {
    if (arrow::is_floating(left->id()) || arrow::is_floating(right->id())) {
      const bool same = left->Equals(right) && left->id() != arrow::Type::HALF_FLOAT;
      return same ? left : arrow::float64();
    }
    if (left->Equals(right)) return left;
    if (arrow::is_decimal(left->id()) || arrow::is_decimal(right->id())) {
      return CommonDecimal(*left, *right);
    }
    return CommonInteger(*left, *right);
  }
  if (left->Equals(right)) return left;
  if (IsDayOrMoment(*left) && IsDayOrMoment(*right)) return CommonMoment(*left, *right);
  if (IsTextType(left->id()) && IsTextType(right->id())) return arrow::large_utf8();
  const auto is_bytes = [](const arrow::DataType& type) {
    return IsBytesType(type.id()) || type.id() == arrow::Type::FIXED_SIZE_BINARY;
  };
  if (is_bytes(*left) && is_bytes(*right)) return arrow::large_binary();
  return DoNotGoTogether(*left, *right);
}

}  // namespace lance::query
