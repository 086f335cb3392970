// Reads everything that a data file in memory offers, within bounds of time and memory.
//
// Thread-safety: none. Ownership: the bytes are copied.
#pragma once

#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::fuzz {

/// Describe all columns, take the first and the last row, scan some batches and validate them.
/// A forged number of rows must not keep a target busy: a few batches show what the bytes hold.
Status ReadDataFile(Bytes file);

}  // namespace lance::fuzz
