// Every codec of the registry, in every context: the first bytes choose, the rest is the encoded
// form.
//
//   [tag u8][bits u8][count u16][context u8][node length u8][serialized encoding][bytes]
#include <arrow/memory_pool.h>

#include "lance/encoding/codec.h"

namespace {

using lance::encoding::ValueBuilder;
using lance::encoding::ValueType;

lance::Status Decode(lance::Bytes input) {
  lance::ByteCursor cursor(input, "fuzz input");
  ARROW_ASSIGN_OR_RAISE(const auto minor, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto bits, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto count, cursor.Read<uint16_t>());
  ARROW_ASSIGN_OR_RAISE(const auto context, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto node_size, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const lance::Bytes message, cursor.Take(node_size));
  ARROW_ASSIGN_OR_RAISE(const lance::Bytes bytes, cursor.Take(cursor.remaining()));
  ARROW_ASSIGN_OR_RAISE(const auto node, lance::encoding::ParseEncoding(message));
  (void)lance::encoding::ToString(node);
  const ValueType type = bits == 0   ? ValueType::Variable(32)
                         : bits == 1 ? ValueType::Fixed(1)
                                     : ValueType::Fixed(8 * (bits / 8 + 1));
  const lance::encoding::FormatVersion version{2, static_cast<uint16_t>(1 + minor % 2)};
  ValueBuilder out(type, arrow::default_memory_pool());
  if (context % 3 == 0) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, lance::encoding::OpenMiniBlock(node, type, version));
    std::vector<lance::Bytes> buffers(decoder->num_buffers(), bytes);
    return decoder->Decode(buffers, count, &out);
  }
  if (context % 3 == 1) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, lance::encoding::OpenBlock(node, type, version));
    return decoder->Decode(bytes, count, &out);
  }
  ARROW_ASSIGN_OR_RAISE(auto decoder, lance::encoding::OpenPerValue(node, type, version));
  return decoder->Decode(bytes, &out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)Decode({data, size});
  return 0;
}
