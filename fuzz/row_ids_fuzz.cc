// Sequences of row ids.
//
//   [rows of the fragment u32][RowIdSequence]
#include <cstdlib>

#include "lance/query/scan/row_ids.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < sizeof(uint32_t)) return 0;
  const uint32_t num_rows = lance::LoadUnaligned<uint32_t>(data) % (1 << 24);
  const lance::Bytes sequence = lance::Bytes(data, size).subspan(sizeof(uint32_t));
  const auto ids = lance::query::DecodeRowIds(lance::AsText(sequence), num_rows);
  if (ids.ok() && ids->size() != num_rows) std::abort();
  return 0;
}
