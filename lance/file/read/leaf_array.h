// One decoded leaf as Arrow data.
#pragma once

#include <memory>

#include "arrow/type_fwd.h"
#include "lance/encoding/leaf_accumulator.h"
#include "lance/file/schema.h"

namespace lance::file {

/// True when the field is a struct whose children lie side by side in one column.
bool IsPackedStruct(const SchemaField& field);

/// Make Arrow data of the field's type from its leaf, which is used up.
Result<std::shared_ptr<arrow::ArrayData>> MakeLeafArray(const SchemaField& field,
                                                        encoding::LeafColumn leaf,
                                                        arrow::MemoryPool* pool);

}  // namespace lance::file
