#include "lance/file/read/column_tree.h"

#include <arrow/type.h>

#include "lance/file/read/assemble.h"

namespace lance::file {
namespace {

// Gives columns to the fields below one top-level field.
class ColumnNumbering {
 public:
  ColumnNumbering(bool nodes_own_columns, ColumnTree* out)
      : nodes_own_columns_(nodes_own_columns), out_(out) {}

  void Visit(const SchemaField& field, int32_t list_above) {
    const bool is_leaf = IsLeaf(field);
    const auto own = static_cast<int32_t>(out_->list_above.size());
    if (is_leaf || nodes_own_columns_) {
      const auto blob = field.metadata.find("lance-encoding:blob");
      out_->list_above.push_back(list_above);
      out_->holds_blobs.push_back(blob != field.metadata.end() && blob->second == "true");
    }
    if (is_leaf) {
      out_->leaves.back().push_back(own);
      return;
    }
    const bool is_list = field.type->id() != arrow::Type::STRUCT;
    for (const SchemaField& child : field.children) {
      Visit(child, is_list && nodes_own_columns_ ? own : list_above);
    }
  }

 private:
  bool nodes_own_columns_;
  ColumnTree* out_;
};

}  // namespace

ColumnTree NumberColumns(const Schema& schema, encoding::FormatVersion version) {
  ColumnTree out;
  for (const SchemaField& field : schema.fields()) {
    out.leaves.emplace_back();
    ColumnNumbering(version < encoding::kVersion21, &out).Visit(field, -1);
  }
  return out;
}

}  // namespace lance::file
