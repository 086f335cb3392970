// The JSON of tags and branches.
#include "lance/io/object_store.h"
#include "lance/table/commit.h"

namespace {

lance::Status ReadRefs(lance::Bytes json) {
  ARROW_ASSIGN_OR_RAISE(auto store, lance::io::OpenStore("memory://fuzz"));
  ARROW_RETURN_NOT_OK(store->Put("_refs/tags/t.json", json));
  (void)lance::table::FindBranch(*store, lance::AsText(json));
  (void)lance::table::FindTag(*store, "t");
  return lance::table::ListTags(*store).status();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ReadRefs({data, size});
  return 0;
}
