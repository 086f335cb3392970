#include "lance/query/scan/zone_filter.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "arrow/api.h"
#include "lance/base/testing/matchers.h"
#include "lance/file/writer.h"

namespace lance::query {
namespace {

using testing::IsOk;

constexpr int64_t kNumRows = 70'000;

// Values that rise with the row, with nulls and NaNs strewn in, below a struct as well.
std::shared_ptr<arrow::RecordBatch> MakeRows() {
  std::mt19937 random(5);
  const auto rarely = [&](int n) { return random() % n == 0; };
  arrow::Int32Builder numbers;
  arrow::FloatBuilder floats;
  arrow::StringBuilder texts;
  arrow::BooleanBuilder flags;
  arrow::Int64Builder inner;
  arrow::TypedBufferBuilder<bool> outer;
  for (int64_t i = 0; i < kNumRows; ++i) {
    const auto value = static_cast<int32_t>(i + random() % 3000);
    EXPECT_TRUE((rarely(20) && i > 30'000 ? numbers.AppendNull() : numbers.Append(value)).ok());
    const bool nan = rarely(5000) && i < 40'000;
    EXPECT_TRUE(floats.Append(nan ? NAN : static_cast<float>(value) * 0.1F).ok());
    const std::string text =
        std::string(i % 3 == 0 ? 40 : 0, 'p') + std::to_string(100'000 + value);
    EXPECT_TRUE((rarely(50) ? texts.AppendNull() : texts.Append(text)).ok());
    EXPECT_TRUE((i > 50'000 ? flags.AppendNull() : flags.Append(i > 33'000)).ok());
    EXPECT_TRUE((rarely(30) ? inner.AppendNull() : inner.Append(-value)).ok());
    EXPECT_TRUE(outer.Append(i < 20'000 || !rarely(4)).ok());
  }
  const int64_t num_null_structs = outer.false_count();
  auto structs = *arrow::StructArray::Make({*inner.Finish()}, std::vector<std::string>{"x"},
                                           *outer.Finish(), num_null_structs);
  const arrow::ArrayVector columns{*numbers.Finish(), *floats.Finish(), *texts.Finish(),
                                   *flags.Finish(), structs};
  arrow::FieldVector fields;
  for (const char* name : {"n", "f", "t", "b", "s"}) {
    fields.push_back(arrow::field(name, columns[fields.size()]->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), kNumRows, columns);
}

struct Table {
  std::shared_ptr<arrow::RecordBatch> rows;
  ScanContext context;
};

Result<Table> WriteTable() {
  Table out;
  out.rows = MakeRows();
  ARROW_ASSIGN_OR_RAISE(auto store, io::OpenStore("memory://zone-filter"));
  ARROW_ASSIGN_OR_RAISE(auto object, store->Create("data/f.lance"));
  ARROW_ASSIGN_OR_RAISE(file::Schema schema, file::Schema::FromArrow(*out.rows->schema()));
  ARROW_ASSIGN_OR_RAISE(auto writer, file::FileWriter::Open(std::move(object), schema, {}));
  ARROW_RETURN_NOT_OK(writer->Write(*out.rows));
  ARROW_ASSIGN_OR_RAISE(auto written, writer->Finish());
  table::DataFile file;
  file.path = "f.lance";
  file.field_ids = written.field_ids;
  file.column_indices = written.column_indices;
  auto manifest = std::make_shared<table::Manifest>();
  manifest->version = 1;
  manifest->schema = schema;
  manifest->fragments.push_back({0, {file}, std::nullopt, written.num_rows, ""});
  out.context.manifest = manifest;
  out.context.files = FileCache::Make(store, manifest);
  return out;
}

Result<ExpressionPtr> Bind(const Table& table, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto filter, ParseFilter(sql));
  return BindFilter(filter, *table.rows->schema());
}

// Rows that pass, found without any statistics.
Result<uint64_t> CountPlainly(const Table& table, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto bound, Bind(table, sql));
  ARROW_ASSIGN_OR_RAISE(auto outcome, EvaluateFilter(*bound, *table.rows));
  return static_cast<const arrow::BooleanArray&>(*outcome).true_count();
}

Result<uint64_t> RowsLeft(const Table& table, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto bound, Bind(table, sql));
  const auto filter = ZoneFilter::Make(*bound, table.context.manifest->schema);
  if (filter == nullptr) return kNumRows;
  ARROW_ASSIGN_OR_RAISE(auto left,
                        filter->Prune(*table.context.files, table.context.manifest->fragments[0],
                                      {{0, 1000}, {1000, kNumRows}}));
  uint64_t out = 0;
  for (const RowRange& range : left) out += range.size();
  return out;
}

class ConditionMaker {
 public:
  explicit ConditionMaker(unsigned seed) : random_(seed) {}

  std::string Make(int depth = 0) {
    if (depth < 3 && Pick(5) < 2) {
      const std::string inner = "(" + Make(depth + 1) + ")";
      if (Pick(3) == 0) return "NOT " + inner;
      return inner + (Pick(2) == 0 ? " AND (" : " OR (") + Make(depth + 1) + ")";
    }
    const std::string operators[] = {"=", "<>", "<", "<=", ">", ">="};
    const std::string compare = " " + operators[Pick(6)] + " ";
    const std::string number = std::to_string(Pick(75'000) - 1000);
    const std::string text = (Pick(2) == 0 ? std::string(40, 'p') : "") + "1" + number;
    const std::string columns[] = {"n", "f", "t", "b", "s.x", "s"};
    switch (Pick(9)) {
      case 0:
        return "n" + compare + number;
      case 1:
        return "f" + compare + number + " / 10.0";
      case 2:
        return "CAST(f AS double)" + compare + number + ".25 / 10.0";
      case 3:
        return "t" + compare + "'" + text + "'";
      case 4:
        return "t LIKE '" + text.substr(0, static_cast<size_t>(Pick(50))) + "%'";
      case 5:
        return Pick(2) == 0 ? "b" : "b" + compare + "true";
      case 6:
        return "s.x" + compare + "-" + number;
      case 7:
        return columns[Pick(6)] + (Pick(2) == 0 ? " IS NULL" : " IS NOT NULL");
      default:
        return "n IN (" + number + ", 3, " + (Pick(3) == 0 ? "NULL" : "69000") + ")";
    }
  }

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  std::mt19937 random_;
};

TEST(ZoneFilter, NeverChangesAnAnswer) {
  const auto table = WriteTable();
  ASSERT_THAT(table, IsOk());
  int num_pruned = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    const std::string sql = ConditionMaker(seed).Make();
    const auto wanted = CountPlainly(*table, sql);
    ASSERT_THAT(wanted, IsOk()) << sql;
    const auto found = CountRows(table->context, *ParseFilter(sql));
    ASSERT_THAT(found, IsOk()) << sql;
    ASSERT_EQ(*found, *wanted) << sql;
    const auto left = RowsLeft(*table, sql);
    ASSERT_THAT(left, IsOk()) << sql;
    num_pruned += *left < static_cast<uint64_t>(kNumRows);
  }
  EXPECT_GT(num_pruned, 200);
}

TEST(ZoneFilter, LeavesOutZonesThatCannotPass) {
  const auto table = WriteTable();
  ASSERT_THAT(table, IsOk());
  constexpr uint64_t kZone = encoding::kZoneRows;
  const uint64_t all = kNumRows;
  const std::pair<const char*, uint64_t> cases[] = {
      {"n = 49500", 2 * kZone},  // values stray 3000 rows
      {"n = 44000", kZone},
      {"n < 0", 0},
      {"n IS NULL", all - kZone},
      {"NOT (n >= 0)", 0},
      {"n IN (NULL, -5)", 0},
      {"n <=> -5", 0},
      {"f > 7000.0", all - kZone},  // NaNs before row 40,000
      {"t = 'a'", all},             // between '1...' and 'ppp...'
      {"t > 'q'", 0},
      {"t LIKE 'ppq%'", 0},
      {"t LIKE 'pppp%'", all},
      {"b", 2 * kZone},
      {"b IS NULL", all - 3 * kZone},
      {"NOT b", 3 * kZone},
      {"s.x > 0 OR n < 0", 0},
      {"s.x > 0 OR s IS NULL", all},
      {"n + 1 > 0 AND n < 0", 0},
  };
  for (const auto& [sql, rows] : cases) {
    const auto left = RowsLeft(*table, sql);
    ASSERT_THAT(left, IsOk()) << sql;
    EXPECT_EQ(*left, rows) << sql;
  }
}

}  // namespace
}  // namespace lance::query
