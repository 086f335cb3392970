#include "lance/file/reader.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lance/base/testing/matchers.h"

namespace lance::file {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

constexpr int kNumRows = 24;
constexpr const char* kGoldenFiles[] = {"golden_v2_1.lance", "golden_v2_2.lance",
                                        "golden_v2_0.lance"};

std::string ReadGolden(const std::string& name) {
  std::ifstream in("lance/file/testdata/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// An object over bytes of the test; counts the requests.
class BytesReader final : public io::ObjectReader {
 public:
  explicit BytesReader(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string& name() const override { return name_; }
  uint64_t size_bytes() const override { return bytes_.size(); }
  Result<std::shared_ptr<arrow::Buffer>> Read(ByteRange range) override {
    ++num_requests;
    LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, bytes_.size()), "read past the end");
    return arrow::Buffer::FromString(bytes_.substr(range.offset, range.length));
  }
  Result<std::vector<std::shared_ptr<arrow::Buffer>>> ReadRanges(
      std::span<const ByteRange> ranges, arrow::MemoryPool* /*pool*/) override {
    ++num_requests;
    std::vector<std::shared_ptr<arrow::Buffer>> out;
    for (const ByteRange& range : ranges) {
      LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, bytes_.size()), "read past the end");
      out.push_back(arrow::Buffer::FromString(bytes_.substr(range.offset, range.length)));
    }
    return out;
  }

  int num_requests = 0;

 private:
  std::string bytes_;
  std::string name_ = "test.lance";
};

Result<std::shared_ptr<FileReader>> OpenBytes(std::string bytes) {
  return FileReader::Open(std::make_shared<BytesReader>(std::move(bytes)));
}

Result<std::shared_ptr<arrow::Table>> ScanAll(FileReader& reader, int64_t batch_num_rows) {
  ARROW_ASSIGN_OR_RAISE(auto columns, reader.OwnColumns());
  ReadOptions options;
  options.batch_num_rows = batch_num_rows;
  ARROW_ASSIGN_OR_RAISE(auto scan, reader.Scan(columns, {{0, reader.num_rows()}}, options));
  return scan->ToTable();
}

std::string TextOf(const arrow::ChunkedArray& column, int64_t row) {
  auto scalar = column.GetScalar(row);
  if (!scalar.ok()) return scalar.status().ToString();
  if (!(*scalar)->is_valid) return "null";
  if (column.type()->id() != arrow::Type::DICTIONARY) return (*scalar)->ToString();
  const auto& encoded = static_cast<const arrow::DictionaryScalar&>(**scalar);
  auto value = encoded.GetEncodedValue();
  return value.ok() ? (*value)->ToString() : value.status().ToString();
}

template <typename Item>
std::string Join(int count, Item item) {
  std::string out = "[";
  for (int k = 0; k < count; ++k) out += (k == 0 ? "" : ", ") + item(k);
  return out + "]";
}

std::string Number(double value) {
  std::string out = std::to_string(value);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

// The formulas of testdata/make_golden.py.
std::string Expected(const std::string& column, int i) {
  if (column == "id") return std::to_string(i * i);
  if (column == "integers") return i % 5 == 2 ? "null" : std::to_string(i * 3 - 7);
  if (column == "flags") return i % 11 == 10 ? "null" : i % 3 == 0 ? "true" : "false";
  if (column == "words") {
    return i % 7 == 3 ? "null" : std::string(static_cast<size_t>(i) % 4, 'w') + std::to_string(i);
  }
  if (column == "prices") {
    const char* cents[] = {"00", "25", "50", "75"};
    return std::to_string(i / 4) + "." + cents[i % 4];
  }
  if (column == "same") return "42";
  if (column == "blobs") return std::string(300, static_cast<char>('A' + i));
  const char* colors[] = {"red", "green", "blue"};
  return column == "colors" ? colors[i % 3] : "null";
}

void CheckFlatColumns(const std::string& file, int64_t batch_num_rows) {
  auto reader = OpenBytes(ReadGolden(file));
  ASSERT_THAT(reader, IsOk());
  EXPECT_EQ((*reader)->num_rows(), static_cast<uint64_t>(kNumRows));
  auto table = ScanAll(**reader, batch_num_rows);
  ASSERT_THAT(table, IsOk());
  ASSERT_THAT((*table)->ValidateFull(), IsOk());
  for (const char* name :
       {"id", "integers", "flags", "words", "prices", "same", "nothing", "colors"}) {
    const auto column = (*table)->GetColumnByName(name);
    ASSERT_NE(column, nullptr) << name;
    for (int i = 0; i < kNumRows; ++i) {
      EXPECT_EQ(TextOf(*column, i), Expected(name, i)) << file << " " << name << " " << i;
    }
  }
}

TEST(FileReader, ReadsFlatColumnsOfTheOfficialWriter) {
  for (const char* file : kGoldenFiles) {
    for (const int64_t batch_num_rows : {8192, 5, 1}) CheckFlatColumns(file, batch_num_rows);
  }
}

std::string Items(const arrow::Array& array, int64_t first, int64_t count) {
  return Join(static_cast<int>(count), [&](int k) {
    const auto scalar = array.GetScalar(first + k).ValueOr(nullptr);
    if (!scalar->is_valid) return std::string("null");
    if (scalar->type->id() != arrow::Type::FLOAT) return scalar->ToString();
    return Number(static_cast<const arrow::FloatScalar&>(*scalar).value);
  });
}

void CheckLists(const arrow::LargeListArray& lists, int i) {
  EXPECT_EQ(lists.IsNull(i), i % 6 == 1);
  const std::string wanted = Join(i % 6 == 1 ? 0 : i % 4, [&](int k) {
    return (i + k) % 5 == 4 ? "null" : std::to_string(i * 10 + k);
  });
  EXPECT_EQ(Items(*lists.values(), lists.value_offset(i), lists.value_length(i)), wanted);
}

void CheckVectors(const arrow::FixedSizeListArray& vectors, int i) {
  EXPECT_EQ(vectors.IsNull(i), i % 9 == 4);
  if (i % 9 == 4) return;
  const std::string wanted =
      Join(2, [&](int k) { return (i + k) % 6 == 5 ? "null" : Number(i + k / 4.0); });
  EXPECT_EQ(Items(*vectors.values(), vectors.value_offset(i), 2), wanted);
}

void CheckStructs(const arrow::StructArray& structs, int i, bool nullable) {
  const bool is_null = nullable && i % 8 == 5;
  EXPECT_EQ(structs.IsNull(i), is_null);
  if (is_null) return;
  const auto& tags = static_cast<const arrow::ListArray&>(*structs.field(1));
  EXPECT_EQ(Items(*structs.field(0), i, 1), i % 4 == 3 ? "[null]" : "[" + std::to_string(i) + "]");
  EXPECT_EQ(tags.IsNull(i), i % 3 == 0);
  EXPECT_EQ(Items(*tags.values(), tags.value_offset(i), tags.value_length(i)),
            i % 3 == 2 ? "[t0]" : "[]");
}

void CheckNestedColumns(const std::string& file, int64_t batch_num_rows) {
  auto reader = OpenBytes(ReadGolden(file));
  ASSERT_THAT(reader, IsOk());
  auto table = ScanAll(**reader, batch_num_rows);
  ASSERT_THAT(table, IsOk());
  const auto whole = [&](const char* name) {
    return arrow::Concatenate((*table)->GetColumnByName(name)->chunks()).ValueOr(nullptr);
  };
  const auto lists = whole("lists");
  const auto vectors = whole("vectors");
  const auto structs = whole("structs");
  for (int i = 0; i < kNumRows; ++i) {
    SCOPED_TRACE(file + " row " + std::to_string(i));
    CheckLists(static_cast<const arrow::LargeListArray&>(*lists), i);
    CheckVectors(static_cast<const arrow::FixedSizeListArray&>(*vectors), i);
    CheckStructs(static_cast<const arrow::StructArray&>(*structs), i,
                 (*reader)->version().minor > 0);
  }
}

TEST(FileReader, ReadsNestedColumnsOfTheOfficialWriter) {
  for (const char* file : kGoldenFiles) {
    for (const int64_t batch_num_rows : {8192, 5, 1}) CheckNestedColumns(file, batch_num_rows);
  }
}

TEST(FileReader, ReadsWideValues) {
  for (const char* file : kGoldenFiles) {
    auto reader = OpenBytes(ReadGolden(file));
    ASSERT_THAT(reader, IsOk());
    auto table = ScanAll(**reader, 7);
    ASSERT_THAT(table, IsOk());
    const auto column = (*table)->GetColumnByName("blobs");
    for (int i = 0; i < kNumRows; ++i) {
      const auto scalar = column->GetScalar(i).ValueOr(nullptr);
      ASSERT_EQ(scalar->is_valid, i % 8 == 0);
      if (i % 8 != 0) continue;
      EXPECT_EQ(static_cast<const arrow::BinaryScalar&>(*scalar).value->ToString(),
                Expected("blobs", i));
    }
  }
}

TEST(FileReader, TakesSingleRowsWithFewRequestsOncePagesAreKnown) {
  for (const char* file : kGoldenFiles) {
    auto object = std::make_shared<BytesReader>(ReadGolden(file));
    auto reader = FileReader::Open(object);
    ASSERT_THAT(reader, IsOk());
    EXPECT_EQ(object->num_requests, 1);
    const auto columns = (*reader)->OwnColumns();
    ASSERT_THAT(columns, IsOk());
    const std::vector<uint64_t> rows = {0, 3, 4, 5, 11, 23};
    ASSERT_THAT((*reader)->Take(*columns, rows, {}), IsOk());
    object->num_requests = 0;
    auto batch = (*reader)->Take(*columns, rows, {});
    ASSERT_THAT(batch, IsOk());
    // In 2.0 the lists tell where their items are, and the ends of strings where those are.
    EXPECT_EQ(object->num_requests, (*reader)->version().minor == 0 ? 3 : 1);
    ASSERT_EQ((*batch)->num_rows(), 6);
    const auto table = ScanAll(**reader, 8192);
    ASSERT_THAT(table, IsOk());
    for (int c = 0; c < (*batch)->num_columns(); ++c) {
      for (size_t i = 0; i < rows.size(); ++i) {
        const auto wanted = (*table)->column(c)->GetScalar(static_cast<int64_t>(rows[i]));
        const auto got = (*batch)->column(c)->GetScalar(static_cast<int64_t>(i));
        EXPECT_EQ((*got)->ToString(), (*wanted)->ToString())
            << (*batch)->schema()->field(c)->name() << " row " << rows[i];
      }
    }
  }
}

TEST(FileReader, ReadsRangesAndMissingColumns) {
  auto reader = OpenBytes(ReadGolden(kGoldenFiles[1]));
  ASSERT_THAT(reader, IsOk());
  auto columns = (*reader)->OwnColumns();
  ASSERT_THAT(columns, IsOk());
  columns->resize(9);
  (*columns)[1].leaf_columns = {-1};                                 // integers
  (*columns)[8].leaf_columns = {-1, (*columns)[8].leaf_columns[1]};  // structs.a
  ReadOptions options;
  options.batch_num_rows = 4;
  auto scan = (*reader)->Scan(*columns, {{2, 5}, {9, 10}, {20, 24}}, options);
  ASSERT_THAT(scan, IsOk());
  auto table = (*scan)->ToTable();
  ASSERT_THAT(table, IsOk());
  ASSERT_EQ((*table)->num_rows(), 8);
  const std::vector<int> rows = {2, 3, 4, 9, 20, 21, 22, 23};
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(TextOf(*(*table)->column(0), static_cast<int64_t>(i)), Expected("id", rows[i]));
  }
  EXPECT_EQ((*table)->column(1)->null_count(), 8);
  EXPECT_EQ((*table)->column(8)->null_count(), 1);  // row 21

  auto empty = (*reader)->Scan({}, {{2, 5}}, {});
  ASSERT_THAT(empty, IsOk());
  auto rows_only = (*empty)->ToRecordBatches();
  ASSERT_THAT(rows_only, IsOk());
  EXPECT_EQ(rows_only->front()->num_rows(), 3);
}

TEST(FileReader, RefusesWrongRows) {
  auto reader = OpenBytes(ReadGolden(kGoldenFiles[0]));
  ASSERT_THAT(reader, IsOk());
  const auto columns = (*reader)->OwnColumns();
  ASSERT_THAT(columns, IsOk());
  EXPECT_THAT((*reader)->Scan(*columns, {{20, 25}}, {}), IsError(ErrorCode::InvalidInput));
  EXPECT_THAT((*reader)->Scan(*columns, {{5, 8}, {7, 9}}, {}), IsError(ErrorCode::InvalidInput));
  const std::vector<uint64_t> falling = {4, 3};
  EXPECT_THAT((*reader)->Take(*columns, falling, {}), IsError(ErrorCode::InvalidInput));
  EXPECT_THAT((*reader)->DescribeColumn(99), IsError(ErrorCode::Corruption));
}

TEST(FileReader, NamesTheVersionThatItCannotRead) {
  const auto with_version = [](char major, char minor) {
    std::string bytes = ReadGolden(kGoldenFiles[0]);
    bytes[bytes.size() - 8] = major;
    bytes[bytes.size() - 6] = minor;
    return OpenBytes(bytes);
  };
  for (const char minor : {0, 1, 2}) {
    EXPECT_THAT(with_version(0, minor), IsError(ErrorCode::Unsupported));
    EXPECT_THAT(with_version(0, minor), HasErrorMessage("legacy version 0.1"));
    EXPECT_THAT(with_version(0, minor), HasErrorMessage("data_storage_version=\"2.2\""));
  }
  EXPECT_THAT(with_version(2, 3), IsError(ErrorCode::Unsupported));
  EXPECT_THAT(with_version(2, 3), HasErrorMessage("unstable version 2.3"));
  EXPECT_THAT(with_version(2, 3), HasErrorMessage("data_storage_version=\"2.2\""));
  EXPECT_THAT(with_version(2, 4), HasErrorMessage("newer lance-cpp"));
}

TEST(FileReader, DescribesPages) {
  auto reader = OpenBytes(ReadGolden(kGoldenFiles[1]));
  ASSERT_THAT(reader, IsOk());
  const auto info = (*reader)->DescribeColumn(1);
  ASSERT_THAT(info, IsOk());
  ASSERT_EQ(info->pages.size(), 1U);
  EXPECT_EQ(info->pages[0].layout, "mini-block");
  EXPECT_EQ(info->pages[0].num_rows, static_cast<uint64_t>(kNumRows));
  EXPECT_THAT(info->pages[0].encoding, ::testing::HasSubstr("Flat(32)"));
}

// Whatever the bytes are, reading ends with arrays that are sound in memory, or with an error.
void ReadHostile(const std::string& bytes) {
  auto reader = OpenBytes(bytes);
  if (!reader.ok()) return;
  auto columns = (*reader)->OwnColumns();
  if (!columns.ok()) return;
  for (const ColumnRequest& column : *columns) {
    const uint64_t num_rows = std::min<uint64_t>((*reader)->num_rows(), 100);
    auto scan = (*reader)->Scan({column}, {{0, num_rows}}, {});
    if (!scan.ok()) continue;
    auto table = (*scan)->ToTable();
    if (table.ok()) {
      EXPECT_THAT((*table)->Validate(), IsOk());
    }
    const std::vector<uint64_t> rows = {1, 7};
    auto taken = (*reader)->Take({column}, rows, {});
    if (taken.ok()) {
      EXPECT_THAT((*taken)->Validate(), IsOk());
    }
  }
}

TEST(FileReader, SurvivesFlippedBytes) {
  const google::protobuf::LogSilencer quiet;
  for (const char* file : kGoldenFiles) {
    const std::string golden = ReadGolden(file);
    ASSERT_FALSE(golden.empty());
    for (size_t i = 0; i < golden.size(); ++i) {
      std::string bytes = golden;
      bytes[i] = static_cast<char>(bytes[i] ^ (i % 2 == 0 ? 0xFF : 1 << (i / 2 % 8)));
      ReadHostile(bytes);
    }
  }
}

TEST(FileReader, SurvivesTruncation) {
  for (const char* file : kGoldenFiles) {
    const std::string golden = ReadGolden(file);
    for (size_t size = 0; size < golden.size(); ++size) {
      EXPECT_FALSE(OpenBytes(golden.substr(0, size)).ok()) << size;
      // With the footer kept, the middle is missing.
      ReadHostile(golden.substr(0, size / 2) + golden.substr(golden.size() - size / 2));
    }
  }
}

}  // namespace
}  // namespace lance::file
