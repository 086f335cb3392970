#include "lance/file/read/column.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

#include "file.pb.h"
#include "lance/file/read/footer.h"

namespace lance::file {
namespace {

constexpr std::string_view kPageLayoutType = "/lance.encodings21.PageLayout";
constexpr std::string_view kArrayEncodingType = "/lance.encodings.ArrayEncoding";

bool IsArrayVersion(encoding::FormatVersion version) { return version < encoding::kVersion21; }

// The layout of a page is an Any message in the page's encoding.
Result<std::string> LayoutOf(const spec::Page& wire, encoding::FormatVersion version) {
  const std::string_view type = IsArrayVersion(version) ? kArrayEncodingType : kPageLayoutType;
  LANCE_CHECK_BYTES(wire.encoding().has_direct(), "its layout is not stored beside it");
  spec::AnyMessage any;
  LANCE_CHECK_BYTES(any.ParseFromString(wire.encoding().direct().encoding()),
                    "its layout is not an Any message");
  LANCE_CHECK_BYTES(std::string_view(any.type_url()).ends_with(type), "its layout has type '",
                    any.type_url(), "', expected '", type, "'");
  return std::move(*any.mutable_value());
}

Result<ColumnPage> ParsePage(const spec::Page& wire, uint64_t file_size,
                             encoding::FormatVersion version) {
  const uint64_t alignment = BufferAlignment(version);
  ColumnPage out;
  out.num_rows = wire.length();
  LANCE_CHECK_BYTES(wire.buffer_offsets_size() == wire.buffer_sizes_size(), "it has ",
                    wire.buffer_offsets_size(), " buffer offsets and ", wire.buffer_sizes_size(),
                    " sizes");
  for (int i = 0; i < wire.buffer_offsets_size(); ++i) {
    const ByteRange range{wire.buffer_offsets(i), wire.buffer_sizes(i)};
    LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, file_size), "its buffer ", i, " at ",
                      range.offset, " of ", range.length,
                      " bytes runs past the end of the file at ", file_size);
    LANCE_CHECK_BYTES(range.offset % alignment == 0, "its buffer ", i, " at ", range.offset,
                      " is not aligned to ", alignment, " bytes");
    out.buffers.push_back(range);
  }
  ARROW_ASSIGN_OR_RAISE(out.layout, LayoutOf(wire, version));
  return out;
}

// Put `page` behind the others.
Status AddPage(ColumnPage page, encoding::FormatVersion version, ColumnPages* out) {
  page.first_row = out->num_rows;
  page.first_item = out->num_items;
  uint64_t num_items = 0;
  if (IsArrayVersion(version)) {
    ARROW_ASSIGN_OR_RAISE(num_items, encoding::NumListItems(AsBytes(page.layout)));
  }
  LANCE_CHECK_BYTES(CheckedAdd(out->num_rows, page.num_rows, &out->num_rows) &&
                        CheckedAdd(out->num_items, num_items, &out->num_items) &&
                        std::max(out->num_rows, out->num_items) < (uint64_t{1} << 62),
                    "its pages have more rows than can be counted");
  out->pages.push_back(std::move(page));
  return Status::OK();
}

bool SameValues(const encoding::ValueType& a, const encoding::ValueType& b) {
  const auto same_list = [](const encoding::ListLayer& x, const encoding::ListLayer& y) {
    return x.dimension == y.dimension;
  };
  return a.kind == b.kind && a.bits == b.bits &&
         std::equal(a.lists.begin(), a.lists.end(), b.lists.begin(), b.lists.end(), same_list) &&
         std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(), SameValues);
}

bool IsReady(const PartOfColumn& wanted) { return wanted.part->reader != nullptr; }

}  // namespace

uint64_t ColumnPage::size_bytes() const {
  uint64_t out = 0;
  for (const ByteRange& buffer : buffers) out += buffer.length;
  return out;
}

uint64_t ColumnPages::memory_bytes() const {
  uint64_t out = pages.capacity() * sizeof(ColumnPage);
  for (const ColumnPage& page : pages) {
    out += page.buffers.capacity() * sizeof(ByteRange) + page.layout.capacity();
  }
  return out;
}

Result<ColumnPages> ParseColumnMetadata(Bytes message, uint64_t file_size,
                                        encoding::FormatVersion version) {
  spec::ColumnMetadata wire;
  LANCE_CHECK_BYTES(message.size() < (1U << 31) &&
                        wire.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    "its metadata (", message.size(), " bytes) is not a ColumnMetadata message");
  ColumnPages out;
  uint64_t data_bytes = 0;
  out.pages.reserve(static_cast<size_t>(wire.pages_size()));
  for (const spec::Page& page : wire.pages()) {
    Result<ColumnPage> parsed = ParsePage(page, file_size, version);
    Status status = parsed.status();
    if (parsed.ok()) {
      // Each buffer is inside of the file, so that this cannot wrap before it is refused.
      data_bytes += parsed->size_bytes();
      LANCE_CHECK_BYTES(data_bytes <= file_size, "its pages up to page ", out.pages.size(),
                        " have ", data_bytes, " bytes of a file of ", file_size,
                        ": buffers overlap");
      status = AddPage(std::move(*parsed), version, &out);
    }
    if (!status.ok()) return WithContext(status, internal::Concat("page ", out.pages.size()));
  }
  return out;
}

Column::Column(int32_t index, std::shared_ptr<const ColumnPages> pages, encoding::LeafShape shape,
               encoding::FormatVersion version, std::shared_ptr<ByteBudget> budget)
    : index_(index),
      pages_(std::move(pages)),
      shape_(std::move(shape)),
      version_(version),
      budget_(std::move(budget)) {
  uint64_t bytes = 0;
  for (const ColumnPage& page : pages_->pages) bytes += page.size_bytes();
  bytes_per_row_ =
      static_cast<double>(bytes) / static_cast<double>(std::max<uint64_t>(pages_->num_rows, 1));
  kept_.resize(pages_->pages.size());
}

Column::~Column() {
  for (const Kept& kept : kept_) budget_->Remove(kept.item);
}

std::vector<PagePart> Column::Split(std::span<const RowRange> rows) const {
  std::vector<PagePart> out;
  const std::vector<ColumnPage>& pages = pages_->pages;
  if (rows.empty() || pages.empty()) return out;
  auto page = std::upper_bound(
      pages.begin(), pages.end(), rows.front().begin,
      [](uint64_t row, const ColumnPage& candidate) { return row < candidate.first_row; });
  --page;
  const std::lock_guard lock(mutex_);
  for (RowRange range : rows) {
    while (range.begin < range.end) {
      while (page->first_row + page->num_rows <= range.begin) ++page;
      const auto index = static_cast<size_t>(page - pages.begin());
      const uint64_t end = std::min(range.end, page->first_row + page->num_rows);
      if (out.empty() || out.back().page != index) {
        const Kept& kept = kept_[index];
        if (kept.item != nullptr) kept.item->Touch();
        out.push_back({index, kept.reader, {}});
      }
      out.back().rows.push_back({range.begin - page->first_row, end - page->first_row});
      range.begin = end;
    }
  }
  return out;
}

Status Column::Explain(const Status& status, size_t page) const {
  if (status.ok()) return status;
  return WithContext(status, internal::Concat("column ", index_, ", page ", page));
}

Result<std::unique_ptr<encoding::PageReader>> Column::MakeReader(size_t page) const {
  const ColumnPage& described = pages_->pages[page];
  return encoding::PageReader::Make({AsBytes(described.layout), described.buffers,
                                     described.num_rows, version_, described.first_item},
                                    shape_);
}

std::shared_ptr<const encoding::PageReader> Column::Publish(
    size_t page, std::shared_ptr<const encoding::PageReader> reader) {
  {
    const std::lock_guard lock(mutex_);
    if (kept_[page].reader != nullptr) return kept_[page].reader;
    kept_[page].reader = reader;
  }
  // It may be dropped at once, when the budget is small.
  auto item = budget_->Add(reader->size_bytes(), [weak = weak_from_this(), page] {
    if (const auto column = weak.lock()) column->Drop(page);
  });
  const std::lock_guard lock(mutex_);
  if (kept_[page].reader == reader) kept_[page].item = std::move(item);
  return reader;
}

void Column::Drop(size_t page) {
  std::shared_ptr<const encoding::PageReader> dropped;  // goes when the lock is free
  const std::lock_guard lock(mutex_);
  dropped = std::move(kept_[page].reader);
  kept_[page] = {};
}

Status OpenPages(io::ObjectReader& object, std::span<const PartOfColumn> parts,
                 arrow::MemoryPool* pool) {
  if (std::all_of(parts.begin(), parts.end(), IsReady)) return Status::OK();
  struct Opening {
    PartOfColumn wanted;
    std::unique_ptr<encoding::PageReader> reader;
    size_t first_range = 0;
    size_t end_range = 0;
  };
  std::vector<Opening> openings;
  std::vector<ByteRange> ranges;
  for (const PartOfColumn& wanted : parts) {
    if (IsReady(wanted)) continue;
    auto reader = wanted.column->MakeReader(wanted.part->page);
    if (!reader.ok()) return wanted.column->Explain(reader.status(), wanted.part->page);
    const size_t first = ranges.size();
    for (const ByteRange& range : (*reader)->InitialRanges()) ranges.push_back(range);
    openings.push_back({wanted, std::move(*reader), first, ranges.size()});
  }
  ARROW_ASSIGN_OR_RAISE(auto buffers, object.ReadRanges(ranges, pool));
  for (Opening& opening : openings) {
    encoding::FetchedBytes bytes;
    for (size_t i = opening.first_range; i < opening.end_range; ++i) {
      bytes.Add(ranges[i], buffers[i]);
    }
    const size_t page = opening.wanted.part->page;
    ARROW_RETURN_NOT_OK(opening.wanted.column->Explain(opening.reader->Initialize(bytes), page));
    opening.wanted.part->reader = opening.wanted.column->Publish(page, std::move(opening.reader));
  }
  return Status::OK();
}

bool SameShape(const encoding::LeafShape& a, const encoding::LeafShape& b) {
  return a.ancestors == b.ancestors && a.role == b.role && SameValues(a.values, b.values);
}

}  // namespace lance::file
