// Which tables this build may read and write.
#include <array>
#include <string>
#include <string_view>

#include "lance/file/format_version.h"
#include "lance/table/manifest.h"

namespace lance::table {
namespace {

struct FlagMeaning {
  uint64_t flag;
  std::string_view meaning;
};

constexpr std::array<FlagMeaning, 18> kFlagMeanings = {{
    {1ULL << 0, "deletion files"},
    {1ULL << 1, "stable row ids"},
    {1ULL << 2, "file format 2"},
    {1ULL << 3, "table config"},
    {1ULL << 4, "base paths"},
    {1ULL << 5, "no transaction file"},
    {1ULL << 6, "data overlay files"},
    {1ULL << 7, "covering indexes"},
    {1ULL << 8, "mixed data file versions"},
    {1ULL << 9, "fragment reuse with stable row ids"},
    {1ULL << 10, "tagged fragment reuse index"},
    {1ULL << 11, "row lineage in columns"},
    {1ULL << 12, "fragment tree"},
    {1ULL << 13, "independent covering indexes"},
    {1ULL << 14, "managed blobs"},
    {1ULL << 15, "field ids that are never reused"},
    {1ULL << 16, "zone write seeds"},
    {1ULL << 17, "object metadata"},
}};

constexpr uint64_t kCoveringIndexes = 1ULL << 7;
constexpr uint64_t kTaggedFragmentReuse = 1ULL << 10;

// A reader that uses no index need not understand the two index flags.
constexpr uint64_t kReadable = kDeletionFiles | kStableRowIds | kLegacyV2Format | kTableConfig |
                               kBasePaths | kNoTransactionFile | kCoveringIndexes |
                               kMixedFileVersions | kTaggedFragmentReuse | kSpilledRowLineage |
                               kManagedBlobs;
constexpr uint64_t kWritable = kDeletionFiles | kStableRowIds | kLegacyV2Format | kTableConfig |
                               kBasePaths | kNoTransactionFile | kMixedFileVersions;
// Flags that a writer sets for readers and writers or not at all.
constexpr uint64_t kPaired =
    0x1FFFFULL & ~(kLegacyV2Format | kTableConfig | kNoTransactionFile | (1ULL << 15));

std::string DescribeFlags(uint64_t flags) {
  std::string out;
  for (int bit = 0; bit < 64; ++bit) {
    const uint64_t flag = 1ULL << bit;
    if ((flags & flag) == 0) continue;
    std::string_view meaning = "not known to this build";
    for (const FlagMeaning& known : kFlagMeanings) {
      if (known.flag == flag) meaning = known.meaning;
    }
    out += internal::Concat(out.empty() ? "" : ", ", "bit ", bit, " (", meaning, ")");
  }
  return out;
}

}  // namespace

Status CheckReadable(const Manifest& manifest) {
  const uint64_t unknown = manifest.reader_flags & ~kReadable;
  if (unknown != 0) {
    return Unsupported(
        "version ", manifest.version,
        " of the table needs features that this build cannot read: ", DescribeFlags(unknown));
  }
  const uint64_t one_sided = (manifest.reader_flags ^ manifest.writer_flags) & kPaired;
  LANCE_CHECK_BYTES(one_sided == 0, "version ", manifest.version, " of the table has flags ",
                    "for readers or writers only that concern both: ", DescribeFlags(one_sided));
  for (const Fragment& fragment : manifest.fragments) {
    for (const DataFile& file : fragment.files) {
      if (file.major != 0 || file.minor >= 3) continue;
      return Unsupported("the table has data files of the legacy version 0.1, such as '", file.path,
                         "', which cannot be read; ", file::kRewriteAdvice);
    }
  }
  return Status::OK();
}

Status CheckWritable(const Manifest& manifest) {
  ARROW_RETURN_NOT_OK(CheckReadable(manifest));
  const uint64_t unknown = (manifest.reader_flags | manifest.writer_flags) & ~kWritable;
  if (unknown == 0) return Status::OK();
  return Unsupported(
      "version ", manifest.version,
      " of the table has features that this build cannot write: ", DescribeFlags(unknown));
}

}  // namespace lance::table
