#include "lance/encoding/page_reader.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

#include "lance/encoding/array/array_reader.h"
#include "lance/encoding/page/layout.h"
#include "lance/encoding/page/scratch.h"

namespace lance::encoding {

void FetchedBytes::Add(ByteRange range, std::shared_ptr<arrow::Buffer> buffer) {
  auto at = parts_.end();
  while (at != parts_.begin() && std::prev(at)->range.offset > range.offset) --at;
  parts_.insert(at, {range, std::move(buffer)});
}

Result<const FetchedBytes::Part*> FetchedBytes::FindPart(ByteRange range) const {
  auto after = std::upper_bound(
      parts_.begin(), parts_.end(), range.offset,
      [](uint64_t offset, const Part& part) { return offset < part.range.offset; });
  if (after != parts_.begin()) {
    const Part& part = *std::prev(after);
    const uint64_t skip = range.offset - part.range.offset;
    const auto size = static_cast<uint64_t>(part.buffer->size());
    if (RangeFits(skip, range.length, size)) return &part;
  }
  // Those of a page are fetched in order; only buffers that overlap hide one another.
  return Corruption("bytes [", range.offset, ", ", range.end(),
                    ") of a page overlap others or were not fetched");
}

Result<Bytes> FetchedBytes::Find(ByteRange range) const {
  if (range.length == 0) return Bytes{};
  ARROW_ASSIGN_OR_RAISE(const Part* part, FindPart(range));
  return Bytes{part->buffer->data() + (range.offset - part->range.offset), range.length};
}

Result<std::shared_ptr<arrow::Buffer>> FetchedBytes::Slice(ByteRange range) const {
  ARROW_ASSIGN_OR_RAISE(const Part* part, FindPart(range));
  return arrow::SliceBuffer(part->buffer, static_cast<int64_t>(range.offset - part->range.offset),
                            static_cast<int64_t>(range.length));
}

DecodeScratch::DecodeScratch() : impl_(std::make_unique<Impl>()) {}
DecodeScratch::~DecodeScratch() = default;
DecodeScratch::DecodeScratch(DecodeScratch&&) noexcept = default;
DecodeScratch& DecodeScratch::operator=(DecodeScratch&&) noexcept = default;

Status PageReader::Initialize(const FetchedBytes&) { return Status::OK(); }

Status PageReader::AddDependentRanges(std::span<const RowRange>, const FetchedBytes&,
                                      DecodeScratch*, std::vector<ByteRange>*) const {
  return Status::OK();
}

namespace {

Result<std::unique_ptr<PageReader>> MakeReader(page::PageContext context,
                                               page::ParsedLayout parsed) {
  ARROW_ASSIGN_OR_RAISE(context.layers, page::MakePageLayers(parsed.layers, context.shape));
  if (parsed.mini_block) {
    return page::MakeMiniBlockReader(std::move(context), std::move(*parsed.mini_block));
  }
  if (parsed.full_zip) {
    return page::MakeFullZipReader(std::move(context), std::move(*parsed.full_zip));
  }
  if (parsed.constant) {
    return page::MakeConstantReader(std::move(context), std::move(*parsed.constant));
  }
  page::PageContext inner = context;
  inner.shape.ancestors.clear();
  ARROW_ASSIGN_OR_RAISE(auto descriptors, MakeReader(std::move(inner), *parsed.blob->inner));
  return page::MakeBlobReader(std::move(context), std::move(descriptors));
}

}  // namespace

Result<std::unique_ptr<PageReader>> PageReader::Make(const PageDescription& description,
                                                     const LeafShape& shape) {
  if (description.version < kVersion21) return array::MakeArrayReader(description, shape);
  ARROW_ASSIGN_OR_RAISE(page::ParsedLayout parsed, page::ParseLayout(description.layout));
  return MakeReader({description.buffers, description.num_rows, description.version, shape, {}},
                    std::move(parsed));
}

Result<PageSummary> SummarizePage(Bytes layout, FormatVersion version) {
  if (version < kVersion21) {
    ARROW_ASSIGN_OR_RAISE(const array::ArrayNode node, array::ParseArrayEncoding(layout));
    return PageSummary{"array", array::ToString(node)};
  }
  ARROW_ASSIGN_OR_RAISE(const page::ParsedLayout parsed, page::ParseLayout(layout));
  return page::SummarizeLayout(parsed);
}

Result<uint64_t> NumListItems(Bytes layout) {
  ARROW_ASSIGN_OR_RAISE(const array::ArrayNode node, array::ParseArrayEncoding(layout));
  return node.kind == array::ArrayKind::kList ? node.num_items : 0;
}

}  // namespace lance::encoding
