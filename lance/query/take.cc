// Reading single rows: found by position, read fragment by fragment, put into the wanted order.
#include <algorithm>
#include <atomic>
#include <utility>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/datum.h"
#include "arrow/table.h"
#include "arrow/type.h"
#include "lance/base/memory.h"
#include "lance/query/scan.h"
#include "lance/query/scan/blob_objects.h"
#include "lance/query/scan/concatenate.h"
#include "lance/query/scan/fragment_columns.h"
#include "lance/query/scan/plan.h"
#include "lance/query/scan/rows.h"
#include "lance/query/scan/system_columns.h"

namespace lance::query {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Offsets = std::shared_ptr<const std::vector<uint32_t>>;

// Values of a take from which on waking another thread costs less than it saves.
constexpr int64_t kLeastValuesToShare = 128;

// A wanted row and its place in the output.
struct WantedRow {
  uint64_t position = 0;
  size_t place = 0;
};

// Rows of one fragment: strictly increasing physical offsets.
struct FragmentTake {
  const table::Fragment* fragment = nullptr;
  std::vector<uint64_t> rows;
};

// Finds the fragments of positions that come in ascending order.
class PositionWalker {
 public:
  explicit PositionWalker(const ScanContext& context) : context_(context) {}

  /// Go to the fragment that holds the live row at `position`; false behind the end.
  Result<bool> Seek(uint64_t position) {
    const auto& fragments = context_.manifest->fragments;
    for (; next_ < fragments.size(); ++next_, begin_ = end_, entered_ = false) {
      if (!entered_) ARROW_RETURN_NOT_OK(Measure(fragments[next_]));
      if (position < end_) break;
    }
    if (next_ == fragments.size()) return false;
    if (deleted_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(deleted_, context_.files->Deletions(fragments[next_]));
    }
    return true;
  }

  const table::Fragment& fragment() const { return context_.manifest->fragments[next_]; }
  uint64_t PhysicalOffset(uint64_t position) const {
    return LiveRowAt(position - begin_, *deleted_);
  }
  uint64_t num_rows() const { return end_; }

 private:
  // Most fragments are passed by: what the manifest says is enough for them.
  Status Measure(const table::Fragment& fragment) {
    entered_ = true;
    deleted_ = nullptr;
    const bool unknown = fragment.deletions && fragment.deletions->num_deleted_rows == 0;
    if (fragment.physical_rows > 0 && !unknown) {
      end_ = begin_ + fragment.num_rows();
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(deleted_, context_.files->Deletions(fragment));
    ARROW_ASSIGN_OR_RAISE(uint64_t num_rows, PhysicalRows(*context_.files, fragment));
    end_ = begin_ + num_rows - std::min<uint64_t>(num_rows, deleted_->size());
    return Status::OK();
  }

  const ScanContext& context_;
  size_t next_ = 0;
  bool entered_ = false;
  uint64_t begin_ = 0;  // position of the fragment's first live row
  uint64_t end_ = 0;
  Offsets deleted_;
};

// Find the rows; `order` gets, per wanted row, its index among the distinct rows.
Result<std::vector<FragmentTake>> Locate(const ScanContext& context,
                                         const std::vector<RowOffset>& rows,
                                         std::vector<int64_t>* order) {
  std::vector<WantedRow> wanted(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) wanted[i] = {rows[i].value, i};
  std::sort(wanted.begin(), wanted.end(),
            [](const WantedRow& a, const WantedRow& b) { return a.position < b.position; });
  order->resize(rows.size());
  std::vector<FragmentTake> out;
  PositionWalker walker(context);
  int64_t num_distinct = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i > 0 && wanted[i].position == wanted[i - 1].position) {
      (*order)[wanted[i].place] = num_distinct - 1;
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(bool found, walker.Seek(wanted[i].position));
    LANCE_REQUIRE(found, "row ", wanted[i].position, " is wanted, but the table has ",
                  walker.num_rows(), " rows");
    const table::Fragment* fragment = &walker.fragment();
    if (out.empty() || out.back().fragment != fragment) out.push_back({fragment, {}});
    out.back().rows.push_back(walker.PhysicalOffset(wanted[i].position));
    (*order)[wanted[i].place] = num_distinct++;
  }
  return out;
}

std::vector<RowRange> SingleRows(const std::vector<uint64_t>& rows) {
  std::vector<RowRange> out;
  out.reserve(rows.size());
  for (const uint64_t row : rows) out.push_back({row, row + 1});
  return out;
}

Result<arrow::ArrayVector> TakeFromFragment(const ScanContext& context,
                                            const Projection& projection, const FragmentTake& take,
                                            Executor* executor) {
  std::vector<const file::SchemaField*> fields;
  for (const file::SchemaField* field : projection.fields) {
    if (field != nullptr) fields.push_back(field);
  }
  file::ReadOptions options;
  options.pool = context.pool;
  options.executor = executor;
  ARROW_ASSIGN_OR_RAISE(auto columns,
                        FragmentColumns::Open(*context.files, *take.fragment, fields));
  ARROW_ASSIGN_OR_RAISE(ColumnBatch batch, columns->Take(take.rows, options));
  arrow::ArrayVector out;
  SystemColumnMaker system(context, *take.fragment);
  size_t next = 0;
  for (size_t i = 0; i < projection.fields.size(); ++i) {
    if (projection.fields[i] != nullptr) {
      out.push_back(batch.columns[next++]);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values,
                          system.Make(projection.system[i], SingleRows(take.rows)));
    out.push_back(std::move(values));
  }
  return out;
}

// Put distinct rows into the wanted order.
Result<std::shared_ptr<arrow::Table>> Reorder(const std::shared_ptr<arrow::Table>& distinct,
                                              std::vector<int64_t> order, arrow::MemoryPool* pool) {
  const auto num_rows = static_cast<int64_t>(order.size());
  const ArrayPtr indices =
      std::make_shared<arrow::Int64Array>(num_rows, arrow::Buffer::FromVector(std::move(order)));
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  for (const auto& column : distinct->columns()) {
    ArrayPtr values = column->num_chunks() == 1 ? column->chunk(0) : nullptr;
    if (values == nullptr) {
      ARROW_ASSIGN_OR_RAISE(values, JoinArrays(column->chunks(), pool));
    }
    ARROW_ASSIGN_OR_RAISE(
        arrow::Datum taken,
        arrow::compute::Take(values, indices, arrow::compute::TakeOptions::NoBoundsCheck(),
                             &context));
    columns.push_back(std::make_shared<arrow::ChunkedArray>(taken.make_array()));
  }
  return arrow::Table::Make(distinct->schema(), std::move(columns), num_rows);
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> TakeRows(
    const ScanContext& given, const std::vector<RowOffset>& rows,
    const std::optional<std::vector<std::string>>& columns, file::BlobHandling blobs) {
  ScanContext context = given;
  if (context.pool == nullptr) context.pool = RecyclingPool();
  ARROW_ASSIGN_OR_RAISE(const auto view, MakeView(context.manifest, blobs));
  ARROW_ASSIGN_OR_RAISE(Projection projection, Project(*view, columns));
  std::vector<int64_t> order;
  ARROW_ASSIGN_OR_RAISE(std::vector<FragmentTake> takes, Locate(context, rows, &order));
  int64_t num_distinct = 0;
  for (const FragmentTake& take : takes) num_distinct += static_cast<int64_t>(take.rows.size());
  // A few values are read sooner here than in another thread.
  const bool is_small = num_distinct * projection.schema->num_fields() < kLeastValuesToShare;
  const auto executor = context.executor != nullptr ? context.executor : Executor::Default();
  const auto num_takes = static_cast<int64_t>(takes.size());
  Executor* const for_columns =
      !is_small && num_takes < 2 * executor->num_threads() ? executor.get() : nullptr;
  std::vector<arrow::ArrayVector> parts(takes.size());
  const auto read = [&](int64_t i) {
    return TakeFromFragment(context, projection, takes[i], for_columns).Value(&parts[i]);
  };
  if (is_small || num_takes <= 1) {
    for (int64_t i = 0; i < num_takes; ++i) ARROW_RETURN_NOT_OK(read(i));
  } else {
    ARROW_RETURN_NOT_OK(ParallelFor(*executor, num_takes, read));
  }
  std::vector<std::shared_ptr<arrow::ChunkedArray>> chunked;
  for (int i = 0; i < projection.schema->num_fields(); ++i) {
    arrow::ArrayVector chunks;
    for (const arrow::ArrayVector& part : parts) chunks.push_back(part[i]);
    chunked.push_back(std::make_shared<arrow::ChunkedArray>(std::move(chunks),
                                                            projection.schema->field(i)->type()));
  }
  auto distinct = arrow::Table::Make(projection.schema, std::move(chunked), num_distinct);
  const bool in_order = static_cast<size_t>(num_distinct) == rows.size() &&
                        std::is_sorted(order.begin(), order.end());
  if (in_order) return distinct;
  return Reorder(distinct, std::move(order), context.pool);
}

namespace {

// Blobs of the rows of one fragment, in order.
Result<std::vector<std::optional<BlobPlace>>> FindInFragment(const ScanContext& context,
                                                             const file::SchemaField& field,
                                                             const FragmentTake& take) {
  file::ReadOptions options;
  options.pool = context.pool;
  const file::SchemaField view = file::DescribeBlob(field);
  const file::SchemaField* fields[] = {&view};
  ARROW_ASSIGN_OR_RAISE(auto columns,
                        FragmentColumns::Open(*context.files, *take.fragment, fields));
  ARROW_ASSIGN_OR_RAISE(const ColumnBatch batch, columns->Take(take.rows, options));
  std::vector<std::optional<BlobPlace>> out(take.rows.size());
  const table::DataFile* file = FindDataFile(*take.fragment, field.id);
  if (file == nullptr) return out;
  BlobObjects objects(*context.files, *file, file::BlobVersionOf(field));
  const arrow::ArrayData& descriptors = *batch.columns[0]->data();
  LANCE_REQUIRE(descriptors.offset == 0, "descriptors of blobs that are a slice");
  for (size_t i = 0; i < out.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(out[i], objects.Find(descriptors, static_cast<int64_t>(i)));
  }
  return out;
}

}  // namespace

Result<std::vector<std::optional<BlobPlace>>> FindBlobs(const ScanContext& given,
                                                        const std::string& column,
                                                        const std::vector<RowOffset>& rows) {
  ScanContext context = given;
  if (context.pool == nullptr) context.pool = RecyclingPool();
  ARROW_RETURN_NOT_OK(Project(context.manifest->schema, std::vector<std::string>{column}).status());
  const file::SchemaField* field = context.manifest->schema.Find(column);
  LANCE_REQUIRE(field != nullptr && file::BlobVersionOf(*field) != file::BlobVersion::kNone,
                "column '", column, "' is not a blob column");
  std::vector<int64_t> order;
  ARROW_ASSIGN_OR_RAISE(const std::vector<FragmentTake> takes, Locate(context, rows, &order));
  std::vector<std::optional<BlobPlace>> distinct;
  for (const FragmentTake& take : takes) {
    ARROW_ASSIGN_OR_RAISE(const auto places, FindInFragment(context, *field, take));
    distinct.insert(distinct.end(), places.begin(), places.end());
  }
  std::vector<std::optional<BlobPlace>> out;
  out.reserve(rows.size());
  for (const int64_t at : order) out.push_back(distinct[static_cast<size_t>(at)]);
  return out;
}

}  // namespace lance::query
