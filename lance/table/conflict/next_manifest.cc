#include "lance/table/conflict/next_manifest.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lance/table/wire/fragment_wire.h"
#include "table.pb.h"

namespace lance::table {
namespace {

constexpr std::string_view kLibraryName = "lance-cpp";
constexpr std::string_view kLibraryVersion = "0.1.0";

std::string VersionOfFormat(encoding::FormatVersion version) {
  return internal::Concat(version.major, ".", version.minor);
}

// Data files must be of the table's version unless it holds mixed ones already.
Status CheckNewFragments(const Manifest& manifest, const std::vector<Fragment>& fragments) {
  const bool mixed = (manifest.writer_flags & kMixedFileVersions) != 0;
  for (const Fragment& fragment : fragments) {
    LANCE_REQUIRE(fragment.id == 0 && fragment.row_lineage.empty() && !fragment.deletions,
                  "a new fragment has neither an id nor deletions nor row ids of its own");
    LANCE_REQUIRE(!fragment.files.empty(), "a new fragment has no data file");
    LANCE_REQUIRE(fragment.physical_rows > 0 && fragment.physical_rows <= UINT32_MAX,
                  "a new fragment has ", fragment.physical_rows, " rows, expected 1 to 2^32 - 1");
    for (const DataFile& file : fragment.files) {
      const std::string version = internal::Concat(file.major, ".", file.minor);
      LANCE_REQUIRE(mixed || version == manifest.data_format_version, "data file '", file.path,
                    "' is of version ", version, ", the table's files are of version ",
                    manifest.data_format_version);
    }
  }
  return Status::OK();
}

Status CheckUniqueIds(const std::vector<Fragment>& fragments) {
  for (size_t i = 1; i < fragments.size(); ++i) {
    if (fragments[i - 1].id != fragments[i].id) continue;
    return Error(ErrorCode::InvalidTableState, "fragment id ", fragments[i].id,
                 " occurs twice, as old releases wrote it: nothing can be committed to this table");
  }
  return Status::OK();
}

// Row ids continue the table's counter; the rows are as new as the version.
Status AddRowLineage(Manifest* manifest, Fragment* fragment) {
  uint64_t end = 0;
  if (!CheckedAdd(manifest->next_row_id, fragment->physical_rows, &end)) {
    return Error(ErrorCode::InvalidTableState, "the table's row ids are used up");
  }
  spec::RowIdSequence ids;
  spec::NumberRange* range = ids.add_segments()->mutable_range();
  range->set_start(manifest->next_row_id);
  range->set_end(end);
  manifest->next_row_id = end;

  spec::RowVersionSequence versions;
  spec::RowVersionRun* run = versions.add_runs();
  run->mutable_span()->mutable_range()->set_end(fragment->physical_rows);
  run->set_version(manifest->version);
  const std::string version_bytes = SerializeMessage(versions);

  spec::DataFragment lineage;
  lineage.set_inline_row_ids(SerializeMessage(ids));
  lineage.set_inline_last_updated_at(version_bytes);
  lineage.set_inline_created_at(version_bytes);
  fragment->row_lineage = SerializeMessage(lineage);
  return Status::OK();
}

// Ids continue above everything that ever was, and are never used again.
Status AddFragments(const std::vector<Fragment>& fragments, uint64_t first_free_id,
                    Manifest* manifest) {
  const bool stable_row_ids = (manifest->writer_flags & kStableRowIds) != 0;
  uint64_t id = first_free_id;
  for (Fragment fragment : fragments) {
    if (id > UINT32_MAX) {
      return Error(ErrorCode::InvalidTableState, "the table's fragment ids are used up");
    }
    fragment.id = id;
    manifest->max_fragment_id = static_cast<uint32_t>(id);
    ++id;
    if (stable_row_ids) ARROW_RETURN_NOT_OK(AddRowLineage(manifest, &fragment));
    manifest->fragments.push_back(std::move(fragment));
  }
  return Status::OK();
}

void RecomputeFlags(Manifest* manifest) {
  // Properties of the table rather than of its present files are inherited.
  uint64_t both = manifest->writer_flags & (kStableRowIds | kMixedFileVersions);
  const bool any_deletions =
      std::any_of(manifest->fragments.begin(), manifest->fragments.end(),
                  [](const Fragment& fragment) { return fragment.deletions.has_value(); });
  if (any_deletions) both |= kDeletionFiles;
  if (!manifest->base_paths.empty()) both |= kBasePaths;
  manifest->reader_flags = both;
  manifest->writer_flags = both | (manifest->config.empty() ? 0 : uint64_t{kTableConfig});
}

uint64_t FirstFreeFragmentId(const Manifest& manifest) {
  uint64_t out = 0;
  if (manifest.max_fragment_id.has_value()) out = *manifest.max_fragment_id + 1ULL;
  if (!manifest.fragments.empty()) out = std::max(out, manifest.fragments.back().id + 1);
  return out;
}

}  // namespace

std::string TransactionFileName(const Transaction& transaction) {
  return internal::Concat(transaction.read_version, "-", transaction.uuid, ".txn");
}

Result<Manifest> NextManifest(const Manifest& latest, const Transaction& transaction,
                              const CommitOptions& options) {
  Manifest out = latest;
  ++out.version;
  if (out.version >> 63 != 0) {
    return Error(ErrorCode::InvalidTableState, "the table's version numbers are used up");
  }
  const uint64_t first_free_id = FirstFreeFragmentId(latest);
  if (transaction.kind == OperationKind::kOverwrite) {
    out.schema = transaction.schema;
    out.fragments.clear();
    out.index_section.clear();
    for (const auto& [key, value] : transaction.config) out.config[key] = value;
    out.data_format_version = VersionOfFormat(options.file_version);
  }
  ARROW_RETURN_NOT_OK(CheckUniqueIds(out.fragments));
  ARROW_RETURN_NOT_OK(CheckNewFragments(out, transaction.fragments));
  ARROW_RETURN_NOT_OK(AddFragments(transaction.fragments, first_free_id, &out));
  RecomputeFlags(&out);
  // Clocks of writers differ; time must not run backwards along the versions.
  out.timestamp = std::max<TimePoint>(std::chrono::system_clock::now(), latest.timestamp);
  out.writer = WriterVersion{std::string(kLibraryName), std::string(kLibraryVersion)};
  out.transaction_file = TransactionFileName(transaction);
  out.inline_transaction.clear();
  return out;
}

Result<Manifest> FirstManifest(const Transaction& transaction, const CommitOptions& options) {
  return NextManifest(Manifest{}, transaction, options);
}

}  // namespace lance::table
