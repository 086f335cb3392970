// Filters: SQL text and the binary form that crosses JNI. What parses must print and parse again.
#include <arrow/type.h>

#include <cstdlib>

#include "lance/query/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lance::Bytes bytes(data, size);
  static const auto schema = arrow::schema(
      {arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8()),
       arrow::field("c", arrow::float64()), arrow::field("d", arrow::decimal128(10, 2))});
  for (const auto& parsed :
       {lance::query::ParseFilter(lance::AsText(bytes)), lance::query::ParseExpression(bytes)}) {
    if (!parsed.ok()) continue;
    (void)lance::query::ToSql(**parsed);
    (void)lance::query::BindFilter(*parsed, *schema);
    const std::string wire = lance::query::SerializeExpression(**parsed);
    if (!lance::query::ParseExpression(lance::AsBytes(wire)).ok()) std::abort();
  }
  return 0;
}
