#include "java/jni/unsafe_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "java/jni/schema_wire.h"
#include "java/jni/spark_layout.h"

namespace lance::jni {
namespace {

// Builds the bytes of one row (or struct, or array) as Spark lays them out.
class RowBytes {
 public:
  explicit RowBytes(int num_fields) : head_(8 * ((num_fields + 63) / 64)) {
    bytes_.resize(head_ + 8 * num_fields);
  }
  RowBytes& Null(int field) {
    bytes_[field / 8] |= static_cast<uint8_t>(1 << (field % 8));
    return *this;
  }
  RowBytes& Number(int field, int64_t value) {
    std::memcpy(&bytes_[head_ + 8 * field], &value, 8);
    return *this;
  }
  RowBytes& Variable(int field, const std::vector<uint8_t>& value) {
    Number(field, static_cast<int64_t>(bytes_.size() << 32 | value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return *this;
  }
  RowBytes& Text(int field, const std::string& text) {
    return Variable(field, {text.begin(), text.end()});
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  size_t head_;
  std::vector<uint8_t> bytes_;
};

std::vector<uint8_t> FloatArray(const std::vector<float>& values) {
  const size_t head = 8 + (values.size() + 63) / 64 * 8;
  std::vector<uint8_t> out((head + 4 * values.size() + 7) / 8 * 8);
  const auto count = static_cast<int64_t>(values.size());
  std::memcpy(out.data(), &count, 8);
  if (!values.empty()) std::memcpy(out.data() + head, values.data(), 4 * values.size());
  return out;
}

Result<std::shared_ptr<arrow::RecordBatch>> Convert(const std::vector<RowBytes>& rows,
                                                    const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<uint8_t> bytes;
  std::vector<int64_t> offsets{0};
  for (const RowBytes& row : rows) {
    bytes.insert(bytes.end(), row.bytes().begin(), row.bytes().end());
    offsets.push_back(static_cast<int64_t>(bytes.size()));
  }
  return ToColumns({bytes.data(), offsets.data(), static_cast<int64_t>(rows.size())}, schema);
}

TEST(UnsafeRows, NumbersTextsAndNulls) {
  const auto schema = arrow::schema(
      {arrow::field("i", arrow::int32()), arrow::field("s", arrow::utf8()),
       arrow::field("d", arrow::decimal128(10, 2)), arrow::field("b", arrow::boolean())});
  const auto batch =
      Convert({RowBytes(4).Number(0, -7).Text(1, "caf\xc3\xa9").Number(2, -123).Number(3, 1),
               RowBytes(4).Null(0).Null(1).Null(2).Null(3),
               RowBytes(4).Number(0, 5).Text(1, "").Number(2, 1).Number(3, 0)},
              schema);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_TRUE((*batch)->ValidateFull().ok());
  EXPECT_EQ((*batch)->column(0)->ToString(), "[\n  -7,\n  null,\n  5\n]");
  EXPECT_EQ((*batch)->column(1)->ToString(), "[\n  \"caf\xc3\xa9\",\n  null,\n  \"\"\n]");
  EXPECT_EQ((*batch)->column(2)->ToString(), "[\n  -1.23,\n  null,\n  0.01\n]");
  EXPECT_EQ((*batch)->column(3)->ToString(), "[\n  true,\n  null,\n  false\n]");
}

TEST(UnsafeRows, LongDecimalsAreBigEndian) {
  const auto schema = arrow::schema({arrow::field("d", arrow::decimal128(38, 0))});
  const auto batch = Convert(
      {RowBytes(1).Variable(0, {0x01, 0x00}), RowBytes(1).Variable(0, {0xFF, 0xFE})}, schema);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ((*batch)->column(0)->ToString(), "[\n  256,\n  -2\n]");
}

TEST(UnsafeRows, VectorOfWrongSizeNamesColumnAndSizes) {
  const auto schema =
      arrow::schema({arrow::field("v", arrow::fixed_size_list(arrow::float32(), 3))});
  const auto right =
      Convert({RowBytes(1).Variable(0, FloatArray({1, 2, 3})), RowBytes(1).Null(0)}, schema);
  ASSERT_TRUE(right.ok()) << right.status();
  ASSERT_TRUE((*right)->ValidateFull().ok());
  EXPECT_EQ((*right)->column(0)->null_count(), 1);
  const auto wrong = Convert({RowBytes(1).Variable(0, FloatArray({1, 2}))}, schema);
  ASSERT_TRUE(IsError(wrong.status(), ErrorCode::SchemaMismatch));
  EXPECT_THAT(wrong.status().message(),
              testing::AllOf(testing::HasSubstr("column v"), testing::HasSubstr("3"),
                             testing::HasSubstr("one of 2")));
}

TEST(UnsafeRows, ListsAndStructsNest) {
  const auto schema =
      arrow::schema({arrow::field("l", arrow::list(arrow::field("element", arrow::float32()))),
                     arrow::field("st", arrow::struct_({arrow::field("a", arrow::int64()),
                                                        arrow::field("b", arrow::utf8())}))});
  const RowBytes inner = RowBytes(2).Number(0, 9).Text(1, "x");
  const auto batch =
      Convert({RowBytes(2).Variable(0, FloatArray({1.5f, 2.5f})).Variable(1, inner.bytes()),
               RowBytes(2).Variable(0, FloatArray({})).Null(1),
               RowBytes(2).Null(0).Variable(1, inner.bytes())},
              schema);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_TRUE((*batch)->ValidateFull().ok());
  EXPECT_EQ((*batch)->column(0)->GetScalar(0).ValueOrDie()->ToString(),
            "list<element: float>[1.5, 2.5]");
  EXPECT_EQ((*batch)->column(1)->null_count(), 1);
  EXPECT_EQ((*batch)->column(1)->GetScalar(2).ValueOrDie()->ToString(),
            "{a:int64 = 9, b:string = x}");
}

TEST(UnsafeRows, PointersOutsideOfTheRowAreCorruption) {
  const auto schema = arrow::schema({arrow::field("s", arrow::utf8())});
  const auto batch = Convert({RowBytes(1).Number(0, (16LL << 32) | 100)}, schema);
  EXPECT_TRUE(IsError(batch.status(), ErrorCode::Corruption)) << batch.status();
}

TEST(UnsafeRows, NullInAColumnThatMustNotBeNullIsRefused) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64(), false)});
  const auto batch = Convert({RowBytes(1).Null(0)}, schema);
  EXPECT_THAT(batch.status().message(), testing::HasSubstr("column id must not be null"));
}

TEST(SchemaWire, SchemasSurviveTheRoundTrip) {
  const auto schema =
      arrow::schema({arrow::field("v", arrow::fixed_size_list(arrow::float32(), 3), true,
                                  arrow::key_value_metadata({"arrow.fixed-size-list.size"}, {"3"})),
                     arrow::field("m", arrow::map(arrow::utf8(), arrow::list(arrow::int8()))),
                     arrow::field("t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), false)});
  const auto wire = SerializeSchema(*schema, {true, true, true});
  ASSERT_TRUE(wire.ok()) << wire.status();
  const auto parsed = ParseSchema(AsBytes(*wire));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE((*parsed)->Equals(*schema, true)) << (*parsed)->ToString();
  EXPECT_FALSE(ParseSchema(AsBytes(std::string_view(*wire).substr(0, wire->size() - 1))).ok());
}

TEST(SparkLayout, TypesThatSparkLacksAreWidened) {
  EXPECT_TRUE(SparkType(arrow::uint8())->Equals(arrow::int16()));
  EXPECT_TRUE(SparkType(arrow::list(arrow::uint32()))->Equals(arrow::list(arrow::int64())));
  EXPECT_TRUE(SparkType(arrow::dictionary(arrow::int32(), arrow::utf8()))->Equals(arrow::utf8()));
  EXPECT_TRUE(SparkType(arrow::float16())->Equals(arrow::float32()));
}

}  // namespace
}  // namespace lance::jni
