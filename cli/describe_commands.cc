// versions and inspect: what a table is made of.
#include <chrono>
#include <cstdio>
#include <ctime>

#include "commands.h"
#include "table_text.h"

namespace lance::cli {
namespace {

constexpr size_t kMaxFragmentsShown = 20;

std::string EncodingsText(const std::vector<std::string>& encodings) {
  std::string out;
  for (const std::string& line : encodings) out += (out.empty() ? "" : "; ") + line;
  return out;
}

void AppendLine(const char* name, const std::string& value, std::string* out) {
  char label[32];
  std::snprintf(label, sizeof(label), "%-16s", name);
  *out += label + value + "\n";
}

std::string Summary(const Dataset& dataset) {
  const table::Manifest& manifest = dataset.manifest();
  std::string out;
  AppendLine("table", dataset.uri(), &out);
  AppendLine("version", std::to_string(manifest.version), &out);
  AppendLine("committed", TimeText(manifest.timestamp), &out);
  AppendLine("rows", std::to_string(manifest.num_rows()), &out);
  AppendLine("fragments", std::to_string(manifest.fragments.size()), &out);
  AppendLine("file version", manifest.data_format_version, &out);
  if (manifest.writer.has_value()) {
    AppendLine("writer", manifest.writer->library + " " + manifest.writer->version, &out);
  }
  AppendLine("feature flags",
             "reader " + std::to_string(manifest.reader_flags) + ", writer " +
                 std::to_string(manifest.writer_flags),
             &out);
  if (manifest.branch.has_value()) AppendLine("branch", *manifest.branch, &out);
  if (!manifest.index_section.empty()) AppendLine("indices", "yes", &out);
  for (const auto& [key, value] : manifest.config) {
    AppendLine("config", key + " = " + value, &out);
  }
  for (const auto& [key, value] : manifest.table_metadata) {
    AppendLine("metadata", key + " = " + value, &out);
  }
  return out;
}

std::string FragmentRows(const table::Manifest& manifest) {
  TableText table({"fragment", "rows", "deleted", "size", "file"}, {true, true, true, true, false},
                  80);
  const size_t shown = std::min(manifest.fragments.size(), kMaxFragmentsShown);
  for (size_t i = 0; i < shown; ++i) {
    const table::Fragment& fragment = manifest.fragments[i];
    const uint64_t rows = fragment.num_rows();
    for (const table::DataFile& data_file : fragment.files) {
      table.AddRow({std::to_string(fragment.id), std::to_string(rows),
                    std::to_string(fragment.physical_rows - rows),
                    data_file.size_bytes > 0 ? SizeText(data_file.size_bytes) : "?",
                    data_file.path});
    }
  }
  std::string out;
  table.Flush(&out);
  if (shown < manifest.fragments.size()) {
    out += "and " + std::to_string(manifest.fragments.size() - shown) + " more fragments\n";
  }
  return out;
}

}  // namespace

std::string TimeText(io::TimePoint time) {
  using std::chrono::milliseconds;
  const int64_t total = std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
  const int64_t millis = ((total % 1000) + 1000) % 1000;
  const auto seconds = static_cast<std::time_t>((total - millis) / 1000);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(total) + " ms since 1970";
  char text[64];
  const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof(text) - length, ".%03dZ", static_cast<int>(millis));
  return text;
}

std::string SizeText(uint64_t size_bytes) {
  if (size_bytes < 1024) return std::to_string(size_bytes) + " B";
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(size_bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f %s", value, kUnits[unit]);
  return text;
}

Status RunVersions(const TableOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options));
  ARROW_ASSIGN_OR_RAISE(const auto versions, dataset->Versions());
  TableText table({"version", "committed", "rows", "fragments", "operation"},
                  {true, false, true, true, false}, 40);
  for (const VersionInfo& info : versions) {
    table.AddRow({std::to_string(info.version), TimeText(info.timestamp),
                  std::to_string(info.num_rows), std::to_string(info.num_fragments),
                  info.operation});
  }
  std::string text;
  table.Flush(&text);
  return Print(text);
}

namespace {

std::string NumberText(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

Status PrintWhy(const Dataset& dataset, const WhyOptions& why) {
  ARROW_ASSIGN_OR_RAISE(const file::Goal goal, file::ParseGoal(why.optimize));
  ARROW_ASSIGN_OR_RAISE(const auto leaves, ExplainEncodings(dataset, why.column, goal));
  std::string out;
  for (const file::EncodingExplanation& leaf : leaves) {
    out += leaf.column + ": " + leaf.layout + ", " + std::to_string(leaf.num_values) + " values, " +
           SizeText(leaf.plain_bytes) + " plain\n";
    TableText table({"", "candidate", "size", "decode ns/value", "access us", "cost"},
                    {false, false, true, true, true, true}, 60);
    for (const file::EncodingCandidate& candidate : leaf.candidates) {
      table.AddRow({candidate.chosen ? "*" : "", candidate.name, SizeText(candidate.encoded_bytes),
                    NumberText(candidate.decode_ns_per_value),
                    NumberText(candidate.access_ns / 1000), NumberText(candidate.cost)});
    }
    if (!leaf.candidates.empty()) table.Flush(&out);
    out += leaf.reason + "\n\n";
  }
  return Print(out);
}

}  // namespace

Status RunInspect(const TableOptions& options, const WhyOptions& why) {
  ARROW_ASSIGN_OR_RAISE(const auto dataset, OpenTable(options));
  if (why.wanted) return PrintWhy(*dataset, why);
  ARROW_ASSIGN_OR_RAISE(const auto columns, InspectColumns(*dataset));
  TableText table({"column", "size", "pages", "encodings"}, {false, true, true, false}, 120);
  for (const ColumnSize& column : columns) {
    table.AddRow({column.path, SizeText(column.size_bytes), std::to_string(column.num_pages),
                  EncodingsText(column.encodings)});
  }
  std::string column_rows;
  table.Flush(&column_rows);
  return Print(Summary(*dataset) + "\n" + FragmentRows(dataset->manifest()) + "\n" + column_rows);
}

}  // namespace lance::cli
