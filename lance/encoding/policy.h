// The one place that chooses how a page is encoded.
//
// Every codec of the registry is asked how small the values of a sample would be and how long they
// take to decode; general compression is tried on what the codecs make of it. A goal says what a
// byte is worth in nanoseconds of decoding, and the cheapest candidate wins. Rules of the format
// (versions, contexts) and what a user asks for by field metadata (`lance-encoding:*`) limit who
// may run. Source: choices of the official writer 14.0.2, checked on file sizes; costs measured on
// chunks of TPC-H lineitem (docs/encoding-policy.md). Thread-safety: pure, the same values give the
// same choice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lance/encoding/codec.h"
#include "lance/encoding/dictionary_builder.h"
#include "lance/encoding/values.h"

namespace lance::encoding {

/// What files shall be good at.
enum class Goal : uint8_t { kBalanced, kSize, kScan, kRandomAccess };

/// Goal by its name: balanced, size, scan or random-access; InvalidInput lists them.
Result<Goal> ParseGoal(std::string_view name);
std::string_view ToString(Goal goal);

/// How the pages of one column shall be encoded.
struct PageOptions {
  enum class Structure : uint8_t { kAutomatic, kMiniBlock, kFullZip };

  Goal goal = Goal::kBalanced;
  EncodeOptions encode;
  Structure structure = Structure::kAutomatic;
  std::optional<uint64_t> chunk_bytes;           // of a mini-block; else the goal's
  std::optional<uint64_t> dictionary_divisor;    // at most num_values / divisor items; 2
  std::optional<double> dictionary_size_ratio;   // at most this part of the plain size; 0.8
  std::optional<uint64_t> dictionary_max_items;  // 100,000; 0 = never
  std::vector<PageOptions> fields;               // of the children of a packed struct
};

/// Read the `lance-encoding:*` keys of `metadata`; InvalidInput names a key with a bad value.
Result<PageOptions> ParsePageOptions(const std::map<std::string, std::string>& metadata);

/// One way to encode the values of a page, and what it would cost.
struct Candidate {
  uint32_t tag = 0;                       // of the codec
  std::optional<GeneralOptions> general;  // compression around it
  EncodeOptions encode;                   // with the chunk sizes that go with it
  std::string name;                       // such as "General(zstd, fsst)"
  uint64_t encoded_bytes = 0;
  double decode_ns_per_value = 0;  // when all values are wanted
  double access_ns = 0;            // to decode the chunk of a single value
  double cost = 0;                 // in nanoseconds per value; see `Goal`
};

/// Candidates in the order they were tried; `chosen` is the cheapest.
struct Choice {
  std::vector<Candidate> candidates;
  size_t chosen = 0;
  const Candidate& best() const { return candidates[chosen]; }
};

/// True when the values should lie in a full-zip page: they are long.
bool PrefersFullZip(const ValueView& values, const PageOptions& options);

/// Choose among the ways to encode the values of a page for mini-blocks. InvalidInput when no codec
/// takes them.
Result<Choice> ChooseMiniBlock(const ValueView& values, const PageOptions& options);
/// Encode all values of a page as chosen. Compression that turns out not to help is left out.
Result<MiniBlockValues> EncodeMiniBlockValues(const ValueView& values, const Candidate& chosen);

/// Choose among the ways to encode the values of a page one by one.
Result<Choice> ChoosePerValue(const ValueView& values, const PageOptions& options);
/// Encode all values of a page one by one, as chosen. `data` stays empty for fixed values, which
/// are stored as they are.
Result<PerValueValues> EncodePerValues(const ValueView& values, const Candidate& chosen);

/// Limits within which a dictionary costs less than `rival`, the best way without one; nullopt when
/// none may be used.
std::optional<DictionaryLimits> LimitDictionary(const ValueView& values, const PageOptions& options,
                                                const Candidate& rival);
/// True when field metadata says how large a dictionary may be, whatever it costs.
bool WantsDictionary(const PageOptions& options);
/// What the values of a page cost as a dictionary of `item_bytes` and the indices of `indices`.
Candidate DictionaryCandidate(const ValueView& values, const PageOptions& options,
                              uint64_t item_bytes, const Candidate& indices);

/// Encode the items of a dictionary as one block, which owns its memory.
Result<BlockValues> EncodeDictionaryBlock(const ValueView& values, const EncodeOptions& options);

}  // namespace lance::encoding
