// Deletion files of both kinds.
//
//   [kind u8][rows of the fragment u32][deleted rows u32, 0 = not known][file]
#include <algorithm>
#include <cstdlib>

#include "lance/io/object_store.h"
#include "lance/table/commit.h"

namespace {

lance::Status ReadDeletionFile(lance::Bytes input) {
  lance::ByteCursor cursor(input, "fuzz input");
  lance::table::Fragment fragment;
  lance::table::DeletionFile& deletions = fragment.deletions.emplace();
  using Kind = lance::table::DeletionFile::Type;
  ARROW_ASSIGN_OR_RAISE(const auto kind, cursor.Read<uint8_t>());
  deletions.type = kind % 2 == 0 ? Kind::kArrow : Kind::kBitmap;
  ARROW_ASSIGN_OR_RAISE(fragment.physical_rows, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(deletions.num_deleted_rows, cursor.Read<uint32_t>());
  ARROW_ASSIGN_OR_RAISE(const lance::Bytes file, cursor.Take(cursor.remaining()));
  // A run of a bitmap takes a few bytes however long it is; what a fragment may hold bounds it.
  fragment.physical_rows %= 1 << 24;
  ARROW_ASSIGN_OR_RAISE(auto store, lance::io::OpenStore("memory://fuzz"));
  const char* const path = kind % 2 == 0 ? "_deletions/0-0-0.arrow" : "_deletions/0-0-0.bin";
  ARROW_RETURN_NOT_OK(store->Put(path, file));
  ARROW_ASSIGN_OR_RAISE(const auto rows, lance::table::ReadDeletions(*store, fragment));
  const bool good = std::is_sorted(rows.begin(), rows.end()) &&
                    (rows.empty() || rows.back() < fragment.physical_rows);
  if (!good) std::abort();
  return lance::Status::OK();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ReadDeletionFile({data, size});
  return 0;
}
