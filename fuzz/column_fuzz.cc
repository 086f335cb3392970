// The metadata of one column and its pages, in a file whose frame is right.
//
//   [minor u8: 2.1, 2.2, 2.0][type u8][metadata length u16][ColumnMetadata][pages, from byte 0 of
//   the file]
#include <string>

#include "file.pb.h"
#include "fuzz/column_types.h"
#include "fuzz/read_all.h"
#include "lance/file/testing/assembled_file.h"

namespace {

lance::Status ReadColumn(lance::Bytes input) {
  lance::ByteCursor cursor(input, "fuzz input");
  ARROW_ASSIGN_OR_RAISE(const auto minor, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto type, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto length, cursor.Read<uint16_t>());
  ARROW_ASSIGN_OR_RAISE(const lance::Bytes metadata, cursor.Take(length));
  lance::file::testing::FileParts parts;
  ARROW_ASSIGN_OR_RAISE(parts.pages, cursor.Take(cursor.remaining()));
  constexpr uint16_t kMinors[] = {1, 2, 0};
  parts.minor = kMinors[minor % 3];
  parts.columns.emplace_back(lance::AsText(metadata));
  // The file must agree with the column on the number of rows, or nothing is read.
  lance::spec::ColumnMetadata column;
  if (!column.ParseFromArray(metadata.data(), length)) return lance::Status::OK();
  uint64_t num_rows = 0;
  for (const auto& page : column.pages()) num_rows += page.length();
  parts.descriptor = lance::fuzz::DescriptorOf(type, num_rows);
  return lance::fuzz::ReadDataFile(lance::AsBytes(lance::file::testing::AssembleFile(parts)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ReadColumn({data, size});
  return 0;
}
