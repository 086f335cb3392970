// Manifests and their names. The first byte says whether the rest is a whole file or only the
// message, which then gets the right frame.
#include <string>

#include "lance/table/commit.h"
#include "lance/table/manifest.h"

namespace {

// [length u32][message][offset u64][0 u16][2 u16]["LANC"]
std::string FrameMessage(lance::Bytes message) {
  const auto length = static_cast<uint32_t>(message.size());
  std::string out(reinterpret_cast<const char*>(&length), sizeof(length));
  out += lance::AsText(message);
  return out + std::string("\0\0\0\0\0\0\0\0\0\0\2\0LANC", 16);
}

void ReadManifest(lance::Bytes file) {
  const auto manifest = lance::table::ParseManifest(file);
  if (!manifest.ok()) return;
  (void)lance::table::CheckReadable(**manifest);
  (void)(*manifest)->file_version();
  (void)(*manifest)->num_rows();
  (void)(*manifest)->schema.ToArrow();
  (void)lance::table::SerializeManifest(**manifest, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lance::Bytes bytes(data, size);
  (void)lance::table::ParseManifestName(lance::AsText(bytes));
  if (size == 0) return 0;
  if (data[0] % 2 == 0) {
    ReadManifest(bytes.subspan(1));
  } else {
    ReadManifest(lance::AsBytes(FrameMessage(bytes.subspan(1))));
  }
  return 0;
}
