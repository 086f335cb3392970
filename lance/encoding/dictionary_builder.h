// Finds the distinct values of a page and replaces each value by its number.
//
// Numbers are given in order of first appearance. Values are compared by their bytes, so that -0.0
// and NaN payloads survive. Source: Lance file format 2.1, dictionary of a mini-block page.
// Thread-safety: pure functions. Ownership: results own their memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "arrow/type_fwd.h"
#include "lance/encoding/values.h"

namespace lance::encoding {

struct DictionaryLimits {
  uint64_t max_items = 100'000;
  uint64_t max_bytes = UINT64_MAX;  // items and bit-packed indices
};

struct Dictionary {
  ValueBuilder items;
  std::shared_ptr<arrow::Buffer> indices;  // uint32 per value; 0 for nulls
};

/// Guess from a sample whether `values` have more distinct values than `limits` allow. Only to save
/// the work of a build in vain: false says nothing.
bool LooksTooDistinct(const ValueView& values, const DictionaryLimits& limits);

/// Build the dictionary of `values`; nullopt as soon as a limit is passed.
/// \param nulls  per value, non-zero = null, left out of the dictionary; empty = no nulls
Result<std::optional<Dictionary>> BuildDictionary(const ValueView& values,
                                                  std::span<const uint16_t> nulls,
                                                  const DictionaryLimits& limits,
                                                  arrow::MemoryPool* pool);

}  // namespace lance::encoding
