// The manifest that a transaction makes of the latest one.
#pragma once

#include "lance/table/commit.h"

namespace lance::table {

/// First version of a new table. InvalidInput when the transaction's fragments do not fit.
Result<Manifest> FirstManifest(const Transaction& transaction, const CommitOptions& options);

/// Version `latest` + 1. InvalidInput when the transaction's fragments do not fit the table,
/// InvalidTableState when nothing can be committed on `latest`.
Result<Manifest> NextManifest(const Manifest& latest, const Transaction& transaction,
                              const CommitOptions& options);

/// Name of the transaction's file inside of `_transactions/`.
std::string TransactionFileName(const Transaction& transaction);

}  // namespace lance::table
