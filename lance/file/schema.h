// The Lance schema: Arrow fields with ids, and its translation to and from the wire's Field
// messages.
//
// Ids are given in pre-order from 0 at creation and are never reused; a table finds columns of data
// files by id, never by name. Source: Lance format, schema and logical types.
// Thread-safety: immutable after making.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"

namespace lance::spec {
class Field;
}

namespace lance::file {

/// One field of a schema tree.
struct SchemaField {
  int32_t id = -1;
  std::string name;
  std::shared_ptr<arrow::DataType> type;  // Arrow type as a reader gets it (children included)
  bool nullable = true;
  std::map<std::string, std::string> metadata;  // Arrow field metadata, extension keys included
  std::vector<SchemaField> children;            // struct, list, map; a fixed-size list of
                                                // primitives has none
  int32_t primary_key_position = -1;  // -1 = not part of the unenforced primary key; 0 = unordered
  int32_t clustering_key_position = -1;  // likewise for the unenforced clustering key
  std::string logical_type;              // as written, kept so that a rewrite changes nothing

  /// True when the field owns a column of a 2.1+ file: no children, or packed struct, or blob.
  bool is_leaf_column() const;
};

class Schema {
 public:
  Schema() = default;
  Schema(std::vector<SchemaField> fields, std::map<std::string, std::string> metadata);

  /// Give ids 0, 1, ... in pre-order to an Arrow schema. Unsupported, naming the column, for types
  /// that Lance has no name for; InvalidInput for duplicate names or a '.' in a name. Views become
  /// the plain types.
  static Result<Schema> FromArrow(const arrow::Schema& schema);
  /// Rebuild the tree by parent id; Corruption on malformed types, duplicate or missing ids,
  /// cycles; Unsupported, naming column and type, when this build does not know a type.
  static Result<Schema> FromWire(const std::vector<const spec::Field*>& fields,
                                 const std::map<std::string, std::string>& metadata);
  /// Flatten in pre-order.
  void ToWire(std::vector<spec::Field>* out) const;

  /// The Arrow schema a reader sees.
  std::shared_ptr<arrow::Schema> ToArrow() const;
  /// Its metadata; null when there is none.
  std::shared_ptr<const arrow::KeyValueMetadata> ArrowMetadata() const;

  const std::vector<SchemaField>& fields() const { return fields_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  int32_t max_field_id() const;  // -1 when empty
  /// Top-level field by exact name, or null.
  const SchemaField* Find(std::string_view name) const;
  /// Field anywhere in the tree by id, or null.
  const SchemaField* FindById(int32_t id) const;
  /// Schema with the named top-level fields in that order; ColumnNotFound lists what there is.
  Result<Schema> Project(const std::vector<std::string>& names) const;

 private:
  std::vector<SchemaField> fields_;
  std::map<std::string, std::string> metadata_;
};

/// Arrow field (name, type, nullability, metadata) of `field`.
std::shared_ptr<arrow::Field> ToArrowField(const SchemaField& field);

/// Arrow type that the logical type of `field` and its children make; Corruption when they do not
/// fit each other.
Result<std::shared_ptr<arrow::DataType>> TypeOfField(const SchemaField& field);

/// Logical type text of an Arrow type, such as "timestamp:us:UTC"; Unsupported when there is none.
Result<std::string> LogicalTypeOf(const arrow::DataType& type);
/// Arrow type of a leaf's logical type text; Corruption when it is malformed, Unsupported when this
/// build does not know its name.
Result<std::shared_ptr<arrow::DataType>> ParseLogicalType(std::string_view text);

}  // namespace lance::file
