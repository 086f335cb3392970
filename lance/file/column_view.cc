#include "lance/file/column_view.h"

#include <arrow/type.h>

#include <algorithm>
#include <utility>

namespace lance::file {
namespace {

constexpr const char* kNameKey = "ARROW:extension:name";
constexpr const char* kBlobKey = "lance-encoding:blob";
constexpr const char* kPackedKey = "lance-encoding:packed";
constexpr const char* kBlobName = "lance.blob.v2";

bool HasValue(const SchemaField& field, const char* key, std::string_view value) {
  const auto found = field.metadata.find(key);
  return found != field.metadata.end() && found->second == value;
}

bool IsStoredJson(const SchemaField& field) {
  return field.logical_type == "json" && field.type->id() == arrow::Type::LARGE_BINARY;
}
bool IsJsonText(const SchemaField& field) {
  return field.logical_type == "json" && field.type->id() == arrow::Type::STRING;
}
// The bytes of a blob: of v1 the logical type is that of the bytes, of v2 still the struct.
bool IsBlobBytes(const SchemaField& field) {
  if (field.type->id() != arrow::Type::LARGE_BINARY) return false;
  return field.logical_type == "struct" || HasValue(field, kBlobKey, "true");
}

SchemaField Plain(const char* name, std::shared_ptr<arrow::DataType> type, std::string_view text,
                  bool nullable) {
  SchemaField out;
  out.name = name;
  out.type = std::move(type);
  out.logical_type = text;
  out.nullable = nullable;
  return out;
}

void SetChildren(std::vector<SchemaField> children, SchemaField* field) {
  arrow::FieldVector fields;
  for (const SchemaField& child : children) fields.push_back(ToArrowField(child));
  field->children = std::move(children);
  field->type = arrow::struct_(std::move(fields));
}

SchemaField JsonText(const SchemaField& field) {
  SchemaField out = field;
  out.type = arrow::utf8();
  out.metadata[kNameKey] = "arrow.json";
  return out;
}

SchemaField BlobBytes(const SchemaField& field) {
  SchemaField out = field;
  out.children.clear();
  out.type = arrow::large_binary();
  out.metadata.erase(kNameKey);
  return out;
}

// Apply `change` to a field, or to what lies below it.
template <typename Change>
Result<SchemaField> ChangeField(const SchemaField& field, const Change& change) {
  SchemaField out = field;
  if (change(field, &out)) return out;
  if (field.children.empty()) return out;
  for (SchemaField& child : out.children) {
    ARROW_ASSIGN_OR_RAISE(child, ChangeField(child, change));
  }
  ARROW_ASSIGN_OR_RAISE(out.type, TypeOfField(out));
  return out;
}

bool HasView(const SchemaField& field) {
  return IsStoredJson(field) || BlobVersionOf(field) != BlobVersion::kNone ||
         std::any_of(field.children.begin(), field.children.end(), HasView);
}

SchemaField SecondBlob(const SchemaField& first) {
  SchemaField out = first;
  out.logical_type = "struct";
  out.metadata.erase(kBlobKey);
  out.metadata[kNameKey] = kBlobName;
  out.metadata["ARROW:extension:metadata"] = "";
  SetChildren({Plain("data", arrow::large_binary(), "large_binary", true),
               Plain("uri", arrow::utf8(), "string", true),
               Plain("position", arrow::uint64(), "uint64", true),
               Plain("size", arrow::uint64(), "uint64", true)},
              &out);
  return out;
}

void Number(SchemaField* field, int32_t* next) {
  field->id = (*next)++;
  for (SchemaField& child : field->children) Number(&child, next);
}

}  // namespace

BlobVersion BlobVersionOf(const SchemaField& field) {
  if (HasValue(field, kNameKey, kBlobName)) return BlobVersion::kSecond;
  if (field.logical_type == "struct") {
    const bool described = HasValue(field, kBlobKey, "true") && HasValue(field, kPackedKey, "true");
    return described || IsBlobBytes(field) ? BlobVersion::kSecond : BlobVersion::kNone;
  }
  const bool first = field.logical_type == "large_binary" && HasValue(field, kBlobKey, "true");
  return first ? BlobVersion::kFirst : BlobVersion::kNone;
}

SchemaField DescribeBlob(const SchemaField& field) {
  SchemaField out = field;
  if (BlobVersionOf(field) == BlobVersion::kFirst) {
    SetChildren({Plain("position", arrow::uint64(), "uint64", true),
                 Plain("size", arrow::uint64(), "uint64", true)},
                &out);
    return out;
  }
  out.metadata = {{kBlobKey, "true"}, {kPackedKey, "true"}};
  SetChildren({Plain("kind", arrow::uint8(), "uint8", false),
               Plain("position", arrow::uint64(), "uint64", false),
               Plain("size", arrow::uint64(), "uint64", false),
               Plain("blob_id", arrow::uint32(), "uint32", false),
               Plain("blob_uri", arrow::utf8(), "string", false)},
              &out);
  return out;
}

namespace {

template <typename Change>
Result<Schema> ChangeFields(const Schema& schema, const Change& change) {
  std::vector<SchemaField> fields;
  for (const SchemaField& field : schema.fields()) {
    ARROW_ASSIGN_OR_RAISE(SchemaField changed, ChangeField(field, change));
    fields.push_back(std::move(changed));
  }
  return Schema(std::move(fields), schema.metadata());
}

}  // namespace

Result<Schema> DescribeBlobs(const Schema& schema) {
  return ChangeFields(schema, [](const SchemaField& field, SchemaField* out) {
    if (BlobVersionOf(field) == BlobVersion::kNone) return false;
    *out = DescribeBlob(field);
    return true;
  });
}

Result<Schema> ViewOf(const Schema& schema, BlobHandling blobs) {
  return ChangeFields(schema, [blobs](const SchemaField& field, SchemaField* out) {
    if (IsStoredJson(field)) {
      *out = JsonText(field);
    } else if (BlobVersionOf(field) != BlobVersion::kNone) {
      *out = blobs == BlobHandling::kBytes ? BlobBytes(field) : DescribeBlob(field);
    } else {
      return false;
    }
    return true;
  });
}

bool HasViews(const Schema& schema) {
  return std::any_of(schema.fields().begin(), schema.fields().end(), HasView);
}

Result<SchemaField> StoredField(const SchemaField& view) {
  return ChangeField(view, [](const SchemaField& field, SchemaField* out) {
    if (IsJsonText(field)) {
      out->type = arrow::large_binary();
      return true;
    }
    if (!IsBlobBytes(field)) return false;
    *out = DescribeBlob(field);
    return true;
  });
}

bool IsConverted(const SchemaField& view) {
  return IsJsonText(view) || IsBlobBytes(view) ||
         std::any_of(view.children.begin(), view.children.end(), IsConverted);
}

Result<Schema> FitBlobs(const Schema& schema, encoding::FormatVersion version) {
  bool changed = false;
  Status refused;
  const auto change = [&](const SchemaField& field, SchemaField* out) {
    const BlobVersion blob = BlobVersionOf(field);
    if (blob == BlobVersion::kNone) return false;
    if (blob == BlobVersion::kSecond && version < encoding::kVersion22 && refused.ok()) {
      refused =
          Unsupported("column '", field.name,
                      "': blobs of the second kind (lance.blob.v2) need files of version 2.2; "
                      "use large_binary with the field metadata lance-encoding:blob=true");
    }
    if (blob == BlobVersion::kSecond || version < encoding::kVersion22) return true;
    *out = SecondBlob(field);
    changed = true;
    return true;
  };
  ARROW_ASSIGN_OR_RAISE(const Schema fitted, ChangeFields(schema, change));
  ARROW_RETURN_NOT_OK(refused);
  if (!changed) return schema;
  int32_t next = 0;
  std::vector<SchemaField> fields = fitted.fields();
  for (SchemaField& field : fields) Number(&field, &next);
  return Schema(std::move(fields), schema.metadata());
}

}  // namespace lance::file
