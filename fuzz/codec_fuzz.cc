// Every codec of the registry, in every context: the first bytes choose, the rest is the encoded
// form.
//
//   [minor u8][type u8][count u16][context u8][encoding length u16]
//   [number of buffers u8][length u16 of each buffer but the last][CompressiveEncoding][bytes]
// context: 0 mini-block, 1 block, 2 per value.
#include <arrow/memory_pool.h>

#include <algorithm>

#include "lance/encoding/codec.h"
#include "lance/encoding/testing/sample_values.h"

namespace {

using lance::Bytes;
using lance::Status;
using lance::encoding::ValueBuilder;
using lance::encoding::ValueType;

struct CodecInput {
  lance::encoding::FormatVersion version;
  ValueType type;
  int64_t count = 0;
  int context = 0;
  lance::encoding::EncodingNode node;
  std::vector<Bytes> buffers;
};

Status ParseInput(Bytes input, CodecInput* out) {
  lance::ByteCursor cursor(input, "fuzz input");
  ARROW_ASSIGN_OR_RAISE(const auto minor, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto type, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(out->count, cursor.Read<uint16_t>());
  ARROW_ASSIGN_OR_RAISE(const auto context, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto node_length, cursor.Read<uint16_t>());
  ARROW_ASSIGN_OR_RAISE(const auto num_buffers, cursor.Read<uint8_t>());
  std::vector<uint16_t> lengths(std::max(num_buffers % 5, 1) - 1);
  for (uint16_t& length : lengths) {
    ARROW_ASSIGN_OR_RAISE(length, cursor.Read<uint16_t>());
  }
  ARROW_ASSIGN_OR_RAISE(const Bytes message, cursor.Take(node_length));
  ARROW_ASSIGN_OR_RAISE(out->node, lance::encoding::ParseEncoding(message));
  for (const uint16_t length : lengths) {
    ARROW_ASSIGN_OR_RAISE(out->buffers.emplace_back(), cursor.Take(length));
  }
  ARROW_ASSIGN_OR_RAISE(out->buffers.emplace_back(), cursor.Take(cursor.remaining()));
  static const auto types = lance::encoding::testing::SampleTypes();
  out->version = {2, static_cast<uint16_t>(1 + minor % 2)};
  out->type = types[type % types.size()];
  out->context = context % 3;
  return Status::OK();
}

Status Decode(const CodecInput& input, ValueBuilder* out) {
  const auto& [version, type, count, context, node, buffers] = input;
  if (context == 0) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, lance::encoding::OpenMiniBlock(node, type, version));
    const auto end = static_cast<uint64_t>(count);
    const lance::RowRange some[] = {{0, end / 7}, {end / 3, end / 2}, {end - end / 5, end}};
    ValueBuilder part(type, arrow::default_memory_pool());
    (void)decoder->DecodeSome(buffers, count, some, &part);
    return decoder->Decode(buffers, count, out);
  }
  if (context == 1) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, lance::encoding::OpenBlock(node, type, version));
    return decoder->Decode(buffers.back(), count, out);
  }
  ARROW_ASSIGN_OR_RAISE(auto decoder, lance::encoding::OpenPerValue(node, type, version));
  const uint64_t width = decoder->value_bytes();
  if (width > 0 && count > 1 && buffers.back().size() / width >= static_cast<uint64_t>(count)) {
    ARROW_RETURN_NOT_OK(decoder->DecodeStrided(buffers.back().data(), width, count, out));
  }
  return decoder->Decode(buffers.back(), out);
}

Status RunInput(Bytes bytes) {
  CodecInput input;
  ARROW_RETURN_NOT_OK(ParseInput(bytes, &input));
  (void)lance::encoding::ToString(input.node);
  arrow::ProxyMemoryPool own(arrow::default_memory_pool());
  arrow::CappedMemoryPool pool(&own, 512 << 20);
  ValueBuilder out(input.type, &pool);
  ARROW_RETURN_NOT_OK(Decode(input, &out));
  return out.Finish().status();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)RunInput({data, size});
  return 0;
}
