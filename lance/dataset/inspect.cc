#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <algorithm>
#include <map>
#include <utility>

#include "lance/dataset/dataset.h"
#include "lance/dataset/write/prepare_column.h"
#include "lance/file/column_view.h"

namespace lance {
namespace {

constexpr uint64_t kExplainedRows = 256 << 10;

struct LeafSizes {
  std::string path;
  uint64_t size_bytes = 0;
  uint64_t num_pages = 0;
  std::map<std::string, uint64_t> encodings;  // line -> pages
};

// Leaf columns of the schema in order, so that the answer is too.
void CollectLeaves(const file::SchemaField& field, const std::string& prefix,
                   std::vector<std::pair<int32_t, LeafSizes>>* out) {
  const std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
  if (field.is_leaf_column()) {
    out->push_back({field.id, LeafSizes{path, 0, 0, {}}});
    return;
  }
  for (const file::SchemaField& child : field.children) CollectLeaves(child, path, out);
}

Status AddColumn(file::FileReader& reader, int32_t column, LeafSizes* sizes) {
  ARROW_ASSIGN_OR_RAISE(const file::ColumnInfo info, reader.DescribeColumn(column));
  sizes->size_bytes += info.size_bytes;
  sizes->num_pages += info.pages.size();
  for (const file::PageInfo& page : info.pages) {
    ++sizes->encodings[page.layout + ": " + page.encoding];
  }
  return Status::OK();
}

Status AddDataFile(const Dataset& dataset, const table::DataFile& data_file,
                   const std::map<int32_t, LeafSizes*>& by_id) {
  ARROW_ASSIGN_OR_RAISE(const auto reader, dataset.scan_context().files->Open(data_file));
  const size_t count = std::min(data_file.field_ids.size(), data_file.column_indices.size());
  for (size_t i = 0; i < count; ++i) {
    const auto found = by_id.find(data_file.field_ids[i]);
    const int32_t column = data_file.column_indices[i];
    if (found == by_id.end() || column < 0) continue;
    LANCE_CHECK_BYTES(column < reader->num_columns(), "data file ", data_file.path, ": column ",
                      column, " of ", reader->num_columns(), " is named by the manifest");
    ARROW_RETURN_NOT_OK(AddColumn(*reader, column, found->second));
  }
  return Status::OK();
}

ColumnSize ToColumnSize(const LeafSizes& sizes) {
  ColumnSize out;
  out.path = sizes.path;
  out.size_bytes = sizes.size_bytes;
  out.num_pages = sizes.num_pages;
  std::vector<std::pair<std::string, uint64_t>> lines(sizes.encodings.begin(),
                                                      sizes.encodings.end());
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (auto& [line, num_pages] : lines) out.encodings.push_back(std::move(line));
  return out;
}

}  // namespace

Result<std::vector<ColumnSize>> InspectColumns(const Dataset& dataset) {
  std::vector<std::pair<int32_t, LeafSizes>> leaves;
  for (const file::SchemaField& field : dataset.lance_schema().fields()) {
    CollectLeaves(field, "", &leaves);
  }
  std::map<int32_t, LeafSizes*> by_id;
  for (auto& [id, sizes] : leaves) by_id[id] = &sizes;
  for (const table::Fragment& fragment : dataset.manifest().fragments) {
    for (const table::DataFile& data_file : fragment.files) {
      ARROW_RETURN_NOT_OK(AddDataFile(dataset, data_file, by_id));
    }
  }
  std::vector<ColumnSize> out;
  for (const auto& [id, sizes] : leaves) out.push_back(ToColumnSize(sizes));
  return out;
}

Result<std::vector<file::EncodingExplanation>> ExplainEncodings(const Dataset& dataset,
                                                                const std::string& column,
                                                                file::Goal goal) {
  const std::string& text = dataset.manifest().data_format_version;
  const file::FormatVersion version = text == "2.1" ? file::kVersion21 : file::kVersion22;
  std::vector<file::EncodingExplanation> out;
  std::string known;
  ARROW_ASSIGN_OR_RAISE(const file::Schema stored, file::DescribeBlobs(dataset.lance_schema()));
  for (const file::SchemaField& field : stored.fields()) {
    known += (known.empty() ? "" : ", ") + field.name;
    if (!column.empty() && field.name != column) continue;
    query::ScanRequest request;
    request.columns = std::vector<std::string>{field.name};
    request.limit = kExplainedRows;
    ARROW_ASSIGN_OR_RAISE(const auto reader, dataset.Scan(request));
    ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
    arrow::ArrayVector rows;  // as files hold them
    for (const auto& chunk : table->column(0)->chunks()) {
      ARROW_ASSIGN_OR_RAISE(auto prepared, PrepareColumn(field, *table->field(0), chunk, nullptr));
      rows.push_back(std::move(prepared));
    }
    ARROW_ASSIGN_OR_RAISE(auto leaves, file::ExplainColumn(field, rows, version, goal));
    for (auto& leaf : leaves) out.push_back(std::move(leaf));
  }
  if (out.empty() && !column.empty()) {
    return Error(ErrorCode::ColumnNotFound, "no column '", column, "'; known are ", known);
  }
  return out;
}

}  // namespace lance
