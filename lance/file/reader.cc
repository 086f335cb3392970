#include "lance/file/reader.h"

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <charconv>
#include <map>
#include <mutex>
#include <utility>

#include "file.pb.h"
#include "lance/base/memory.h"
#include "lance/file/column_view.h"
#include "lance/file/read/assemble.h"
#include "lance/file/read/column.h"
#include "lance/file/read/column_tree.h"
#include "lance/file/read/footer.h"
#include "lance/file/read/scan.h"
#include "lance/file/read/zone_source.h"

namespace lance::file {
namespace {

// A table brings its own schema, so a file whose schema this build does not understand can still be
// read; asking for the file's own columns then tells what is wrong.
struct Descriptor {
  Schema schema;
  Status schema_status;
  uint64_t num_rows = 0;
  std::optional<size_t> statistics_buffer;  // number of a global buffer
};

// Where our own statistics are is no metadata of the user's.
std::optional<size_t> TakeStatisticsKey(std::map<std::string, std::string>* metadata) {
  const auto found = metadata->find(kStatisticsKey);
  if (found == metadata->end()) return std::nullopt;
  const std::string text = std::move(found->second);
  metadata->erase(found);
  size_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

Result<Descriptor> ParseDescriptor(Bytes message) {
  spec::FileDescriptor wire;
  LANCE_CHECK_BYTES(message.size() < (1U << 31) &&
                        wire.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    "global buffer 0 (", message.size(), " bytes) is not a FileDescriptor message");
  std::vector<const spec::Field*> fields;
  for (const spec::Field& field : wire.schema().fields()) fields.push_back(&field);
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : wire.schema().metadata()) metadata[key] = value;
  Descriptor out;
  out.statistics_buffer = TakeStatisticsKey(&metadata);
  out.schema_status = Schema::FromWire(fields, metadata).Value(&out.schema);
  out.num_rows = wire.length();
  LANCE_CHECK_BYTES(out.num_rows < (uint64_t{1} << 62), "a file of ", out.num_rows, " rows");
  return out;
}

std::optional<ByteRange> StatisticsRange(const FileTail& tail, const Descriptor& descriptor) {
  const std::optional<size_t> number = descriptor.statistics_buffer;
  if (!number || *number >= tail.globals.size()) return std::nullopt;
  return tail.globals[*number];
}

class ColumnarReader final : public FileReader {
 public:
  ColumnarReader(std::shared_ptr<io::ObjectReader> object, FileTail tail, Descriptor descriptor,
                 std::shared_ptr<ByteBudget> budget)
      : object_(std::move(object)),
        tail_(std::move(tail)),
        descriptor_(std::move(descriptor)),
        budget_(std::move(budget)),
        columns_(tail_.columns.size()),
        zones_(object_, StatisticsRange(tail_, descriptor_), descriptor_.num_rows,
               tail_.footer.num_columns),
        tree_(NumberColumns(descriptor_.schema, tail_.footer.version)) {}
  ~ColumnarReader() override {
    for (const KeptColumn& kept : columns_) budget_->Remove(kept.item);
  }

  const std::shared_ptr<io::ObjectReader>& object() const override { return object_; }
  encoding::FormatVersion version() const override { return tail_.footer.version; }
  uint64_t num_rows() const override { return descriptor_.num_rows; }
  int32_t num_columns() const override { return static_cast<int32_t>(tail_.columns.size()); }
  const Schema& schema() const override { return descriptor_.schema; }
  uint64_t size_bytes() const override {
    return sizeof(*this) + static_cast<uint64_t>(tail_.bytes->size()) +
           columns_.size() * (sizeof(KeptColumn) + sizeof(ByteRange));
  }
  Result<std::vector<ColumnRequest>> OwnColumns() const override;
  Result<std::unique_ptr<arrow::RecordBatchReader>> Scan(std::vector<ColumnRequest> columns,
                                                         std::vector<RowRange> ranges,
                                                         ReadOptions options) override;
  Result<std::shared_ptr<arrow::RecordBatch>> Take(const std::vector<ColumnRequest>& columns,
                                                   std::span<const uint64_t> rows,
                                                   ReadOptions options) override;
  Result<ColumnInfo> DescribeColumn(int32_t column) override;
  Result<std::shared_ptr<const ColumnZones>> Zones(int32_t column) override {
    auto out = zones_.Load(static_cast<uint32_t>(column));
    return out.ok() ? out : Explain(out.status());
  }

 private:
  // A column that was used, as long as the budget allows.
  struct KeptColumn {
    std::shared_ptr<const ColumnPages> pages;
    std::shared_ptr<Column> column;  // made at first use
    std::shared_ptr<ByteBudget::Item> item;
  };

  bool lists_own_columns() const { return version() < encoding::kVersion21; }
  Status CheckColumnCount() const;
  Result<std::shared_ptr<const ColumnPages>> PagesOf(int32_t column);
  Result<std::shared_ptr<const ColumnPages>> ParsePages(int32_t column) const;
  void DropColumn(size_t at);
  Result<std::shared_ptr<Column>> OpenColumn(int32_t column, const encoding::LeafShape& shape);
  Result<std::unique_ptr<LeafSource>> OpenSource(int32_t column, const encoding::LeafShape& shape);
  Result<std::unique_ptr<LeafSource>> OpenBelowLists(int32_t column, encoding::LeafShape shape);
  Result<ReadPlan> MakePlan(std::vector<ColumnRequest> columns);
  Status AddLeaves(const ColumnRequest& request, ReadPlan* plan);
  Result<std::shared_ptr<arrow::RecordBatch>> TakeRows(const std::vector<ColumnRequest>& columns,
                                                       std::span<const uint64_t> rows,
                                                       const ReadOptions& options);
  Status Explain(const Status& status) const { return WithContext(status, object_->name()); }

  std::shared_ptr<io::ObjectReader> object_;
  FileTail tail_;
  Descriptor descriptor_;
  std::shared_ptr<ByteBudget> budget_;
  std::mutex mutex_;
  std::vector<KeptColumn> columns_;
  ZoneSource zones_;
  ColumnTree tree_;  // of the file's own schema
};

Result<std::vector<ColumnRequest>> ColumnarReader::OwnColumns() const {
  ARROW_RETURN_NOT_OK(Explain(descriptor_.schema_status));
  ARROW_RETURN_NOT_OK(Explain(CheckColumnCount()));
  std::vector<ColumnRequest> out;
  const std::vector<SchemaField>& fields = descriptor_.schema.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool is_blob = BlobVersionOf(fields[i]) == BlobVersion::kFirst;
    out.push_back({is_blob ? DescribeBlob(fields[i]) : fields[i], tree_.leaves[i]});
  }
  return out;
}

Status ColumnarReader::CheckColumnCount() const {
  LANCE_CHECK_BYTES(tree_.list_above.size() == tail_.columns.size(), "its schema has ",
                    tree_.list_above.size(), " columns, but the file has ", num_columns());
  return Status::OK();
}

Result<std::shared_ptr<const ColumnPages>> ColumnarReader::ParsePages(int32_t column) const {
  auto parsed = ParseColumnMetadata(tail_.At(tail_.columns[static_cast<size_t>(column)]),
                                    object_->size_bytes(), version());
  if (!parsed.ok()) {
    return WithContext(parsed.status(), internal::Concat("column ", column));
  }
  LANCE_CHECK_BYTES(lists_own_columns() || parsed->num_rows == num_rows(), "column ", column,
                    " has ", parsed->num_rows, " rows, the file has ", num_rows());
  return std::make_shared<const ColumnPages>(std::move(*parsed));
}

Result<std::shared_ptr<const ColumnPages>> ColumnarReader::PagesOf(int32_t column) {
  LANCE_CHECK_BYTES(column >= 0 && column < num_columns(), "there is no column ", column,
                    ", the file has ", num_columns());
  const auto at = static_cast<size_t>(column);
  std::shared_ptr<const ColumnPages> pages;
  {
    const std::lock_guard lock(mutex_);
    KeptColumn& kept = columns_[at];
    if (kept.item != nullptr) kept.item->Touch();
    if (kept.pages != nullptr) return kept.pages;
    ARROW_ASSIGN_OR_RAISE(kept.pages, ParsePages(column));
    pages = kept.pages;
  }
  // It may be dropped at once, when the budget is small.
  auto item = budget_->Add(pages->memory_bytes(), [weak = weak_from_this(), at] {
    if (const auto reader = weak.lock()) static_cast<ColumnarReader&>(*reader).DropColumn(at);
  });
  const std::lock_guard lock(mutex_);
  if (columns_[at].pages == pages) columns_[at].item = std::move(item);
  return pages;
}

void ColumnarReader::DropColumn(size_t at) {
  KeptColumn dropped;  // goes when the lock is free
  const std::lock_guard lock(mutex_);
  std::swap(dropped, columns_[at]);
}

Result<std::shared_ptr<Column>> ColumnarReader::OpenColumn(int32_t column,
                                                           const encoding::LeafShape& shape) {
  ARROW_ASSIGN_OR_RAISE(auto pages, PagesOf(column));
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Column>& kept = columns_[static_cast<size_t>(column)].column;
  if (kept != nullptr && SameShape(kept->shape(), shape)) return kept;
  auto made = std::make_shared<Column>(column, std::move(pages), shape, version(), budget_);
  if (columns_[static_cast<size_t>(column)].pages != nullptr) kept = made;
  return made;
}

Result<std::unique_ptr<LeafSource>> ColumnarReader::OpenSource(int32_t column,
                                                               const encoding::LeafShape& shape) {
  if (!lists_own_columns()) {
    ARROW_ASSIGN_OR_RAISE(auto opened, OpenColumn(column, shape));
    return std::make_unique<LeafSource>(std::move(opened));
  }
  ARROW_RETURN_NOT_OK(descriptor_.schema_status);
  ARROW_RETURN_NOT_OK(CheckColumnCount());
  int num_lists = 0;
  for (int32_t at = column; at >= 0 && at < num_columns(); at = tree_.list_above[at]) ++num_lists;
  LANCE_CHECK_BYTES(num_lists - 1 == shape.num_lists(), "column ", column, " lies below ",
                    num_lists - 1, " lists in the file, but below ", shape.num_lists(),
                    " in the table");
  return OpenBelowLists(column, shape);
}

// Open a column of a 2.0 file and those of the lists above it.
Result<std::unique_ptr<LeafSource>> ColumnarReader::OpenBelowLists(int32_t column,
                                                                   encoding::LeafShape shape) {
  std::vector<encoding::AncestorKind> ancestors = std::move(shape.ancestors);
  shape.ancestors.clear();
  std::unique_ptr<LeafSource> lists;
  uint64_t expected = num_rows();
  const int32_t above = tree_.list_above[static_cast<size_t>(column)];
  const bool holds_blobs = tree_.holds_blobs[static_cast<size_t>(column)];
  if (holds_blobs && shape.values.is_fixed()) shape.role = encoding::LeafRole::kBlobPlaces;
  if (above >= 0) {
    ARROW_ASSIGN_OR_RAISE(lists, OpenBelowLists(above, ListColumnShape()));
    ARROW_ASSIGN_OR_RAISE(const auto pages, PagesOf(above));
    expected = pages->num_items;
  }
  ARROW_ASSIGN_OR_RAISE(auto opened, OpenColumn(column, shape));
  LANCE_CHECK_BYTES(opened->pages().num_rows == expected, "column ", column, " has ",
                    opened->pages().num_rows, " rows, expected ", expected);
  return std::make_unique<LeafSource>(std::move(opened), std::move(lists), std::move(ancestors));
}

Status ColumnarReader::AddLeaves(const ColumnRequest& request, ReadPlan* plan) {
  std::vector<encoding::LeafShape> shapes;
  ARROW_RETURN_NOT_OK(AppendLeafShapes(request.field, &shapes));
  LANCE_REQUIRE(shapes.size() == request.leaf_columns.size(), "the field '", request.field.name,
                "' has ", shapes.size(), " leaves, but ", request.leaf_columns.size(),
                " columns were named");
  for (size_t i = 0; i < shapes.size(); ++i) {
    plan->leaves.emplace_back();
    if (request.leaf_columns[i] < 0) continue;
    ARROW_ASSIGN_OR_RAISE(plan->leaves.back(), OpenSource(request.leaf_columns[i], shapes[i]));
  }
  return Status::OK();
}

Result<ReadPlan> ColumnarReader::MakePlan(std::vector<ColumnRequest> columns) {
  ReadPlan out;
  arrow::FieldVector fields;
  for (const ColumnRequest& request : columns) {
    fields.push_back(ToArrowField(request.field));
    out.first_leaf.push_back(out.leaves.size());
    ARROW_RETURN_NOT_OK(AddLeaves(request, &out));
  }
  out.first_leaf.push_back(out.leaves.size());
  out.schema = arrow::schema(std::move(fields));
  out.fields = std::move(columns);
  return out;
}

Result<std::unique_ptr<arrow::RecordBatchReader>> ColumnarReader::Scan(
    std::vector<ColumnRequest> columns, std::vector<RowRange> ranges, ReadOptions options) {
  if (options.pool == nullptr) options.pool = RecyclingPool();
  auto plan = MakePlan(std::move(columns));
  if (!plan.ok()) return Explain(plan.status());
  ARROW_ASSIGN_OR_RAISE(RowSequence rows, RowSequence::Make(std::move(ranges), num_rows()));
  return std::make_unique<FileScan>(object_, std::move(*plan), std::move(rows), std::move(options));
}

Result<std::shared_ptr<arrow::RecordBatch>> ColumnarReader::Take(
    const std::vector<ColumnRequest>& columns, std::span<const uint64_t> rows,
    ReadOptions options) {
  ARROW_RETURN_NOT_OK(options.stop.Poll());
  if (options.pool == nullptr) options.pool = RecyclingPool();
  auto out = TakeRows(columns, rows, options);
  if (!out.ok()) return Explain(out.status());
  return out;
}

Result<std::shared_ptr<arrow::RecordBatch>> ColumnarReader::TakeRows(
    const std::vector<ColumnRequest>& columns, std::span<const uint64_t> rows,
    const ReadOptions& options) {
  std::vector<RowRange> ranges;
  for (const uint64_t row : rows) {
    LANCE_REQUIRE(row < num_rows(), "there is no row ", row, ", the file has ", num_rows());
    if (ranges.empty() || ranges.back().end < row) {
      ranges.push_back({row, row + 1});
      continue;
    }
    LANCE_REQUIRE(ranges.back().end == row, "rows to take must increase, but ", row, " follows ",
                  ranges.back().end - 1);
    ++ranges.back().end;
  }
  ARROW_ASSIGN_OR_RAISE(ReadPlan plan, MakePlan(columns));
  if (options.executor == nullptr) {
    const std::vector<LeafSource*> sources = plan.sources();
    for (LeafSource* source : sources) source->Aim(ranges);
    ARROW_RETURN_NOT_OK(LeafSource::Fill(*object_, sources, options.pool));
    return plan.ReadBatch(ranges, options.pool);
  }
  const auto num_rows = static_cast<int64_t>(rows.size());
  arrow::ArrayVector arrays(plan.fields.size());
  const auto read = [&](int64_t i) -> Status {
    const auto field = static_cast<size_t>(i);
    std::vector<LeafSource*> sources;
    for (size_t leaf = plan.first_leaf[field]; leaf < plan.first_leaf[field + 1]; ++leaf) {
      if (plan.leaves[leaf] == nullptr) continue;
      sources.push_back(plan.leaves[leaf].get());
      sources.back()->Aim(ranges);
    }
    ARROW_RETURN_NOT_OK(LeafSource::Fill(*object_, sources, options.pool));
    return plan.ReadField(field, ranges, num_rows, options.pool).Value(&arrays[field]);
  };
  ARROW_RETURN_NOT_OK(ParallelFor(*options.executor, static_cast<int64_t>(arrays.size()), read));
  return arrow::RecordBatch::Make(plan.schema, num_rows, std::move(arrays));
}

Result<ColumnInfo> ColumnarReader::DescribeColumn(int32_t column) {
  auto pages = PagesOf(column);
  if (!pages.ok()) return Explain(pages.status());
  ColumnInfo out;
  for (const ColumnPage& page : (*pages)->pages) {
    auto summary = encoding::SummarizePage(AsBytes(page.layout), version());
    if (!summary.ok()) return Explain(summary.status());
    out.pages.push_back({page.num_rows, page.first_row, page.buffers, std::move(summary->layout),
                         std::move(summary->encoding)});
    out.size_bytes += page.size_bytes();
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<FileReader>> FileReader::Open(std::shared_ptr<io::ObjectReader> object,
                                                     std::shared_ptr<ByteBudget> budget) {
  if (budget == nullptr) budget = std::make_shared<ByteBudget>(kDefaultMetadataBytes);
  auto tail = ReadFileTail(*object);
  if (!tail.ok()) return WithContext(tail.status(), object->name());
  LANCE_CHECK_BYTES(!tail->globals.empty(), object->name(),
                    ": the file has no descriptor (global buffer 0)");
  const ByteRange range = tail->globals.front();
  Bytes message;
  std::shared_ptr<arrow::Buffer> buffer;
  if (range.offset >= tail->begin) {
    message = tail->At(range);
  } else {
    ARROW_ASSIGN_OR_RAISE(buffer, object->Read(range));
    message = {buffer->data(), static_cast<size_t>(buffer->size())};
  }
  auto descriptor = ParseDescriptor(message);
  if (!descriptor.ok()) return WithContext(descriptor.status(), object->name());
  return std::make_shared<ColumnarReader>(std::move(object), std::move(*tail),
                                          std::move(*descriptor), std::move(budget));
}

}  // namespace lance::file
