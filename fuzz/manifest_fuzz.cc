// Manifests, transactions and names of `_versions/`.
#include <string_view>

#include "lance/table/commit.h"
#include "lance/table/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lance::Bytes bytes(data, size);
  if (auto manifest = lance::table::ParseManifest(bytes); manifest.ok()) {
    (void)lance::table::CheckReadable(**manifest);
    (void)lance::table::SerializeManifest(**manifest, {});
  }
  (void)lance::table::ParseTransaction(bytes);
  (void)lance::table::ParseManifestName(lance::AsText(bytes));
  return 0;
}
