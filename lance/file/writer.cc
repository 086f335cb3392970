#include "lance/file/writer.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "lance/base/memory.h"
#include "lance/encoding/page_writer.h"
#include "lance/file/statistics.h"
#include "lance/file/write/column_check.h"
#include "lance/file/write/container.h"
#include "lance/file/write/page_queue.h"

namespace lance::file {
namespace {

using encoding::LeafPath;
using encoding::PageOptions;

// One column of the file and the rows that wait for its next page.
struct LeafColumnState {
  LeafPath path;
  PageOptions options;
  int top_column = 0;  // of the schema
  int32_t field_id = -1;
  std::vector<std::shared_ptr<arrow::Array>> rows;
  uint64_t bytes = 0;
  uint64_t num_flushed_rows = 0;
  ZoneSerializer zones{{}};
};

class PagedFileWriter final : public FileWriter {
 public:
  PagedFileWriter(std::unique_ptr<io::ObjectWriter> object, Schema schema, WriteOptions options,
                  std::vector<LeafColumnState> columns)
      : schema_(std::move(schema)),
        options_(std::move(options)),
        columns_(std::move(columns)),
        container_(std::move(object), options_.version, columns_.size()),
        queue_(options_.executor) {}

  ~PagedFileWriter() override {
    if (!closed_) (void)container_.Abort();
  }

  Status Write(const arrow::RecordBatch& batch) override {
    LANCE_REQUIRE(!closed_, "the file writer is closed");
    ARROW_RETURN_NOT_OK(write::CheckBatch(schema_, batch));
    if (batch.num_rows() == 0) return Status::OK();
    for (size_t i = 0; i < columns_.size(); ++i) {
      ARROW_RETURN_NOT_OK(AddRows(i, batch.column(columns_[i].top_column)));
    }
    num_rows_ += static_cast<uint64_t>(batch.num_rows());
    return Status::OK();
  }

  uint64_t num_rows() const override { return num_rows_; }

  uint64_t estimated_size_bytes() const override {
    uint64_t buffered = queued_bytes_;
    for (const LeafColumnState& column : columns_) buffered += column.bytes;
    return container_.position() + buffered;
  }

  Result<WrittenFile> Finish() override {
    LANCE_REQUIRE(!closed_, "the file writer is closed");
    for (size_t i = 0; i < columns_.size(); ++i) ARROW_RETURN_NOT_OK(FlushPage(i));
    while (!queue_.empty()) ARROW_RETURN_NOT_OK(WriteOldest());
    WrittenFile out;
    out.num_rows = num_rows_;
    ARROW_ASSIGN_OR_RAISE(out.size_bytes,
                          container_.Finish(schema_, num_rows_, FinishStatistics()));
    closed_ = true;
    for (size_t i = 0; i < columns_.size(); ++i) {
      out.field_ids.push_back(columns_[i].field_id);
      out.column_indices.push_back(static_cast<int32_t>(i));
    }
    return out;
  }

  Status Abort() override {
    closed_ = true;
    return container_.Abort();
  }

 private:
  // Gather rows until a page is full; a large array is cut into pages of about that size.
  Status AddRows(size_t index, const std::shared_ptr<arrow::Array>& rows) {
    LeafColumnState& column = columns_[index];
    const uint64_t bytes = encoding::LeafMemoryBytes(column.path, *rows);
    if (column.bytes + bytes <= options_.page_bytes || rows->length() == 1) {
      column.rows.push_back(rows);
      column.bytes += bytes;
      return column.bytes >= options_.page_bytes ? FlushPage(index) : Status::OK();
    }
    const uint64_t room = options_.page_bytes - column.bytes;
    const double part = static_cast<double>(room) / static_cast<double>(bytes);
    const auto fitting = static_cast<int64_t>(part * static_cast<double>(rows->length()));
    if (fitting == 0) {
      ARROW_RETURN_NOT_OK(FlushPage(index));
      return AddLargeRows(index, rows, bytes);
    }
    column.rows.push_back(rows->Slice(0, fitting));
    ARROW_RETURN_NOT_OK(FlushPage(index));
    return AddRows(index, rows->Slice(fitting));
  }

  // Rows that are more than a page by themselves, when no row of them would fit into the room left.
  Status AddLargeRows(size_t index, const std::shared_ptr<arrow::Array>& rows, uint64_t bytes) {
    if (bytes <= options_.page_bytes || rows->length() == 1) return AddRows(index, rows);
    const int64_t half = rows->length() / 2;
    ARROW_RETURN_NOT_OK(AddRows(index, rows->Slice(0, half)));
    return AddRows(index, rows->Slice(half));
  }

  Status FlushPage(size_t index) {
    LeafColumnState& column = columns_[index];
    if (column.rows.empty()) return Status::OK();
    write::PageJob job;
    job.column = static_cast<int32_t>(index);
    job.path = &column.path;
    job.options = &column.options;
    job.rows = std::move(column.rows);
    column.rows.clear();
    job.first_row = column.num_flushed_rows;
    for (const auto& rows : job.rows) {
      column.num_flushed_rows += static_cast<uint64_t>(rows->length());
    }
    queued_bytes_ += column.bytes;
    job.plain_bytes = column.bytes;
    column.bytes = 0;
    queue_.Push(std::move(job));
    while (queue_.is_full()) ARROW_RETURN_NOT_OK(WriteOldest());
    return Status::OK();
  }

  Status WriteOldest() {
    ARROW_ASSIGN_OR_RAISE(const write::PageQueue::Encoded encoded, queue_.Pop());
    queued_bytes_ -= encoded.plain_bytes;
    for (const encoding::EncodedPage& page : encoded.pages) {
      ARROW_RETURN_NOT_OK(container_.WritePage(encoded.column, page));
    }
    columns_[static_cast<size_t>(encoded.column)].zones.Add(encoded.zones);
    return Status::OK();
  }

  std::string FinishStatistics() {
    if (num_rows_ == 0 || !options_.zone_statistics) return {};
    std::vector<std::string> texts;
    for (LeafColumnState& column : columns_) {
      const bool has_zones = column.path.shape.num_lists() == 0;
      texts.push_back(has_zones ? column.zones.Finish() : std::string());
    }
    return SerializeStatistics(texts, num_rows_);
  }

  const Schema schema_;
  const WriteOptions options_;
  std::vector<LeafColumnState> columns_;
  write::ContainerWriter container_;
  write::PageQueue queue_;  // destroyed first: its jobs read the columns
  uint64_t num_rows_ = 0;
  uint64_t queued_bytes_ = 0;
  bool closed_ = false;
};

bool IsTextLeaf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return IsTextLeaf(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

// Fields without children in depth-first order, as `ListLeaves` goes through the type.
Status CollectLeafFields(const SchemaField& field, std::vector<const SchemaField*>* out) {
  for (const char* key : {"lance-encoding:packed", "packed", "lance-encoding:blob"}) {
    const auto found = field.metadata.find(key);
    if (found != field.metadata.end() && found->second == "true") {
      return Unsupported("column '", field.name, "' asks for '", key,
                         "' in its metadata; such columns cannot be written");
    }
  }
  if (field.children.empty()) out->push_back(&field);
  for (const SchemaField& child : field.children) {
    ARROW_RETURN_NOT_OK(CollectLeafFields(child, out));
  }
  return Status::OK();
}

Result<std::vector<LeafColumnState>> MakeColumns(const Schema& schema,
                                                 const WriteOptions& options) {
  std::vector<LeafColumnState> out;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    const SchemaField& field = schema.fields()[i];
    ARROW_ASSIGN_OR_RAISE(std::vector<LeafPath> paths,
                          encoding::ListLeaves(field.type, field.name, options.version));
    std::vector<const SchemaField*> leaves;
    ARROW_RETURN_NOT_OK(CollectLeafFields(field, &leaves));
    LANCE_REQUIRE(paths.size() == leaves.size(), "the fields below column '", field.name,
                  "' are not those of its type ", field.type->ToString());
    for (size_t leaf = 0; leaf < paths.size(); ++leaf) {
      LeafColumnState column;
      ARROW_ASSIGN_OR_RAISE(column.options, encoding::ParsePageOptions(leaves[leaf]->metadata));
      column.options.encode.version = options.version;
      column.options.encode.pool = options.pool;
      column.options.encode.binary = !IsTextLeaf(*paths[leaf].type);
      column.path = std::move(paths[leaf]);
      column.zones = ZoneSerializer(encoding::BoundTypeOf(*column.path.type));
      column.top_column = static_cast<int>(i);
      column.field_id = leaves[leaf]->id;
      out.push_back(std::move(column));
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<FileWriter>> FileWriter::Open(std::unique_ptr<io::ObjectWriter> object,
                                                     Schema schema, WriteOptions options) {
  LANCE_REQUIRE(options.page_bytes > 0, "pages need room for at least one byte");
  if (options.version != encoding::kVersion21 && options.version != encoding::kVersion22) {
    return Unsupported("files of version ", options.version.major, ".", options.version.minor,
                       " cannot be written; 2.1 and 2.2 can");
  }
  if (options.executor == nullptr) options.executor = Executor::Default();
  if (options.pool == nullptr) options.pool = RecyclingPool();
  ARROW_ASSIGN_OR_RAISE(auto columns, MakeColumns(schema, options));
  return std::make_unique<PagedFileWriter>(std::move(object), std::move(schema), std::move(options),
                                           std::move(columns));
}

}  // namespace lance::file
