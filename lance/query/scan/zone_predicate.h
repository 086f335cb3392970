// A filter over statistics of a zone instead of values.
//
// Thread-safety: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lance/file/schema.h"
#include "lance/file/statistics.h"
#include "lance/query/expression.h"

namespace lance::query {

/// What a condition may be for the rows of a zone.
struct ZoneOutcome {
  bool may_be_true = true;
  bool may_be_false = true;
  bool may_be_null = true;
};

/// A leaf column that a predicate asks about.
struct ZoneColumn {
  int32_t field_id = -1;
  file::BoundType type;
  bool operator==(const ZoneColumn&) const = default;
};

struct ZonePredicate {
  enum class Kind : uint8_t {
    kUnknown,  // anything may come out
    kConstant,
    kNot,
    kAnd,
    kOr,
    kIsNull,
    kCompare,  // with one value, by `comparison`
    kMember,   // of sorted values
    kPrefix,   // of texts
  };
  Kind kind = Kind::kUnknown;
  ZoneOutcome constant;
  ExpressionKind comparison = ExpressionKind::kEqual;
  size_t column = 0;  // into the list of columns
  std::vector<std::string> values;
  bool has_null_member = false;
  std::vector<ZonePredicate> children;

  /// Translate a bound filter; the columns that it asks about are added to `columns`.
  static ZonePredicate Make(const Expression& filter, const file::Schema& schema,
                            std::vector<ZoneColumn>* columns);

  /// \param zones  per column, null where there are no statistics
  ZoneOutcome Evaluate(std::span<const ZoneColumn> columns,
                       std::span<const file::ZoneStatistics* const> zones) const;
};

}  // namespace lance::query
