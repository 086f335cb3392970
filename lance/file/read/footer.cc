#include "lance/file/read/footer.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <utility>

#include "lance/file/format_version.h"
#include "lance/file/reader.h"

namespace lance::file {
namespace {

constexpr uint64_t kTailBytes = 64 << 10;
constexpr uint64_t kTrailerBytes = 8;  // version and magic, the same in all versions
constexpr std::string_view kMagic = "LANC";

Result<encoding::FormatVersion> ParseTrailer(Bytes tail) {
  LANCE_CHECK_BYTES(tail.size() >= kTrailerBytes && AsText(tail.last(4)) == kMagic,
                    "not a Lance data file: it does not end with the magic word LANC");
  const uint8_t* at = tail.data() + tail.size() - kTrailerBytes;
  return NormalizeVersion(LoadUnaligned<uint16_t>(at), LoadUnaligned<uint16_t>(at + 2));
}

Result<Footer> ParseFooter(Bytes tail, uint64_t file_size) {
  Footer out;
  ARROW_ASSIGN_OR_RAISE(out.version, ParseTrailer(tail));
  ARROW_RETURN_NOT_OK(CheckVersion(out.version));
  LANCE_CHECK_BYTES(tail.size() >= kFooterBytes, "a file of ", tail.size(),
                    " bytes is too short for a footer");
  ByteCursor cursor(tail.last(kFooterBytes), "the footer");
  ARROW_ASSIGN_OR_RAISE(out.columns_begin, cursor.Read<uint64_t>());
  ARROW_ASSIGN_OR_RAISE(out.column_table, cursor.Read<uint64_t>());
  ARROW_ASSIGN_OR_RAISE(out.global_table, cursor.Read<uint64_t>());
  ARROW_ASSIGN_OR_RAISE(out.num_globals, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(out.num_columns, cursor.Read<uint32_t>());
  const uint64_t end = file_size - kFooterBytes;
  LANCE_CHECK_BYTES(out.columns_begin <= end, "the column metadata begins at ", out.columns_begin,
                    ", behind the footer at ", end);
  LANCE_CHECK_BYTES(RangeFits(out.column_table, uint64_t{out.num_columns} * 16, end),
                    "the table of ", out.num_columns, " columns at ", out.column_table,
                    " runs into the footer at ", end);
  LANCE_CHECK_BYTES(RangeFits(out.global_table, uint64_t{out.num_globals} * 16, end),
                    "the table of ", out.num_globals, " global buffers at ", out.global_table,
                    " runs into the footer at ", end);
  return out;
}

Result<std::vector<ByteRange>> ParseTable(Bytes table, std::string_view what, uint64_t alignment,
                                          uint64_t file_size) {
  std::vector<ByteRange> out;
  out.reserve(table.size() / 16);
  for (size_t at = 0; at < table.size(); at += 16) {
    const ByteRange range{LoadUnaligned<uint64_t>(table.data() + at),
                          LoadUnaligned<uint64_t>(table.data() + at + 8)};
    LANCE_CHECK_BYTES(RangeFits(range.offset, range.length, file_size), what, " ", out.size(),
                      " at ", range.offset, " of ", range.length,
                      " bytes runs past the end of the file at ", file_size);
    LANCE_CHECK_BYTES(range.offset % alignment == 0, what, " ", out.size(), " at ", range.offset,
                      " is not aligned to ", alignment, " bytes");
    out.push_back(range);
  }
  return out;
}

}  // namespace

Bytes FileTail::At(ByteRange range) const {
  return {bytes->data() + (range.offset - begin), range.length};
}

uint64_t BufferAlignment(encoding::FormatVersion version) {
  return version < encoding::kVersion21 ? 1 : 64;
}

encoding::FormatVersion NormalizeVersion(uint16_t major, uint16_t minor) {
  if (major == 0 && minor == 3) return {2, 0};
  return {major, minor};
}

Status CheckVersion(encoding::FormatVersion version) {
  if (version >= encoding::kVersion20 && version <= encoding::kVersion22) return Status::OK();
  if (version.major < 2) {
    return Unsupported("data files of the legacy version 0.1 cannot be read; ", kRewriteAdvice,
                       " (footer ", version.major, ".", version.minor, ")");
  }
  const std::string name = internal::Concat(version.major, ".", version.minor);
  if (version == encoding::FormatVersion{2, 3}) {
    return Unsupported("data files of the unstable version ", name, " cannot be read; ",
                       kRewriteAdvice);
  }
  return Unsupported("data files of version ", name,
                     " cannot be read by this build; use a newer lance-cpp, or ", kRewriteAdvice);
}

Result<FileTail> ReadFileTail(io::ObjectReader& object) {
  const uint64_t size = object.size_bytes();
  FileTail out;
  out.begin = size - std::min(size, kTailBytes);
  ARROW_ASSIGN_OR_RAISE(out.bytes, object.Read({out.begin, size - out.begin}));
  ARROW_ASSIGN_OR_RAISE(out.footer, ParseFooter(out.At({out.begin, size - out.begin}), size));
  const Footer& footer = out.footer;
  const uint64_t first = std::min({footer.columns_begin, footer.column_table, footer.global_table});
  if (first < out.begin) {
    out.begin = first;
    ARROW_ASSIGN_OR_RAISE(out.bytes, object.Read({first, size - first}));
  }
  const Bytes column_table = out.At({footer.column_table, uint64_t{footer.num_columns} * 16});
  ARROW_ASSIGN_OR_RAISE(out.columns, ParseTable(column_table, "metadata of column", 1, size));
  const Bytes global_table = out.At({footer.global_table, uint64_t{footer.num_globals} * 16});
  ARROW_ASSIGN_OR_RAISE(out.globals, ParseTable(global_table, "global buffer",
                                                BufferAlignment(footer.version), size));
  uint64_t metadata_bytes = 0;
  for (size_t i = 0; i < out.columns.size(); ++i) {
    // All of it is parsed, so that columns must not share it.
    metadata_bytes += out.columns[i].length;
    LANCE_CHECK_BYTES(metadata_bytes <= size, "the metadata of columns 0 to ", i, " takes ",
                      metadata_bytes, " bytes of a file of ", size);
    LANCE_CHECK_BYTES(out.columns[i].offset >= out.begin, "metadata of column ", i, " at ",
                      out.columns[i].offset, " lies before the metadata section at ", out.begin);
  }
  return out;
}

Result<encoding::FormatVersion> ReadFileVersion(io::ObjectReader& object) {
  const uint64_t size = object.size_bytes();
  const uint64_t length = std::min(size, kTrailerBytes);
  ARROW_ASSIGN_OR_RAISE(auto bytes, object.Read({size - length, length}));
  const auto version = ParseTrailer({bytes->data(), static_cast<size_t>(bytes->size())});
  if (!version.ok()) return WithContext(version.status(), object.name());
  return version;
}

}  // namespace lance::file
