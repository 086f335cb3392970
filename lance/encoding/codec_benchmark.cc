// Encoding and decoding of chunks, looped over the registry. `bytes_per_second` counts plain Arrow
// bytes; compare with the `memcpy` row, the bound of this machine.
#include <benchmark/benchmark.h>

#include <cstring>

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

void Decode(benchmark::State& state, const Workload& work, bool wrapped) {
  const SampleValues sample = SampleValues::Make(work.type, CountFor(work.type), work.style);
  const ValueView values = sample.view();
  auto page = work.codec->encode_mini_block(values, {});
  if (page.ok() && wrapped) page = WrapGeneral(*page, {.scheme = 2});
  if (!page.ok()) return state.SkipWithError(page.status().message().c_str());
  const auto decoder = OpenMiniBlock(page->encoding, work.type, kVersion22);
  if (!decoder.ok()) return state.SkipWithError(decoder.status().message().c_str());
  ValueBuilder out(work.type, RecyclingPool());
  for (auto _ : state) {
    const Status status = DecodePage(**decoder, *page, &out);
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
    // Let the memory be used again, as a scan does with its pool.
    state.PauseTiming();
    out = ValueBuilder(work.type, RecyclingPool());
    benchmark::DoNotOptimize(out.Reserve(values.num_values, values.data.size() + 64 * 1024));
    state.ResumeTiming();
  }
  SetRates(state, values, EncodedBytes(*page));
}

void Encode(benchmark::State& state, const Workload& work) {
  const SampleValues sample = SampleValues::Make(work.type, CountFor(work.type), work.style);
  const ValueView values = sample.view();
  uint64_t encoded = 0;
  for (auto _ : state) {
    const auto page = work.codec->encode_mini_block(values, {});
    if (!page.ok()) return state.SkipWithError(page.status().message().c_str());
    encoded = EncodedBytes(*page);
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
  static constexpr const char* kStyleNames[] = {"random", "small", "runs", "zeros"};
  return std::string(what) + "/" + std::string(work.codec->name) + "/" +
         std::to_string(work.type.bits) + (work.type.is_fixed() ? "" : "-bit offsets") +
         (work.type.lists.empty() ? "" : " list") + "/" + kStyleNames[static_cast<int>(work.style)];
}

void RegisterAll(const Workload& work) {
  const SampleValues probe = SampleValues::Make(work.type, 64, work.style);
  if (!work.codec->estimate(probe.view(), {})) return;
  benchmark::RegisterBenchmark(NameOf(work, "decode").c_str(),
                               [work](benchmark::State& state) { Decode(state, work, false); });
  benchmark::RegisterBenchmark(NameOf(work, "decode zstd").c_str(),
                               [work](benchmark::State& state) { Decode(state, work, true); });
  benchmark::RegisterBenchmark(NameOf(work, "encode").c_str(),
                               [work](benchmark::State& state) { Encode(state, work); });
  benchmark::RegisterBenchmark(NameOf(work, "estimate").c_str(),
                               [work](benchmark::State& state) { EstimateSize(state, work); });
}

const bool kRegistered = [] {
  for (const Codec* codec : AllCodecs()) {
    if (codec->encode_mini_block == nullptr || codec->estimate == nullptr) continue;
    for (const ValueType& type : testing::SampleTypes()) {
      for (Style style : {Style::kSmall, Style::kRuns}) RegisterAll({codec, type, style});
    }
  }
  return true;
}();

}  // namespace
}  // namespace lance::encoding
