// Encoding and decoding of pages, looped over the registry: in chunks where a codec has them, else
// as one block. `bytes_per_second` counts plain Arrow bytes per second of one core; compare with
// the `memcpy` row, the bound of this machine. LANCE_CPU=portable leaves out the newer kernels.
#include <benchmark/benchmark.h>

#include <cstring>
#include <functional>

#include "arrow/buffer.h"
#include "lance/base/memory.h"
#include "lance/encoding/codec.h"
#include "lance/encoding/testing/sample_values.h"

namespace lance::encoding {
namespace {

using testing::SampleValues;
using testing::Style;

constexpr int64_t kPlainBytes = 4 << 20;

struct Workload {
  const Codec* codec;
  ValueType type;
  Style style;
};

int64_t CountFor(const ValueType& type) {
  return type.is_fixed() ? kPlainBytes * 8 / static_cast<int64_t>(type.bits) : kPlainBytes / 24;
}

void SetRates(benchmark::State& state, const ValueView& values, uint64_t encoded) {
  const auto plain = static_cast<int64_t>(values.plain_size_bytes());
  state.SetBytesProcessed(state.iterations() * plain);
  state.SetItemsProcessed(state.iterations() * values.num_values);
  state.counters["ratio"] = static_cast<double>(encoded) / static_cast<double>(plain);
}

uint64_t EncodedBytes(const MiniBlockValues& page) {
  uint64_t sum = 0;
  for (uint32_t size : page.sizes) sum += size;
  return sum;
}

Status DecodePage(const MiniBlockDecoder& decoder, const MiniBlockValues& page, ValueBuilder* out) {
  std::vector<const uint8_t*> at;
  for (const auto& data : page.data) at.push_back(data->data());
  std::vector<Bytes> buffers(at.size());
  size_t next = 0;
  for (uint32_t count : page.chunk_num_values) {
    for (size_t b = 0; b < at.size(); ++b) {
      buffers[b] = {at[b], page.sizes[next]};
      at[b] += page.sizes[next++];
    }
    ARROW_RETURN_NOT_OK(decoder.Decode(buffers, count, out));
  }
  return Status::OK();
}

// What was encoded, with its decoder.
struct EncodedPage {
  uint64_t bytes = 0;
  std::function<Status(ValueBuilder*)> decode;
};

Result<EncodedPage> EncodeChunks(const Workload& work, const ValueView& values, bool wrapped) {
  ARROW_ASSIGN_OR_RAISE(MiniBlockValues page, work.codec->encode_mini_block(values, {}));
  if (wrapped) {
    ARROW_ASSIGN_OR_RAISE(page, WrapGeneral(page, {.scheme = 2}));
  }
  ARROW_ASSIGN_OR_RAISE(auto opened, OpenMiniBlock(page.encoding, work.type, kVersion22));
  EncodedPage out;
  out.bytes = EncodedBytes(page);
  out.decode = [page = std::move(page),
                decoder = std::shared_ptr<MiniBlockDecoder>(std::move(opened))](ValueBuilder* to) {
    return DecodePage(*decoder, page, to);
  };
  return out;
}

Result<EncodedPage> EncodeBlock(const Workload& work, const ValueView& values) {
  ARROW_ASSIGN_OR_RAISE(BlockValues block, work.codec->encode_block(values, {}));
  ARROW_ASSIGN_OR_RAISE(auto opened, OpenBlock(block.encoding, work.type, kVersion22));
  EncodedPage out;
  out.bytes = static_cast<uint64_t>(block.data->size());
  out.decode = [block, count = values.num_values,
                decoder = std::shared_ptr<BlockDecoder>(std::move(opened))](ValueBuilder* to) {
    return decoder->Decode({block.data->data(), static_cast<size_t>(block.data->size())}, count,
                           to);
  };
  return out;
}

Result<EncodedPage> EncodeWith(const Workload& work, const ValueView& values, bool wrapped) {
  return work.codec->encode_mini_block != nullptr ? EncodeChunks(work, values, wrapped)
                                                  : EncodeBlock(work, values);
}

void Decode(benchmark::State& state, const Workload& work, bool wrapped) {
  const SampleValues sample = SampleValues::Make(work.type, CountFor(work.type), work.style);
  const ValueView values = sample.view();
  const auto page = EncodeWith(work, values, wrapped);
  if (!page.ok()) return state.SkipWithError(page.status().message().c_str());
  ValueBuilder out(work.type, RecyclingPool());
  for (auto _ : state) {
    const Status status = page->decode(&out);
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
    // Let the memory be used again, as a scan does with its pool.
    state.PauseTiming();
    out = ValueBuilder(work.type, RecyclingPool());
    benchmark::DoNotOptimize(out.Reserve(values.num_values, values.data.size() + 64 * 1024));
    state.ResumeTiming();
  }
  SetRates(state, values, page->bytes);
}

void Encode(benchmark::State& state, const Workload& work) {
  const SampleValues sample = SampleValues::Make(work.type, CountFor(work.type), work.style);
  const ValueView values = sample.view();
  uint64_t encoded = 0;
  for (auto _ : state) {
    const auto page = EncodeWith(work, values, false);
    if (!page.ok()) return state.SkipWithError(page.status().message().c_str());
    encoded = page->bytes;
  }
  SetRates(state, values, encoded);
}

void EstimateSize(benchmark::State& state, const Workload& work) {
  const SampleValues sample = SampleValues::Make(work.type, CountFor(work.type), work.style);
  const ValueView values = sample.view();
  uint64_t encoded = 0;
  for (auto _ : state) encoded = work.codec->estimate(values, {})->encoded_bytes;
  SetRates(state, values, encoded);
}

void Memcpy(benchmark::State& state) {
  const std::vector<uint8_t> from(kPlainBytes, 1);
  std::vector<uint8_t> to(kPlainBytes);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * kPlainBytes);
}
BENCHMARK(Memcpy)->Name("memcpy");

std::string NameOf(const Workload& work, std::string_view what) {
  static constexpr const char* kStyleNames[] = {"random", "small", "runs", "zeros", "text"};
  return std::string(what) + "/" + std::string(work.codec->name) + "/" +
         std::to_string(work.type.bits) + (work.type.is_fixed() ? "" : "-bit offsets") +
         (work.type.lists.empty() ? "" : " list") + "/" + kStyleNames[static_cast<int>(work.style)];
}

// Whether the codec can do it at all; an answer of `estimate` does not say so for blocks.
bool Takes(const Workload& work) {
  const SampleValues probe = SampleValues::Make(work.type, 4096, work.style);
  if (work.codec->encode_mini_block == nullptr && work.codec->encode_block == nullptr) return false;
  if (work.codec->estimate != nullptr && !work.codec->estimate(probe.view(), {})) return false;
  return EncodeWith(work, probe.view(), false).ok();
}

void RegisterAll(const Workload& work) {
  if (!Takes(work)) return;
  benchmark::RegisterBenchmark(NameOf(work, "decode").c_str(),
                               [work](benchmark::State& state) { Decode(state, work, false); });
  if (work.codec->encode_mini_block != nullptr) {
    benchmark::RegisterBenchmark(NameOf(work, "decode zstd").c_str(),
                                 [work](benchmark::State& state) { Decode(state, work, true); });
  }
  benchmark::RegisterBenchmark(NameOf(work, "encode").c_str(),
                               [work](benchmark::State& state) { Encode(state, work); });
  if (work.codec->estimate == nullptr) return;
  benchmark::RegisterBenchmark(NameOf(work, "estimate").c_str(),
                               [work](benchmark::State& state) { EstimateSize(state, work); });
}

std::vector<Style> StylesFor(const ValueType& type) {
  if (!type.is_fixed()) return {Style::kText};
  return {Style::kSmall, Style::kRuns};
}

const bool kRegistered = [] {
  for (const Codec* codec : AllCodecs()) {
    for (const ValueType& type : testing::SampleTypes()) {
      for (const Style style : StylesFor(type)) RegisterAll({codec, type, style});
    }
  }
  return true;
}();

}  // namespace
}  // namespace lance::encoding
