// namespace and table: names in a catalog.
#include <arrow/type.h>

#include "commands.h"

namespace lance::cli {
namespace {

using catalog::Namespace;
using catalog::ObjectId;

ObjectId ParseId(const std::string& text) {
  ObjectId out;
  if (text.empty() || text == "$") return out;
  size_t begin = 0;
  for (;;) {
    const size_t end = text.find('$', begin);
    out.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) return out;
    begin = end + 1;
  }
}

Result<std::shared_ptr<Namespace>> ConnectTo(const NamespaceOptions& options) {
  catalog::Properties properties;
  if (!options.root.empty()) properties["root"] = options.root;
  for (const std::string& property : options.properties) {
    const size_t equals = property.find('=');
    LANCE_REQUIRE(equals != std::string::npos && equals > 0, "--property ", property,
                  " must have the form key=value");
    properties[property.substr(0, equals)] = property.substr(equals + 1);
  }
  return Namespace::Connect(options.impl, properties);
}

// Walks all pages of a list.
template <typename Request, typename Fetch>
Status PrintNames(Request request, const Fetch& fetch) {
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto page, fetch(request));
    std::string text;
    for (const std::string& name : page.first) text += name + "\n";
    ARROW_RETURN_NOT_OK(Print(text));
    if (!page.second.has_value() || page.second->empty()) return Status::OK();
    request.page.page_token = page.second;
  }
}

using NamePage = std::pair<std::vector<std::string>, std::optional<std::string>>;

std::string SchemaLines(const arrow::Schema& schema) {
  std::string out;
  for (const auto& field : schema.fields()) {
    out += "  " + field->name() + ": " + field->type()->ToString() +
           (field->nullable() ? "" : " not null") + "\n";
  }
  return out;
}

}  // namespace

Status RunNamespaceList(const NamespaceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto catalog, ConnectTo(options));
  catalog::ListNamespacesRequest request;
  request.id = ParseId(options.id);
  return PrintNames(request, [&](const auto& input) -> Result<NamePage> {
    ARROW_ASSIGN_OR_RAISE(auto page, catalog->ListNamespaces(input));
    return NamePage(std::move(page.namespaces), std::move(page.page_token));
  });
}

Status RunNamespaceCreate(const NamespaceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto catalog, ConnectTo(options));
  catalog::CreateNamespaceRequest request;
  request.id = ParseId(options.id);
  if (options.mode == "exist_ok") request.mode = catalog::CreateMode::kExistOk;
  if (options.mode == "overwrite") request.mode = catalog::CreateMode::kOverwrite;
  ARROW_RETURN_NOT_OK(catalog->CreateNamespace(request).status());
  return Print("created namespace " + options.id + "\n");
}

Status RunNamespaceDrop(const NamespaceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto catalog, ConnectTo(options));
  catalog::DropNamespaceRequest request;
  request.id = ParseId(options.id);
  if (options.behavior == "cascade") request.behavior = catalog::DropBehavior::kCascade;
  ARROW_RETURN_NOT_OK(catalog->DropNamespace(request).status());
  return Print("dropped namespace " + options.id + "\n");
}

Status RunTableList(const NamespaceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto catalog, ConnectTo(options));
  catalog::ListTablesRequest request;
  request.id = ParseId(options.id);
  return PrintNames(request, [&](const auto& input) -> Result<NamePage> {
    ARROW_ASSIGN_OR_RAISE(auto page, catalog->ListTables(input));
    return NamePage(std::move(page.tables), std::move(page.page_token));
  });
}

Status RunTableDescribe(const NamespaceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto catalog, ConnectTo(options));
  catalog::DescribeTableRequest request;
  request.id = ParseId(options.id);
  request.load_detailed_metadata = true;
  request.with_table_uri = true;
  ARROW_ASSIGN_OR_RAISE(const auto described, catalog->DescribeTable(request));
  std::string text = "table     " + described.table + "\nlocation  " + described.location + "\n";
  if (described.table_uri.has_value()) text += "uri       " + *described.table_uri + "\n";
  if (described.is_only_declared.value_or(false)) text += "state     declared, not yet created\n";
  if (described.version.has_value()) {
    text += "version   " + std::to_string(*described.version) + "\n";
  }
  if (described.schema != nullptr) text += "columns\n" + SchemaLines(*described.schema);
  if (described.metadata.has_value()) {
    text += "metadata\n";
    for (const auto& [key, value] : *described.metadata) text += "  " + key + " = " + value + "\n";
  }
  return Print(text);
}

Status RunTableDrop(const NamespaceOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto catalog, ConnectTo(options));
  catalog::DropTableRequest request;
  request.id = ParseId(options.id);
  ARROW_ASSIGN_OR_RAISE(const auto dropped, catalog->DropTable(request));
  return Print("dropped table " + options.id +
               (dropped.location.has_value() ? " at " + *dropped.location : "") + "\n");
}

}  // namespace lance::cli
