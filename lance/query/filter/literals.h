// Values written in a filter: parsing their text, and where they lie among the values of a column.
//
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <string_view>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"

namespace lance::query {

/// Parse a number with optional sign: int64 when it is one, decimal128 for other plain decimals of
/// up to 38 digits, double with an exponent or more digits.
Result<std::shared_ptr<arrow::Scalar>> ParseNumberLiteral(std::string_view text);
/// Parse "2024-02-29" to date32.
Result<std::shared_ptr<arrow::Scalar>> ParseDateLiteral(std::string_view text);
/// Parse "2024-02-29[ T]12:34[:56[.123456789]][Z|+01:00]" or a date alone to a timestamp in
/// microseconds, or nanoseconds when there are more digits; zone "UTC" when an offset is given.
Result<std::shared_ptr<arrow::Scalar>> ParseTimestampLiteral(std::string_view text);

/// Where a literal lies among the values of a type.
struct Placement {
  enum class Where : uint8_t {
    kExact,    // `value` is the literal
    kBetween,  // above `value`, below its successor
    kBelow,    // below every value of the type
    kAbove,    // above every value of the type
  };
  Where where = Where::kExact;
  std::shared_ptr<arrow::Scalar> value;  // of the type; exact and between
};

/// True for types whose values form a grid that `PlaceLiteral` knows: integers, decimals of up to
/// 128 bits, dates and timestamps.
bool IsGridType(const arrow::DataType& type);

/// True when values of `literal` and of `column` can be compared on one grid.
bool SharesGrid(const arrow::DataType& literal, const arrow::DataType& column);

/// Place a valid literal among the values of `type`; both share a grid.
Result<Placement> PlaceLiteral(const arrow::Scalar& literal,
                               const std::shared_ptr<arrow::DataType>& type);

}  // namespace lance::query
