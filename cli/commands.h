// The commands, each a function from its options to a Status. Parsing lives in main.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lance/api.h"
#include "output.h"

namespace lance::cli {

/// Options that name one version of a table.
struct TableOptions {
  std::string uri;
  std::string version;  // number or time, "" = latest
  std::string tag;
  std::string branch;
};

struct RowOutputOptions {
  std::string format;  // "" = by the name of the file, else table
  std::string path;
};

/// How blob columns come: "bytes" or "descriptions".
inline constexpr const char* kBlobBytes = "bytes";

struct CatOptions {
  TableOptions table;
  std::vector<std::string> columns;
  std::string where;
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
  uint64_t memory_limit_bytes = 512 << 20;
  std::string blobs = kBlobBytes;
  RowOutputOptions output;
};

struct TakeOptions {
  TableOptions table;
  std::vector<uint64_t> rows;
  std::vector<std::string> columns;
  std::string blobs = kBlobBytes;
  RowOutputOptions output;
};

struct BlobOptions {
  TableOptions table;
  std::string column;
  uint64_t row = 0;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  std::string output;  // "" = standard output
};

struct CountOptions {
  TableOptions table;
  std::string where;
};

struct WriteCommandOptions {
  std::string uri;
  std::string from;
  std::string mode = "create";
  std::string file_version;  // "" = the table's own, or 2.2
  std::string optimize = "balanced";
  uint64_t max_rows_per_file = 1 << 20;
  bool allow_external_blobs = false;
};

struct NamespaceOptions {
  std::string impl = "dir";
  std::string root;
  std::vector<std::string> properties;  // key=value
  std::string id;                       // names joined by '$'; "" = root
  std::string mode = "create";
  std::string behavior = "restrict";
};

Status RunSchema(const TableOptions& options);
Status RunCat(const CatOptions& options, const StopToken& stop);
Status RunTake(const TakeOptions& options);
Status RunBlob(const BlobOptions& options, const StopToken& stop);
Status RunCount(const CountOptions& options);
Status RunWrite(const WriteCommandOptions& options, const StopToken& stop);
Status RunVersions(const TableOptions& options);

struct WhyOptions {
  bool wanted = false;
  std::string column;  // "" = all
  std::string optimize = "balanced";
};
Status RunInspect(const TableOptions& options, const WhyOptions& why);

Status RunNamespaceList(const NamespaceOptions& options);
Status RunNamespaceCreate(const NamespaceOptions& options);
Status RunNamespaceDrop(const NamespaceOptions& options);
Status RunTableList(const NamespaceOptions& options);
Status RunTableDescribe(const NamespaceOptions& options);
Status RunTableDrop(const NamespaceOptions& options);

/// Open the version of a table that `options` names.
Result<std::shared_ptr<Dataset>> OpenTable(const TableOptions& options);

/// Format and place of the output; InvalidInput for a format that there is not.
Result<OutputOptions> ParseOutput(const RowOutputOptions& options);

/// `time` as RFC 3339 text in UTC.
std::string TimeText(io::TimePoint time);

/// A number of bytes for people, such as "1.5 MiB".
std::string SizeText(uint64_t size_bytes);

/// Print `text` to standard output.
Status Print(const std::string& text);

}  // namespace lance::cli
