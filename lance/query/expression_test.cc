#include "lance/query/expression.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/api.h"
#include "arrow/json/from_string.h"
#include "arrow/util/decimal.h"
#include "lance/base/testing/matchers.h"

namespace lance::query {
namespace {

using testing::HasErrorMessage;
using ::testing::HasSubstr;
using testing::IsError;
using testing::IsOk;

std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOr(nullptr);
}

// Four rows: ordinary, zero or empty, extreme, null.
std::shared_ptr<arrow::RecordBatch> ExampleRows() {
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto point = arrow::struct_({arrow::field("x", arrow::int32())});
  std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>> columns = {
      {"id", ArrayOf(arrow::int32(), "[5, 0, 2147483647, null]")},
      {"tiny", ArrayOf(arrow::int8(), "[5, 0, 127, null]")},
      {"big", ArrayOf(arrow::uint64(), "[5, 0, 18446744073709551615, null]")},
      {"f", ArrayOf(arrow::float32(), "[0.1, 0, -1.5, null]")},
      {"d", ArrayOf(arrow::float64(), "[0.1, 0, 1e300, null]")},
      {"price", ArrayOf(arrow::decimal128(10, 2), R"(["1.25", "0.00", "99999999.99", null])")},
      {"s", ArrayOf(arrow::utf8(), R"(["it's", "", "100%_\\", null])")},
      {"b", ArrayOf(arrow::binary(), R"(["AB", "", "Z", null])")},
      {"flag", ArrayOf(arrow::boolean(), "[true, false, true, null]")},
      {"other", ArrayOf(arrow::boolean(), "[true, true, false, false]")},
      {"day", ArrayOf(arrow::date32(), "[19782, 0, -1, null]")},
      {"ts", ArrayOf(utc, "[1709210096789000, 0, -1, null]")},
      {"sec", ArrayOf(arrow::timestamp(arrow::TimeUnit::SECOND), "[1709210096, 0, -1, null]")},
      {"point", ArrayOf(point, R"([{"x": 1}, {"x": null}, {"x": 3}, null])")},
      {"kind",
       ArrayOf(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a", "b", "a", null])")},
      {"select", ArrayOf(arrow::int32(), "[1, 2, 3, 4]")},
      {"odd name", ArrayOf(arrow::int32(), "[1, 2, 3, 4]")},
  };
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), 4, arrays);
}

Result<std::string> Run(const ExpressionPtr& filter) {
  const auto rows = ExampleRows();
  ARROW_ASSIGN_OR_RAISE(auto bound, BindFilter(filter, *rows->schema()));
  ARROW_ASSIGN_OR_RAISE(auto passed, EvaluateFilter(*bound, *rows));
  if (passed->length() != rows->num_rows()) return Status::Invalid("wrong length");
  ARROW_RETURN_NOT_OK(passed->ValidateFull());
  std::string out;
  for (int64_t i = 0; i < passed->length(); ++i) {
    const auto& bits = static_cast<const arrow::BooleanArray&>(*passed);
    out += bits.IsNull(i) ? 'n' : bits.Value(i) ? 't' : 'f';
  }
  return out;
}

// One letter per example row: t, f or n (unknown).
Result<std::string> Run(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto filter, ParseFilter(sql));
  ARROW_ASSIGN_OR_RAISE(std::string out, Run(filter));
  // What comes over the wire and what is printed mean the same.
  ARROW_ASSIGN_OR_RAISE(auto again, ParseExpression(AsBytes(SerializeExpression(*filter))));
  ARROW_ASSIGN_OR_RAISE(std::string over_wire, Run(again));
  if (over_wire != out) return Status::Invalid("the wire changed ", out, " to ", over_wire);
  return out;
}

std::string Outcome(const std::string& sql) {
  auto result = Run(sql);
  return result.ok() ? *result : result.status().message();
}

std::string ErrorOf(const std::string& sql) {
  auto parsed = ParseFilter(sql);
  if (!parsed.ok()) return parsed.status().message();
  const auto bound = BindFilter(*parsed, *ExampleRows()->schema());
  return bound.ok() ? "no error" : bound.status().message();
}

TEST(Filter, ComparesNumbersWithLiterals) {
  EXPECT_EQ(Outcome("id = 5"), "tffn");
  EXPECT_EQ(Outcome("id <> 5"), "fttn");
  EXPECT_EQ(Outcome("id != 5"), "fttn");
  EXPECT_EQ(Outcome("id < 5"), "ftfn");
  EXPECT_EQ(Outcome("id <= 5"), "ttfn");
  EXPECT_EQ(Outcome("id > 5"), "fftn");
  EXPECT_EQ(Outcome("5 < id"), "fftn");
  EXPECT_EQ(Outcome("5 >= id"), "ttfn");
  EXPECT_EQ(Outcome("d >= 1e5"), "fftn");
  EXPECT_EQ(Outcome("price = 1.25"), "tffn");
  EXPECT_EQ(Outcome("price >= 1"), "tftn");
}

TEST(Filter, NeverRoundsALiteralOntoAValue) {
  EXPECT_EQ(Outcome("id > 4.5"), "tftn");
  EXPECT_EQ(Outcome("id >= 5.5"), "fftn");
  EXPECT_EQ(Outcome("id < 5.5"), "ttfn");
  EXPECT_EQ(Outcome("id <= -0.5"), "fffn");
  EXPECT_EQ(Outcome("id = 5.5"), "fffn");
  EXPECT_EQ(Outcome("id <> 5.5"), "tttn");
  EXPECT_EQ(Outcome("id <=> 5.5"), "ffff");
  EXPECT_EQ(Outcome("id = 5.0"), "tffn");
  EXPECT_EQ(Outcome("id > 4.5e0"), "tftn");
  EXPECT_EQ(Outcome("id = 5e0"), "tffn");
  EXPECT_EQ(Outcome("price = 1.251"), "fffn");
  EXPECT_EQ(Outcome("price > 1.249"), "tftn");
  EXPECT_EQ(Outcome("day < TIMESTAMP '2024-02-29 00:00:01'"), "tttn");
  EXPECT_EQ(Outcome("day >= TIMESTAMP '2024-02-29 00:00:01'"), "fffn");
  EXPECT_EQ(Outcome("sec > TIMESTAMP '1969-12-31 23:59:58.5'"), "tttn");
  EXPECT_EQ(Outcome("sec > TIMESTAMP '1969-12-31 23:59:59.5'"), "ttfn");
}

TEST(Filter, FoldsLiteralsOutOfRangeOfTheColumn) {
  EXPECT_EQ(Outcome("tiny < 1000"), "tttn");
  EXPECT_EQ(Outcome("tiny > 1000"), "fffn");
  EXPECT_EQ(Outcome("tiny = 1000"), "fffn");
  EXPECT_EQ(Outcome("tiny <> 1000"), "tttn");
  EXPECT_EQ(Outcome("NOT tiny = 1000"), "tttn");
  EXPECT_EQ(Outcome("tiny > -1000"), "tttn");
  EXPECT_EQ(Outcome("tiny <=> 1000"), "ffff");
  EXPECT_EQ(Outcome("big > -1"), "tttn");
  EXPECT_EQ(Outcome("big = 18446744073709551615"), "fftn");
  EXPECT_EQ(Outcome("big < 1e19"), "ttfn");
  EXPECT_EQ(Outcome("id < 1e300"), "tttn");
  EXPECT_EQ(Outcome("id > -99999999999999999999999999999999999999"), "tttn");
  EXPECT_EQ(Outcome("price < 1000000000"), "tttn");
  EXPECT_EQ(Outcome("tiny IN (5, 1000)"), "tffn");
  EXPECT_EQ(Outcome("tiny IN (1000)"), "fffn");
}

TEST(Filter, TreatsFloatsAsIeee754) {
  EXPECT_EQ(Outcome("f = 0.1"), "tffn");   // takes the type of the column
  EXPECT_EQ(Outcome("f = 1e-1"), "fffn");  // a double: the float is another number
  EXPECT_EQ(Outcome("f = -1.5e0"), "fftn");
  EXPECT_EQ(Outcome("d = CAST('NaN' AS DOUBLE)"), "fffn");
  EXPECT_EQ(Outcome("d <> CAST('NaN' AS DOUBLE)"), "tttn");
  EXPECT_EQ(Outcome("d / 0 > 1"), "tftn");
}

TEST(Filter, UsesThreeValuedLogic) {
  EXPECT_EQ(Outcome("flag"), "tftn");
  EXPECT_EQ(Outcome("NOT flag"), "ftfn");
  EXPECT_EQ(Outcome("flag AND other"), "tfff");
  EXPECT_EQ(Outcome("flag OR other"), "tttn");
  EXPECT_EQ(Outcome("flag AND NULL"), "nfnn");
  EXPECT_EQ(Outcome("flag OR NULL"), "tntn");
  EXPECT_EQ(Outcome("NULL"), "nnnn");
  EXPECT_EQ(Outcome("NOT NULL"), "nnnn");
  EXPECT_EQ(Outcome("id = NULL"), "nnnn");
  EXPECT_EQ(Outcome("id <=> NULL"), "ffft");
  EXPECT_EQ(Outcome("id <=> 5"), "tfff");
  EXPECT_EQ(Outcome("NULL <=> NULL"), "tttt");
  EXPECT_EQ(Outcome("flag IS TRUE"), "tftf");
  EXPECT_EQ(Outcome("flag IS NOT TRUE"), "ftft");
  EXPECT_EQ(Outcome("flag IS FALSE"), "ftff");
  EXPECT_EQ(Outcome("flag IS NOT FALSE"), "tftt");
  EXPECT_EQ(Outcome("id > 3 IS NULL"), "ffft");
  EXPECT_EQ(Outcome("id IS NOT NULL"), "tttf");
  EXPECT_EQ(Outcome("TRUE"), "tttt");
}

TEST(Filter, TreatsNullInListsAsUnknown) {
  EXPECT_EQ(Outcome("id IN (5, 7)"), "tffn");
  EXPECT_EQ(Outcome("id NOT IN (5, 7)"), "fttn");
  EXPECT_EQ(Outcome("id IN (5, NULL)"), "tnnn");
  EXPECT_EQ(Outcome("id NOT IN (5, NULL)"), "fnnn");
  EXPECT_EQ(Outcome("id IN (NULL)"), "nnnn");
  EXPECT_EQ(Outcome("tiny IN (1000, NULL)"), "nnnn");
  EXPECT_EQ(Outcome("id IN (tiny, 0)"), "ttfn");
  EXPECT_EQ(Outcome("s IN ('', 'it''s')"), "ttfn");
  EXPECT_EQ(Outcome("price IN (1.25, 0, 7.777)"), "ttfn");
  EXPECT_EQ(Outcome("day IN (DATE '2024-02-29', '1970-01-01')"), "ttfn");
  EXPECT_EQ(Outcome("ts IN (TIMESTAMP '1970-01-01 00:00:00Z')"), "ftfn");
  EXPECT_EQ(Outcome("flag IN (TRUE, TRUE)"), "tftn");
  EXPECT_EQ(Outcome("kind IN ('a', 'c')"), "tftn");
}

TEST(Filter, UnderstandsBetweenAndPrecedence) {
  EXPECT_EQ(Outcome("id BETWEEN 0 AND 5"), "ttfn");
  EXPECT_EQ(Outcome("id NOT BETWEEN 0 AND 5 OR id = 0"), "fttn");
  EXPECT_EQ(Outcome("flag OR other AND NOT other"), "tftn");
  EXPECT_EQ(Outcome("(flag OR other) AND NOT other"), "fftn");
  EXPECT_EQ(Outcome("NOT flag AND other"), "ftff");
  EXPECT_EQ(Outcome("tiny + 2 * 3 = 11"), "tffn");
  EXPECT_EQ(Outcome("(tiny + 2) * 3 = 21"), "tffn");
  EXPECT_EQ(Outcome("tiny - 2 - 1 = 2"), "tffn");
  EXPECT_EQ(Outcome("-tiny = -5"), "tffn");
  EXPECT_EQ(Outcome("id = 2 + 3"), "tffn");
  EXPECT_EQ(Outcome("price * (1 - 0.2) = 1"), "tffn");
  EXPECT_EQ(Outcome("id > tiny"), "fftn");
  EXPECT_EQ(Outcome("big > id"), "fftn");
  EXPECT_EQ(Outcome("price < d"), "fftn");
}

TEST(Filter, MatchesText) {
  EXPECT_EQ(Outcome("s LIKE 'it%'"), "tffn");
  EXPECT_EQ(Outcome("s LIKE '____'"), "tffn");
  EXPECT_EQ(Outcome("s LIKE '%\\%\\_%'"), "fftn");
  EXPECT_EQ(Outcome("s NOT LIKE '%''%'"), "fttn");
  EXPECT_EQ(Outcome("starts_with(s, 'it')"), "tffn");
  EXPECT_EQ(Outcome("ends_with(s, '\\')"), "fftn");
  EXPECT_EQ(Outcome("contains(s, '%')"), "fftn");
  EXPECT_EQ(Outcome("s = ''"), "ftfn");
  EXPECT_EQ(Outcome("upper(s) = 'IT''S'"), "tffn");
  EXPECT_EQ(Outcome("length(s) > 4"), "fftn");
  EXPECT_EQ(Outcome("b = X'4142'"), "tffn");
  EXPECT_EQ(Outcome("b > x'41'"), "tftn");
  EXPECT_EQ(Outcome("kind = 'a'"), "tftn");
  EXPECT_EQ(Outcome("s LIKE NULL"), "nnnn");
}

TEST(Filter, ComparesDatesAndTimestamps) {
  EXPECT_EQ(Outcome("day = DATE '2024-02-29'"), "tffn");
  EXPECT_EQ(Outcome("day = '2024-02-29'"), "tffn");
  EXPECT_EQ(Outcome("day < '1970-01-01'"), "fftn");
  EXPECT_EQ(Outcome("ts = TIMESTAMP '2024-02-29 12:34:56.789Z'"), "tffn");
  EXPECT_EQ(Outcome("ts = TIMESTAMP '2024-02-29T13:34:56.789+01:00'"), "tffn");
  EXPECT_EQ(Outcome("ts = TIMESTAMP '2024-02-29 12:34:56.789000001'"), "fffn");
  EXPECT_EQ(Outcome("ts > DATE '1970-01-01'"), "tffn");
  EXPECT_EQ(Outcome("sec = '2024-02-29 12:34:56'"), "tffn");
  EXPECT_EQ(Outcome("ts > TIMESTAMP '0001-01-01 00:00:00'"), "tttn");
  EXPECT_EQ(Outcome("ts > sec"), "tftn");
  EXPECT_EQ(Outcome("CAST(ts AS DATE) = day"), "tttn");
}

TEST(Filter, ReachesNestedAndOddlyNamedColumns) {
  EXPECT_EQ(Outcome("point.x = 1"), "tnfn");
  EXPECT_EQ(Outcome("`point`.\"x\" IS NULL"), "ftft");
  EXPECT_EQ(Outcome("point IS NULL"), "ffft");
  EXPECT_EQ(Outcome("select = 1"), "tfff");
  EXPECT_EQ(Outcome("`odd name` > 2"), "fftt");
  EXPECT_THAT(ErrorOf("Id = 1"), HasSubstr("no column 'Id' to filter by; there are: id, tiny"));
  EXPECT_THAT(ErrorOf("point.y = 1"), HasSubstr("no field 'y' in 'point'"));
  EXPECT_THAT(ErrorOf("id.y = 1"), HasSubstr("no field 'y' in 'id'"));
}

TEST(Filter, KeepsTextApartFromSql) {
  EXPECT_EQ(Outcome("s = 'x'' OR ''1''=''1'"), "fffn");
  EXPECT_THAT(ErrorOf("s = 'x' OR '1'='1"), HasSubstr("column 16: this text has no closing '"));
  EXPECT_THAT(ErrorOf("s = 'it's'"), HasSubstr("column 9"));
  EXPECT_THAT(ErrorOf("id = 1; DROP TABLE t"), HasSubstr("column 7: unexpected character ';'"));
}

TEST(Filter, PointsAtMistakes) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("column 1: expected a condition, found the end"));
  EXPECT_THAT(ErrorOf("id >"), HasSubstr("column 5: expected a value or column, found the end"));
  EXPECT_THAT(ErrorOf("id > )"), HasSubstr("column 6: expected a value or column, found ')'"));
  EXPECT_THAT(ErrorOf("(id > 1"), HasSubstr("column 8: expected ')', found the end"));
  EXPECT_THAT(ErrorOf("id > 1 2"), HasSubstr("column 8: expected AND, OR or the end, found '2'"));
  EXPECT_THAT(ErrorOf("1 < id < 3"), HasSubstr("column 8: expected AND, OR or the end"));
  EXPECT_THAT(ErrorOf("id IS 5"), HasSubstr("column 7: expected NOT, NULL, TRUE or FALSE"));
  EXPECT_THAT(ErrorOf("id NOT 5"), HasSubstr("column 8: expected IN, BETWEEN or LIKE"));
  EXPECT_THAT(ErrorOf("id IN 5"), HasSubstr("column 7: expected '('"));
  EXPECT_THAT(ErrorOf("day = DATE '2023-02-29'"), HasSubstr("column 12: '2023-02-29' is no date"));
  EXPECT_THAT(ErrorOf("b = X'0'"), HasSubstr("column 5: expected an even number of hex digits"));
  EXPECT_THAT(ErrorOf("b = X'0g'"), HasSubstr("column 7: expected hex digits, found '0g'"));
  EXPECT_THAT(ErrorOf("id = 1x"), HasSubstr("column 6: a number ends with 'x'"));
  EXPECT_THAT(ErrorOf("CAST(id AS blob) = 1"), HasSubstr("column 12: expected a type"));
  EXPECT_THAT(ErrorOf("foo(id)"), HasSubstr("column 1: there is no function 'foo'"));
  EXPECT_THAT(ErrorOf("id"), HasSubstr("expected a condition, but id is of type int32"));
  EXPECT_THAT(ErrorOf("id AND flag"), HasSubstr("expected a condition"));
  EXPECT_THAT(ErrorOf("id = 'five'"), HasSubstr("int32 and string cannot be compared"));
  EXPECT_THAT(ErrorOf("s > 5"), HasSubstr("string and int64 cannot be compared"));
}

TEST(Filter, BoundsDepthButNotLength) {
  EXPECT_THAT(ErrorOf(std::string(5000, '(') + "flag" + std::string(5000, ')')),
              HasSubstr("nested deeper than"));
  EXPECT_THAT(ErrorOf("id = " + std::string(5000, '-') + "1"), HasSubstr("nested deeper than"));
  std::string nots;
  std::string sum = "id = 0";
  std::string chain = "id = 0";
  for (int i = 0; i < 5000; ++i) {
    nots += "NOT ";
    sum += " + 1";
    chain += " OR id = " + std::to_string(i);
  }
  EXPECT_THAT(ErrorOf(nots + "flag"), HasSubstr("nested deeper than"));
  EXPECT_THAT(ErrorOf(sum), HasSubstr("nested deeper than"));
  EXPECT_EQ(Outcome(chain), "ttfn");
}

TEST(Filter, PrintsSqlThatParsesToTheSame) {
  for (const char* sql : {"id > 5 AND (s = 'it''s' OR flag)", "NOT id IN (1, 2, NULL)",
                          "`odd name` IS NULL", "b = X'00FF'", "(id + 1) * 2 > - tiny",
                          "s LIKE 'a%'", "starts_with(s, 'a')", "point.x <=> 3"}) {
    auto parsed = ParseFilter(sql);
    ASSERT_THAT(parsed, IsOk()) << sql;
    const std::string printed = ToSql(**parsed);
    auto again = ParseFilter(printed);
    ASSERT_THAT(again, IsOk()) << printed;
    EXPECT_EQ(SerializeExpression(**again), SerializeExpression(**parsed)) << printed;
  }
}

TEST(Filter, ListsColumnsInFirstUseOrder) {
  auto parsed = ParseFilter("b = X'00' AND point.x > id OR b IS NULL");
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(ReferencedColumns(**parsed), (std::vector<std::string>{"b", "point", "id"}));
}

TEST(FilterWire, ReadsTheDrawnExample) {
  const std::string wire("\x01\x0e\x02\0\0\0\x01\x01\0\x02\0id\x02\x04\x01\x05\0\0\0", 20);
  auto parsed = ParseExpression(AsBytes(wire));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(ToSql(**parsed), "id > 5");
  EXPECT_EQ(SerializeExpression(**parsed), wire);
}

TEST(FilterWire, CarriesEveryLiteralType) {
  const auto wide = std::make_shared<arrow::Decimal128Scalar>(
      *arrow::Decimal128::FromString("-12345678901234567890.123"), arrow::decimal128(38, 3));
  const auto stamp = [](arrow::TimeUnit::type unit, const char* zone) {
    return std::make_shared<arrow::TimestampScalar>(-7, arrow::timestamp(unit, zone));
  };
  const std::vector<std::shared_ptr<arrow::Scalar>> values = {
      arrow::MakeScalar(true),
      arrow::MakeScalar(int8_t{-1}),
      arrow::MakeScalar(int16_t{-2}),
      arrow::MakeScalar(int32_t{-3}),
      arrow::MakeScalar(int64_t{-4}),
      arrow::MakeScalar(uint8_t{255}),
      arrow::MakeScalar(uint16_t{65535}),
      arrow::MakeScalar(uint32_t{4294967295}),
      arrow::MakeScalar(UINT64_MAX),
      arrow::MakeScalar(1.5F),
      arrow::MakeScalar(-2.5),
      arrow::MakeScalar("t\0xt"),
      std::make_shared<arrow::BinaryScalar>(std::string("\0\xff", 2)),
      std::make_shared<arrow::Date32Scalar>(-5),
      stamp(arrow::TimeUnit::MICRO, "UTC"),
      stamp(arrow::TimeUnit::MICRO, ""),
      stamp(arrow::TimeUnit::NANO, "UTC"),
      stamp(arrow::TimeUnit::NANO, ""),
      wide,
      arrow::MakeNullScalar(arrow::null()),
      arrow::MakeNullScalar(arrow::int32()),
      arrow::MakeNullScalar(arrow::decimal128(5, 2)),
  };
  for (const auto& value : values) {
    Expression literal;
    literal.literal = value;
    auto again = ParseExpression(AsBytes(SerializeExpression(literal)));
    ASSERT_THAT(again, IsOk()) << value->type->ToString();
    EXPECT_TRUE((*again)->literal->Equals(*value)) << value->type->ToString();
  }
}

TEST(FilterWire, RefusesTruncatedBytes) {
  auto parsed = ParseFilter("id IN (1, 2) AND s LIKE 'a%' OR CAST(price AS DECIMAL(12, 3)) = 1.5");
  ASSERT_THAT(parsed, IsOk());
  const std::string wire = SerializeExpression(**parsed);
  for (size_t length = 0; length < wire.size(); ++length) {
    EXPECT_THAT(ParseExpression(AsBytes(wire.substr(0, length))), IsError(ErrorCode::Corruption));
  }
  EXPECT_THAT(ParseExpression(AsBytes(wire + "x")), HasErrorMessage("1 more bytes follow"));
}

TEST(FilterWire, SurvivesEveryByteChanged) {
  auto parsed = ParseFilter("id IN (1, 2) AND lower(s) = 'a' OR NOT price + 1 > 1.5 AND d < 2e0");
  ASSERT_THAT(parsed, IsOk());
  const std::string wire = SerializeExpression(**parsed);
  const auto rows = ExampleRows();
  int num_refused = 0;
  for (size_t at = 0; at < wire.size(); ++at) {
    for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string mutated = wire;
      mutated[at] = static_cast<char>(mutated[at] ^ change);
      auto tree = ParseExpression(AsBytes(mutated));
      if (!tree.ok()) {
        EXPECT_THAT(tree, IsError(ErrorCode::Corruption));
        ++num_refused;
        continue;
      }
      auto bound = BindFilter(*tree, *rows->schema());
      if (bound.ok()) EvaluateFilter(**bound, *rows).status().ok();
    }
  }
  EXPECT_GT(num_refused, 0);
}

TEST(FilterWire, BoundsDepth) {
  std::string wire("\x01", 1);
  for (int i = 0; i < 100'000; ++i) wire += std::string("\x03\x01\0\0\0", 5);
  EXPECT_THAT(ParseExpression(AsBytes(wire)), HasErrorMessage("deeper than"));
}

TEST(Filter, EvaluatesSlicesAndEmptyBatches) {
  const auto rows = ExampleRows();
  auto bound = BindFilter(*ParseFilter("id > 3 AND price >= 0 OR s IS NULL"), *rows->schema());
  ASSERT_THAT(bound, IsOk());
  auto whole = EvaluateFilter(**bound, *rows);
  ASSERT_THAT(whole, IsOk());
  for (int64_t begin = 0; begin <= 4; ++begin) {
    auto part = EvaluateFilter(**bound, *rows->Slice(begin));
    ASSERT_THAT(part, IsOk());
    EXPECT_TRUE((*part)->Equals((*whole)->Slice(begin))) << begin;
  }
}

TEST(Filter, ComparesAllRowsOfLongColumns) {
  arrow::Decimal128Builder decimals(arrow::decimal128(20, 2));
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < 5003; ++i) {
    ASSERT_THAT(decimals.Append(arrow::Decimal128(i - 2500)), IsOk());
    ASSERT_THAT(numbers.Append(i - 2500), IsOk());
  }
  const auto schema = arrow::schema(
      {arrow::field("p", arrow::decimal128(20, 2)), arrow::field("n", arrow::int64())});
  const auto rows = arrow::RecordBatch::Make(
      schema, 5003, {decimals.Finish().ValueOr(nullptr), numbers.Finish().ValueOr(nullptr)});
  for (const char* sql : {"p < 7.77", "n < 777", "p <= 7.76", "NOT p >= 7.77", "7.77 > p"}) {
    auto bound = BindFilter(*ParseFilter(sql), *schema);
    ASSERT_THAT(bound, IsOk());
    auto passed = EvaluateFilter(**bound, *rows);
    ASSERT_THAT(passed, IsOk());
    const auto& bits = static_cast<const arrow::BooleanArray&>(**passed);
    for (int64_t i = 0; i < 5003; ++i) ASSERT_EQ(bits.Value(i), i - 2500 < 777) << sql << i;
  }
}

}  // namespace
}  // namespace lance::query
