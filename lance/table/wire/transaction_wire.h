// What a committed transaction did, as far as another commit must know, and our own as a message.
#pragma once

#include <string>

#include "lance/table/commit.h"

namespace lance::table {

/// Operations by their field number in the wire's Transaction.
enum OperationNumber : uint32_t {
  kOperationAppend = 100,
  kOperationDelete = 101,
  kOperationOverwrite = 102,
  kOperationCreateIndex = 103,
  kOperationRewrite = 104,
  kOperationMerge = 105,
  kOperationRestore = 106,
  kOperationReserveFragments = 107,
  kOperationUpdate = 108,
  kOperationProject = 109,
  kOperationUpdateConfig = 110,
  kOperationDataReplacement = 111,
  kOperationUpdateMemWalState = 112,
  kOperationClone = 113,
  kOperationUpdateBases = 114,
  kOperationDataOverlay = 115,
};

struct OtherTransaction {
  TransactionSummary summary;
  uint32_t operation = 0;              // number on the wire; 0 = none found
  bool preserves_nullability = false;  // merge and project
};

Result<OtherTransaction> ReadTransaction(Bytes message);

/// Serialize `transaction`, whose uuid is set.
std::string SerializeTransaction(const Transaction& transaction);

}  // namespace lance::table
