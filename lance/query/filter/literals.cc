#include "lance/query/filter/literals.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "arrow/array.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "arrow/util/decimal.h"
#include "lance/base/bytes.h"

namespace lance::query {
namespace {

using arrow::Decimal256;
using arrow::TimeUnit;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

// Reads fixed-width digits and separators of a date or time.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}

  bool Digits(size_t count, int* out) {
    if (rest_.size() < count) return false;
    *out = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      *out = *out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }
  bool Skip(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Days since 1970-01-01; false when there is no such day.
bool ParseDay(TimeText* text, int64_t* days) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!text->Digits(4, &year) || !text->Skip('-') || !text->Digits(2, &month) || !text->Skip('-') ||
      !text->Digits(2, &day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return false;
  *days = std::chrono::sys_days(date).time_since_epoch().count();
  return true;
}

struct ClockTime {
  int64_t seconds = 0;
  int64_t nanos = 0;
  int num_fraction_digits = 0;
  bool has_zone = false;
};

bool ParseFraction(TimeText* text, ClockTime* out) {
  int digit = 0;
  int64_t unit = kNanosPerSecond / 10;
  for (; text->Digits(1, &digit); unit /= 10) {
    if (++out->num_fraction_digits > 9) return false;
    out->nanos += digit * unit;
  }
  return out->num_fraction_digits > 0;
}

bool ParseZone(TimeText* text, ClockTime* out) {
  if (text->at_end()) return true;
  out->has_zone = true;
  if (text->Skip('Z')) return text->at_end();
  const bool behind = text->Skip('-');
  if (!behind && !text->Skip('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!text->Digits(2, &hours)) return false;
  const bool colon = text->Skip(':');
  if ((colon || !text->at_end()) && !text->Digits(2, &minutes)) return false;
  if (hours > 18 || minutes > 59 || !text->at_end()) return false;
  const int64_t offset = hours * 3600 + minutes * 60;
  out->seconds += behind ? offset : -offset;
  return true;
}

bool ParseClock(TimeText* text, ClockTime* out) {
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  if (!text->Digits(2, &hours) || !text->Skip(':') || !text->Digits(2, &minutes)) return false;
  if (text->Skip(':')) {
    if (!text->Digits(2, &seconds)) return false;
    if (text->Skip('.') && !ParseFraction(text, out)) return false;
  }
  if (hours > 23 || minutes > 59 || seconds > 59) return false;
  out->seconds = hours * 3600 + minutes * 60 + seconds;
  return ParseZone(text, out);
}

Decimal256 Wide(const arrow::Decimal128& value) { return Decimal256(value); }

Decimal256 WideUnsigned(uint64_t value) { return Decimal256(arrow::Decimal128(int64_t{0}, value)); }

// A number as unscaled * 10^-scale. Times are counted in seconds since 1970.
struct GridValue {
  Decimal256 unscaled;
  int scale = 0;
};

int ScaleOfUnit(TimeUnit::type unit) { return static_cast<int>(unit) * 3; }

// Scale of the grid of `type`; dates are counted in days, apart from all others.
int GridScale(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::DecimalType&>(type).scale();
    case arrow::Type::TIMESTAMP:
      return ScaleOfUnit(static_cast<const arrow::TimestampType&>(type).unit());
    case arrow::Type::DATE64:
      return 3;
    default:
      return 0;
  }
}

template <typename T>
T RawValue(const arrow::Scalar& scalar) {
  return LoadUnaligned<T>(
      static_cast<const arrow::internal::PrimitiveScalarBase&>(scalar).view().data());
}

Result<GridValue> ToGrid(const arrow::Scalar& literal) {
  const arrow::DataType& type = *literal.type;
  const int scale = GridScale(type);
  switch (type.id()) {
    case arrow::Type::INT8:
      return GridValue{Decimal256(RawValue<int8_t>(literal)), scale};
    case arrow::Type::INT16:
      return GridValue{Decimal256(RawValue<int16_t>(literal)), scale};
    case arrow::Type::INT32:
    case arrow::Type::DECIMAL32:
      return GridValue{Decimal256(RawValue<int32_t>(literal)), scale};
    case arrow::Type::INT64:
    case arrow::Type::DECIMAL64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DATE64:
      return GridValue{Decimal256(RawValue<int64_t>(literal)), scale};
    case arrow::Type::UINT8:
      return GridValue{WideUnsigned(RawValue<uint8_t>(literal)), scale};
    case arrow::Type::UINT16:
      return GridValue{WideUnsigned(RawValue<uint16_t>(literal)), scale};
    case arrow::Type::UINT32:
      return GridValue{WideUnsigned(RawValue<uint32_t>(literal)), scale};
    case arrow::Type::UINT64:
      return GridValue{WideUnsigned(RawValue<uint64_t>(literal)), scale};
    case arrow::Type::DATE32:
      return GridValue{Decimal256(RawValue<int32_t>(literal) * kSecondsPerDay), 0};
    case arrow::Type::DECIMAL128:
      return GridValue{Wide(static_cast<const arrow::Decimal128Scalar&>(literal).value), scale};
    default:
      return InvalidInput("a value of type ", type.ToString(), " cannot be placed");
  }
}

struct GridBounds {
  Decimal256 least;
  Decimal256 most;
};

template <typename T>
GridBounds IntegerBounds() {
  if constexpr (std::is_signed_v<T>) {
    return {Decimal256(int64_t{std::numeric_limits<T>::min()}),
            Decimal256(int64_t{std::numeric_limits<T>::max()})};
  } else {
    return {Decimal256(0), WideUnsigned(std::numeric_limits<T>::max())};
  }
}

GridBounds BoundsOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return IntegerBounds<int8_t>();
    case arrow::Type::INT16:
      return IntegerBounds<int16_t>();
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      return IntegerBounds<int32_t>();
    case arrow::Type::UINT8:
      return IntegerBounds<uint8_t>();
    case arrow::Type::UINT16:
      return IntegerBounds<uint16_t>();
    case arrow::Type::UINT32:
      return IntegerBounds<uint32_t>();
    case arrow::Type::UINT64:
      return IntegerBounds<uint64_t>();
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128: {
      const int precision = static_cast<const arrow::DecimalType&>(type).precision();
      const Decimal256 most = Wide(arrow::Decimal128::GetMaxValue(precision));
      return {Decimal256(-most), most};
    }
    default:
      return IntegerBounds<int64_t>();
  }
}

// Make a scalar of `type` from a value inside of its bounds.
Result<ScalarPtr> FromGrid(const Decimal256& value, const std::shared_ptr<arrow::DataType>& type) {
  std::string bytes(type->byte_width(), '\0');
  const auto raw = value.little_endian_array();
  std::memcpy(bytes.data(), raw.data(), std::min(bytes.size(), sizeof(raw)));
  auto buffer = arrow::Buffer::FromString(std::move(bytes));
  return arrow::MakeArray(arrow::ArrayData::Make(type, 1, {nullptr, buffer}))->GetScalar(0);
}

// Divide rounding down; `*exact` says whether nothing was lost.
Result<Decimal256> FloorDivide(const Decimal256& value, const Decimal256& divisor, bool* exact) {
  ARROW_ASSIGN_OR_RAISE(auto parts, value.Divide(divisor));
  *exact = parts.second == Decimal256(0);
  if (!*exact && value < Decimal256(0)) return Decimal256(parts.first + Decimal256(-1));
  return parts.first;
}

}  // namespace

Result<ScalarPtr> ParseNumberLiteral(std::string_view text) {
  int64_t integer = 0;
  const char* end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, integer);
  if (parsed.ec == std::errc() && parsed.ptr == end) return arrow::MakeScalar(integer);
  if (text.find_first_of("eE") == std::string_view::npos) {
    arrow::Decimal128 value;
    int32_t precision = 0;
    int32_t scale = 0;
    const Status status = arrow::Decimal128::FromString(text, &value, &precision, &scale);
    if (status.ok() && precision <= arrow::Decimal128Type::kMaxPrecision && scale >= 0) {
      const int32_t digits = std::max({precision, scale, 1});
      return std::make_shared<arrow::Decimal128Scalar>(value, arrow::decimal128(digits, scale));
    }
  }
  double real = 0;
  parsed = std::from_chars(text.data(), end, real);
  LANCE_REQUIRE(parsed.ec == std::errc() && parsed.ptr == end, "'", text,
                "' is not a number that fits into a double");
  return arrow::MakeScalar(real);
}

Result<ScalarPtr> ParseDateLiteral(std::string_view text) {
  TimeText rest(text);
  int64_t days = 0;
  LANCE_REQUIRE(ParseDay(&rest, &days) && rest.at_end(), "'", text,
                "' is no date such as '2024-02-29'");
  return std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(days));
}

Result<ScalarPtr> ParseTimestampLiteral(std::string_view text) {
  TimeText rest(text);
  int64_t days = 0;
  ClockTime clock;
  bool valid = ParseDay(&rest, &days);
  if (valid && !rest.at_end()) {
    valid = (rest.Skip(' ') || rest.Skip('T')) && ParseClock(&rest, &clock);
  }
  LANCE_REQUIRE(valid, "'", text,
                "' is no timestamp such as '2024-02-29 12:34:56.789' or with an offset '+01:00'");
  const bool nanos = clock.num_fraction_digits > 6;
  const int64_t per_second = nanos ? kNanosPerSecond : kNanosPerSecond / 1000;
  int64_t value = 0;
  const int64_t seconds = days * kSecondsPerDay + clock.seconds;
  const int64_t fraction = nanos ? clock.nanos : clock.nanos / 1000;
  const bool overflow = __builtin_mul_overflow(seconds, per_second, &value) ||
                        __builtin_add_overflow(value, fraction, &value);
  LANCE_REQUIRE(!overflow, "'", text, "' is out of the range of nanoseconds (1677 to 2262)");
  return std::make_shared<arrow::TimestampScalar>(
      value,
      arrow::timestamp(nanos ? TimeUnit::NANO : TimeUnit::MICRO, clock.has_zone ? "UTC" : ""));
}

bool IsGridType(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIMESTAMP:
      return true;
    default:
      return arrow::is_integer(type.id());
  }
}

bool SharesGrid(const arrow::DataType& literal, const arrow::DataType& column) {
  const auto is_time = [](const arrow::DataType& type) {
    return type.id() == arrow::Type::TIMESTAMP || arrow::is_date(type.id());
  };
  return IsGridType(literal) && IsGridType(column) && is_time(literal) == is_time(column);
}

Result<Placement> PlaceLiteral(const arrow::Scalar& literal,
                               const std::shared_ptr<arrow::DataType>& type) {
  ARROW_ASSIGN_OR_RAISE(GridValue grid, ToGrid(literal));
  // Scales reach from -38 to 38 and values have at most 39 digits: the product may not fit into 256
  // bits, but then it is far out of the bounds of any type.
  const int shift = GridScale(*type) - grid.scale;
  bool exact = true;
  Decimal256 value = grid.unscaled;
  const GridBounds bounds = BoundsOf(*type);
  if (shift > 0) {
    if (shift > 38) {
      const Decimal256 far(Decimal256(1).IncreaseScaleBy(38));
      if (grid.unscaled != Decimal256(0))
        value = grid.unscaled < Decimal256(0) ? Decimal256(-far) : far;
    } else {
      value = Decimal256(grid.unscaled.IncreaseScaleBy(shift));
    }
  } else if (shift < 0) {
    const Decimal256 divisor(Decimal256(1).IncreaseScaleBy(std::min(-shift, 75)));
    ARROW_ASSIGN_OR_RAISE(value, FloorDivide(value, divisor, &exact));
  }
  if (type->id() == arrow::Type::DATE32) {
    bool whole_day = true;
    ARROW_ASSIGN_OR_RAISE(value, FloorDivide(value, Decimal256(kSecondsPerDay), &whole_day));
    exact = exact && whole_day;
  }
  Placement out;
  // Floors below the least value belong to literals below it as well.
  if (value < bounds.least) return Placement{Placement::Where::kBelow, nullptr};
  if (value > bounds.most) return Placement{Placement::Where::kAbove, nullptr};
  out.where = exact ? Placement::Where::kExact : Placement::Where::kBetween;
  ARROW_ASSIGN_OR_RAISE(out.value, FromGrid(value, type));
  return out;
}

}  // namespace lance::query
