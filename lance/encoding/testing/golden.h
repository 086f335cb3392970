// Parts of pages that the official writer wrote, with their values: codec/<name>/golden.bin.
//
// tests/data/make_codec_golden.py makes the files and draws their bytes. Paths count from the root
// of the source, where tests run. Thread-safety: none. Ownership: cases own what they hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lance/encoding/codec.h"

namespace lance::encoding::testing {

enum class Context : uint8_t { kMiniBlock = 0, kBlock = 1, kPerValue = 2 };

struct GoldenCase {
  Context context = Context::kMiniBlock;
  FormatVersion version;
  std::string name;
  ValueType type;
  int64_t num_values = 0;
  EncodingNode node;
  std::vector<std::string> buffers;
  std::string data;               // the values as Arrow lays them out
  std::vector<int64_t> offsets;   // variable width
  std::vector<std::string> bits;  // item validity per list layer; empty = all valid
};

/// The cases of a codec; Corruption when its file is missing or malformed.
Result<std::vector<GoldenCase>> ReadGolden(std::string_view codec);

/// Expect that every case of the codec decodes to its values, and that one of them is of this
/// codec.
void ExpectGoldenDecodes(std::string_view codec);

/// Expect that the codec's own encoder writes the bytes of every case whose outermost encoding it
/// is; there must be `num_cases` of them.
void ExpectGoldenEncodes(std::string_view codec, int num_cases);

}  // namespace lance::encoding::testing
