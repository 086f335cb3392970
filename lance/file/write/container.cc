#include "lance/file/write/container.h"

#include <arrow/buffer.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "file.pb.h"
#include "lance/file/statistics.h"

namespace lance::file::write {
namespace {

constexpr uint64_t kAlignment = 64;
constexpr char kPadding = 'H';
constexpr std::string_view kMagic = "LANC";
constexpr const char* kPageType = "/lance.encodings21.PageLayout";
constexpr const char* kColumnType = "/lance.encodings.ColumnEncoding";
// Number of the global buffer; buffer 0 is the descriptor.
constexpr int kStatisticsBuffer = 1;
// ColumnEncoding with field 1 (values) set to an empty message.
constexpr std::string_view kValuesEncoding("\x0a\x00", 2);

void PutEncoding(const char* type, std::string_view value, spec::EncodingLocation* out) {
  spec::AnyMessage any;
  any.set_type_url(type);
  any.set_value(value.data(), value.size());
  any.SerializeToString(out->mutable_direct()->mutable_encoding());
}

template <typename T>
void AppendNumber(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace

ContainerWriter::ContainerWriter(std::unique_ptr<io::ObjectWriter> object,
                                 encoding::FormatVersion version, size_t num_columns)
    : object_(std::move(object)), version_(version), columns_(num_columns) {}

Status ContainerWriter::WriteText(const std::string& text) { return object_->Write(AsBytes(text)); }

Status ContainerWriter::Align() {
  const uint64_t position = object_->position();
  const uint64_t missing = AlignUp(position, kAlignment) - position;
  return missing == 0 ? Status::OK() : WriteText(std::string(missing, kPadding));
}

Status ContainerWriter::WritePage(int32_t column, const encoding::EncodedPage& page) {
  Column& owner = columns_[static_cast<size_t>(column)];
  spec::ColumnMetadata message;  // a message with one page is its share of the column's message
  spec::Page* out = message.add_pages();
  for (const encoding::PageBuffer& buffer : page.buffers) {
    ARROW_RETURN_NOT_OK(Align());
    out->add_buffer_offsets(object_->position());
    out->add_buffer_sizes(buffer.size_bytes);
    for (const auto& piece : buffer.pieces) {
      ARROW_RETURN_NOT_OK(object_->Write({piece->data(), static_cast<size_t>(piece->size())}));
    }
  }
  out->set_length(page.num_rows);
  out->set_priority(owner.num_rows);
  PutEncoding(kPageType, page.layout, out->mutable_encoding());
  message.AppendToString(&owner.pages);
  owner.num_rows += page.num_rows;
  return Status::OK();
}

Result<uint64_t> ContainerWriter::WriteBytes(Bytes bytes) {
  ARROW_RETURN_NOT_OK(Align());
  const uint64_t position = object_->position();
  ARROW_RETURN_NOT_OK(object_->Write(bytes));
  return position;
}

Result<ContainerWriter::Extent> ContainerWriter::WriteDescriptor(const Schema& schema,
                                                                 uint64_t num_rows,
                                                                 bool has_statistics) {
  ARROW_RETURN_NOT_OK(Align());
  spec::FileDescriptor descriptor;
  std::vector<spec::Field> fields;
  schema.ToWire(&fields);
  for (spec::Field& field : fields) {
    *descriptor.mutable_schema()->add_fields() = std::move(field);
  }
  descriptor.set_length(num_rows);
  auto& metadata = *descriptor.mutable_schema()->mutable_metadata();
  for (const auto& [key, value] : schema.metadata()) metadata[key] = value;
  if (has_statistics) metadata[kStatisticsKey] = std::to_string(kStatisticsBuffer);
  // Maps serialize in no fixed order unless asked to.
  std::string text;
  {
    google::protobuf::io::StringOutputStream stream(&text);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    LANCE_REQUIRE(descriptor.SerializeToCodedStream(&coded), "cannot serialize the schema");
  }
  const Extent out{object_->position(), text.size()};
  ARROW_RETURN_NOT_OK(WriteText(text));
  return out;
}

Result<std::vector<ContainerWriter::Extent>> ContainerWriter::WriteColumns() {
  std::vector<Extent> out;
  for (const Column& column : columns_) {
    spec::ColumnMetadata message;
    PutEncoding(kColumnType, kValuesEncoding, message.mutable_encoding());
    const std::string text = message.SerializeAsString() + column.pages;
    out.push_back({object_->position(), text.size()});
    ARROW_RETURN_NOT_OK(WriteText(text));
  }
  return out;
}

Result<uint64_t> ContainerWriter::Finish(const Schema& schema, uint64_t num_rows,
                                         const std::string& statistics) {
  std::vector<Extent> globals(1);
  if (!statistics.empty()) {
    ARROW_RETURN_NOT_OK(Align());
    globals.push_back({object_->position(), statistics.size()});
    ARROW_RETURN_NOT_OK(WriteText(statistics));
  }
  ARROW_ASSIGN_OR_RAISE(globals[0], WriteDescriptor(schema, num_rows, !statistics.empty()));
  const uint64_t first_column = object_->position();
  ARROW_ASSIGN_OR_RAISE(const std::vector<Extent> columns, WriteColumns());
  const uint64_t column_table = object_->position();
  std::string tail;
  for (const Extent& column : columns) {
    AppendNumber<uint64_t>(column.position, &tail);
    AppendNumber<uint64_t>(column.size, &tail);
  }
  const uint64_t global_table = column_table + tail.size();
  for (const Extent& global : globals) {
    AppendNumber<uint64_t>(global.position, &tail);
    AppendNumber<uint64_t>(global.size, &tail);
  }
  for (const uint64_t position : {first_column, column_table, global_table}) {
    AppendNumber<uint64_t>(position, &tail);
  }
  AppendNumber<uint32_t>(static_cast<uint32_t>(globals.size()), &tail);
  AppendNumber<uint32_t>(static_cast<uint32_t>(columns_.size()), &tail);
  AppendNumber<uint16_t>(version_.major, &tail);
  AppendNumber<uint16_t>(version_.minor, &tail);
  tail += kMagic;
  ARROW_RETURN_NOT_OK(WriteText(tail));
  const uint64_t size = object_->position();
  ARROW_RETURN_NOT_OK(object_->Finish());
  return size;
}

Status ContainerWriter::Abort() { return object_->Abort(); }

}  // namespace lance::file::write
