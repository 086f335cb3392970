#include "lance/catalog/dataset_backed.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <numeric>
#include <utility>

#include "lance/catalog/object_names.h"
#include "lance/dataset/write.h"
#include "lance/table/commit.h"

namespace lance::catalog {
namespace {

// A fragment with fewer rows costs more to open than to read.
constexpr uint64_t kSmallFragmentRows = 100 * 1024;

VersionRef RefOf(const std::optional<std::string>& branch, std::optional<uint64_t> version) {
  VersionRef ref;
  ref.branch = branch;
  ref.version = version;
  return ref;
}

int64_t MillisOf(io::TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Result<query::ExpressionPtr> ParsePredicate(const std::optional<std::string>& sql) {
  if (!sql.has_value() || sql->empty()) return query::ExpressionPtr();
  return query::ParseFilter(*sql);
}

// Nearest-rank percentile of sorted values.
uint64_t Percentile(const std::vector<uint64_t>& sorted, uint64_t percent) {
  const uint64_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<uint64_t>(rank, 1) - 1];
}

FragmentLengths LengthsOf(std::vector<uint64_t> rows) {
  FragmentLengths out;
  if (rows.empty()) return out;
  std::sort(rows.begin(), rows.end());
  out.min = rows.front();
  out.max = rows.back();
  out.mean = static_cast<double>(std::accumulate(rows.begin(), rows.end(), uint64_t{0})) /
             static_cast<double>(rows.size());
  out.p25 = Percentile(rows, 25);
  out.p50 = Percentile(rows, 50);
  out.p75 = Percentile(rows, 75);
  out.p99 = Percentile(rows, 99);
  return out;
}

TableVersion ToTableVersion(const table::ManifestLocation& location,
                            const table::Manifest& manifest) {
  TableVersion out;
  out.version = location.version;
  out.manifest_path = location.path;
  out.manifest_size = location.size_bytes;
  out.timestamp_millis = MillisOf(manifest.timestamp);
  return out;
}

// Cut the page out of ascending versions; tokens are version numbers.
Result<std::vector<table::ManifestLocation>> CutVersions(
    std::vector<table::ManifestLocation> versions, const ListTableVersionsRequest& input,
    std::optional<std::string>* next_token) {
  const Page& page = input.page;
  LANCE_REQUIRE(page.limit.value_or(0) >= 0, "the limit of a page must not be negative");
  if (input.descending) std::reverse(versions.begin(), versions.end());
  if (page.page_token.has_value() && !page.page_token->empty()) {
    uint64_t after = 0;
    const std::string& text = *page.page_token;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), after);
    LANCE_REQUIRE(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size(),
                  "the page token '", text, "' is no version number");
    std::erase_if(versions, [&](const table::ManifestLocation& location) {
      return input.descending ? location.version >= after : location.version <= after;
    });
  }
  const size_t limit = static_cast<size_t>(page.limit.value_or(INT64_MAX));
  if (versions.size() > limit) {
    versions.resize(limit);
    if (limit > 0) *next_token = std::to_string(versions.back().version);
  }
  return versions;
}

Status CheckPlainQuery(const QueryTableRequest& input) {
  if (!input.vectors.empty()) return Unsupported("vector search is not supported by this build");
  if (input.full_text_query.has_value()) {
    return Unsupported("full text search is not supported by this build");
  }
  if (!input.column_aliases.empty()) {
    return Unsupported("computed columns in a query are not supported by this build");
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<Dataset>> DatasetBackedNamespace::OpenTable(const ObjectId& id,
                                                                   VersionRef ref) {
  ARROW_ASSIGN_OR_RAISE(TableLocation location, Locate(id));
  OpenOptions options;
  options.ref = std::move(ref);
  options.storage = std::move(location.storage);
  return Dataset::Open(location.uri, options);
}

Result<CountTableRowsResponse> DatasetBackedNamespace::CountTableRows(
    const CountTableRowsRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const auto filter, ParsePredicate(input.predicate));
  ARROW_ASSIGN_OR_RAISE(const auto dataset,
                        OpenTable(input.id, RefOf(input.branch, input.version)));
  CountTableRowsResponse out;
  ARROW_ASSIGN_OR_RAISE(out.num_rows, dataset->CountRows(filter));
  return out;
}

Result<QueryTableResponse> DatasetBackedNamespace::QueryTable(const QueryTableRequest& input) {
  ARROW_RETURN_NOT_OK(CheckPlainQuery(input));
  query::ScanRequest scan;
  ARROW_ASSIGN_OR_RAISE(scan.filter, ParsePredicate(input.filter));
  ARROW_ASSIGN_OR_RAISE(const auto dataset,
                        OpenTable(input.id, RefOf(input.branch, input.version)));
  scan.columns = input.columns;
  scan.limit = input.k;
  scan.offset = input.offset;
  if (input.with_row_id) {
    if (!scan.columns.has_value()) scan.columns = dataset->schema()->field_names();
    scan.columns->push_back(query::kRowIdColumn);
  }
  QueryTableResponse out;
  ARROW_ASSIGN_OR_RAISE(out.data, dataset->Scan(scan));
  return out;
}

Result<InsertIntoTableResponse> DatasetBackedNamespace::InsertIntoTable(
    const InsertIntoTableRequest& input) {
  LANCE_REQUIRE(input.data != nullptr, "InsertIntoTable needs rows");
  if (input.branch.has_value() && *input.branch != "main") {
    return Unsupported(name(), " does not write to branches in this version");
  }
  ARROW_ASSIGN_OR_RAISE(TableLocation location, Locate(input.id));
  TableWriteOptions options;
  options.mode = input.mode == InsertMode::kAppend ? WriteMode::kAppend : WriteMode::kOverwrite;
  options.storage = std::move(location.storage);
  ARROW_ASSIGN_OR_RAISE(const auto dataset, WriteTable(location.uri, input.data.get(), options));
  InsertIntoTableResponse out;
  out.version = dataset->version();
  return out;
}

Result<ListTableVersionsResponse> DatasetBackedNamespace::ListTableVersions(
    const ListTableVersionsRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(input.id, RefOf(input.branch, std::nullopt)));
  ARROW_ASSIGN_OR_RAISE(auto all, table::CommitStore::ForFolder(dataset->store())->List());
  ListTableVersionsResponse out;
  ARROW_ASSIGN_OR_RAISE(const auto page, CutVersions(std::move(all), input, &out.page_token));
  for (const table::ManifestLocation& location : page) {
    ARROW_ASSIGN_OR_RAISE(const auto manifest, table::LoadManifest(*dataset->store(), location));
    out.versions.push_back(ToTableVersion(location, *manifest));
  }
  return out;
}

Result<DescribeTableVersionResponse> DatasetBackedNamespace::DescribeTableVersion(
    const DescribeTableVersionRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset,
                        OpenTable(input.id, RefOf(input.branch, input.version)));
  const auto versions = table::CommitStore::ForFolder(dataset->store());
  ARROW_ASSIGN_OR_RAISE(const auto location, versions->Find(dataset->version()));
  DescribeTableVersionResponse out;
  out.version = ToTableVersion(location, dataset->manifest());
  return out;
}

Result<GetTableStatsResponse> DatasetBackedNamespace::GetTableStats(
    const GetTableStatsRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(input.id, RefOf(input.branch, std::nullopt)));
  const table::Manifest& manifest = dataset->manifest();
  if (!manifest.index_section.empty()) {
    return Unsupported("statistics of a table with indices are not supported by this build");
  }
  GetTableStatsResponse out;
  std::vector<uint64_t> rows;
  for (const table::Fragment& fragment : manifest.fragments) {
    for (const table::DataFile& data_file : fragment.files) out.total_bytes += data_file.size_bytes;
    rows.push_back(fragment.num_rows());
    if (rows.back() < kSmallFragmentRows) ++out.num_small_fragments;
  }
  out.num_rows = manifest.num_rows();
  out.num_fragments = manifest.fragments.size();
  out.lengths = LengthsOf(std::move(rows));
  return out;
}

Result<ListTableTagsResponse> DatasetBackedNamespace::ListTableTags(
    const ListTableTagsRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(input.id, {}));
  ARROW_ASSIGN_OR_RAISE(const auto tags, table::ListTags(*dataset->store()));
  std::vector<std::string> names;
  for (const table::TagInfo& tag : tags) names.push_back(tag.name);
  std::sort(names.begin(), names.end());
  ListTableTagsResponse out;
  ARROW_ASSIGN_OR_RAISE(const auto page, CutPage(std::move(names), input.page, &out.page_token));
  for (const table::TagInfo& tag : tags) {
    if (!std::binary_search(page.begin(), page.end(), tag.name)) continue;
    TagContents contents;
    contents.branch = tag.branch;
    contents.version = tag.version;
    out.tags.emplace(tag.name, std::move(contents));
  }
  return out;
}

Result<GetTableTagVersionResponse> DatasetBackedNamespace::GetTableTagVersion(
    const GetTableTagVersionRequest& input) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(input.id, {}));
  ARROW_ASSIGN_OR_RAISE(table::TagInfo tag, table::FindTag(*dataset->store(), input.tag));
  GetTableTagVersionResponse out;
  out.version = tag.version;
  out.branch = std::move(tag.branch);
  return out;
}

}  // namespace lance::catalog
