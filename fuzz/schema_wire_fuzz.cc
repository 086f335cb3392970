// Arrow schemas as they cross JNI. What parses must serialize and parse again.
#include <arrow/type.h>

#include <cstdlib>
#include <vector>

#include "java/jni/schema_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto schema = lance::jni::ParseSchema({data, size});
  if (!schema.ok()) return 0;
  const std::vector<bool> exact(static_cast<size_t>((*schema)->num_fields()), true);
  const auto wire = lance::jni::SerializeSchema(**schema, exact);
  if (wire.ok() && !lance::jni::ParseSchema(lance::AsBytes(*wire)).ok()) std::abort();
  return 0;
}
