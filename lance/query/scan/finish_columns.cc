#include "lance/query/scan/finish_columns.h"

#include <algorithm>
#include <utility>

#include "arrow/array.h"
#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "arrow/type.h"
#include "lance/file/jsonb.h"

namespace lance::query {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using file::SchemaField;

// Slices would have to be pushed down to the children first.
Result<ArrayPtr> WithoutOffset(const ArrayPtr& array, arrow::MemoryPool* pool) {
  if (array->offset() == 0) return array;
  return arrow::Concatenate({array}, pool);
}

bool IsBytes(const SchemaField& view) {
  return file::BlobVersionOf(view) != file::BlobVersion::kNone && file::IsConverted(view);
}

}  // namespace

Result<std::shared_ptr<ColumnFinisher>> ColumnFinisher::Make(
    FileCache& files, const table::Fragment& fragment, std::span<const SchemaField* const> fields) {
  auto out = std::make_shared<ColumnFinisher>();
  for (const SchemaField* view : fields) {
    out->views_.push_back(*view);
    ARROW_ASSIGN_OR_RAISE(SchemaField stored, file::StoredField(*view));
    out->stored_.push_back(std::move(stored));
    ARROW_RETURN_NOT_OK(out->AddBlobs(files, fragment, *view));
  }
  return out;
}

Status ColumnFinisher::AddBlobs(FileCache& files, const table::Fragment& fragment,
                                const SchemaField& field) {
  if (!IsBytes(field)) {
    for (const SchemaField& child : field.children) {
      ARROW_RETURN_NOT_OK(AddBlobs(files, fragment, child));
    }
    return Status::OK();
  }
  const table::DataFile* file = FindDataFile(fragment, field.id);
  if (file == nullptr) return Status::OK();
  blobs_.emplace(field.id, std::make_unique<BlobObjects>(files, *file, file::BlobVersionOf(field)));
  return Status::OK();
}

int64_t ColumnFinisher::CountFitting(std::span<const ArrayPtr> columns, int64_t num_rows,
                                     uint64_t max_bytes) const {
  uint64_t bytes = 0;
  for (int64_t row = 0; row < num_rows; ++row) {
    for (size_t i = 0; i < views_.size(); ++i) {
      const auto blobs = blobs_.find(views_[i].id);
      if (blobs == blobs_.end()) continue;
      const arrow::ArrayData& data = *columns[i]->data();
      bytes += std::min(blobs->second->KnownSize(data, data.offset + row), max_bytes);
    }
    if (bytes > max_bytes) return std::max<int64_t>(row, 1);
  }
  return num_rows;
}

Status ColumnFinisher::Finish(std::vector<ArrayPtr>* columns, arrow::MemoryPool* pool) const {
  for (size_t i = 0; i < views_.size(); ++i) {
    if (!file::IsConverted(views_[i])) continue;
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr whole, WithoutOffset((*columns)[i], pool));
    auto converted = Convert(views_[i], whole->data(), pool);
    if (!converted.ok()) {
      return WithContext(converted.status(), "column '" + views_[i].name + "'");
    }
    (*columns)[i] = arrow::MakeArray(std::move(*converted));
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::ArrayData>> ColumnFinisher::Convert(
    const SchemaField& view, const std::shared_ptr<arrow::ArrayData>& data,
    arrow::MemoryPool* pool) const {
  if (!file::IsConverted(view)) return data;
  if (IsBytes(view)) {
    const auto blobs = blobs_.find(view.id);
    if (blobs == blobs_.end()) {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(view.type, data->length, pool));
      return nulls->data();
    }
    ARROW_ASSIGN_OR_RAISE(auto bytes, blobs->second->ReadAll(*data, pool));
    return bytes->data();
  }
  if (view.children.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto texts, file::JsonTexts(*arrow::MakeArray(data), view.type, pool));
    return texts->data();
  }
  auto out = data->Copy();
  out->type = view.type;
  for (size_t i = 0; i < view.children.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr child,
                          WithoutOffset(arrow::MakeArray(data->child_data[i]), pool));
    ARROW_ASSIGN_OR_RAISE(out->child_data[i], Convert(view.children[i], child->data(), pool));
  }
  return out;
}

}  // namespace lance::query
