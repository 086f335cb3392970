// Which operations go together: the rows Append and Overwrite of the format's conflict table.
#pragma once

#include "lance/table/commit.h"
#include "lance/table/wire/transaction_wire.h"

namespace lance::table {

enum class Verdict : uint8_t {
  kCompatible,    // ours can be committed on top of theirs as it stands
  kRetryable,     // ours must be done again on the new version
  kIncompatible,  // the two contradict each other
};

/// Judge `ours` against `theirs`, which was committed after the version that ours looked at.
Verdict Judge(const Transaction& ours, const OtherTransaction& theirs);

}  // namespace lance::table
