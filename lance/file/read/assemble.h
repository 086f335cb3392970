// Puts decoded leaves together to Arrow arrays of a schema's fields.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/encoding/leaf_accumulator.h"
#include "lance/file/schema.h"

namespace lance::file {

/// True when the field owns one column, and no field below it owns any.
bool IsLeaf(const SchemaField& field);

/// Append the shapes of the leaves of `field`, depth-first. Unsupported for blobs, packed structs
/// with values of variable width and fixed-size lists of structs.
Status AppendLeafShapes(const SchemaField& field, std::vector<encoding::LeafShape>* out);

/// Build the array of `field` with `num_rows` rows.
/// \param leaves  per leaf of the field, depth-first; nothing = not in the file, so all null.
///                Used up.
Result<std::shared_ptr<arrow::Array>> AssembleField(
    const SchemaField& field, int64_t num_rows,
    std::span<std::optional<encoding::LeafColumn>> leaves, arrow::MemoryPool* pool);

}  // namespace lance::file
