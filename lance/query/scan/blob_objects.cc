#include "lance/query/scan/blob_objects.h"

#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "arrow/array/array_binary.h"
#include "arrow/array/data.h"
#include "arrow/buffer.h"
#include "arrow/util/bit_util.h"
#include "lance/table/blob_path.h"

namespace lance::query {
namespace {

using file::BlobField;
using file::BlobKind;

bool IsNull(const arrow::ArrayData& data, int64_t row) {
  return data.buffers[0] != nullptr && !arrow::bit_util::GetBit(data.buffers[0]->data(), row);
}

template <typename T>
T NumberAt(const arrow::ArrayData& descriptors, int field, int64_t row) {
  return descriptors.child_data[static_cast<size_t>(field)]->GetValues<T>(1)[row];
}

std::string_view TextAt(const arrow::ArrayData& texts, int64_t row) {
  const auto* offsets = texts.GetValues<int32_t>(1);
  const auto* data = reinterpret_cast<const char*>(texts.buffers[2]->data());
  return {data + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
}

// Rows of one object, to be read together.
struct ObjectRows {
  std::shared_ptr<io::ObjectReader> object;
  std::vector<ByteRange> ranges;
  std::vector<int64_t> rows;
};

}  // namespace

const table::DataFile* FindDataFile(const table::Fragment& fragment, int32_t id) {
  const table::DataFile* out = nullptr;
  for (const table::DataFile& file : fragment.files) {
    for (size_t i = 0; i < file.field_ids.size() && i < file.column_indices.size(); ++i) {
      if (file.field_ids[i] == id && file.column_indices[i] >= 0) out = &file;
    }
  }
  return out;
}

Result<BlobObjects::Descriptor> BlobObjects::Parse(const arrow::ArrayData& descriptors,
                                                   int64_t row) const {
  Descriptor out;
  if (version_ == file::BlobVersion::kFirst) {
    out.position = NumberAt<uint64_t>(descriptors, 0, row);
    out.size = NumberAt<uint64_t>(descriptors, 1, row);
    return out;
  }
  const auto kind = NumberAt<uint8_t>(descriptors, static_cast<int>(BlobField::kKind), row);
  LANCE_CHECK_BYTES(kind <= static_cast<uint8_t>(BlobKind::kManagedBase), "data/", data_file_.path,
                    ": a blob is of the unknown kind ", static_cast<int>(kind));
  out.kind = static_cast<BlobKind>(kind);
  out.position = NumberAt<uint64_t>(descriptors, static_cast<int>(BlobField::kPosition), row);
  out.size = NumberAt<uint64_t>(descriptors, static_cast<int>(BlobField::kSize), row);
  out.blob_id = NumberAt<uint32_t>(descriptors, static_cast<int>(BlobField::kBlobId), row);
  out.uri = TextAt(*descriptors.child_data[static_cast<size_t>(BlobField::kUri)], row);
  return out;
}

uint64_t BlobObjects::KnownSize(const arrow::ArrayData& descriptors, int64_t row) const {
  if (IsNull(descriptors, row)) return 0;
  const int field = version_ == file::BlobVersion::kFirst ? 1 : static_cast<int>(BlobField::kSize);
  return NumberAt<uint64_t>(descriptors, field, row);
}

Result<std::shared_ptr<io::ObjectReader>> BlobObjects::Open(const Descriptor& descriptor) {
  switch (descriptor.kind) {
    case BlobKind::kInline: {
      ARROW_ASSIGN_OR_RAISE(auto reader, files_.Open(data_file_));
      return reader->object();
    }
    case BlobKind::kPacked:
    case BlobKind::kDedicated:
      return files_.OpenObject(data_file_.base_id,
                               table::BlobSidecarPath(data_file_.path, descriptor.blob_id));
    case BlobKind::kExternal:
      if (descriptor.blob_id == 0) return files_.OpenUri(descriptor.uri);
      return files_.OpenObject(descriptor.blob_id, descriptor.uri);
    case BlobKind::kManaged:
      return files_.OpenObject(data_file_.base_id, descriptor.uri);
    case BlobKind::kManagedBase:
      return files_.OpenObject(descriptor.blob_id, descriptor.uri);
  }
  return Corruption("a blob of unknown kind");
}

Result<std::optional<BlobPlace>> BlobObjects::Find(const arrow::ArrayData& descriptors,
                                                   int64_t row) {
  if (IsNull(descriptors, row)) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const Descriptor descriptor, Parse(descriptors, row));
  BlobPlace out;
  const bool is_whole = descriptor.kind >= BlobKind::kExternal && descriptor.size == 0;
  if (descriptor.size == 0 && !is_whole) return out;  // empty: there is nothing to open
  ARROW_ASSIGN_OR_RAISE(out.object, Open(descriptor));
  out.range = {descriptor.position, descriptor.size};
  const uint64_t object_bytes = out.object->size_bytes();
  if (is_whole) {
    LANCE_CHECK_BYTES(out.range.offset <= object_bytes, out.object->name(), ": a blob begins at ",
                      out.range.offset, " of ", object_bytes, " bytes");
    out.range.length = object_bytes - out.range.offset;
  }
  LANCE_CHECK_BYTES(RangeFits(out.range.offset, out.range.length, object_bytes), out.object->name(),
                    ": a blob of ", out.range.length, " bytes at ", out.range.offset,
                    " runs past the end at ", object_bytes);
  return out;
}

Result<std::shared_ptr<arrow::Array>> BlobObjects::ReadAll(const arrow::ArrayData& descriptors,
                                                           arrow::MemoryPool* pool) {
  const int64_t num_rows = descriptors.length;
  std::map<const io::ObjectReader*, ObjectRows> by_object;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((num_rows + 1) * 8, pool));
  auto* ends = reinterpret_cast<int64_t*>(offsets->mutable_data());
  ends[0] = 0;
  for (int64_t row = 0; row < num_rows; ++row) {
    ends[row + 1] = ends[row];
    ARROW_ASSIGN_OR_RAISE(const std::optional<BlobPlace> place, Find(descriptors, row));
    if (!place.has_value() || place->range.length == 0) continue;
    uint64_t end = 0;
    LANCE_CHECK_BYTES(CheckedAdd(static_cast<uint64_t>(ends[row]), place->range.length, &end) &&
                          end < (uint64_t{1} << 40),
                      "blobs of more than 1 TiB in one batch");
    ends[row + 1] = static_cast<int64_t>(end);
    ObjectRows& rows = by_object[place->object.get()];
    rows.object = place->object;
    rows.ranges.push_back(place->range);
    rows.rows.push_back(row);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> data,
                        arrow::AllocateBuffer(ends[num_rows], pool));
  for (const auto& [object, wanted] : by_object) {
    ARROW_ASSIGN_OR_RAISE(const auto buffers, wanted.object->ReadRanges(wanted.ranges));
    for (size_t i = 0; i < buffers.size(); ++i) {
      std::memcpy(data->mutable_data() + ends[wanted.rows[i]], buffers[i]->data(),
                  static_cast<size_t>(buffers[i]->size()));
    }
  }
  return std::make_shared<arrow::LargeBinaryArray>(num_rows, std::move(offsets), std::move(data),
                                                   descriptors.buffers[0],
                                                   descriptors.GetNullCount());
}

}  // namespace lance::query
