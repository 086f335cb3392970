// A resolved scan: which fields feed the filter, which the output, and the pieces to read.
//
// Thread-safety: immutable after making.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/file/reader.h"
#include "lance/query/scan.h"
#include "lance/query/scan/zone_filter.h"

namespace lance::query {

enum class SystemColumn : uint8_t { kRowId, kRowAddress, kFragmentId };

std::optional<SystemColumn> FindSystemColumn(std::string_view name);
std::shared_ptr<arrow::Field> SystemField(SystemColumn column);

/// Where a column of the output comes from.
struct OutputColumn {
  enum class Source : uint8_t { kFilterField, kOtherField, kSystem };
  Source source = Source::kOtherField;
  size_t index = 0;  // into kept_fields or other_fields
  SystemColumn system = SystemColumn::kRowId;
};

struct ScanPlan {
  ScanContext context;                       // pool is set
  std::shared_ptr<const file::Schema> view;  // what the reader sees; the fields below are its own
  file::ReadOptions read_options;

  std::shared_ptr<arrow::Schema> schema;  // of the output
  std::vector<OutputColumn> outputs;

  ExpressionPtr filter;                           // bound; null = none
  std::shared_ptr<const ZoneFilter> zone_filter;  // null = statistics do not help
  /// What the filter reads: user fields first, then system columns.
  std::shared_ptr<arrow::Schema> filter_schema;
  std::vector<const file::SchemaField*> filter_fields;
  std::vector<SystemColumn> filter_system;
  /// Which of the filter's fields the output needs as well, as indices into filter_fields.
  std::vector<size_t> kept_fields;
  /// User fields of the output that the filter does not read.
  std::vector<const file::SchemaField*> other_fields;

  /// Pieces read at once or about to be, and bytes that each of them may hold.
  int max_pieces = 1;
  uint64_t piece_limit_bytes = 0;

  /// Decoded bytes of a row, roughly: of all fields, and of one of other_fields on average.
  uint64_t row_bytes = 1;
  uint64_t other_value_bytes = 1;
};

/// Resolve names. ColumnNotFound lists the columns there are.
Result<std::shared_ptr<const ScanPlan>> MakeScanPlan(const ScanContext& context,
                                                     const ScanRequest& request);

/// Top-level fields and system columns by name, in order; nullopt = all user columns.
struct Projection {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<const file::SchemaField*> fields;  // null for a system column
  std::vector<SystemColumn> system;              // counts where the field is null
};
Result<Projection> Project(const file::Schema& view,
                           const std::optional<std::vector<std::string>>& columns);

/// What a reader sees of the table's schema.
Result<std::shared_ptr<const file::Schema>> MakeView(
    const std::shared_ptr<const table::Manifest>& manifest, file::BlobHandling blobs);

/// Find a fragment by id; InvalidInput when there is none.
Result<const table::Fragment*> FindFragment(const table::Manifest& manifest, uint64_t id);

/// Cut the pieces of a request (nullopt = the whole table) into pieces that one task reads, in
/// order. InvalidInput when a piece leaves its fragment.
Result<std::vector<ScanSplit>> CutPieces(const ScanPlan& plan,
                                         const std::optional<std::vector<ScanSplit>>& wanted);

/// Drop rows before `offset` and behind `limit` from pieces whose rows all pass.
Result<std::vector<ScanSplit>> TrimPieces(const ScanPlan& plan, std::vector<ScanSplit> pieces,
                                          uint64_t offset, std::optional<uint64_t> limit);

}  // namespace lance::query
