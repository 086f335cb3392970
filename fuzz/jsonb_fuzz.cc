// JSON text and JSONB. What is read must be JSON again, and the same after another turn.
#include <cstdlib>
#include <string>

#include "lance/file/jsonb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lance::Bytes bytes(data, size);
  std::string text;
  if (lance::file::AppendJsonText(bytes, &text).ok()) {
    std::string jsonb;
    std::string again;
    // Keys may occur twice in foreign bytes, which text may not have.
    if (lance::file::AppendJsonb(text, &jsonb).ok() &&
        !lance::file::AppendJsonText(lance::AsBytes(jsonb), &again).ok()) {
      std::abort();
    }
  }
  std::string jsonb;
  if (!lance::file::AppendJsonb(lance::AsText(bytes), &jsonb).ok()) return 0;
  std::string first;
  if (!lance::file::AppendJsonText(lance::AsBytes(jsonb), &first).ok()) std::abort();
  std::string second_jsonb;
  std::string second;
  if (!lance::file::AppendJsonb(first, &second_jsonb).ok()) std::abort();
  if (!lance::file::AppendJsonText(lance::AsBytes(second_jsonb), &second).ok()) std::abort();
  if (second != first) std::abort();
  return 0;
}
