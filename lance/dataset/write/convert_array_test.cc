#include "lance/dataset/write/convert_array.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lance/base/testing/matchers.h"

namespace lance {
namespace {

using ::lance::testing::HasErrorMessage;
using ::lance::testing::IsError;
using ::lance::testing::IsOk;

template <typename Builder>
std::shared_ptr<arrow::Array> TextsIn(Builder&& builder) {
  EXPECT_THAT(builder.Append("a"), IsOk());
  EXPECT_THAT(builder.AppendNull(), IsOk());
  EXPECT_THAT(builder.Append("a text too long to be inlined in a view"), IsOk());
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> Convert(const std::shared_ptr<arrow::Array>& array,
                                      const std::shared_ptr<arrow::DataType>& target) {
  EXPECT_TRUE(SameValues(*array->type(), *target))
      << array->type()->ToString() << " to " << target->ToString();
  auto out = ConvertArray(array, target, "c", nullptr);
  EXPECT_THAT(out, IsOk());
  EXPECT_TRUE((*out)->type()->Equals(*target));
  EXPECT_THAT((*out)->ValidateFull(), IsOk());
  return *out;
}

TEST(ConvertArray, TextKeepsItsValuesInEveryForm) {
  const auto plain = TextsIn(arrow::StringBuilder());
  EXPECT_TRUE(Convert(TextsIn(arrow::LargeStringBuilder()), arrow::utf8())->Equals(plain));
  EXPECT_TRUE(Convert(TextsIn(arrow::StringViewBuilder()), arrow::utf8())->Equals(plain));
  const auto dictionary = *arrow::DictionaryArray::FromArrays(
      *arrow::MakeArrayFromScalar(arrow::Int8Scalar(2), 3), plain);
  const auto decoded = Convert(dictionary, arrow::utf8());
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*decoded).GetView(1),
            "a text too long to be inlined in a view");
  EXPECT_TRUE(Convert(TextsIn(arrow::BinaryViewBuilder()), arrow::large_binary())
                  ->Equals(TextsIn(arrow::LargeBinaryBuilder())));
}

TEST(ConvertArray, TextBecomesADictionaryOfTheWantedIndices) {
  const auto plain = TextsIn(arrow::StringViewBuilder());
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto encoded = Convert(plain, type);
  ASSERT_TRUE(encoded->type()->Equals(*type));
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*encoded);
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*dictionary.dictionary())
                .GetView(dictionary.GetValueIndex(plain->length() - 1)),
            "a text too long to be inlined in a view");
  // The order of items is not kept, and other indices are converted.
  const auto ordered = arrow::dictionary(arrow::int32(), arrow::utf8(), true);
  EXPECT_TRUE(Convert(Convert(encoded, ordered), type)->Equals(encoded));
}

TEST(ConvertArray, RefusesMoreItemsThanIndicesCanName) {
  arrow::Int32Builder numbers;
  for (int i = 0; i < 129; ++i) ASSERT_THAT(numbers.Append(i), IsOk());
  EXPECT_THAT(ConvertArray(*numbers.Finish(), arrow::dictionary(arrow::int8(), arrow::int32()), "d",
                           nullptr),
              HasErrorMessage("column 'd': 129 different values in a batch are too many for indices"
                              " of type int8"));
}

TEST(ConvertArray, NullsGoIntoEveryType) {
  const auto nulls = *arrow::MakeArrayOfNull(arrow::null(), 3);
  EXPECT_EQ(Convert(nulls, arrow::fixed_size_list(arrow::float32(), 2))->null_count(), 3);
}

TEST(ConvertArray, NamesAndNullabilityOfChildrenDoNotMatter) {
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int64Builder>());
  ASSERT_THAT(lists.Append(), IsOk());
  ASSERT_THAT(static_cast<arrow::Int64Builder*>(lists.value_builder())->AppendValues({1, 2}),
              IsOk());
  const auto array = *lists.Finish();
  const auto renamed = arrow::list(arrow::field("element", arrow::int64(), false));
  EXPECT_EQ(Convert(array, renamed)->length(), 1);
  const auto wide = Convert(array, arrow::large_list(arrow::int64()));
  EXPECT_EQ(static_cast<const arrow::LargeListArray&>(*wide).value_length(0), 2);
}

TEST(ConvertArray, ListsBecomeVectorsOfTheirLength) {
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::FloatBuilder>());
  auto* values = static_cast<arrow::FloatBuilder*>(lists.value_builder());
  for (float start : {0.0f, 3.0f}) {
    ASSERT_THAT(lists.Append(), IsOk());
    ASSERT_THAT(values->AppendValues({start, start + 1, start + 2}), IsOk());
    ASSERT_THAT(lists.AppendNull(), IsOk());
  }
  const auto array = *lists.Finish();
  const auto vectors = Convert(array, arrow::fixed_size_list(arrow::float32(), 3));
  EXPECT_EQ(vectors->null_count(), 2);
  const auto third = static_cast<const arrow::FixedSizeListArray&>(*vectors).value_slice(2);
  EXPECT_EQ(static_cast<const arrow::FloatArray&>(*third).Value(2), 5.0f);
  EXPECT_THAT(ConvertArray(array, arrow::fixed_size_list(arrow::float32(), 4), "v", nullptr),
              HasErrorMessage("column 'v' takes vectors of 4 values, but a vector of 3 was found"));
}

TEST(ConvertArray, SlicesStaySlices) {
  const auto slice = TextsIn(arrow::LargeStringBuilder())->Slice(2, 1);
  const auto text = Convert(slice, arrow::utf8());
  ASSERT_EQ(text->length(), 1);
  EXPECT_EQ(static_cast<const arrow::StringArray&>(*text).GetView(0).size(), 39u);
}

TEST(SameValues, RefusesWhatWouldChangeAValue) {
  EXPECT_FALSE(SameValues(*arrow::int32(), *arrow::int64()));
  EXPECT_FALSE(SameValues(*arrow::float64(), *arrow::float32()));
  EXPECT_FALSE(SameValues(*arrow::utf8(), *arrow::binary()));
  EXPECT_FALSE(SameValues(*arrow::timestamp(arrow::TimeUnit::MICRO),
                          *arrow::timestamp(arrow::TimeUnit::MILLI)));
  EXPECT_FALSE(SameValues(*arrow::timestamp(arrow::TimeUnit::MICRO),
                          *arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  EXPECT_FALSE(SameValues(*arrow::decimal128(10, 2), *arrow::decimal128(12, 2)));
  EXPECT_FALSE(SameValues(*arrow::fixed_size_list(arrow::float32(), 3),
                          *arrow::fixed_size_list(arrow::float32(), 4)));
  EXPECT_FALSE(SameValues(*arrow::struct_({arrow::field("a", arrow::int8())}),
                          *arrow::struct_({arrow::field("b", arrow::int8())})));
}

}  // namespace
}  // namespace lance
