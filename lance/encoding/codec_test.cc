// One suite for all codecs, looped over the registry: what was encoded comes back, chunks keep the
// format's rules, and no change of the bytes does more than give an error.
#include "lance/encoding/codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <functional>
#include <map>
#include <random>

#include "arrow/buffer.h"
#include "lance/base/testing/matchers.h"
#include "lance/encoding/testing/sample_values.h"

namespace lance::encoding {
namespace {

using lance::testing::IsError;
using lance::testing::IsOk;
using testing::SampleTypes;
using testing::SampleValues;
using testing::Style;

constexpr int64_t kCounts[] = {1, 2, 7, 8, 9, 1023, 1024, 1025, 4095, 4096, 4097};

std::string Describe(const Codec& codec, const ValueView& view, Style style) {
  return std::string(codec.name) + " " + std::to_string(view.num_values) + " values of " +
         std::to_string(view.type.bits) + " bits, style " + std::to_string(static_cast<int>(style));
}

bool Bit(Bytes bits, uint64_t i) { return (bits[i / 8] >> i % 8 & 1) != 0; }

void ExpectSameItems(const ValueView& got, const ValueView& wanted) {
  uint64_t items = static_cast<uint64_t>(wanted.num_values);
  size_t next_got = 0;
  size_t next_wanted = 0;
  for (size_t layer = 0; layer < wanted.type.lists.size(); ++layer) {
    items *= static_cast<uint64_t>(wanted.type.lists[layer].dimension);
    ASSERT_EQ(got.type.lists[layer].has_validity, wanted.type.lists[layer].has_validity);
    if (!wanted.type.lists[layer].has_validity) continue;
    const Bytes a = got.item_validity[next_got++];
    const Bytes b = wanted.item_validity[next_wanted++];
    for (uint64_t i = 0; i < items; ++i) ASSERT_EQ(Bit(a, i), Bit(b, i)) << "item " << i;
  }
}

void ExpectSame(const ValueBuilder& builder, const ValueView& wanted) {
  const ValueView got = builder.View();
  ASSERT_EQ(got.num_values, wanted.num_values);
  if (!wanted.type.is_fixed()) {
    for (int64_t i = 0; i < wanted.num_values; ++i) {
      const auto text = [i](const ValueView& v) {
        return AsText(v.data.subspan(static_cast<size_t>(v.offset(i)),
                                     static_cast<size_t>(v.offset(i + 1) - v.offset(i))));
      };
      ASSERT_EQ(text(got), text(wanted)) << "value " << i;
    }
    return;
  }
  const uint64_t bits = static_cast<uint64_t>(wanted.num_values) * wanted.type.bits;
  ASSERT_EQ(got.data.size(), wanted.data.size());
  ASSERT_EQ(0, std::memcmp(got.data.data(), wanted.data.data(), bits / 8));
  for (uint64_t i = bits / 8 * 8; i < bits; ++i) ASSERT_EQ(Bit(got.data, i), Bit(wanted.data, i));
  ExpectSameItems(got, wanted);
}

EncodingNode OverTheWire(const EncodingNode& node) {
  auto text = SerializeEncoding(node);
  EXPECT_THAT(text, IsOk());
  auto parsed = ParseEncoding(AsBytes(*text));
  EXPECT_THAT(parsed, IsOk());
  EXPECT_EQ(ToString(*parsed), ToString(node));
  return *parsed;
}

// The bytes of one chunk, in memory of their own so that a sanitizer sees reads past the end.
struct Chunk {
  std::vector<std::vector<uint8_t>> buffers;
  int64_t num_values = 0;
};

std::vector<Chunk> CutChunks(const MiniBlockValues& page) {
  EXPECT_EQ(page.sizes.size(), page.chunk_num_values.size() * page.num_buffers);
  EXPECT_EQ(page.data.size(), static_cast<size_t>(page.num_buffers));
  std::vector<uint64_t> at(page.data.size(), 0);
  std::vector<Chunk> out;
  size_t next = 0;
  for (uint32_t count : page.chunk_num_values) {
    Chunk& chunk = out.emplace_back();
    chunk.num_values = count;
    for (size_t b = 0; b < page.data.size(); ++b) {
      const uint8_t* from = page.data[b]->data() + at[b];
      chunk.buffers.emplace_back(from, from + page.sizes[next]);
      at[b] += page.sizes[next++];
    }
  }
  for (size_t b = 0; b < page.data.size(); ++b) {
    EXPECT_EQ(at[b], static_cast<uint64_t>(page.data[b]->size())) << "buffer " << b;
  }
  return out;
}

Status DecodeChunk(const MiniBlockDecoder& decoder, const Chunk& chunk, ValueBuilder* out) {
  std::vector<Bytes> buffers(chunk.buffers.begin(), chunk.buffers.end());
  return decoder.Decode(buffers, chunk.num_values, out);
}

void ExpectChunkRules(const MiniBlockValues& page, int64_t num_values) {
  int64_t sum = 0;
  for (size_t i = 0; i < page.chunk_num_values.size(); ++i) {
    const uint32_t count = page.chunk_num_values[i];
    sum += count;
    if (i + 1 == page.chunk_num_values.size()) continue;
    EXPECT_TRUE(count >= 2 && std::has_single_bit(count)) << "chunk of " << count;
  }
  EXPECT_EQ(sum, num_values);
}

void ExpectMiniBlockRoundTrip(const MiniBlockValues& page, const ValueView& values) {
  ExpectChunkRules(page, values.num_values);
  auto decoder = OpenMiniBlock(OverTheWire(page.encoding), values.type, kVersion22);
  ASSERT_THAT(decoder, IsOk());
  EXPECT_EQ((*decoder)->num_buffers(), page.num_buffers);
  ValueBuilder out(values.type, nullptr);
  for (const Chunk& chunk : CutChunks(page)) {
    ASSERT_THAT(DecodeChunk(**decoder, chunk, &out), IsOk());
  }
  ExpectSame(out, values);
}

// Sorted ranges of a chunk, drawn at random; at times none, one value or all of them.
std::vector<RowRange> SomeRanges(uint64_t num_values, std::mt19937_64* random) {
  std::vector<RowRange> out;
  const uint64_t longest = 1 + (*random)() % std::min<uint64_t>(num_values, 200);
  uint64_t at = (*random)() % num_values;
  while (at < num_values && out.size() < 40) {
    const uint64_t end = std::min(num_values, at + 1 + (*random)() % longest);
    out.push_back({at, end});
    at = end + (*random)() % (2 * longest);
  }
  if ((*random)() % 8 == 0) out = {{0, num_values}};
  if ((*random)() % 16 == 0) out.clear();
  return out;
}

void ExpectPartsLikeTheWhole(const MiniBlockDecoder& decoder, const Chunk& chunk,
                             const ValueType& type, std::mt19937_64* random) {
  const std::vector<Bytes> buffers(chunk.buffers.begin(), chunk.buffers.end());
  ValueBuilder whole(type, nullptr);
  ASSERT_THAT(DecodeChunk(decoder, chunk, &whole), IsOk());
  for (int i = 0; i < 12; ++i) {
    const auto wanted = SomeRanges(static_cast<uint64_t>(chunk.num_values), random);
    // Behind a value that is there already, as when a page goes on.
    ValueBuilder expected(type, nullptr);
    ValueBuilder got(type, nullptr);
    ASSERT_THAT(expected.AppendSlice(whole, 0, 1), IsOk());
    ASSERT_THAT(got.AppendSlice(whole, 0, 1), IsOk());
    for (const RowRange& range : wanted) {
      ASSERT_THAT(expected.AppendSlice(whole, static_cast<int64_t>(range.begin),
                                       static_cast<int64_t>(range.size())),
                  IsOk());
    }
    ASSERT_THAT(decoder.DecodeSome(buffers, chunk.num_values, wanted, &got), IsOk());
    ExpectSame(got, expected.View());
  }
}

Bytes ValueAt(const PerValueValues& page, int64_t i) {
  const Bytes all{page.data->data(), static_cast<size_t>(page.data->size())};
  if (page.fixed) {
    const uint64_t width = page.bits_per_value / 8;
    return all.subspan(static_cast<uint64_t>(i) * width, width);
  }
  const auto* ends = reinterpret_cast<const uint64_t*>(page.offsets->data());
  return all.subspan(ends[i], ends[i + 1] - ends[i]);
}

void ExpectPerValueRoundTrip(const PerValueValues& page, const ValueView& values) {
  auto decoder = OpenPerValue(OverTheWire(page.encoding), values.type, kVersion22);
  ASSERT_THAT(decoder, IsOk());
  ValueBuilder out(values.type, nullptr);
  for (int64_t i = 0; i < page.num_values; ++i) {
    const Bytes value = ValueAt(page, i);
    const std::vector<uint8_t> copy(value.begin(), value.end());
    ASSERT_THAT((*decoder)->Decode(copy, &out), IsOk());
  }
  ExpectSame(out, values);
  if (!page.fixed) return;
  ASSERT_EQ((*decoder)->value_bytes(), page.bits_per_value / 8);
  ValueBuilder strided(values.type, nullptr);
  ASSERT_THAT((*decoder)->DecodeStrided(page.data->data(), page.bits_per_value / 8, page.num_values,
                                        &strided),
              IsOk());
  ExpectSame(strided, values);
}

void ExpectBlockRoundTrip(const BlockValues& block, const ValueView& values) {
  auto decoder = OpenBlock(OverTheWire(block.encoding), values.type, kVersion22);
  ASSERT_THAT(decoder, IsOk());
  const std::vector<uint8_t> copy(block.data->data(), block.data->data() + block.data->size());
  ValueBuilder out(values.type, nullptr);
  ASSERT_THAT((*decoder)->Decode(copy, values.num_values, &out), IsOk());
  ExpectSame(out, values);
}

using SampleBody = std::function<void(const Codec&, const ValueView&)>;

void ForEachCodec(const SampleValues& sample, Style style, const SampleBody& body) {
  for (const Codec* codec : AllCodecs()) {
    SCOPED_TRACE(Describe(*codec, sample.view(), style));
    body(*codec, sample.view());
  }
}

// Call `body` with every codec and every kind of sample.
void ForEachSample(const std::vector<int64_t>& counts, const SampleBody& body) {
  for (const ValueType& type : SampleTypes()) {
    for (int64_t count : counts) {
      for (Style style : testing::kStyles) {
        ForEachCodec(SampleValues::Make(type, count, style), style, body);
      }
    }
  }
}

const std::vector<int64_t> kAllCounts(std::begin(kCounts), std::end(kCounts));

TEST(Codecs, EncodeChunksThatDecodeToTheSameValues) {
  std::map<std::string_view, int> taken;
  ForEachSample(kAllCounts, [&taken](const Codec& codec, const ValueView& values) {
    if (codec.encode_mini_block == nullptr || !codec.estimate(values, {})) return;
    const auto page = codec.encode_mini_block(values, {});
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->encoding.tag, codec.tag);
    ExpectMiniBlockRoundTrip(*page, values);
    ++taken[codec.name];
  });
  EXPECT_EQ(taken.size(), 7u);
}

TEST(Codecs, DecodePartsOfChunksLikeTheWhole) {
  std::mt19937_64 random(11);
  std::map<std::string_view, int> taken;
  ForEachSample({1, 9, 1025, 4097}, [&](const Codec& codec, const ValueView& values) {
    if (codec.encode_mini_block == nullptr || !codec.estimate(values, {})) return;
    const auto page = codec.encode_mini_block(values, {});
    ASSERT_THAT(page, IsOk());
    const auto wrapped = WrapGeneral(*page, {.scheme = 2});
    ASSERT_THAT(wrapped, IsOk());
    for (const MiniBlockValues* chunks : {&*page, &*wrapped}) {
      const auto decoder = OpenMiniBlock(chunks->encoding, values.type, kVersion22);
      ASSERT_THAT(decoder, IsOk());
      for (const Chunk& chunk : CutChunks(*chunks)) {
        ExpectPartsLikeTheWhole(**decoder, chunk, values.type, &random);
      }
    }
    ++taken[codec.name];
  });
  EXPECT_EQ(taken.size(), 7u);
}

TEST(Codecs, WrapChunksWithGeneralCompression) {
  ForEachSample({1, 1025, 4097}, [](const Codec& codec, const ValueView& values) {
    if (codec.encode_mini_block == nullptr || !codec.estimate(values, {})) return;
    const auto page = codec.encode_mini_block(values, {});
    ASSERT_THAT(page, IsOk());
    for (uint32_t scheme : {1u, 2u}) {
      const auto wrapped = WrapGeneral(*page, {.scheme = scheme});
      ASSERT_THAT(wrapped, IsOk());
      ExpectMiniBlockRoundTrip(*wrapped, values);
    }
  });
}

TEST(Codecs, EncodeSingleValues) {
  std::map<std::string_view, int> taken;
  ForEachSample({1, 9, 1025}, [&taken](const Codec& codec, const ValueView& values) {
    if (codec.encode_per_value == nullptr) return;
    const auto page = codec.encode_per_value(values, {});
    if (!page.ok() && lance::IsError(page.status(), ErrorCode::InvalidInput)) return;
    ASSERT_THAT(page, IsOk());
    ExpectPerValueRoundTrip(*page, values);
    ++taken[codec.name];
    if (page->fixed) return;
    for (uint32_t scheme : {1u, 2u}) {
      const auto wrapped = WrapGeneral(*page, {.scheme = scheme});
      ASSERT_THAT(wrapped, IsOk());
      ExpectPerValueRoundTrip(*wrapped, values);
    }
  });
  EXPECT_EQ(taken.size(), 4u);
}

TEST(Codecs, EncodeBlocks) {
  std::map<std::string_view, int> taken;
  ForEachSample(kAllCounts, [&taken](const Codec& codec, const ValueView& values) {
    if (codec.encode_block == nullptr) return;
    const auto block = codec.encode_block(values, {});
    if (!block.ok() && lance::IsError(block.status(), ErrorCode::InvalidInput)) return;
    ASSERT_THAT(block, IsOk());
    ExpectBlockRoundTrip(*block, values);
    ++taken[codec.name];
    const auto wrapped = WrapGeneral(*block, {.scheme = 2});
    ASSERT_THAT(wrapped, IsOk());
    ExpectBlockRoundTrip(*wrapped, values);
  });
  EXPECT_EQ(taken.size(), 5u);
}

TEST(Codecs, EstimateNearTheTrueSize) {
  ForEachSample({4096, 20000}, [](const Codec& codec, const ValueView& values) {
    if (codec.encode_mini_block == nullptr || codec.tag == kFsst) return;
    const auto estimate = codec.estimate(values, {});
    if (!estimate) return;
    const auto page = codec.encode_mini_block(values, {});
    ASSERT_THAT(page, IsOk());
    uint64_t size = 0;
    for (uint32_t part : page->sizes) size += part;
    EXPECT_LE(size, estimate->encoded_bytes * 11 / 10 + 64);
    EXPECT_GE(size * 11 / 10 + 512, estimate->encoded_bytes);
  });
}

// ---------------------------------------------------------------------------------------------
// Hostile bytes

// Change `bytes` in a way that depends on `random`: flip, cut, lengthen or overwrite.
void Mutate(std::mt19937_64* random, std::vector<uint8_t>* bytes) {
  const uint64_t kind = (*random)() % 8;
  if (bytes->empty() || kind == 0) {
    bytes->push_back(static_cast<uint8_t>((*random)()));
  } else if (kind == 1) {
    bytes->resize((*random)() % bytes->size());
  } else {
    const uint64_t head = std::min<uint64_t>(bytes->size(), (*random)() % 2 == 0 ? 24 : ~0ull);
    (*bytes)[(*random)() % head] =
        kind < 5 ? static_cast<uint8_t>(1 << kind * 2 % 8) : static_cast<uint8_t>((*random)());
  }
}

void MutateChunks(const MiniBlockValues& page, const ValueType& type) {
  auto decoder = OpenMiniBlock(page.encoding, type, kVersion22);
  ASSERT_THAT(decoder, IsOk());
  const Chunk original = CutChunks(page)[0];
  std::mt19937_64 random(7);
  for (int i = 0; i < 60; ++i) {
    Chunk chunk = original;
    Mutate(&random, &chunk.buffers[random() % chunk.buffers.size()]);
    if (i % 8 == 7) chunk.num_values = static_cast<int64_t>(random() % 5000);
    for (auto& buffer : chunk.buffers) buffer.shrink_to_fit();
    ValueBuilder out(type, nullptr);
    const Status status = DecodeChunk(**decoder, chunk, &out);
    if (status.ok()) {
      EXPECT_EQ(out.num_values(), chunk.num_values);
    } else {
      EXPECT_THAT(status, IsError(ErrorCode::Corruption));
    }
    if (chunk.num_values == 0) continue;
    const auto wanted = SomeRanges(static_cast<uint64_t>(chunk.num_values), &random);
    const std::vector<Bytes> buffers(chunk.buffers.begin(), chunk.buffers.end());
    ValueBuilder some(type, nullptr);
    const Status part = (*decoder)->DecodeSome(buffers, chunk.num_values, wanted, &some);
    EXPECT_TRUE(part.ok() || lance::IsError(part, ErrorCode::Corruption)) << part.ToString();
  }
}

TEST(Codecs, SurviveDamagedChunks) {
  ForEachSample({7, 1025}, [](const Codec& codec, const ValueView& values) {
    if (codec.encode_mini_block == nullptr || !codec.estimate(values, {})) return;
    const auto page = codec.encode_mini_block(values, {});
    ASSERT_THAT(page, IsOk());
    MutateChunks(*page, values.type);
    for (uint32_t scheme : {1u, 2u}) {
      const auto wrapped = WrapGeneral(*page, {.scheme = scheme});
      ASSERT_THAT(wrapped, IsOk());
      MutateChunks(*wrapped, values.type);
    }
  });
}

TEST(Codecs, SurviveDamagedBlocks) {
  ForEachSample({7, 1025}, [](const Codec& codec, const ValueView& values) {
    if (codec.encode_block == nullptr) return;
    const auto block = codec.encode_block(values, {});
    if (!block.ok()) return;
    auto decoder = OpenBlock(block->encoding, values.type, kVersion22);
    ASSERT_THAT(decoder, IsOk());
    std::mt19937_64 random(8);
    for (int i = 0; i < 60; ++i) {
      std::vector<uint8_t> bytes(block->data->data(), block->data->data() + block->data->size());
      Mutate(&random, &bytes);
      bytes.shrink_to_fit();
      ValueBuilder out(values.type, nullptr);
      const Status status = (*decoder)->Decode(bytes, values.num_values, &out);
      EXPECT_TRUE(status.ok() || lance::IsError(status, ErrorCode::Corruption) ||
                  lance::IsError(status, ErrorCode::Unsupported))
          << status.ToString();
    }
  });
}

TEST(Codecs, SurviveDamagedSingleValues) {
  ForEachSample({9}, [](const Codec& codec, const ValueView& values) {
    if (codec.encode_per_value == nullptr) return;
    auto page = codec.encode_per_value(values, {});
    if (!page.ok()) return;
    if (!page->fixed) page = WrapGeneral(*page, {.scheme = 2});
    auto decoder = OpenPerValue(page->encoding, values.type, kVersion22);
    ASSERT_THAT(decoder, IsOk());
    std::mt19937_64 random(9);
    for (int i = 0; i < 100; ++i) {
      const Bytes value = ValueAt(*page, i % page->num_values);
      std::vector<uint8_t> bytes(value.begin(), value.end());
      Mutate(&random, &bytes);
      bytes.shrink_to_fit();
      ValueBuilder out(values.type, nullptr);
      const Status status = (*decoder)->Decode(bytes, &out);
      EXPECT_TRUE(status.ok() || lance::IsError(status, ErrorCode::Corruption));
    }
  });
}

TEST(Codecs, SurviveDamagedEncodings) {
  ForEachSample({1025}, [](const Codec& codec, const ValueView& values) {
    if (codec.encode_mini_block == nullptr || !codec.estimate(values, {})) return;
    const auto page = codec.encode_mini_block(values, {});
    ASSERT_THAT(page, IsOk());
    const auto text = SerializeEncoding(page->encoding);
    ASSERT_THAT(text, IsOk());
    const Chunk chunk = CutChunks(*page)[0];
    std::mt19937_64 random(10);
    for (int i = 0; i < 100; ++i) {
      std::vector<uint8_t> bytes(text->begin(), text->end());
      Mutate(&random, &bytes);
      const auto node = ParseEncoding(bytes);
      if (!node.ok()) continue;
      const auto decoder = OpenMiniBlock(*node, values.type, kVersion22);
      if (!decoder.ok()) continue;
      ValueBuilder out(values.type, nullptr);
      const Status status = DecodeChunk(**decoder, chunk, &out);
      EXPECT_TRUE(status.ok() || lance::IsError(status, ErrorCode::Corruption));
    }
  });
}

TEST(Codecs, RefuseEncodingsOutOfPlace) {
  EncodingNode flat;
  flat.tag = kFlat;
  flat.bits = 32;
  EncodingNode inline_packed;
  inline_packed.tag = kInlineBitpacking;
  inline_packed.bits = 32;
  EncodingNode dictionary;
  dictionary.tag = kDictionary;
  dictionary.children = {flat, flat};
  const ValueType int32 = ValueType::Fixed(32);
  EXPECT_THAT(OpenMiniBlock(flat, ValueType::Fixed(64), kVersion21),
              IsError(ErrorCode::Corruption));
  EXPECT_THAT(OpenMiniBlock(flat, ValueType::Variable(32), kVersion21),
              IsError(ErrorCode::Corruption));
  EXPECT_THAT(OpenPerValue(inline_packed, int32, kVersion21), IsError(ErrorCode::Corruption));
  EXPECT_THAT(OpenMiniBlock(dictionary, int32, kVersion21), IsError(ErrorCode::Corruption));
  EncodingNode constant;
  constant.tag = kConstant;
  EXPECT_THAT(OpenMiniBlock(constant, int32, kVersion21), IsError(ErrorCode::Corruption));
}

TEST(Codecs, BoundNestingOfEncodings) {
  EncodingNode node;
  node.tag = kFlat;
  node.bits = 8;
  for (int i = 0; i < 100; ++i) {
    EncodingNode outer;
    outer.tag = kGeneral;
    outer.scheme = 2;
    outer.children.push_back(std::move(node));
    node = std::move(outer);
  }
  EXPECT_THAT(SerializeEncoding(node), IsError(ErrorCode::InvalidInput));
}

}  // namespace
}  // namespace lance::encoding
