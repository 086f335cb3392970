// The command line of `lance`: parses, runs one command, turns a Status into an exit code.
// Exit codes: 0 = done, 1 = failed (one line on standard error), 2 = wrong usage.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include "commands.h"

namespace lance::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

constexpr const char* kExamples = R"(Examples:
  lance write trips.lance --from trips.parquet
  lance write trips.lance --from more.csv --mode append
  lance schema trips.lance
  lance cat trips.lance --columns id,fare --where "fare > 20 AND city = 'Oslo'" --limit 10
  lance cat trips.lance --version 3 --format csv --output trips.csv
  lance take trips.lance --rows 1,5,9 --format json
  lance blob photos.lance --column image --row 7 > seven.jpg
  lance count trips.lance --where "fare IS NULL"
  lance versions trips.lance
  lance inspect trips.lance
  lance table ls --root /data/tables

`lance COMMAND --help` explains a command.)";

using Command = std::function<Status(const StopToken&)>;

// What the chosen command will run; set by its callback after parsing.
struct Choice {
  Command run;
};

void AddTable(CLI::App* command, TableOptions* table) {
  command->add_option("URI", table->uri, "Path or URI of the table")->required();
  auto* version = command->add_option("--version", table->version,
                                      "Version number, or a time in UTC: the version that was "
                                      "current then");
  auto* tag = command->add_option("--tag", table->tag, "Version that a tag names");
  auto* branch = command->add_option("--branch", table->branch, "Branch of the table");
  tag->excludes(version);
  tag->excludes(branch);
}

void AddRowOutput(CLI::App* command, RowOutputOptions* output) {
  command
      ->add_option("--format", output->format,
                   "table, csv, json (one object per line) or arrow (IPC stream; a file gets the "
                   "IPC file format)")
      ->check(CLI::IsMember({"table", "csv", "json", "arrow"}));
  command->add_option("--output,-o", output->path,
                      "File to write instead of standard output; its ending chooses the format");
}

void AddColumns(CLI::App* command, std::vector<std::string>* columns) {
  command
      ->add_option("--columns", *columns,
                   "Columns in the order wanted, such as a,b; _rowid and _rowaddr can be asked for")
      ->delimiter(',');
}

void AddWhere(CLI::App* command, std::string* where) {
  command->add_option("--where", *where, "Only rows for which this SQL condition is true");
}

void AddBlobs(CLI::App* command, std::string* blobs) {
  command
      ->add_option("--blobs", *blobs,
                   "Blob columns as bytes (the default) or as descriptions: where the bytes lie")
      ->check(CLI::IsMember({"bytes", "descriptions"}));
}

void AddBlobCommand(CLI::App* app, Choice* choice) {
  auto blob = std::make_shared<BlobOptions>();
  auto* command = app->add_subcommand(
      "blob", "Print the bytes of one blob, or a part of them, without reading others");
  AddTable(command, &blob->table);
  command->add_option("--column", blob->column, "Blob column")->required();
  command->add_option("--row", blob->row, "Position of the row, from 0")->required();
  command->add_option("--offset", blob->offset, "Byte to begin at (default 0)");
  command->add_option("--length", blob->length, "At most so many bytes");
  command->add_option("--output,-o", blob->output, "File to write instead of standard output");
  command->footer(R"(Examples:
  lance blob photos.lance --column image --row 7 > seven.jpg
  lance blob films.lance --column film --row 0 --offset 1048576 --length 65536 -o part.bin
  lance cat photos.lance --blobs descriptions)");
  command->callback(
      [=] { choice->run = [=](const StopToken& stop) { return RunBlob(*blob, stop); }; });
}

void AddReadCommands(CLI::App* app, Choice* choice) {
  auto table = std::make_shared<TableOptions>();
  auto* schema = app->add_subcommand("schema", "Show the columns of a table");
  AddTable(schema, table.get());
  schema->callback([=] { choice->run = [=](const StopToken&) { return RunSchema(*table); }; });

  auto cat = std::make_shared<CatOptions>();
  auto* cat_command = app->add_subcommand("cat", "Print rows of a table");
  AddTable(cat_command, &cat->table);
  AddColumns(cat_command, &cat->columns);
  AddWhere(cat_command, &cat->where);
  cat_command->add_option("--limit", cat->limit, "At most so many rows");
  cat_command->add_option("--offset", cat->offset, "Skip so many rows first");
  cat_command
      ->add_option("--memory-limit", cat->memory_limit_bytes,
                   "Bytes that the scan may hold, such as 64MB (default 512MB)")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
  AddBlobs(cat_command, &cat->blobs);
  AddRowOutput(cat_command, &cat->output);
  cat_command->callback(
      [=] { choice->run = [=](const StopToken& stop) { return RunCat(*cat, stop); }; });

  auto take = std::make_shared<TakeOptions>();
  auto* take_command = app->add_subcommand("take", "Print single rows by their position");
  AddTable(take_command, &take->table);
  take_command->add_option("--rows", take->rows, "Positions from 0, such as 1,5,9")
      ->delimiter(',')
      ->required();
  AddColumns(take_command, &take->columns);
  AddBlobs(take_command, &take->blobs);
  AddRowOutput(take_command, &take->output);
  take_command->callback([=] { choice->run = [=](const StopToken&) { return RunTake(*take); }; });

  AddBlobCommand(app, choice);

  auto count = std::make_shared<CountOptions>();
  auto* count_command = app->add_subcommand("count", "Count the rows of a table");
  AddTable(count_command, &count->table);
  AddWhere(count_command, &count->where);
  count_command->callback(
      [=] { choice->run = [=](const StopToken&) { return RunCount(*count); }; });
}

void AddWriteCommand(CLI::App* app, Choice* choice) {
  auto write = std::make_shared<WriteCommandOptions>();
  auto* command = app->add_subcommand("write", "Write the rows of a file into a table");
  command->add_option("URI", write->uri, "Path or URI of the table")->required();
  command
      ->add_option("--from", write->from,
                   "Parquet, Arrow IPC or CSV file; '-' = an Arrow stream on standard input")
      ->required();
  command
      ->add_option("--mode", write->mode,
                   "create (the default; there must be no table), append or overwrite")
      ->check(CLI::IsMember({"create", "append", "overwrite"}));
  command
      ->add_option("--file-version", write->file_version,
                   "Version of new data files, 2.1 or 2.2 (default: the table's own, 2.2 for a "
                   "new one)")
      ->check(CLI::IsMember({"2.1", "2.2"}));
  command->add_option("--optimize", write->optimize,
                      "What the files shall be good at: balanced (default), size, scan or "
                      "random-access");
  command
      ->add_option("--max-rows-per-file", write->max_rows_per_file,
                   "Rows after which a new data file begins (default 1048576)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--allow-external-blobs", write->allow_external_blobs,
                    "Take blobs that are references (URIs) to objects outside of the table");
  command->callback(
      [=] { choice->run = [=](const StopToken& stop) { return RunWrite(*write, stop); }; });
}

void AddDescribeCommands(CLI::App* app, Choice* choice) {
  auto table = std::make_shared<TableOptions>();
  auto* versions = app->add_subcommand("versions", "List the versions of a table");
  AddTable(versions, table.get());
  versions->callback([=] { choice->run = [=](const StopToken&) { return RunVersions(*table); }; });

  auto inspected = std::make_shared<TableOptions>();
  auto* inspect = app->add_subcommand(
      "inspect", "Show manifest, fragments, and the pages, encodings and sizes of the columns");
  AddTable(inspect, inspected.get());
  auto why = std::make_shared<WhyOptions>();
  inspect->add_flag("--why", why->wanted,
                    "Ask the policy about the first rows, and show its candidates and its reason");
  inspect->add_option("--column", why->column, "Only this column (with --why)");
  inspect->add_option("--optimize", why->optimize,
                      "The goal to ask for (with --why): balanced, size, scan or random-access");
  inspect->callback(
      [=] { choice->run = [=](const StopToken&) { return RunInspect(*inspected, *why); }; });
}

// One verb of `namespace` or `table`.
struct CatalogVerb {
  const char* name;
  const char* help;
  const char* id_help;
  bool id_required;
  Status (*run)(const NamespaceOptions&);
};

void AddCatalogVerb(CLI::App* group, const CatalogVerb& verb, Choice* choice) {
  auto options = std::make_shared<NamespaceOptions>();
  auto* command = group->add_subcommand(verb.name, verb.help);
  command->add_option("--root", options->root, "Folder that holds the tables (implementation dir)");
  command->add_option("--impl", options->impl, "Namespace implementation (default dir)");
  command->add_option("--property", options->properties, "Further property, key=value; repeatable");
  auto* id = command->add_option("ID", options->id, verb.id_help);
  if (verb.id_required) id->required();
  if (verb.run == RunNamespaceCreate) {
    command->add_option("--mode", options->mode, "create, exist_ok or overwrite")
        ->check(CLI::IsMember({"create", "exist_ok", "overwrite"}));
  }
  if (verb.run == RunNamespaceDrop) {
    command->add_option("--behavior", options->behavior, "restrict or cascade (drops the content)")
        ->check(CLI::IsMember({"restrict", "cascade"}));
  }
  const auto run = verb.run;
  command->callback([=] { choice->run = [=](const StopToken&) { return run(*options); }; });
}

void AddCatalogCommands(CLI::App* app, Choice* choice) {
  constexpr const char* kNamespaceId = "Namespace: its names from the root, joined by '$'";
  constexpr const char* kTableId = "Table: its names from the root, joined by '$'";
  auto* names = app->add_subcommand("namespace", "List, create and drop namespaces");
  names->require_subcommand(1);
  AddCatalogVerb(names, {"ls", "List child namespaces", kNamespaceId, false, RunNamespaceList},
                 choice);
  AddCatalogVerb(names, {"create", "Create one", kNamespaceId, true, RunNamespaceCreate}, choice);
  AddCatalogVerb(names, {"drop", "Drop one", kNamespaceId, true, RunNamespaceDrop}, choice);

  auto* tables = app->add_subcommand("table", "List, describe and drop tables of a namespace");
  tables->require_subcommand(1);
  AddCatalogVerb(tables, {"ls", "List the tables", kNamespaceId, false, RunTableList}, choice);
  AddCatalogVerb(tables, {"describe", "Show a table", kTableId, true, RunTableDescribe}, choice);
  AddCatalogVerb(tables, {"drop", "Delete a table and its data", kTableId, true, RunTableDrop},
                 choice);
}

// Ctrl-C asks the work to stop, so that it can clean up after itself.
StopToken StopOnInterrupt() {
  auto source = arrow::SetSignalStopSource();
  if (!source.ok()) return StopToken::Unstoppable();
  if (!arrow::RegisterCancellingSignalHandler({SIGINT, SIGTERM}).ok()) {
    return StopToken::Unstoppable();
  }
  return (*source)->token();
}

int Report(const Status& status) {
  if (status.ok()) return 0;
  std::string message = status.message();
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (IsError(status, ErrorCode::Cancelled)) message = "cancelled";
  std::fprintf(stderr, "lance: %s\n", message.c_str());
  return kFailed;
}

int Main(int argc, char** argv) {
  CLI::App app("Reads and writes Lance tables.", "lance");
  app.footer(kExamples);
  app.set_version_flag("--version", "lance " LANCE_CLI_VERSION);
  app.require_subcommand(1);
  Choice choice;
  AddReadCommands(&app, &choice);
  AddWriteCommand(&app, &choice);
  AddDescribeCommands(&app, &choice);
  AddCatalogCommands(&app, &choice);
  if (argc <= 1) {
    std::fputs(app.help().c_str(), stderr);
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "lance: %s; see `lance --help`\n", error.what());
    return kWrongUsage;
  }
  return Report(choice.run(StopOnInterrupt()));
}

}  // namespace

Status Print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return Status::OK();
  }
  return Error(ErrorCode::Io, "cannot write to standard output");
}

}  // namespace lance::cli

int main(int argc, char** argv) {
  int code = lance::cli::kFailed;
  try {
    code = lance::cli::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lance: %s\n", error.what());
  }
  std::fflush(stdout);
  // Threads of the pool may still hold work that nobody waits for; they must not outlive statics.
  ::_exit(code);
}
