#include "lance/file/writer.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "lance/base/memory.h"
#include "lance/encoding/page_writer.h"
#include "lance/file/column_view.h"
#include "lance/file/statistics.h"
#include "lance/file/write/column_check.h"
#include "lance/file/write/container.h"
#include "lance/file/write/page_cutter.h"
#include "lance/file/write/page_queue.h"

namespace lance::file {
namespace {

using encoding::LeafPath;
using encoding::PageOptions;

constexpr uint64_t kInFlightBytesPerThread = 12 << 20;

// One column of the file.
struct LeafColumnState {
  LeafPath path;
  PageOptions options;
  int top_column = 0;  // of the schema
  int32_t field_id = -1;
  ZoneSerializer zones{{}};
};

std::vector<write::PageCutter::Column> ColumnsToCut(const std::vector<LeafColumnState>& columns) {
  std::vector<write::PageCutter::Column> out;
  for (const LeafColumnState& column : columns) out.push_back({&column.path, column.top_column});
  return out;
}

class PagedFileWriter final : public FileWriter {
 public:
  PagedFileWriter(std::unique_ptr<io::ObjectWriter> object, Schema schema, Schema stored,
                  WriteOptions options, std::vector<LeafColumnState> columns)
      : schema_(std::move(schema)),
        stored_(std::move(stored)),
        options_(std::move(options)),
        columns_(std::move(columns)),
        container_(std::move(object), options_.version, columns_.size()),
        cutter_(ColumnsToCut(columns_), {options_.page_bytes, options_.buffer_bytes},
                options_.pool),
        queue_(options_.executor) {}

  ~PagedFileWriter() override {
    if (!closed_) (void)container_.Abort();
  }

  Status Write(const arrow::RecordBatch& batch) override {
    LANCE_REQUIRE(!closed_, "the file writer is closed");
    ARROW_RETURN_NOT_OK(write::CheckBatch(stored_, batch));
    if (batch.num_rows() == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(cutter_.Add(batch, emit_));
    num_rows_ += static_cast<uint64_t>(batch.num_rows());
    return Status::OK();
  }

  Result<uint64_t> WriteBytes(Bytes bytes) override {
    LANCE_REQUIRE(!closed_, "the file writer is closed");
    return container_.WriteBytes(bytes);
  }

  uint64_t num_rows() const override { return num_rows_; }

  uint64_t estimated_size_bytes() const override {
    // Levels may make a page larger than its rows are in memory.
    const uint64_t queued = queue_.plain_bytes() * 2 + queue_.size() * kPageOverheadBytes;
    return container_.position() + queued + cutter_.buffered_bytes();
  }

  Result<uint64_t> Settle() override {
    ARROW_RETURN_NOT_OK(Drain(0));
    return container_.position() + cutter_.buffered_bytes();
  }

  Result<WrittenFile> Finish() override {
    LANCE_REQUIRE(!closed_, "the file writer is closed");
    ARROW_RETURN_NOT_OK(cutter_.Finish(emit_));
    ARROW_RETURN_NOT_OK(Drain(0));
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
  static constexpr uint64_t kPageOverheadBytes = 4 << 10;

  Status PushPage(write::CutPage page) {
    const LeafColumnState& column = columns_[page.column];
    write::PageJob job;
    job.path = &column.path;
    job.options = &column.options;
    job.wants_statistics = options_.zone_statistics;
    job.page = std::move(page);
    // Room first: what waits and what is new stay below the limit together, if one page does.
    const uint64_t limit = options_.max_bytes_in_flight;
    ARROW_RETURN_NOT_OK(Drain(limit - std::min(limit, job.page.plain_bytes)));
    queue_.Push(std::move(job));
    return Status::OK();
  }

  // Write the oldest pages until those in the works take at most `limit_bytes` of Arrow memory.
  Status Drain(uint64_t limit_bytes) {
    while (!queue_.empty() && (limit_bytes == 0 || queue_.plain_bytes() > limit_bytes)) {
      ARROW_RETURN_NOT_OK(WriteOldest());
    }
    return Status::OK();
  }

  Status WriteOldest() {
    ARROW_ASSIGN_OR_RAISE(const write::PageQueue::Encoded encoded, queue_.Pop());
    for (const encoding::EncodedPage& page : encoded.pages) {
      ARROW_RETURN_NOT_OK(container_.WritePage(static_cast<int32_t>(encoded.column), page));
    }
    columns_[encoded.column].zones.Add(encoded.zones);
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

  const Schema schema_;  // that the file tells
  const Schema stored_;  // that batches have
  const WriteOptions options_;
  std::vector<LeafColumnState> columns_;
  write::ContainerWriter container_;
  write::PageCutter cutter_;
  write::PageQueue queue_;  // destroyed first: its jobs read the columns
  const write::PageCutter::Emit emit_ = [this](write::CutPage page) {
    return PushPage(std::move(page));
  };
  uint64_t num_rows_ = 0;
  bool closed_ = false;
};

// Fields that own a column, in depth-first order, as `ListLeaves` goes through the type.
void CollectLeafFields(const SchemaField& field, std::vector<const SchemaField*>* out) {
  if (field.is_leaf_column()) return out->push_back(&field);
  for (const SchemaField& child : field.children) CollectLeafFields(child, out);
}

// How the pages of one leaf, or of the children of a packed one, are encoded.
Result<PageOptions> OptionsOf(const SchemaField& leaf, const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(PageOptions out, encoding::ParsePageOptions(leaf.metadata));
  out.goal = options.goal;
  out.encode.version = options.version;
  out.encode.pool = options.pool;
  for (const SchemaField& child : leaf.children) {
    ARROW_ASSIGN_OR_RAISE(PageOptions inner, OptionsOf(child, options));
    out.fields.push_back(std::move(inner));
  }
  return out;
}

Result<std::vector<LeafColumnState>> MakeColumns(const Schema& schema,
                                                 const WriteOptions& options) {
  std::vector<LeafColumnState> out;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    const SchemaField& field = schema.fields()[i];
    ARROW_ASSIGN_OR_RAISE(std::vector<LeafPath> paths,
                          encoding::ListLeaves(*ToArrowField(field), options.version));
    std::vector<const SchemaField*> leaves;
    CollectLeafFields(field, &leaves);
    LANCE_REQUIRE(paths.size() == leaves.size(), "the fields below column '", field.name,
                  "' are not those of its type ", field.type->ToString());
    for (size_t leaf = 0; leaf < paths.size(); ++leaf) {
      LeafColumnState column;
      ARROW_ASSIGN_OR_RAISE(column.options, OptionsOf(*leaves[leaf], options));
      column.path = std::move(paths[leaf]);
      column.zones = ZoneSerializer(encoding::BoundTypeOf(*column.path.type));
      column.top_column = static_cast<int>(i);
      column.field_id = leaves[leaf]->id;
      out.push_back(std::move(column));
    }
  }
  return out;
}

// Descriptors of blob v2 show in the file's schema, with ids of their own; those of v1 do not.
void DescribeSecondBlobs(SchemaField* field, int32_t* last_id) {
  if (BlobVersionOf(*field) == BlobVersion::kSecond) {
    *field = DescribeBlob(*field);
    for (SchemaField& child : field->children) child.id = ++*last_id;
    return;
  }
  for (SchemaField& child : field->children) DescribeSecondBlobs(&child, last_id);
}

Schema TellSchema(const Schema& schema) {
  int32_t last_id = schema.max_field_id();
  std::vector<SchemaField> fields = schema.fields();
  for (SchemaField& field : fields) DescribeSecondBlobs(&field, &last_id);
  return Schema(std::move(fields), schema.metadata());
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
  if (options.max_bytes_in_flight == 0) {
    options.max_bytes_in_flight =
        kInFlightBytesPerThread * static_cast<uint64_t>(options.executor->num_threads());
  }
  if (options.pool == nullptr) options.pool = RecyclingPool();
  ARROW_ASSIGN_OR_RAISE(Schema stored, DescribeBlobs(schema));
  ARROW_ASSIGN_OR_RAISE(auto columns, MakeColumns(stored, options));
  return std::make_unique<PagedFileWriter>(std::move(object), TellSchema(schema), std::move(stored),
                                           std::move(options), std::move(columns));
}

}  // namespace lance::file
