// File descriptors: schemas of every type, each leaf a page of nulls that fits it.
//
//   [minor u8][number of rows u8][FileDescriptor]
#include <string>
#include <vector>

#include "encodings.pb.h"
#include "file.pb.h"
#include "fuzz/read_all.h"
#include "lance/file/read/assemble.h"
#include "lance/file/schema.h"
#include "lance/file/testing/assembled_file.h"

namespace {

namespace spec = lance::spec;

// A page where every row is null.
std::string NullColumn(const lance::encoding::LeafShape& shape, uint64_t num_rows) {
  spec::PageLayout layout;
  layout.mutable_constant()->add_layers(spec::LAYER_NULLABLE_ITEM);
  for (const auto kind : shape.ancestors) {
    layout.mutable_constant()->add_layers(kind == lance::encoding::AncestorKind::kList
                                              ? spec::LAYER_NULLABLE_LIST
                                              : spec::LAYER_NULLABLE_ITEM);
  }
  spec::AnyMessage any;
  any.set_type_url("/lance.encodings21.PageLayout");
  any.set_value(layout.SerializeAsString());
  spec::ColumnMetadata column;
  spec::Page* page = column.add_pages();
  page->set_length(num_rows);
  page->mutable_encoding()->mutable_direct()->set_encoding(any.SerializeAsString());
  return column.SerializeAsString();
}

lance::Status ReadSchema(lance::Bytes input) {
  lance::ByteCursor cursor(input, "fuzz input");
  ARROW_ASSIGN_OR_RAISE(const auto minor, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const auto num_rows, cursor.Read<uint8_t>());
  ARROW_ASSIGN_OR_RAISE(const lance::Bytes message, cursor.Take(cursor.remaining()));
  spec::FileDescriptor wire;
  if (!wire.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return lance::Status::OK();
  }
  wire.set_length(num_rows);
  std::vector<const spec::Field*> fields;
  for (const auto& field : wire.schema().fields()) fields.push_back(&field);
  ARROW_ASSIGN_OR_RAISE(const auto schema, lance::file::Schema::FromWire(fields, {}));
  std::vector<spec::Field> back;
  schema.ToWire(&back);
  lance::file::testing::FileParts parts;
  parts.minor = 1 + minor % 2;
  parts.descriptor = wire.SerializeAsString();
  for (const auto& field : schema.fields()) {
    std::vector<lance::encoding::LeafShape> shapes;
    ARROW_RETURN_NOT_OK(lance::file::AppendLeafShapes(field, &shapes));
    for (const auto& shape : shapes) parts.columns.push_back(NullColumn(shape, num_rows));
  }
  return lance::fuzz::ReadDataFile(lance::AsBytes(lance::file::testing::AssembleFile(parts)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ReadSchema({data, size});
  return 0;
}
