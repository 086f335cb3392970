// schema, cat, take, blob, count: the commands that answer rows.
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/value_parsing.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "commands.h"
#include "progress.h"
#include "table_text.h"

namespace lance::cli {
namespace {

Status ParseVersion(const std::string& text, VersionRef* ref) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end) {
    ref->version = number;
    return Status::OK();
  }
  int64_t nanos = 0;
  const auto parser = arrow::TimestampParser::MakeISO8601();
  LANCE_REQUIRE((*parser)(text.data(), text.size(), arrow::TimeUnit::NANO, &nanos), "--version ",
                text,
                " is neither a version number nor a time such as "
                "2026-01-31T12:00:00Z or '2026-01-31 12:00:00' (UTC)");
  ref->timestamp =
      io::TimePoint(std::chrono::floor<io::TimePoint::duration>(std::chrono::nanoseconds(nanos)));
  return Status::OK();
}

Result<query::ExpressionPtr> ParseWhere(const std::string& where) {
  if (where.empty()) return query::ExpressionPtr();
  auto parsed = query::ParseFilter(where);
  if (!parsed.ok()) return WithContext(parsed.status(), "--where");
  return parsed;
}

std::optional<std::vector<std::string>> ColumnsOf(const std::vector<std::string>& columns) {
  if (columns.empty()) return std::nullopt;
  return columns;
}

file::BlobHandling BlobsOf(const std::string& text) {
  return text == kBlobBytes ? file::BlobHandling::kBytes : file::BlobHandling::kDescriptions;
}

bool EndsIn(const std::string& text, const char* suffix) {
  return std::string_view(text).ends_with(suffix);
}

std::string FormatOf(const RowOutputOptions& options) {
  if (!options.format.empty()) return options.format;
  const std::string& path = options.path;
  if (EndsIn(path, ".csv")) return "csv";
  if (EndsIn(path, ".json") || EndsIn(path, ".jsonl") || EndsIn(path, ".ndjson")) return "json";
  if (EndsIn(path, ".arrow") || EndsIn(path, ".feather") || EndsIn(path, ".ipc")) return "arrow";
  return "table";
}

std::string MetadataText(const std::map<std::string, std::string>& metadata) {
  std::string out;
  for (const auto& [key, value] : metadata) {
    out += (out.empty() ? "" : ", ") + key + "=" + value;
  }
  return out;
}

void AddFieldRow(const file::SchemaField& field, int depth, TableText* table) {
  table->AddRow({std::to_string(field.id), std::string(2 * depth, ' ') + field.name,
                 field.type->ToString(), field.nullable ? "yes" : "no",
                 MetadataText(field.metadata)});
  for (const file::SchemaField& child : field.children) AddFieldRow(child, depth + 1, table);
}

}  // namespace

Result<std::shared_ptr<Dataset>> OpenTable(const TableOptions& options) {
  OpenOptions open;
  if (!options.version.empty()) ARROW_RETURN_NOT_OK(ParseVersion(options.version, &open.ref));
  if (!options.tag.empty()) open.ref.tag = options.tag;
  if (!options.branch.empty()) open.ref.branch = options.branch;
  return Dataset::Open(options.uri, open);
}

Result<OutputOptions> ParseOutput(const RowOutputOptions& options) {
  const std::string format = FormatOf(options);
  OutputOptions out;
  out.path = options.path;
  if (format == "table") {
    out.format = OutputFormat::kTable;
  } else if (format == "csv") {
    out.format = OutputFormat::kCsv;
  } else if (format == "json") {
    out.format = OutputFormat::kJson;
  } else {
    LANCE_REQUIRE(format == "arrow", "there is no format '", format, "'");
    out.format = OutputFormat::kArrow;
  }
  return out;
}

Status RunSchema(const TableOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options));
  TableText table({"id", "name", "type", "nullable", "metadata"},
                  {true, false, false, false, false}, 120);
  for (const file::SchemaField& field : dataset->lance_schema().fields()) {
    AddFieldRow(field, 0, &table);
  }
  std::string text;
  table.Flush(&text);
  const std::string metadata = MetadataText(dataset->lance_schema().metadata());
  if (!metadata.empty()) text += "metadata: " + FitText(metadata, 400) + "\n";
  return Print(text);
}

Status RunCat(const CatOptions& options, const StopToken& stop) {
  ARROW_ASSIGN_OR_RAISE(const OutputOptions output, ParseOutput(options.output));
  query::ScanRequest request;
  ARROW_ASSIGN_OR_RAISE(request.filter, ParseWhere(options.where));
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options.table));
  request.columns = ColumnsOf(options.columns);
  request.limit = options.limit;
  request.offset = options.offset;
  request.memory_limit_bytes = options.memory_limit_bytes;
  request.blobs = BlobsOf(options.blobs);
  request.stop = stop;
  std::optional<uint64_t> total;
  if (request.filter == nullptr) {
    const uint64_t rows = dataset->manifest().num_rows();
    total = std::min(rows - std::min(rows, options.offset), options.limit.value_or(rows));
  }
  ARROW_ASSIGN_OR_RAISE(const auto reader, dataset->Scan(request));
  // A bar over the rows themselves would only disturb.
  Progress progress(options.output.path.empty() ? "" : "reading", total);
  const bool show = !options.output.path.empty();
  return WriteRows(show ? WatchProgress(reader, &progress).get() : reader.get(), output);
}

Status RunTake(const TakeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const OutputOptions output, ParseOutput(options.output));
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options.table));
  std::vector<RowOffset> rows;
  for (uint64_t row : options.rows) rows.push_back({row});
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        dataset->Take(rows, ColumnsOf(options.columns), BlobsOf(options.blobs)));
  arrow::TableBatchReader reader(table);
  return WriteRows(&reader, output);
}

Status RunBlob(const BlobOptions& options, const StopToken& stop) {
  constexpr uint64_t kStepBytes = 8 << 20;
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options.table));
  ARROW_ASSIGN_OR_RAISE(const auto blobs,
                        OpenBlobs(*dataset, options.column, {RowOffset{options.row}}));
  const std::shared_ptr<Blob>& blob = blobs.front();
  LANCE_REQUIRE(blob != nullptr, "the blob of column '", options.column, "' in row ", options.row,
                " is null");
  const uint64_t size = blob->size_bytes();
  LANCE_REQUIRE(options.offset <= size, "--offset ", options.offset, ": the blob has ", size,
                " bytes");
  const uint64_t end =
      options.offset + std::min(options.length.value_or(size), size - options.offset);
  ARROW_ASSIGN_OR_RAISE(const auto output, TextOutput::Open(options.output));
  for (uint64_t at = options.offset; at < end;) {
    ARROW_RETURN_NOT_OK(stop.Poll());
    const uint64_t step = std::min(kStepBytes, end - at);
    ARROW_ASSIGN_OR_RAISE(const auto bytes, blob->Read({at, step}));
    ARROW_RETURN_NOT_OK(output->Write(std::string_view(*bytes)));
    at += step;
  }
  return output->Finish();
}

Status RunCount(const CountOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto filter, ParseWhere(options.where));
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options.table));
  ARROW_ASSIGN_OR_RAISE(const uint64_t count, dataset->CountRows(filter));
  return Print(std::to_string(count) + "\n");
}

}  // namespace lance::cli
