// Pages of packed structs: the values of all children of a row lie side by side.
//
// Source: Lance file format 2.1, PackedStruct; 2.2, VariablePackedStruct.
#pragma once

#include "lance/encoding/page_write/leaf_page.h"
#include "lance/encoding/policy.h"

namespace lance::encoding::page_write {

/// Rows of a packed struct whose children all have a fixed number of bytes, as one fixed value
/// each; zero bytes below nulls. InvalidInput when a child is null where its struct is not.
Result<FlatValues> InterleaveFields(const LeafPath& path, const LeafPage& page,
                                    arrow::MemoryPool* pool);
/// PackedStruct around Flat, for such rows.
EncodingNode PackedStructNode(const arrow::DataType& type, EncodingNode rows);

/// Rows with fields of variable width; each field is encoded by itself. InvalidInput as above.
Result<PerValueValues> EncodePackedRows(const LeafPath& path, const LeafPage& page,
                                        const PageOptions& options);

}  // namespace lance::encoding::page_write
