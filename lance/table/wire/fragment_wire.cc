#include "lance/table/wire/fragment_wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "lance/io/path.h"

namespace lance::table {
namespace {

constexpr uint64_t kMostRowsOfFragment = 1ULL << 32;  // offsets have 32 bits

Status CheckColumnIndices(const DataFile& data_file, uint64_t fragment_id) {
  const auto& ids = data_file.field_ids;
  const auto& columns = data_file.column_indices;
  // Files of version 0.1 have no column indices.
  if (columns.empty() && data_file.major == 0 && data_file.minor < 3) return Status::OK();
  LANCE_CHECK_BYTES(ids.size() == columns.size(), "fragment ", fragment_id, ": data file '",
                    data_file.path, "' lists ", ids.size(), " fields and ", columns.size(),
                    " column indices, expected as many");
  std::vector<int32_t> sorted;
  for (int32_t column : columns) {
    LANCE_CHECK_BYTES(column >= -1, "fragment ", fragment_id, ": data file '", data_file.path,
                      "' has column index ", column, ", expected -1 or more");
    if (column >= 0) sorted.push_back(column);
  }
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  LANCE_CHECK_BYTES(twice == sorted.end(), "fragment ", fragment_id, ": data file '",
                    data_file.path, "' lists column ", *twice, " twice");
  return Status::OK();
}

Result<DataFile> DataFileFromWire(const spec::DataFile& wire, uint64_t fragment_id) {
  DataFile out;
  out.path = wire.path();
  LANCE_CHECK_BYTES(io::CheckPath(out.path).ok(), "fragment ", fragment_id, ": '", out.path,
                    "' is no path of a data file");
  out.field_ids.assign(wire.fields().begin(), wire.fields().end());
  out.column_indices.assign(wire.column_indices().begin(), wire.column_indices().end());
  out.major = wire.file_major_version();
  out.minor = wire.file_minor_version();
  out.size_bytes = wire.file_size_bytes();
  if (wire.has_base_id()) out.base_id = wire.base_id();
  ARROW_RETURN_NOT_OK(CheckColumnIndices(out, fragment_id));
  return out;
}

Result<DeletionFile> DeletionsFromWire(const spec::DeletionFile& wire, const Fragment& fragment) {
  DeletionFile out;
  LANCE_CHECK_BYTES(wire.file_type() == spec::DeletionFile::ARROW_ARRAY ||
                        wire.file_type() == spec::DeletionFile::BITMAP,
                    "fragment ", fragment.id, ": deletion file of type ",
                    static_cast<int>(wire.file_type()), ", expected 0 (Arrow) or 1 (bitmap)");
  out.type = wire.file_type() == spec::DeletionFile::BITMAP ? DeletionFile::Type::kBitmap
                                                            : DeletionFile::Type::kArrow;
  out.read_version = wire.read_version();
  out.id = wire.id();
  out.num_deleted_rows = wire.num_deleted_rows();
  LANCE_CHECK_BYTES(fragment.physical_rows == 0 || out.num_deleted_rows <= fragment.physical_rows,
                    "fragment ", fragment.id, ": ", out.num_deleted_rows, " of its ",
                    fragment.physical_rows, " rows are deleted");
  if (wire.has_base_id()) out.base_id = wire.base_id();
  return out;
}

std::string LineageFromWire(const spec::DataFragment& wire) {
  spec::DataFragment rest;
  if (wire.has_inline_row_ids()) rest.set_inline_row_ids(wire.inline_row_ids());
  if (wire.has_column_row_ids()) rest.mutable_column_row_ids();
  if (wire.has_inline_last_updated_at()) {
    rest.set_inline_last_updated_at(wire.inline_last_updated_at());
  }
  if (wire.has_column_last_updated_at()) rest.mutable_column_last_updated_at();
  if (wire.has_inline_created_at()) rest.set_inline_created_at(wire.inline_created_at());
  if (wire.has_column_created_at()) rest.mutable_column_created_at();
  *rest.mutable_overlays() = wire.overlays();
  if (wire.has_clustering_id()) rest.set_clustering_id(wire.clustering_id());
  *rest.mutable_metadata() = wire.metadata();
  return SerializeMessage(rest);
}

}  // namespace

std::string SerializeMessage(const google::protobuf::MessageLite& message) {
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return out;
}

Result<Fragment> FragmentFromWire(const spec::DataFragment& wire) {
  Fragment out;
  out.id = wire.id();
  LANCE_CHECK_BYTES(out.id <= UINT32_MAX, "fragment id ", out.id, " has more than 32 bits");
  out.physical_rows = wire.physical_rows();
  LANCE_CHECK_BYTES(out.physical_rows <= kMostRowsOfFragment, "fragment ", out.id, " has ",
                    out.physical_rows, " rows, expected at most 2^32");
  out.files.reserve(static_cast<size_t>(wire.files_size()));
  for (const spec::DataFile& file : wire.files()) {
    ARROW_ASSIGN_OR_RAISE(DataFile data_file, DataFileFromWire(file, out.id));
    out.files.push_back(std::move(data_file));
  }
  if (wire.has_deletion_file()) {
    ARROW_ASSIGN_OR_RAISE(out.deletions, DeletionsFromWire(wire.deletion_file(), out));
  }
  out.row_lineage = LineageFromWire(wire);
  return out;
}

void FragmentToWire(const Fragment& fragment, spec::DataFragment* wire) {
  // Serialized by this very build, so that it always parses.
  if (!fragment.row_lineage.empty()) (void)wire->MergeFromString(fragment.row_lineage);
  wire->set_id(fragment.id);
  wire->set_physical_rows(fragment.physical_rows);
  for (const DataFile& data_file : fragment.files) {
    spec::DataFile* out = wire->add_files();
    out->set_path(data_file.path);
    for (int32_t id : data_file.field_ids) out->add_fields(id);
    for (int32_t column : data_file.column_indices) out->add_column_indices(column);
    out->set_file_major_version(data_file.major);
    out->set_file_minor_version(data_file.minor);
    out->set_file_size_bytes(data_file.size_bytes);
    if (data_file.base_id.has_value()) out->set_base_id(*data_file.base_id);
  }
  if (!fragment.deletions.has_value()) return;
  const DeletionFile& deletions = *fragment.deletions;
  spec::DeletionFile* out = wire->mutable_deletion_file();
  out->set_file_type(deletions.type == DeletionFile::Type::kBitmap
                         ? spec::DeletionFile::BITMAP
                         : spec::DeletionFile::ARROW_ARRAY);
  out->set_read_version(deletions.read_version);
  out->set_id(deletions.id);
  out->set_num_deleted_rows(deletions.num_deleted_rows);
  if (deletions.base_id.has_value()) out->set_base_id(*deletions.base_id);
}

}  // namespace lance::table
