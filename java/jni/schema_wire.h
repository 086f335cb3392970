// Arrow schemas as bytes: the members of the C Data Interface's ArrowSchema, field by field.
//
//   fields  [count:u32] field x count
//   field   text name, text format, [flags:u8], [count:u32] { text key, text value } x count,
//   fields text    [length:u32][utf8]
// All numbers are big-endian, as Java's DataInputStream has them. Flags: 1 nullable, 2 exact (the
// table holds this very type). The Java side is org.lance.spark.internal.ArrowField.
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/api.h"

namespace lance::jni {

/// Write `schema`; `exact` has one flag per top-level field.
Result<std::string> SerializeSchema(const arrow::Schema& schema, const std::vector<bool>& exact);

/// Read what SerializeSchema or the Java side wrote; Corruption on malformed bytes.
Result<std::shared_ptr<arrow::Schema>> ParseSchema(Bytes wire);

}  // namespace lance::jni
