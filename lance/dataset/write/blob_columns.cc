#include "lance/dataset/write/blob_columns.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <charconv>
#include <utility>

#include "lance/table/blob_path.h"

namespace lance {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using file::BlobKind;
using file::BlobVersion;
using file::SchemaField;

constexpr const char* kThresholdPrefix = "lance-encoding:blob-";

struct Thresholds {
  uint64_t inline_bytes = 64 << 10;
  uint64_t dedicated_bytes = 4 << 20;
  uint64_t pack_file_bytes = 1 << 30;
};

Status ReadThreshold(const SchemaField& field, const char* name, uint64_t* out) {
  const auto found = field.metadata.find(kThresholdPrefix + std::string(name));
  if (found == field.metadata.end()) return Status::OK();
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), *out);
  LANCE_REQUIRE(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size(), "column '",
                field.name, "': the metadata '", found->first, "' must be a number of bytes, not '",
                text, "'");
  return Status::OK();
}

Result<Thresholds> ReadThresholds(const SchemaField& field) {
  Thresholds out;
  ARROW_RETURN_NOT_OK(ReadThreshold(field, "inline-size-threshold", &out.inline_bytes));
  ARROW_RETURN_NOT_OK(ReadThreshold(field, "dedicated-size-threshold", &out.dedicated_bytes));
  ARROW_RETURN_NOT_OK(ReadThreshold(field, "pack-file-size-threshold", &out.pack_file_bytes));
  return out;
}

// A blob column: how it is written, and the packed sidecar that is being filled.
struct BlobColumn {
  BlobVersion version = BlobVersion::kNone;
  Thresholds thresholds;
  std::unique_ptr<io::ObjectWriter> pack;
  uint32_t pack_id = 0;
};

// Where one blob went.
struct Written {
  BlobKind kind = BlobKind::kInline;
  uint64_t position = 0;
  uint64_t size = 0;
  uint32_t blob_id = 0;
  std::string_view uri;
};

// Grows the descriptors of a column.
class DescriptorBuilder {
 public:
  DescriptorBuilder(BlobVersion version, arrow::MemoryPool* pool)
      : version_(version), kind_(pool), position_(pool), size_(pool), blob_id_(pool), uri_(pool) {}

  Status Append(const Written& blob) {
    ARROW_RETURN_NOT_OK(position_.Append(blob.position));
    ARROW_RETURN_NOT_OK(size_.Append(blob.size));
    if (version_ == BlobVersion::kFirst) return Status::OK();
    ARROW_RETURN_NOT_OK(kind_.Append(static_cast<uint8_t>(blob.kind)));
    ARROW_RETURN_NOT_OK(blob_id_.Append(blob.blob_id));
    return uri_.Append(blob.uri);
  }

  // The nulls are those of `source`, which has no offset.
  Result<ArrayPtr> Finish(const SchemaField& field, const arrow::Array& source) {
    arrow::ArrayVector children;
    if (version_ == BlobVersion::kSecond) ARROW_RETURN_NOT_OK(Take(&kind_, &children));
    ARROW_RETURN_NOT_OK(Take(&position_, &children));
    ARROW_RETURN_NOT_OK(Take(&size_, &children));
    if (version_ == BlobVersion::kSecond) {
      ARROW_RETURN_NOT_OK(Take(&blob_id_, &children));
      ARROW_RETURN_NOT_OK(Take(&uri_, &children));
    }
    return std::make_shared<arrow::StructArray>(file::DescribeBlob(field).type, source.length(),
                                                std::move(children), source.null_bitmap(),
                                                source.null_count());
  }

 private:
  static Status Take(arrow::ArrayBuilder* builder, arrow::ArrayVector* out) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr array, builder->Finish());
    out->push_back(std::move(array));
    return Status::OK();
  }

  BlobVersion version_;
  arrow::UInt8Builder kind_;
  arrow::UInt64Builder position_;
  arrow::UInt64Builder size_;
  arrow::UInt32Builder blob_id_;
  arrow::StringBuilder uri_;
};

bool IsAbsoluteUri(std::string_view uri) {
  const size_t scheme = uri.find("://");
  return scheme != std::string_view::npos && scheme > 0 && uri.size() > scheme + 3;
}

bool HasBlobs(const SchemaField& field) {
  if (file::BlobVersionOf(field) != BlobVersion::kNone) return true;
  for (const SchemaField& child : field.children) {
    if (HasBlobs(child)) return true;
  }
  return false;
}

}  // namespace

struct BlobColumns::Impl {
  file::Schema schema;
  std::shared_ptr<arrow::Schema> described;  // of the batches that `Write` gives
  std::shared_ptr<io::ObjectStore> store;
  std::string data_file;
  Options options;
  std::map<int32_t, BlobColumn> columns;  // by field id
  uint32_t last_blob_id = 0;
  bool has_sidecars = false;
  bool finished = false;

  Status AddColumns(const SchemaField& field) {
    const BlobVersion version = file::BlobVersionOf(field);
    if (version == BlobVersion::kNone) {
      for (const SchemaField& child : field.children) ARROW_RETURN_NOT_OK(AddColumns(child));
      return Status::OK();
    }
    BlobColumn& column = columns[field.id];
    column.version = version;
    return ReadThresholds(field).Value(&column.thresholds);
  }

  Result<ArrayPtr> Describe(const SchemaField& field, ArrayPtr array, file::FileWriter* file);
  Result<ArrayPtr> DescribeFirst(const SchemaField& field, const arrow::Array& array,
                                 file::FileWriter* file);
  Result<ArrayPtr> DescribeSecond(const SchemaField& field, const arrow::StructArray& array,
                                  file::FileWriter* file);
  Result<Written> Put(std::string_view bytes, BlobColumn* column, file::FileWriter* file);
  Result<Written> PutSecond(const arrow::StructArray& array, int64_t row, BlobColumn* column,
                            file::FileWriter* file);
  Result<std::unique_ptr<io::ObjectWriter>> NewSidecar(uint32_t* id);
};

Result<std::unique_ptr<io::ObjectWriter>> BlobColumns::Impl::NewSidecar(uint32_t* id) {
  LANCE_REQUIRE(last_blob_id < UINT32_MAX, "data file ", data_file, " has too many blobs");
  *id = ++last_blob_id;
  has_sidecars = true;
  return store->Create(table::BlobSidecarPath(data_file, *id));
}

Result<Written> BlobColumns::Impl::Put(std::string_view bytes, BlobColumn* column,
                                       file::FileWriter* file) {
  Written out;
  out.size = bytes.size();
  if (bytes.empty()) return out;
  const Thresholds& limits = column->thresholds;
  const bool second = column->version == BlobVersion::kSecond;
  if (second && bytes.size() > limits.dedicated_bytes) {
    out.kind = BlobKind::kDedicated;
    ARROW_ASSIGN_OR_RAISE(const auto sidecar, NewSidecar(&out.blob_id));
    ARROW_RETURN_NOT_OK(sidecar->Write(AsBytes(bytes)));
    ARROW_RETURN_NOT_OK(sidecar->Finish());
    return out;
  }
  if (!second || bytes.size() <= limits.inline_bytes) {
    ARROW_ASSIGN_OR_RAISE(out.position, file->WriteBytes(AsBytes(bytes)));
    return out;
  }
  out.kind = BlobKind::kPacked;
  if (column->pack != nullptr && column->pack->position() + bytes.size() > limits.pack_file_bytes) {
    ARROW_RETURN_NOT_OK(column->pack->Finish());
    column->pack.reset();
  }
  if (column->pack == nullptr) {
    ARROW_ASSIGN_OR_RAISE(column->pack, NewSidecar(&column->pack_id));
  }
  out.blob_id = column->pack_id;
  out.position = column->pack->position();
  ARROW_RETURN_NOT_OK(column->pack->Write(AsBytes(bytes)));
  return out;
}

Result<Written> BlobColumns::Impl::PutSecond(const arrow::StructArray& array, int64_t row,
                                             BlobColumn* column, file::FileWriter* file) {
  const auto& data = static_cast<const arrow::LargeBinaryArray&>(*array.field(0));
  const auto& uri = static_cast<const arrow::StringArray&>(*array.field(1));
  const auto& position = static_cast<const arrow::UInt64Array&>(*array.field(2));
  const auto& size = static_cast<const arrow::UInt64Array&>(*array.field(3));
  const bool has_range = position.IsValid(row);
  LANCE_REQUIRE(data.IsValid(row) != uri.IsValid(row),
                "a blob must have exactly one of data and uri");
  LANCE_REQUIRE(has_range == size.IsValid(row), "a blob must have both position and size or none");
  if (data.IsValid(row)) {
    LANCE_REQUIRE(!has_range, "a blob with data cannot have a position");
    return Put(data.GetView(row), column, file);
  }
  Written out;
  out.kind = BlobKind::kExternal;
  out.uri = uri.GetView(row);
  LANCE_REQUIRE(options.allow_external, "the blob at '", out.uri,
                "' lies outside of the table; references to such objects must be allowed");
  LANCE_REQUIRE(IsAbsoluteUri(out.uri), "'", out.uri,
                "' is no absolute URI such as file:///folder/object");
  if (!has_range) return out;
  out.position = position.Value(row);
  out.size = size.Value(row);
  LANCE_REQUIRE(out.size > 0, "a range of an object must have at least one byte");
  return out;
}

Result<ArrayPtr> BlobColumns::Impl::DescribeFirst(const SchemaField& field,
                                                  const arrow::Array& array,
                                                  file::FileWriter* file) {
  BlobColumn& column = columns[field.id];
  const auto& values = static_cast<const arrow::LargeBinaryArray&>(array);
  DescriptorBuilder out(column.version, options.pool);
  for (int64_t row = 0; row < values.length(); ++row) {
    Written written;
    if (values.IsValid(row)) {
      ARROW_ASSIGN_OR_RAISE(written, Put(values.GetView(row), &column, file));
    }
    ARROW_RETURN_NOT_OK(out.Append(written));
  }
  return out.Finish(field, array);
}

Result<ArrayPtr> BlobColumns::Impl::DescribeSecond(const SchemaField& field,
                                                   const arrow::StructArray& array,
                                                   file::FileWriter* file) {
  BlobColumn& column = columns[field.id];
  DescriptorBuilder out(column.version, options.pool);
  for (int64_t row = 0; row < array.length(); ++row) {
    Written written;
    if (array.IsValid(row)) {
      auto put = PutSecond(array, row, &column, file);
      if (!put.ok()) {
        return WithContext(put.status(), internal::Concat("column '", field.name, "', row ", row));
      }
      written = *put;
    }
    ARROW_RETURN_NOT_OK(out.Append(written));
  }
  return out.Finish(field, array);
}

Result<ArrayPtr> BlobColumns::Impl::Describe(const SchemaField& field, ArrayPtr array,
                                             file::FileWriter* file) {
  if (!HasBlobs(field)) return array;
  if (array->offset() != 0) {  // validity and children are used as they are
    ARROW_ASSIGN_OR_RAISE(array, arrow::Concatenate({array}, options.pool));
  }
  switch (file::BlobVersionOf(field)) {
    case BlobVersion::kFirst:
      return DescribeFirst(field, *array, file);
    case BlobVersion::kSecond:
      return DescribeSecond(field, static_cast<const arrow::StructArray&>(*array), file);
    case BlobVersion::kNone:
      break;
  }
  auto out = array->data()->Copy();
  arrow::FieldVector fields;
  for (size_t i = 0; i < field.children.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr child,
                          Describe(field.children[i], arrow::MakeArray(out->child_data[i]), file));
    out->child_data[i] = child->data();
  }
  file::Schema one({field}, {});
  ARROW_ASSIGN_OR_RAISE(one, file::DescribeBlobs(one));
  out->type = one.fields().front().type;
  return arrow::MakeArray(out);
}

BlobColumns::BlobColumns(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlobColumns::~BlobColumns() {
  if (!impl_->finished) (void)Abort();
}

Result<std::unique_ptr<BlobColumns>> BlobColumns::Make(const file::Schema& schema,
                                                       std::shared_ptr<io::ObjectStore> store,
                                                       std::string data_file,
                                                       const Options& options) {
  auto impl = std::make_unique<Impl>();
  for (const SchemaField& field : schema.fields()) ARROW_RETURN_NOT_OK(impl->AddColumns(field));
  if (impl->columns.empty()) return nullptr;
  impl->schema = schema;
  ARROW_ASSIGN_OR_RAISE(const file::Schema described, file::DescribeBlobs(schema));
  impl->described = described.ToArrow();
  impl->store = std::move(store);
  impl->data_file = std::move(data_file);
  impl->options = options;
  if (impl->options.pool == nullptr) impl->options.pool = arrow::default_memory_pool();
  return std::unique_ptr<BlobColumns>(new BlobColumns(std::move(impl)));
}

Result<std::shared_ptr<arrow::RecordBatch>> BlobColumns::Write(const arrow::RecordBatch& batch,
                                                               file::FileWriter* file) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const SchemaField& field = impl_->schema.fields()[static_cast<size_t>(i)];
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, impl_->Describe(field, batch.column(i), file));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(impl_->described, batch.num_rows(), std::move(columns));
}

Status BlobColumns::Finish() {
  for (auto& [id, column] : impl_->columns) {
    if (column.pack == nullptr) continue;
    ARROW_RETURN_NOT_OK(column.pack->Finish());
    column.pack.reset();
  }
  impl_->finished = true;
  return Status::OK();
}

Status BlobColumns::Abort() {
  impl_->finished = true;
  for (auto& [id, column] : impl_->columns) {
    if (column.pack != nullptr) (void)column.pack->Abort();
    column.pack.reset();
  }
  if (!impl_->has_sidecars) return Status::OK();
  return impl_->store->DeleteFolder(table::BlobSidecarFolder(impl_->data_file));
}

}  // namespace lance
