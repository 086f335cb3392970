#include "lance/file/schema.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>
#include <utility>

#include "file.pb.h"
#include "lance/base/bytes.h"

namespace lance::file {
namespace {

using TypePointer = std::shared_ptr<arrow::DataType>;

constexpr std::string_view kExtensionName = "ARROW:extension:name";
constexpr std::string_view kExtensionMetadata = "ARROW:extension:metadata";
constexpr std::string_view kPrimaryKey = "lance-schema:unenforced-primary-key";
constexpr std::string_view kPrimaryKeyPosition = "lance-schema:unenforced-primary-key:position";
constexpr int kDeepestField = 64;

std::string_view FindText(const std::map<std::string, std::string>& metadata,
                          std::string_view key) {
  const auto found = metadata.find(std::string(key));
  return found == metadata.end() ? std::string_view() : std::string_view(found->second);
}

std::map<std::string, std::string> ToMap(const std::shared_ptr<const arrow::KeyValueMetadata>& in) {
  std::map<std::string, std::string> out;
  if (in == nullptr) return out;
  for (int64_t i = 0; i < in->size(); ++i) out[in->key(i)] = in->value(i);
  return out;
}

std::shared_ptr<const arrow::KeyValueMetadata> FromMap(
    const std::map<std::string, std::string>& in) {
  if (in.empty()) return nullptr;
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (const auto& [key, value] : in) {
    keys.push_back(key);
    values.push_back(value);
  }
  return arrow::key_value_metadata(std::move(keys), std::move(values));
}

// ---- from Arrow --------------------------------------------------------------------------------

Status CheckNames(const arrow::FieldVector& fields, const std::string& parent) {
  std::set<std::string_view> seen;
  for (const auto& field : fields) {
    const std::string& name = field->name();
    LANCE_REQUIRE(IsUtf8(name), "the name of column ", seen.size(), " of ", parent,
                  " is not valid UTF-8");
    LANCE_REQUIRE(name.find('.') == std::string::npos, "column '", name,
                  "': a name must not contain a '.'");
    LANCE_REQUIRE(seen.insert(name).second, "there are two columns named '", name, "' in ", parent);
  }
  return Status::OK();
}

int32_t PrimaryKeyPosition(const std::map<std::string, std::string>& metadata) {
  const std::string_view position = FindText(metadata, kPrimaryKeyPosition);
  int32_t value = 0;
  const auto parsed = std::from_chars(position.data(), position.data() + position.size(), value);
  if (!position.empty() && parsed.ec == std::errc() && value > 0) return value;
  const std::string_view flag = FindText(metadata, kPrimaryKey);
  return flag == "true" || flag == "1" || flag == "yes" ? 0 : -1;
}

class ArrowImport {
 public:
  Result<SchemaField> Convert(const arrow::Field& field, const std::string& path, int depth) {
    if (depth > kDeepestField) {
      return Unsupported("column '", path, "' is nested deeper than ", kDeepestField, " levels");
    }
    SchemaField out;
    out.id = next_id_++;
    out.name = field.name();
    out.nullable = field.nullable();
    out.metadata = ToMap(field.metadata());
    const TypePointer type = StorageType(field.type(), &out.metadata);
    ARROW_ASSIGN_OR_RAISE(out.logical_type, NameType(*type, path, &out.metadata));
    out.primary_key_position = PrimaryKeyPosition(out.metadata);
    ARROW_RETURN_NOT_OK(ConvertChildren(*type, path, depth, &out));
    ARROW_ASSIGN_OR_RAISE(out.type, TypeOfField(out));
    return out;
  }

 private:
  // Extension types live on as metadata over their storage.
  static TypePointer StorageType(TypePointer type, std::map<std::string, std::string>* metadata) {
    while (type->id() == arrow::Type::EXTENSION) {
      const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
      metadata->insert_or_assign(std::string(kExtensionName), extension.extension_name());
      metadata->insert_or_assign(std::string(kExtensionMetadata), extension.Serialize());
      type = extension.storage_type();
    }
    return type;
  }

  static Result<std::string> NameType(const arrow::DataType& type, const std::string& path,
                                      std::map<std::string, std::string>* metadata) {
    const std::string_view extension = FindText(*metadata, kExtensionName);
    if (extension == "arrow.json") {
      if (!arrow::is_string(type.id())) {
        return Unsupported("column '", path, "': JSON must be utf8 or large_utf8, found ",
                           type.ToString());
      }
      // Stored in the binary form, under the name of that.
      metadata->insert_or_assign(std::string(kExtensionName), "lance.json");
      metadata->insert_or_assign(std::string(kExtensionMetadata), "");
      return "json";
    }
    if (extension == "lance.json") {
      if (type.id() == arrow::Type::LARGE_BINARY) return "json";
      return Unsupported("column '", path, "': binary JSON must be stored as large_binary, found ",
                         type.ToString());
    }
    auto name = LogicalTypeOf(type);
    if (name.ok()) return name;
    return Unsupported("column '", path, "': Lance cannot store ", name.status().message());
  }

  Status ConvertChildren(const arrow::DataType& type, const std::string& path, int depth,
                         SchemaField* out) {
    switch (type.id()) {
      case arrow::Type::MAP: {
        // The format's own names, whatever the producer called them.
        const auto& map = static_cast<const arrow::MapType&>(type);
        const auto key = map.key_field()->WithName("key")->WithNullable(false);
        const auto value = map.item_field()->WithName("value");
        const auto entries = arrow::field("entries", arrow::struct_({key, value}), false);
        return AddChild(*entries, path, depth, out);
      }
      case arrow::Type::FIXED_SIZE_LIST:
        if (type.field(0)->type()->id() != arrow::Type::STRUCT) return Status::OK();
        return AddChild(*type.field(0), path, depth, out);
      case arrow::Type::STRUCT:
        ARROW_RETURN_NOT_OK(CheckNames(type.fields(), "'" + path + "'"));
        break;
      case arrow::Type::LIST:
      case arrow::Type::LARGE_LIST:
        break;
      default:
        return Status::OK();
    }
    for (const auto& child : type.fields()) ARROW_RETURN_NOT_OK(AddChild(*child, path, depth, out));
    return Status::OK();
  }

  Status AddChild(const arrow::Field& child, const std::string& path, int depth, SchemaField* out) {
    ARROW_ASSIGN_OR_RAISE(SchemaField converted,
                          Convert(child, path + "." + child.name(), depth + 1));
    out->children.push_back(std::move(converted));
    return Status::OK();
  }

  int32_t next_id_ = 0;
};

// ---- from the wire -----------------------------------------------------------------------------

class WireImport {
 public:
  explicit WireImport(const std::vector<const spec::Field*>& fields) : fields_(fields) {}

  Result<std::vector<SchemaField>> Build() {
    ARROW_RETURN_NOT_OK(Index());
    std::vector<SchemaField> out;
    for (size_t root : roots_) {
      ARROW_ASSIGN_OR_RAISE(SchemaField field, Convert(root, fields_[root]->name(), 0));
      out.push_back(std::move(field));
    }
    // Fields that hang together in a circle are reached from no root.
    LANCE_CHECK_BYTES(num_converted_ == fields_.size(), "schema: only ", num_converted_, " of ",
                      fields_.size(), " fields hang on a top-level field; parent ids form a cycle");
    return out;
  }

 private:
  Status Index() {
    std::unordered_map<int32_t, size_t> by_id;
    for (size_t i = 0; i < fields_.size(); ++i) {
      const int32_t id = fields_[i]->id();
      LANCE_CHECK_BYTES(id != -1 && id != -2, "schema: field '", fields_[i]->name(), "' has id ",
                        id, ", expected none of the reserved ids -1 and -2");
      LANCE_CHECK_BYTES(by_id.emplace(id, i).second, "schema: field id ", id, " occurs twice, in '",
                        fields_[by_id[id]]->name(), "' and '", fields_[i]->name(), "'");
    }
    children_.resize(fields_.size());
    for (size_t i = 0; i < fields_.size(); ++i) {
      const int32_t parent = fields_[i]->parent_id();
      if (parent == -1) {
        roots_.push_back(i);
        continue;
      }
      const auto found = by_id.find(parent);
      LANCE_CHECK_BYTES(found != by_id.end(), "schema: field '", fields_[i]->name(),
                        "' has the parent id ", parent, ", which no field has");
      children_[found->second].push_back(i);
    }
    return Status::OK();
  }

  Result<SchemaField> Convert(size_t index, const std::string& path, int depth) {
    LANCE_CHECK_BYTES(depth <= kDeepestField, "schema: column '", path, "' is nested deeper than ",
                      kDeepestField, " levels");
    ++num_converted_;
    const spec::Field& wire = *fields_[index];
    SchemaField out;
    out.id = wire.id();
    out.name = wire.name();
    out.nullable = wire.nullable();
    out.logical_type = wire.logical_type();
    for (const auto& [key, value] : wire.metadata()) out.metadata[key] = value;
    if (!wire.extension_name().empty()) {
      out.metadata.emplace(std::string(kExtensionName), wire.extension_name());
    }
    if (wire.unenforced_primary_key()) {
      out.primary_key_position = static_cast<int32_t>(wire.unenforced_primary_key_position());
    }
    if (wire.unenforced_clustering_key()) {
      out.clustering_key_position = static_cast<int32_t>(wire.unenforced_clustering_key_position());
    }
    for (size_t child : children_[index]) {
      ARROW_ASSIGN_OR_RAISE(SchemaField converted,
                            Convert(child, path + "." + fields_[child]->name(), depth + 1));
      out.children.push_back(std::move(converted));
    }
    auto type = TypeOfField(out);
    if (!type.ok()) {
      return WithContext(type.status(), "column '" + path + "' of type '" + out.logical_type + "'");
    }
    out.type = std::move(type).ValueUnsafe();
    return out;
  }

  const std::vector<const spec::Field*>& fields_;
  std::vector<std::vector<size_t>> children_;
  std::vector<size_t> roots_;
  size_t num_converted_ = 0;
};

// ---- to the wire -------------------------------------------------------------------------------

// Field 7, which no reader needs, as the official writer fills it.
int32_t WireEncoding(std::string_view logical_type) {
  constexpr int32_t kFixed = 1;
  constexpr int32_t kVarBinary = 2;
  constexpr int32_t kDictionary = 3;
  if (logical_type == "struct" || logical_type == "null") return 0;
  if (logical_type.starts_with("dict:")) return kDictionary;
  const bool is_text = logical_type == "string" || logical_type == "large_string";
  const bool is_bytes = logical_type == "binary" || logical_type == "large_binary";
  return is_text || is_bytes || logical_type == "json" ? kVarBinary : kFixed;
}

void AppendWire(const SchemaField& field, int32_t parent_id, std::vector<spec::Field>* out) {
  spec::Field& wire = out->emplace_back();
  wire.set_name(field.name);
  wire.set_id(field.id);
  wire.set_parent_id(parent_id);
  wire.set_logical_type(field.logical_type);
  wire.set_nullable(field.nullable);
  wire.set_encoding(WireEncoding(field.logical_type));
  wire.set_extension_name(std::string(FindText(field.metadata, kExtensionName)));
  for (const auto& [key, value] : field.metadata) (*wire.mutable_metadata())[key] = value;
  if (field.primary_key_position >= 0) {
    wire.set_unenforced_primary_key(true);
    wire.set_unenforced_primary_key_position(static_cast<uint32_t>(field.primary_key_position));
  }
  if (field.clustering_key_position >= 0) {
    wire.set_unenforced_clustering_key(true);
    wire.set_unenforced_clustering_key_position(
        static_cast<uint32_t>(field.clustering_key_position));
  }
  for (const SchemaField& child : field.children) AppendWire(child, field.id, out);
}

int32_t LargestId(const std::vector<SchemaField>& fields) {
  int32_t out = -1;
  for (const SchemaField& field : fields) {
    out = std::max({out, field.id, LargestId(field.children)});
  }
  return out;
}

const SchemaField* SearchId(const std::vector<SchemaField>& fields, int32_t id) {
  for (const SchemaField& field : fields) {
    if (field.id == id) return &field;
    if (const SchemaField* found = SearchId(field.children, id)) return found;
  }
  return nullptr;
}

}  // namespace

bool SchemaField::is_leaf_column() const {
  if (children.empty()) return true;
  if (type->id() != arrow::Type::STRUCT) return false;
  return FindText(metadata, "lance-encoding:packed") == "true" ||
         FindText(metadata, "packed") == "true" ||
         FindText(metadata, "lance-encoding:blob") == "true" ||
         FindText(metadata, kExtensionName) == "lance.blob.v2";
}

Schema::Schema(std::vector<SchemaField> fields, std::map<std::string, std::string> metadata)
    : fields_(std::move(fields)), metadata_(std::move(metadata)) {}

Result<Schema> Schema::FromArrow(const arrow::Schema& schema) {
  ARROW_RETURN_NOT_OK(CheckNames(schema.fields(), "the schema"));
  ArrowImport import;
  std::vector<SchemaField> fields;
  for (const auto& field : schema.fields()) {
    ARROW_ASSIGN_OR_RAISE(SchemaField converted, import.Convert(*field, field->name(), 0));
    fields.push_back(std::move(converted));
  }
  return Schema(std::move(fields), ToMap(schema.metadata()));
}

Result<Schema> Schema::FromWire(const std::vector<const spec::Field*>& fields,
                                const std::map<std::string, std::string>& metadata) {
  ARROW_ASSIGN_OR_RAISE(auto tree, WireImport(fields).Build());
  return Schema(std::move(tree), metadata);
}

void Schema::ToWire(std::vector<spec::Field>* out) const {
  for (const SchemaField& field : fields_) AppendWire(field, -1, out);
}

Result<TypePointer> TypeOfField(const SchemaField& field) {
  const std::string_view text = field.logical_type;
  arrow::FieldVector children;
  for (const SchemaField& child : field.children) children.push_back(ToArrowField(child));
  if (text == "struct") return arrow::struct_(std::move(children));

  const bool is_list = text == "list" || text == "list.struct";
  const bool is_large_list = text == "large_list" || text == "large_list.struct";
  const bool is_struct_vector = text.starts_with("fixed_size_list:struct:");
  if (!is_list && !is_large_list && !is_struct_vector && text != "map") {
    LANCE_CHECK_BYTES(children.empty(), "field '", field.name, "' (id ", field.id, ") of type '",
                      text, "' has ", children.size(), " child fields, expected none");
    return ParseLogicalType(text);
  }
  LANCE_CHECK_BYTES(children.size() == 1, "field '", field.name, "' (id ", field.id, ") of type '",
                    text, "' has ", children.size(), " child fields, expected one");
  if (is_list) return arrow::list(children[0]);
  if (is_large_list) return arrow::large_list(children[0]);
  if (text == "map") {
    const arrow::DataType& entries = *children[0]->type();
    LANCE_CHECK_BYTES(entries.id() == arrow::Type::STRUCT && entries.num_fields() == 2, "map '",
                      field.name, "' (id ", field.id, ") has entries of type ", entries.ToString(),
                      ", expected a struct of key and value");
    // Arrow takes only entries and keys that are never null, whatever the flags on the wire say.
    const auto map_entries =
        arrow::struct_({entries.field(0)->WithNullable(false), entries.field(1)});
    return arrow::MapType::Make(children[0]->WithType(map_entries)->WithNullable(false));
  }
  // A struct item stands in a child field; the text gives the number of items.
  std::string plain = "fixed_size_list:null" + std::string(text.substr(text.rfind(':')));
  ARROW_ASSIGN_OR_RAISE(const auto shape, ParseLogicalType(plain));
  return arrow::fixed_size_list(children[0],
                                static_cast<const arrow::FixedSizeListType&>(*shape).list_size());
}

std::shared_ptr<arrow::Field> ToArrowField(const SchemaField& field) {
  return arrow::field(field.name, field.type, field.nullable, FromMap(field.metadata));
}

std::shared_ptr<arrow::Schema> Schema::ToArrow() const {
  arrow::FieldVector fields;
  for (const SchemaField& field : fields_) fields.push_back(ToArrowField(field));
  return arrow::schema(std::move(fields), FromMap(metadata_));
}

std::shared_ptr<const arrow::KeyValueMetadata> Schema::ArrowMetadata() const {
  return FromMap(metadata_);
}

int32_t Schema::max_field_id() const { return LargestId(fields_); }

const SchemaField* Schema::Find(std::string_view name) const {
  for (const SchemaField& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const SchemaField* Schema::FindById(int32_t id) const { return SearchId(fields_, id); }

Result<Schema> Schema::Project(const std::vector<std::string>& names) const {
  std::vector<SchemaField> out;
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    LANCE_REQUIRE(seen.insert(name).second, "column '", name, "' is asked for twice");
    const SchemaField* field = Find(name);
    if (field == nullptr) {
      std::string known;
      for (const SchemaField& each : fields_) known += (known.empty() ? "" : ", ") + each.name;
      return Error(ErrorCode::ColumnNotFound, "there is no column '", name,
                   "'; the columns are: ", known);
    }
    out.push_back(*field);
  }
  return Schema(std::move(out), metadata_);
}

}  // namespace lance::file
