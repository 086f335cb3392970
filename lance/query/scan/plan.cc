#include "lance/query/scan/plan.h"

#include <algorithm>
#include <utility>

#include "arrow/extension_type.h"
#include "arrow/type.h"
#include "arrow/type_traits.h"
#include "lance/base/memory.h"
#include "lance/query/scan/fragment_columns.h"
#include "lance/query/scan/rows.h"

namespace lance::query {
namespace {

using file::SchemaField;
using table::Fragment;
using table::Manifest;

// A piece is decoded by one task: large enough that starting it costs nothing, small enough that
// several wait in memory and all threads have work.
constexpr uint64_t kPieceBytes = 16 << 20;
constexpr uint64_t kMaxPieceRows = 256 << 10;
// A manifest may claim any number of rows; pieces are kept in memory.
constexpr uint64_t kMaxPieces = 1 << 20;

// Pieces that may be under way beyond those that run: they keep the threads busy while the consumer
// still takes batches of the first one.
constexpr int kPiecesAhead = 2;

// Guess of the bytes of a value whose width the type does not tell.
constexpr uint64_t kVariableBytes = 24;
constexpr uint64_t kItemsPerList = 8;
constexpr uint64_t kBlobBytes = 16 << 10;

uint64_t ValueBytes(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListType&>(type);
      const auto size = static_cast<uint64_t>(std::max(list.list_size(), 1));
      return size * ValueBytes(*list.value_type());
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::MAP:
      return kItemsPerList * ValueBytes(*type.field(0)->type());
    case arrow::Type::STRUCT: {
      uint64_t out = 1;
      for (const auto& field : type.fields()) out += ValueBytes(*field->type());
      return out;
    }
    case arrow::Type::EXTENSION:
      return ValueBytes(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return arrow::is_fixed_width(type) ? std::max(type.bit_width() / 8, 1) : kVariableBytes;
  }
}

uint64_t RowBytes(const std::vector<const SchemaField*>& fields) {
  uint64_t out = 0;
  for (const SchemaField* field : fields) {
    const bool is_bytes =
        file::BlobVersionOf(*field) != file::BlobVersion::kNone && file::IsConverted(*field);
    out += is_bytes ? kBlobBytes : ValueBytes(*field->type);
  }
  return out;
}

Status NoColumn(const file::Schema& view, std::string_view name) {
  std::string known;
  for (const SchemaField& field : view.fields()) {
    known += (known.empty() ? "" : ", ") + field.name;
  }
  return Error(ErrorCode::ColumnNotFound, "no column '", name, "'; there are: ", known,
               " and the system columns _rowid, _rowaddr, _fragid");
}

// Index of `value`, which is added when it is new.
template <typename T>
size_t IndexOf(const T& value, std::vector<T>* values) {
  const auto found = std::find(values->begin(), values->end(), value);
  if (found != values->end()) return found - values->begin();
  values->push_back(value);
  return values->size() - 1;
}

// Bind the filter and note what it reads.
Status PlanFilter(const ExpressionPtr& filter, ScanPlan* plan) {
  if (filter == nullptr) return Status::OK();
  const file::Schema& view = *plan->view;
  auto columns = Project(view, std::nullopt).Map([](const Projection& all) {
    return all.schema->AddField(all.schema->num_fields(), SystemField(SystemColumn::kRowId));
  });
  ARROW_RETURN_NOT_OK(columns.status());
  std::shared_ptr<arrow::Schema> schema = *columns;
  for (const SystemColumn column : {SystemColumn::kRowAddress, SystemColumn::kFragmentId}) {
    ARROW_ASSIGN_OR_RAISE(schema, schema->AddField(schema->num_fields(), SystemField(column)));
  }
  ARROW_ASSIGN_OR_RAISE(plan->filter, BindFilter(filter, *schema));
  plan->zone_filter = ZoneFilter::Make(*plan->filter, plan->context.manifest->schema);
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Field>> system_fields;
  for (const std::string& name : ReferencedColumns(*plan->filter)) {
    if (const auto system = FindSystemColumn(name)) {
      plan->filter_system.push_back(*system);
      system_fields.push_back(SystemField(*system));
      continue;
    }
    const SchemaField* field = view.Find(name);
    if (field == nullptr) return NoColumn(view, name);
    plan->filter_fields.push_back(field);
    fields.push_back(file::ToArrowField(*field));
  }
  fields.insert(fields.end(), system_fields.begin(), system_fields.end());
  plan->filter_schema = arrow::schema(std::move(fields));
  return Status::OK();
}

void PlanOutputs(const Projection& projection, ScanPlan* plan) {
  plan->schema = projection.schema;
  for (size_t i = 0; i < projection.fields.size(); ++i) {
    const SchemaField* field = projection.fields[i];
    OutputColumn output;
    if (field == nullptr) {
      output.source = OutputColumn::Source::kSystem;
      output.system = projection.system[i];
    } else {
      const auto& used = plan->filter_fields;
      const auto found = std::find(used.begin(), used.end(), field);
      const auto at = static_cast<size_t>(found - used.begin());
      const bool is_kept = found != used.end();
      if (is_kept) output.source = OutputColumn::Source::kFilterField;
      output.index =
          is_kept ? IndexOf(at, &plan->kept_fields) : IndexOf(field, &plan->other_fields);
    }
    plan->outputs.push_back(output);
  }
}

void CutRows(const ScanSplit& rows, uint64_t rows_per_piece, std::vector<ScanSplit>* out) {
  for (uint64_t begin = rows.rows.begin; begin < rows.rows.end;) {
    // Pieces end at multiples of their size, so that they do not share pages needlessly.
    const uint64_t border = (begin / rows_per_piece + 1) * rows_per_piece;
    const uint64_t end = std::min(border, rows.rows.end);
    out->push_back({rows.fragment_id, {begin, end}});
    begin = end;
  }
}

}  // namespace

std::optional<SystemColumn> FindSystemColumn(std::string_view name) {
  if (name == kRowIdColumn) return SystemColumn::kRowId;
  if (name == kRowAddressColumn) return SystemColumn::kRowAddress;
  if (name == kFragmentIdColumn) return SystemColumn::kFragmentId;
  return std::nullopt;
}

std::shared_ptr<arrow::Field> SystemField(SystemColumn column) {
  switch (column) {
    case SystemColumn::kRowId:
      return arrow::field(kRowIdColumn, arrow::uint64());
    case SystemColumn::kRowAddress:
      return arrow::field(kRowAddressColumn, arrow::uint64());
    case SystemColumn::kFragmentId:
      break;
  }
  return arrow::field(kFragmentIdColumn, arrow::int32());
}

Result<std::shared_ptr<const file::Schema>> MakeView(
    const std::shared_ptr<const Manifest>& manifest, file::BlobHandling blobs) {
  if (!file::HasViews(manifest->schema)) {
    return std::shared_ptr<const file::Schema>(manifest, &manifest->schema);
  }
  ARROW_ASSIGN_OR_RAISE(file::Schema view, file::ViewOf(manifest->schema, blobs));
  return std::make_shared<const file::Schema>(std::move(view));
}

Result<Projection> Project(const file::Schema& view,
                           const std::optional<std::vector<std::string>>& columns) {
  Projection out;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  const auto add = [&](const SchemaField* field, SystemColumn system) {
    out.fields.push_back(field);
    out.system.push_back(system);
    fields.push_back(field != nullptr ? file::ToArrowField(*field) : SystemField(system));
  };
  if (!columns.has_value()) {
    for (const SchemaField& field : view.fields()) add(&field, SystemColumn::kRowId);
  } else {
    for (const std::string& name : *columns) {
      const auto system = FindSystemColumn(name);
      const SchemaField* field = system.has_value() ? nullptr : view.Find(name);
      if (!system.has_value() && field == nullptr) return NoColumn(view, name);
      add(field, system.value_or(SystemColumn::kRowId));
    }
  }
  out.schema = arrow::schema(std::move(fields), view.ArrowMetadata());
  return out;
}

Result<std::shared_ptr<const ScanPlan>> MakeScanPlan(const ScanContext& context,
                                                     const ScanRequest& request) {
  LANCE_REQUIRE(context.manifest != nullptr && context.files != nullptr,
                "a scan needs a manifest and files");
  LANCE_REQUIRE(request.batch_num_rows > 0, "batches must have at least one row");
  auto plan = std::make_shared<ScanPlan>();
  plan->context = context;
  if (plan->context.pool == nullptr) plan->context.pool = RecyclingPool();
  if (plan->context.executor == nullptr) plan->context.executor = Executor::Default();
  plan->read_options.batch_num_rows = request.batch_num_rows;
  const int at_once =
      request.parallelism > 0 ? request.parallelism : plan->context.executor->num_threads();
  plan->max_pieces = at_once > 1 ? at_once + kPiecesAhead : 1;
  plan->piece_limit_bytes = request.memory_limit_bytes / static_cast<uint64_t>(plan->max_pieces);
  // Of a piece's share one part is fetched ahead, one is being decoded, and two wait.
  const uint64_t part_bytes = std::max<uint64_t>(plan->piece_limit_bytes / 4, 1);
  plan->read_options.batch_max_bytes = std::min(request.batch_max_bytes, part_bytes);
  plan->read_options.window_bytes = std::min(plan->read_options.window_bytes, part_bytes);
  plan->read_options.pool = plan->context.pool;
  plan->read_options.stop = request.stop;
  ARROW_ASSIGN_OR_RAISE(plan->view, MakeView(context.manifest, request.blobs));
  ARROW_RETURN_NOT_OK(PlanFilter(request.filter, plan.get()));
  ARROW_ASSIGN_OR_RAISE(Projection projection, Project(*plan->view, request.columns));
  PlanOutputs(projection, plan.get());
  const uint64_t filter_bytes = RowBytes(plan->filter_fields);
  const uint64_t other_bytes = RowBytes(plan->other_fields);
  plan->row_bytes = std::max<uint64_t>(filter_bytes + other_bytes, 1);
  plan->other_value_bytes = other_bytes / std::max<uint64_t>(plan->other_fields.size(), 1);
  return plan;
}

Result<const Fragment*> FindFragment(const Manifest& manifest, uint64_t id) {
  const auto& fragments = manifest.fragments;
  const auto found = std::find_if(fragments.begin(), fragments.end(),
                                  [id](const Fragment& fragment) { return fragment.id == id; });
  LANCE_REQUIRE(found != fragments.end(), "version ", manifest.version, " has no fragment ", id);
  return &*found;
}

Result<std::vector<ScanSplit>> CutPieces(const ScanPlan& plan,
                                         const std::optional<std::vector<ScanSplit>>& wanted) {
  const Manifest& manifest = *plan.context.manifest;
  const auto batch = static_cast<uint64_t>(plan.read_options.batch_num_rows);
  uint64_t rows_per_piece = std::clamp<uint64_t>(kPieceBytes / plan.row_bytes, 1, kMaxPieceRows);
  uint64_t all_rows = 0;
  for (const Fragment& fragment : manifest.fragments) all_rows += fragment.physical_rows;
  rows_per_piece = std::max(rows_per_piece, all_rows / kMaxPieces);
  if (rows_per_piece > batch) rows_per_piece -= rows_per_piece % batch;
  std::vector<ScanSplit> out;
  if (!wanted.has_value()) {
    for (const Fragment& fragment : manifest.fragments) {
      ARROW_ASSIGN_OR_RAISE(uint64_t num_rows, PhysicalRows(*plan.context.files, fragment));
      CutRows({fragment.id, {0, num_rows}}, rows_per_piece, &out);
    }
    return out;
  }
  for (const ScanSplit& split : *wanted) {
    ARROW_ASSIGN_OR_RAISE(const Fragment* fragment, FindFragment(manifest, split.fragment_id));
    ARROW_ASSIGN_OR_RAISE(uint64_t num_rows, PhysicalRows(*plan.context.files, *fragment));
    LANCE_REQUIRE(split.rows.begin <= split.rows.end && split.rows.end <= num_rows, "rows [",
                  split.rows.begin, ", ", split.rows.end, ") leave fragment ", split.fragment_id,
                  ", which has ", num_rows, " rows");
    CutRows(split, rows_per_piece, &out);
  }
  return out;
}

Result<std::vector<ScanSplit>> TrimPieces(const ScanPlan& plan, std::vector<ScanSplit> pieces,
                                          uint64_t offset, std::optional<uint64_t> limit) {
  std::vector<ScanSplit> out;
  uint64_t left = limit.value_or(UINT64_MAX);
  for (ScanSplit& piece : pieces) {
    if (left == 0) break;
    ARROW_ASSIGN_OR_RAISE(const Fragment* fragment,
                          FindFragment(*plan.context.manifest, piece.fragment_id));
    ARROW_ASSIGN_OR_RAISE(auto deleted, plan.context.files->Deletions(*fragment));
    const uint64_t num_live = piece.rows.size() - CountDeleted(piece.rows, *deleted);
    if (num_live <= offset) {
      offset -= num_live;
      continue;
    }
    const std::vector<RowRange> live = LiveRanges(piece.rows, *deleted);
    RowCursor cursor(live);
    cursor.Take(offset);
    const std::vector<RowRange> kept = cursor.Take(std::min(left, num_live - offset));
    left -= CountRowsOf(kept);
    offset = 0;
    out.push_back({piece.fragment_id, {kept.front().begin, kept.back().end}});
  }
  return out;
}

}  // namespace lance::query
