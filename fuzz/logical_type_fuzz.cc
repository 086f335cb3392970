// The text of logical types: what parses has a value stream, an empty array and, mostly, a text.
#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/type.h>

#include "lance/encoding/leaf.h"
#include "lance/file/schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto type = lance::file::ParseLogicalType(lance::AsText({data, size}));
  if (!type.ok()) return 0;
  (void)lance::file::LogicalTypeOf(**type);
  (void)(*type)->ToString();
  if (!lance::encoding::LeafValueType(**type).ok()) return 0;
  if (const auto nulls = arrow::MakeArrayOfNull(*type, 0); nulls.ok()) {
    (void)(*nulls)->ValidateFull();
  }
  return 0;
}
