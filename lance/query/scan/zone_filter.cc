#include "lance/query/scan/zone_filter.h"

#include <algorithm>
#include <utility>

#include "lance/query/scan/zone_predicate.h"

namespace lance::query {
namespace {

using file::ColumnZones;
using file::ZoneStatistics;
using table::Fragment;

// The zones of the columns that a predicate asks about, in one fragment; all of one size.
class FragmentZones {
 public:
  static Result<FragmentZones> Load(FileCache& files, const Fragment& fragment,
                                    std::span<const ZoneColumn> columns) {
    FragmentZones out;
    for (const ZoneColumn& column : columns) {
      ARROW_ASSIGN_OR_RAISE(auto zones, LoadColumn(files, fragment, column.field_id));
      const bool fits = zones != nullptr && zones->type == column.type &&
                        (out.zone_rows_ == 0 || out.zone_rows_ == zones->zone_rows);
      if (fits) out.zone_rows_ = zones->zone_rows;
      out.columns_.push_back(fits ? std::move(zones) : nullptr);
    }
    return out;
  }

  /// 0 = there are no statistics.
  uint64_t zone_rows() const { return zone_rows_; }

  void Find(uint64_t zone, std::vector<const ZoneStatistics*>* out) const {
    out->clear();
    for (const auto& column : columns_) {
      const bool known = column != nullptr && zone < column->zones.size();
      out->push_back(known ? &column->zones[zone] : nullptr);
    }
  }

 private:
  static Result<std::shared_ptr<const ColumnZones>> LoadColumn(FileCache& files,
                                                               const Fragment& fragment,
                                                               int32_t field_id) {
    for (const table::DataFile& file : fragment.files) {
      const size_t count = std::min(file.field_ids.size(), file.column_indices.size());
      const auto end = file.field_ids.begin() + static_cast<std::ptrdiff_t>(count);
      const auto found = std::find(file.field_ids.begin(), end, field_id);
      if (found == end) continue;
      const int32_t column = file.column_indices[found - file.field_ids.begin()];
      if (column < 0) continue;
      ARROW_ASSIGN_OR_RAISE(auto reader, files.Open(file));
      auto zones = reader->Zones(column);
      const ErrorCode code = zones.ok() ? ErrorCode::Io : GetErrorCode(zones.status());
      // The rows can be read without them.
      if (code == ErrorCode::Corruption || code == ErrorCode::Unsupported) return nullptr;
      return zones;
    }
    return nullptr;
  }

  std::vector<std::shared_ptr<const ColumnZones>> columns_;
  uint64_t zone_rows_ = 0;
};

class PredicateFilter final : public ZoneFilter {
 public:
  PredicateFilter(ZonePredicate predicate, std::vector<ZoneColumn> columns)
      : predicate_(std::move(predicate)), columns_(std::move(columns)) {}

  Result<std::vector<RowRange>> Prune(FileCache& files, const Fragment& fragment,
                                      std::vector<RowRange> rows) const override {
    if (rows.empty()) return rows;
    ARROW_ASSIGN_OR_RAISE(const auto zones, FragmentZones::Load(files, fragment, columns_));
    if (zones.zone_rows() == 0) return rows;
    std::vector<RowRange> out;
    std::vector<const ZoneStatistics*> statistics;
    uint64_t zone = UINT64_MAX;
    bool may_pass = true;
    for (const RowRange& range : rows) {
      for (uint64_t begin = range.begin; begin < range.end;) {
        if (begin / zones.zone_rows() != zone) {
          zone = begin / zones.zone_rows();
          zones.Find(zone, &statistics);
          may_pass = predicate_.Evaluate(columns_, statistics).may_be_true;
        }
        const uint64_t end = std::min(range.end, (zone + 1) * zones.zone_rows());
        if (may_pass) AddRange({begin, end}, begin > range.begin, &out);
        begin = end;
      }
    }
    return out;
  }

 private:
  // Zones that follow each other become one range again.
  static void AddRange(RowRange range, bool continues, std::vector<RowRange>* out) {
    if (continues && !out->empty() && out->back().end == range.begin) {
      out->back().end = range.end;
    } else {
      out->push_back(range);
    }
  }

  const ZonePredicate predicate_;
  const std::vector<ZoneColumn> columns_;
};

}  // namespace

std::shared_ptr<const ZoneFilter> ZoneFilter::Make(const Expression& filter,
                                                   const file::Schema& schema) {
  std::vector<ZoneColumn> columns;
  ZonePredicate predicate = ZonePredicate::Make(filter, schema, &columns);
  if (columns.empty()) return nullptr;
  return std::make_shared<PredicateFilter>(std::move(predicate), std::move(columns));
}

}  // namespace lance::query
