#include "lance/file/statistics.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lance/base/testing/matchers.h"
#include "lance/file/reader.h"
#include "lance/file/writer.h"

namespace lance::file {
namespace {

using ::lance::testing::IsError;
using ::lance::testing::IsOk;

constexpr int64_t kTableRows = 40'000;  // two zones and a part

// A value as bounds have it; empty for null.
std::optional<std::string> ValueAt(const arrow::Array& array, int64_t i) {
  if (array.IsNull(i)) return std::nullopt;
  const arrow::ArrayData& data = *array.data();
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return std::string(1, static_cast<const arrow::BooleanArray&>(array).Value(i) ? 1 : 0);
    case arrow::Type::STRING:
      return std::string(static_cast<const arrow::StringArray&>(array).GetView(i));
    case arrow::Type::LARGE_BINARY:
      return std::string(static_cast<const arrow::LargeBinaryArray&>(array).GetView(i));
    case arrow::Type::STRING_VIEW:
      return std::string(static_cast<const arrow::StringViewArray&>(array).GetView(i));
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return ValueAt(*dictionary.dictionary(), dictionary.GetValueIndex(i));
    }
    default: {
      const auto width = static_cast<size_t>(array.type()->bit_width() / 8);
      const auto* at = data.buffers[1]->data() + static_cast<size_t>(array.offset() + i) * width;
      return std::string(reinterpret_cast<const char*>(at), width);
    }
  }
}

bool IsNan(const arrow::Array& array, const std::string& value) {
  if (array.type_id() == arrow::Type::FLOAT) return std::isnan(LoadUnaligned<float>(value.data()));
  return array.type_id() == arrow::Type::DOUBLE && std::isnan(LoadUnaligned<double>(value.data()));
}

// Check a zone against the rows [begin, end) of a column.
void CheckZone(const arrow::Array& array, int64_t begin, int64_t end, BoundType type,
               const ZoneStatistics& zone) {
  ASSERT_EQ(zone.num_rows, end - begin);
  uint32_t num_nulls = 0;
  uint32_t num_nans = 0;
  bool meets_min = false;
  bool meets_max = false;
  for (int64_t i = begin; i < end; ++i) {
    const auto value = ValueAt(array, i);
    num_nulls += !value;
    num_nans += value && IsNan(array, *value);
    if (!value || IsNan(array, *value) || type.order == ValueOrder::kNone) continue;
    ASSERT_TRUE(zone.min.has_value());
    ASSERT_LE(encoding::CompareBounds(type, *zone.min, *value), 0) << i;
    meets_min |= value->substr(0, encoding::kMaxBoundBytes) == *zone.min ||
                 encoding::CompareBounds(type, *zone.min, *value) == 0;
    if (!zone.max) continue;
    ASSERT_GE(encoding::CompareBounds(type, *zone.max, *value), 0) << i;
    meets_max |= value->size() > encoding::kMaxBoundBytes ||
                 encoding::CompareBounds(type, *zone.max, *value) == 0;
  }
  EXPECT_EQ(zone.num_nulls, num_nulls);
  EXPECT_EQ(zone.num_nans, num_nans);
  const bool bounded = zone.has_values() && type.order != ValueOrder::kNone;
  EXPECT_EQ(zone.min.has_value(), bounded);
  EXPECT_EQ(meets_min, bounded);
  EXPECT_EQ(meets_max, zone.max.has_value());
}

// Fixed values from random bytes; floats get NaNs.
std::shared_ptr<arrow::Array> RandomFixed(const std::shared_ptr<arrow::DataType>& type,
                                          double null_rate, std::mt19937_64* random) {
  const auto width = std::max(type->bit_width() / 8, 1);
  auto values = *arrow::AllocateBuffer(kTableRows * width);
  auto validity = *arrow::AllocateEmptyBitmap(kTableRows);
  for (int64_t i = 0; i < values->size(); ++i) {
    values->mutable_data()[i] = static_cast<uint8_t>((*random)());
  }
  std::bernoulli_distribution is_null(null_rate);
  for (int64_t i = 0; i < kTableRows; ++i) {
    if (!is_null(*random)) arrow::bit_util::SetBit(validity->mutable_data(), i);
  }
  auto data = arrow::ArrayData::Make(type, kTableRows,
                                     {std::shared_ptr<arrow::Buffer>(std::move(validity)),
                                      std::shared_ptr<arrow::Buffer>(std::move(values))});
  return arrow::MakeArray(std::move(data));
}

template <typename Builder>
std::shared_ptr<arrow::Array> RandomTexts(double null_rate, std::mt19937_64* random) {
  Builder builder;
  std::bernoulli_distribution is_null(null_rate);
  for (int64_t i = 0; i < kTableRows; ++i) {
    std::string text((*random)() % 50, '\xff');
    for (char& c : text) c = static_cast<char>((*random)() % 8 == 0 ? 0xFF : 'a' + i % 20);
    EXPECT_TRUE((is_null(*random) ? builder.AppendNull() : builder.Append(text)).ok());
  }
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> RandomDictionary(std::mt19937_64* random) {
  arrow::StringBuilder items;
  EXPECT_TRUE(items.AppendValues({"b", "a", "", "zz"}).ok());
  EXPECT_TRUE(items.AppendNull().ok());
  arrow::Int8Builder indices;
  for (int64_t i = 0; i < kTableRows; ++i) {
    const auto index = static_cast<int8_t>((*random)() % 6);
    EXPECT_TRUE((index == 5 ? indices.AppendNull() : indices.Append(index)).ok());
  }
  return *arrow::DictionaryArray::FromArrays(*indices.Finish(), *items.Finish());
}

std::shared_ptr<arrow::Table> RandomTable() {
  std::mt19937_64 random(11);
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const auto add = [&](const std::shared_ptr<arrow::Array>& column) {
    fields.push_back(arrow::field("c" + std::to_string(fields.size()), column->type()));
    columns.push_back(column);
  };
  double null_rate = 0;
  for (const auto& type :
       {arrow::boolean(), arrow::int8(), arrow::int16(), arrow::int32(), arrow::int64(),
        arrow::uint8(), arrow::uint16(), arrow::uint32(), arrow::uint64(), arrow::float32(),
        arrow::float64(), arrow::date32(), arrow::timestamp(arrow::TimeUnit::MICRO),
        arrow::decimal128(38, 2), arrow::decimal256(76, 0)}) {
    add(RandomFixed(type, null_rate, &random));
    null_rate = null_rate == 0 ? 0.1 : null_rate == 0.1 ? 0.9 : null_rate == 0.9 ? 0.99997 : 0;
    add(RandomFixed(type, null_rate, &random));
  }
  add(RandomTexts<arrow::StringBuilder>(0, &random));
  add(RandomTexts<arrow::StringBuilder>(0.2, &random));
  add(RandomTexts<arrow::LargeBinaryBuilder>(0.5, &random));
  add(RandomTexts<arrow::StringViewBuilder>(0.1, &random));
  add(RandomDictionary(&random));
  add(*arrow::MakeArrayOfNull(arrow::int32(), kTableRows));
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(columns), kTableRows);
}

Result<std::shared_ptr<FileReader>> WriteAndOpen(const arrow::Table& table, int64_t step,
                                                 const std::string& name,
                                                 const WriteOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto store, io::OpenStore("memory://" + name));
  ARROW_ASSIGN_OR_RAISE(auto object, store->Create("f.lance"));
  ARROW_ASSIGN_OR_RAISE(Schema schema, Schema::FromArrow(*table.schema()));
  ARROW_ASSIGN_OR_RAISE(auto writer, FileWriter::Open(std::move(object), schema, options));
  arrow::TableBatchReader batches(table);
  batches.set_chunksize(step);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, batches.Next());
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Finish().status());
  ARROW_ASSIGN_OR_RAISE(auto file, store->Open("f.lance"));
  return FileReader::Open(std::move(file));
}

TEST(Statistics, BoundTheValuesOfEveryZone) {
  const auto table = RandomTable();
  for (const int64_t step : {int64_t{777}, kTableRows}) {
    WriteOptions options;
    options.page_bytes = 50'000;  // pages end inside of zones
    const auto reader = WriteAndOpen(*table, step, "bounds" + std::to_string(step), options);
    ASSERT_THAT(reader, IsOk());
    EXPECT_TRUE((*reader)->schema().metadata().empty());
    for (int c = 0; c < table->num_columns(); ++c) {
      const auto zones = (*reader)->Zones(c);
      ASSERT_THAT(zones, IsOk());
      ASSERT_NE(*zones, nullptr);
      ASSERT_EQ((*zones)->zones.size(), 3u);
      const arrow::Array& column = *table->column(c)->chunk(0);
      EXPECT_EQ((*zones)->type, encoding::BoundTypeOf(*column.type()));
      for (int64_t z = 0; z < 3; ++z) {
        SCOPED_TRACE(column.type()->ToString() + " " + std::to_string(z));
        const int64_t begin = z * encoding::kZoneRows;
        CheckZone(column, begin, std::min<int64_t>(begin + encoding::kZoneRows, kTableRows),
                  (*zones)->type, (*zones)->zones[z]);
      }
    }
  }
}

TEST(Statistics, ListsHaveNone) {
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int8Builder>());
  ASSERT_TRUE(lists.Append().ok());
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("l", arrow::list(arrow::int8()))}), {*lists.Finish()});
  const auto reader = WriteAndOpen(*table, 1, "lists");
  ASSERT_THAT(reader, IsOk());
  const auto zones = (*reader)->Zones(0);
  ASSERT_THAT(zones, IsOk());
  EXPECT_EQ(*zones, nullptr);
}

TEST(Statistics, CanBeLeftOut) {
  WriteOptions options;
  options.zone_statistics = false;
  const auto reader = WriteAndOpen(*RandomTable(), kTableRows, "without", options);
  ASSERT_THAT(reader, IsOk());
  const auto zones = (*reader)->Zones(0);
  ASSERT_THAT(zones, IsOk());
  EXPECT_EQ(*zones, nullptr);
}

std::string SampleStatistics() {
  ZoneSerializer numbers({ValueOrder::kSigned, 2});
  ZoneSerializer texts({ValueOrder::kBytes, 0});
  ZoneStatistics zone;
  zone.num_rows = 10;
  zone.num_nulls = 3;
  zone.min = std::string("\x01\x00", 2);
  zone.max = std::string("\x07\x01", 2);
  numbers.Add({{zone}});
  zone.num_nulls = 0;
  zone.min = "abc";
  zone.max = "abd";
  texts.Add({{zone}});
  const std::string columns[] = {numbers.Finish(), "", texts.Finish()};
  return SerializeStatistics(columns, 10);
}

Status ParseAll(Bytes bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto directory, ParseStatisticsDirectory(bytes, bytes.size()));
  for (const ByteRange& range : directory.columns) {
    if (range.length == 0) continue;
    ARROW_RETURN_NOT_OK(
        ParseColumnZones(bytes.subspan(range.offset, range.length), directory).status());
  }
  return Status::OK();
}

TEST(Statistics, DamageIsCorruption) {
  const std::string good = SampleStatistics();
  ASSERT_THAT(ParseAll(AsBytes(good)), IsOk());
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(ParseAll(AsBytes(std::string_view(good).substr(0, i))).ok()) << i;
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    const Status status = ParseAll(AsBytes(bad));
    const bool is_version = i >= 8 && i < 12;
    EXPECT_THAT(status, IsError(is_version ? ErrorCode::Unsupported : ErrorCode::Corruption)) << i;
  }
}

}  // namespace
}  // namespace lance::file
