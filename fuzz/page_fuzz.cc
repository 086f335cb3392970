// Pages: the layout message, chunk words, repetition index, levels, dictionary and values.
//
//   [minor u8: 2.1, 2.2, 2.0][type u8][number of ancestors u8][ancestors, a bit each u8][rows u16]
//   [layout length u16][number of buffers u8][length u16 of each buffer][PageLayout][buffers]
// Lengths of buffers that do not fit are cut. In 2.0 a page has no ancestors, and their bits say
// what its values stand for; the layout is an ArrayEncoding.
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include <algorithm>

#include "lance/encoding/page_reader.h"
#include "lance/encoding/testing/sample_values.h"

namespace {

namespace encoding = lance::encoding;
using lance::RowRange;
using lance::Status;

struct PageInput {
  encoding::PageDescription page;
  encoding::LeafShape shape;
  encoding::FetchedBytes bytes;
};

Status ReadBuffers(lance::ByteCursor* cursor, const std::vector<uint16_t>& lengths,
                   PageInput* out) {
  ARROW_ASSIGN_OR_RAISE(const lance::Bytes all, cursor->Take(cursor->remaining()));
  uint64_t at = 0;
  for (const uint16_t length : lengths) {
    const uint64_t cut = std::min<uint64_t>(length, all.size() - at);
    out->page.buffers.push_back({at, cut});
    at += cut;
  }
  out->bytes.Add({0, all.size()},
                 std::make_shared<arrow::Buffer>(all.data(), static_cast<int64_t>(all.size())));
  return Status::OK();
}

Status ParseInput(lance::Bytes input, PageInput* out) {
  lance::ByteCursor cursor(input, "fuzz input");
  ARROW_ASSIGN_OR_RAISE(const auto minor, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto type, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto num_ancestors, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto kinds, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(out->page.num_rows, cursor.Read<uint16_t>());
  ARROW_ASSIGN_OR_RAISE(const auto layout_length, cursor.Read<uint16_t>());
  ARROW_ASSIGN_OR_RAISE(const auto num_buffers, cursor.Read<uint8_t>());
  std::vector<uint16_t> lengths(num_buffers % 5);
  for (uint16_t& length : lengths) {
    ARROW_ASSIGN_OR_RAISE(length, cursor.Read<uint16_t>());
  }
  ARROW_ASSIGN_OR_RAISE(out->page.layout, cursor.Take(layout_length));
  constexpr uint16_t kMinors[] = {1, 2, 0};
  out->page.version = {2, kMinors[minor % 3]};
  static const auto types = encoding::testing::SampleTypes();
  out->shape.values = types[type % types.size()];
  if (out->page.version < encoding::kVersion21) {
    out->shape.role = static_cast<encoding::LeafRole>(kinds % 4);
    const bool has_pairs = out->shape.role == encoding::LeafRole::kListEnds ||
                           out->shape.role == encoding::LeafRole::kBlobPlaces;
    if (has_pairs) out->shape.values = encoding::ValueType::Fixed(128);
    return ReadBuffers(&cursor, lengths, out);
  }
  for (int i = 0; i < num_ancestors % 5; ++i) {
    out->shape.ancestors.push_back((kinds >> i & 1) != 0 ? encoding::AncestorKind::kList
                                                         : encoding::AncestorKind::kStruct);
  }
  return ReadBuffers(&cursor, lengths, out);
}

Status ReadRows(const encoding::PageReader& reader, const PageInput& input, RowRange rows,
                encoding::DecodeScratch* scratch) {
  arrow::ProxyMemoryPool own(arrow::default_memory_pool());
  arrow::CappedMemoryPool pool(&own, 512 << 20);
  std::vector<lance::ByteRange> ranges;
  ARROW_RETURN_NOT_OK(reader.AddRanges({&rows, 1}, &ranges));
  (void)reader.AddDependentRanges({&rows, 1}, input.bytes, scratch, &ranges);
  ARROW_ASSIGN_OR_RAISE(auto out, encoding::LeafAccumulator::Make(
                                      input.shape, static_cast<int64_t>(rows.size()), {}, &pool));
  ARROW_RETURN_NOT_OK(reader.Decode({&rows, 1}, input.bytes, scratch, &out));
  return out.Finish().status();
}

Status ReadPage(lance::Bytes bytes) {
  PageInput input;
  ARROW_RETURN_NOT_OK(ParseInput(bytes, &input));
  (void)encoding::SummarizePage(input.page.layout, input.page.version);
  ARROW_ASSIGN_OR_RAISE(auto reader, encoding::PageReader::Make(input.page, input.shape));
  (void)reader->InitialRanges();
  ARROW_RETURN_NOT_OK(reader->Initialize(input.bytes));
  encoding::DecodeScratch scratch;
  const uint64_t num_rows = input.page.num_rows;
  (void)ReadRows(*reader, input, {0, num_rows}, &scratch);
  if (num_rows < 2) return Status::OK();
  (void)ReadRows(*reader, input, {num_rows / 3, num_rows / 3 + 1}, &scratch);
  (void)ReadRows(*reader, input, {num_rows / 3 + 1, num_rows}, &scratch);
  return ReadRows(*reader, input, {num_rows - 1, num_rows}, &scratch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ReadPage({data, size});
  return 0;
}
