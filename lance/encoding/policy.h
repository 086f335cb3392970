// The one place that chooses how a page is encoded.
//
// Every codec of the registry is asked how small it would be; the rules here say which of them may
// be chosen, when a dictionary is worth its bytes and which page layout fits the values. Field
// metadata of the official writer (`lance-encoding:*`) overrides.
// Source: choices of the official writer 14.0.2, checked on file sizes. Thread-safety: pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "lance/encoding/codec.h"
#include "lance/encoding/dictionary_builder.h"
#include "lance/encoding/values.h"

namespace lance::encoding {

/// How the pages of one column shall be encoded.
struct PageOptions {
  enum class Structure : uint8_t { kAutomatic, kMiniBlock, kFullZip };

  EncodeOptions encode;
  Structure structure = Structure::kAutomatic;
  uint64_t dictionary_divisor = 2;          // at most num_values / divisor items
  double dictionary_size_ratio = 0.8;       // at most this part of the plain size
  uint64_t dictionary_max_items = 100'000;  // 0 = never
};

/// Read the `lance-encoding:*` keys of `metadata`; InvalidInput names a key with a bad value.
Result<PageOptions> ParsePageOptions(const std::map<std::string, std::string>& metadata);

/// True when the values should lie in a full-zip page: they are long.
bool PrefersFullZip(const ValueView& values, const PageOptions& options);

/// Limits within which an automatic dictionary makes the page smaller; nullopt when none may be
/// used.
std::optional<DictionaryLimits> LimitDictionary(const ValueView& values,
                                                const PageOptions& options);

/// Encode all values of a page for mini-blocks with the codec that makes them smallest.
Result<MiniBlockValues> EncodeMiniBlockValues(const ValueView& values,
                                              const EncodeOptions& options);

/// Encode all values of a page one by one. `data` stays empty for fixed values, which are stored as
/// they are.
Result<PerValueValues> EncodePerValues(const ValueView& values, const EncodeOptions& options);

/// Encode the items of a dictionary as one block, which owns its memory.
Result<BlockValues> EncodeDictionaryBlock(const ValueView& values, const EncodeOptions& options);

}  // namespace lance::encoding
