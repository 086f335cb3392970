#include "lance/encoding/testing/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "arrow/buffer.h"
#include "lance/base/testing/matchers.h"

namespace lance::encoding::testing {
namespace {

using lance::testing::IsOk;

Result<std::string> ReadText(ByteCursor* cursor) {
  ARROW_ASSIGN_OR_RAISE(const auto length, cursor->Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(const Bytes bytes, cursor->Take(length));
  return std::string(AsText(bytes));
}

Status ReadType(ByteCursor* cursor, ValueType* out) {
  ARROW_ASSIGN_OR_RAISE(const auto variable, cursor->Read<uint8_t>());
  out->kind = variable != 0 ? ValueType::Kind::kVariable : ValueType::Kind::kFixed;
  ARROW_ASSIGN_OR_RAISE(out->bits, cursor->Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(const auto num_layers, cursor->Read<uint8_t>());
  out->lists.resize(num_layers);
  for (ListLayer& layer : out->lists) {
    ARROW_ASSIGN_OR_RAISE(layer.dimension, cursor->Read<uint32_t>());
  }
  return Status::OK();
}

Status ReadValues(ByteCursor* cursor, GoldenCase* out) {
  ARROW_ASSIGN_OR_RAISE(out->data, ReadText(cursor));
  ARROW_ASSIGN_OR_RAISE(const auto num_offsets, cursor->Read<uint32_t>());
  for (uint32_t i = 0; i < num_offsets; ++i) {
    ARROW_ASSIGN_OR_RAISE(out->offsets.emplace_back(), cursor->Read<uint64_t>());
  }
  out->bits.resize(out->type.lists.size());
  for (size_t i = 0; i < out->bits.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto has_bits, cursor->Read<uint8_t>());
    out->type.lists[i].has_validity = has_bits != 0;
    if (has_bits == 0) continue;
    ARROW_ASSIGN_OR_RAISE(out->bits[i], ReadText(cursor));
  }
  return Status::OK();
}

Result<GoldenCase> ReadCase(Bytes bytes) {
  ByteCursor cursor(bytes, "a case of golden.bin");
  GoldenCase out;
  ARROW_ASSIGN_OR_RAISE(const auto context, cursor.Read<uint8_t>());
  out.context = static_cast<Context>(context);
  ARROW_ASSIGN_OR_RAISE(const auto minor, cursor.Read<uint8_t>());
  out.version = {2, minor};
  ARROW_ASSIGN_OR_RAISE(const auto name_length, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const Bytes name, cursor.Take(name_length));
  out.name = AsText(name);
  ARROW_RETURN_NOT_OK(ReadType(&cursor, &out.type));
  ARROW_ASSIGN_OR_RAISE(out.num_values, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(const std::string message, ReadText(&cursor));
  ARROW_ASSIGN_OR_RAISE(out.node, ParseEncoding(AsBytes(message)));
  ARROW_ASSIGN_OR_RAISE(const auto num_buffers, cursor.Read<uint8_t>());
  for (int i = 0; i < num_buffers; ++i) {
    ARROW_ASSIGN_OR_RAISE(out.buffers.emplace_back(), ReadText(&cursor));
  }
  ARROW_RETURN_NOT_OK(ReadValues(&cursor, &out));
  LANCE_CHECK_BYTES(cursor.remaining() == 0, cursor.remaining(), " bytes follow the case");
  return out;
}

bool Contains(const EncodingNode& node, uint32_t tag) {
  if (node.tag == tag) return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [tag](const EncodingNode& child) { return Contains(child, tag); });
}

Status Decode(const GoldenCase& golden, ValueBuilder* out) {
  const auto& [context, version, name, type, num_values, node, buffers, data, offsets, bits] =
      golden;
  const Bytes first = AsBytes(buffers.at(0));
  if (context == Context::kBlock) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, OpenBlock(node, type, version));
    return decoder->Decode(first, num_values, out);
  }
  if (context == Context::kPerValue) {
    ARROW_ASSIGN_OR_RAISE(auto decoder, OpenPerValue(node, type, version));
    return decoder->Decode(first, out);
  }
  ARROW_ASSIGN_OR_RAISE(auto decoder, OpenMiniBlock(node, type, version));
  std::vector<Bytes> chunk;
  for (const std::string& buffer : buffers) chunk.push_back(AsBytes(buffer));
  return decoder->Decode(chunk, num_values, out);
}

// The first `num_bits` bits of both are the same.
bool SameBits(Bytes a, Bytes b, uint64_t num_bits) {
  if (a.size() < (num_bits + 7) / 8 || b.size() < (num_bits + 7) / 8) return false;
  if (!std::equal(a.begin(), a.begin() + static_cast<int64_t>(num_bits / 8), b.begin())) {
    return false;
  }
  const int mask = (1 << num_bits % 8) - 1;
  return mask == 0 || ((a[num_bits / 8] ^ b[num_bits / 8]) & mask) == 0;
}

void ExpectValues(const GoldenCase& golden, const ValueView& got) {
  ASSERT_EQ(got.num_values, golden.num_values);
  for (size_t i = 0; i < golden.offsets.size(); ++i) {
    ASSERT_EQ(got.offset(static_cast<int64_t>(i)), golden.offsets[i]) << "offset " << i;
  }
  const auto count = static_cast<uint64_t>(golden.num_values);
  const uint64_t num_bits = golden.type.is_fixed() ? count * golden.type.bits : got.data.size() * 8;
  EXPECT_TRUE(SameBits(got.data, AsBytes(golden.data), num_bits));
  uint64_t items = count;
  size_t next = 0;
  for (size_t i = 0; i < golden.bits.size(); ++i) {
    items *= static_cast<uint64_t>(golden.type.lists[i].dimension);
    ASSERT_EQ(got.type.lists[i].has_validity, golden.type.lists[i].has_validity) << "layer " << i;
    if (!golden.type.lists[i].has_validity) continue;
    EXPECT_TRUE(SameBits(got.item_validity[next++], AsBytes(golden.bits[i]), items));
  }
}

std::string TextOf(const arrow::Buffer& buffer, uint64_t size) {
  return {reinterpret_cast<const char*>(buffer.data()), size};
}

// What the codec writes for the values of `golden`: the buffers of the first chunk.
Result<std::vector<std::string>> Encode(const Codec& codec, const GoldenCase& golden,
                                        const ValueView& values) {
  EncodeOptions options;
  options.version = golden.version;
  std::vector<std::string> out;
  if (golden.context == Context::kMiniBlock) {
    ARROW_ASSIGN_OR_RAISE(const auto page, codec.encode_mini_block(values, options));
    for (int i = 0; i < page.num_buffers; ++i) {
      out.push_back(TextOf(*page.data[i], page.sizes[i]));
    }
  } else if (golden.context == Context::kBlock) {
    ARROW_ASSIGN_OR_RAISE(const auto block, codec.encode_block(values, options));
    out.push_back(TextOf(*block.data, static_cast<uint64_t>(block.data->size())));
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto page, codec.encode_per_value(values, options));
    const uint64_t size = page.fixed ? page.bits_per_value / 8
                                     : reinterpret_cast<const uint64_t*>(page.offsets->data())[1];
    out.push_back(TextOf(*page.data, size));
  }
  return out;
}

bool CanEncode(const Codec& codec, Context context) {
  switch (context) {
    case Context::kMiniBlock:
      return codec.encode_mini_block != nullptr;
    case Context::kBlock:
      return codec.encode_block != nullptr;
    default:
      return codec.encode_per_value != nullptr;
  }
}

const Codec* FindByName(std::string_view name) {
  for (const Codec* codec : AllCodecs()) {
    if (codec->name == name) return codec;
  }
  return nullptr;
}

}  // namespace

Result<std::vector<GoldenCase>> ReadGolden(std::string_view codec) {
  const std::string path = "lance/encoding/codec/" + std::string(codec) + "/golden.bin";
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), {});
  LANCE_CHECK_BYTES(!content.empty(), "no bytes in ", path);
  std::vector<GoldenCase> out;
  ByteCursor cursor(AsBytes(content), "golden.bin");
  while (cursor.remaining() > 0) {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadText(&cursor));
    ARROW_ASSIGN_OR_RAISE(out.emplace_back(), ReadCase(AsBytes(bytes)));
  }
  return out;
}

void ExpectGoldenDecodes(std::string_view codec) {
  const auto cases = ReadGolden(codec);
  ASSERT_THAT(cases, IsOk());
  const Codec* found = FindByName(codec);
  ASSERT_NE(found, nullptr) << codec;
  for (const GoldenCase& golden : *cases) {
    SCOPED_TRACE(std::string(codec) + ", " + golden.name + ": " + encoding::ToString(golden.node));
    EXPECT_TRUE(Contains(golden.node, found->tag));
    ValueBuilder out(golden.type, nullptr);
    ASSERT_THAT(Decode(golden, &out), IsOk());
    ExpectValues(golden, out.View());
  }
}

void ExpectGoldenEncodes(std::string_view codec, int num_cases) {
  const auto cases = ReadGolden(codec);
  ASSERT_THAT(cases, IsOk());
  const Codec* found = FindByName(codec);
  ASSERT_NE(found, nullptr) << codec;
  for (const GoldenCase& golden : *cases) {
    if (golden.node.tag != found->tag || !CanEncode(*found, golden.context)) continue;
    SCOPED_TRACE(std::string(codec) + ", " + golden.name);
    ValueBuilder values(golden.type, nullptr);
    ASSERT_THAT(Decode(golden, &values), IsOk());
    const auto written = Encode(*found, golden, values.View());
    ASSERT_THAT(written, IsOk());
    ASSERT_EQ(written->size(), golden.buffers.size());
    for (size_t i = 0; i < written->size(); ++i) {
      EXPECT_TRUE((*written)[i] == golden.buffers[i]) << "buffer " << i;
    }
    --num_cases;
  }
  EXPECT_EQ(num_cases, 0) << "more or fewer cases than expected";
}

}  // namespace lance::encoding::testing
