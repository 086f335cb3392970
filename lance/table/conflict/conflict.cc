#include "lance/table/conflict/conflict.h"

namespace lance::table {
namespace {

// New rows go with everything that leaves the schema and the history as they were.
Verdict JudgeAppend(const OtherTransaction& theirs) {
  switch (theirs.operation) {
    case kOperationAppend:
    case kOperationDelete:
    case kOperationUpdate:
    case kOperationCreateIndex:
    case kOperationRewrite:
    case kOperationReserveFragments:
    case kOperationUpdateConfig:
    case kOperationDataReplacement:
    case kOperationDataOverlay:
    case kOperationUpdateBases:
    case kOperationClone:
      return Verdict::kCompatible;
    case kOperationMerge:
    case kOperationProject:
      // A column may have become required: the new rows must be looked at again.
      return theirs.preserves_nullability ? Verdict::kCompatible : Verdict::kRetryable;
    default:
      return Verdict::kIncompatible;
  }
}

Verdict JudgeOverwrite(const Transaction& ours, const OtherTransaction& theirs) {
  switch (theirs.operation) {
    case kOperationOverwrite:
      return ours.config.empty() ? Verdict::kRetryable : Verdict::kIncompatible;
    case kOperationUpdateConfig:
      // The format allows different keys; which ones theirs touched is not looked at.
      return ours.config.empty() ? Verdict::kCompatible : Verdict::kIncompatible;
    case kOperationUpdateMemWalState:
      return Verdict::kIncompatible;
    default:
      return theirs.operation >= kOperationAppend && theirs.operation <= kOperationDataOverlay
                 ? Verdict::kCompatible
                 : Verdict::kIncompatible;
  }
}

}  // namespace

Verdict Judge(const Transaction& ours, const OtherTransaction& theirs) {
  return ours.kind == OperationKind::kAppend ? JudgeAppend(theirs) : JudgeOverwrite(ours, theirs);
}

}  // namespace lance::table
