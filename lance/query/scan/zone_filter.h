// Which rows of a fragment may pass a filter, as far as zone statistics tell.
//
// The filter is asked about whole zones: could it be true of some row? What the statistics do not
// say is answered with yes, so the filter still runs on the rows that are left, and a file without
// statistics reads the same. Thread-safety: immutable.
#pragma once

#include <memory>
#include <vector>

#include "lance/base/bytes.h"
#include "lance/query/expression.h"
#include "lance/query/scan.h"

namespace lance::query {

class ZoneFilter {
 public:
  virtual ~ZoneFilter() = default;

  /// Prepare a bound filter; null when no statistics could decide it.
  static std::shared_ptr<const ZoneFilter> Make(const Expression& filter,
                                                const file::Schema& schema);

  /// Leave out of `rows` (physical, sorted, disjoint) the zones of which no row can pass. Damaged
  /// statistics leave nothing out.
  virtual Result<std::vector<RowRange>> Prune(FileCache& files, const table::Fragment& fragment,
                                              std::vector<RowRange> rows) const = 0;
};

}  // namespace lance::query
