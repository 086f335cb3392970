// The message that a task sends to the committer: spec FragmentList with fresh fragments, which
// have neither an id nor deletions nor row lineage.
#include <string>
#include <utility>

#include "lance/dataset/write.h"
#include "lance/io/path.h"
#include "table.pb.h"

namespace lance {
namespace {

constexpr size_t kLargestFragmentList = 1 << 30;
constexpr uint64_t kMostRows = 1ULL << 32;  // offsets within a fragment have 32 bits

Result<table::Fragment> ReadFragment(const spec::DataFragment& message) {
  LANCE_CHECK_BYTES(message.files_size() > 0, "written fragments: a fragment has no data file");
  table::Fragment out;
  out.physical_rows = message.physical_rows();
  LANCE_CHECK_BYTES(out.physical_rows <= kMostRows, "written fragments: a fragment has ",
                    out.physical_rows, " rows, expected at most 2^32");
  for (const spec::DataFile& wire : message.files()) {
    table::DataFile data_file;
    data_file.path = wire.path();
    LANCE_CHECK_BYTES(io::CheckPath(data_file.path).ok(), "written fragments: '", data_file.path,
                      "' is no path of a data file");
    LANCE_CHECK_BYTES(wire.fields_size() == wire.column_indices_size(),
                      "written fragments: ", wire.fields_size(), " fields in ",
                      wire.column_indices_size(), " columns");
    data_file.field_ids.assign(wire.fields().begin(), wire.fields().end());
    data_file.column_indices.assign(wire.column_indices().begin(), wire.column_indices().end());
    for (const int32_t column : data_file.column_indices) {
      LANCE_CHECK_BYTES(column >= -1, "written fragments: '", data_file.path, "' has column index ",
                        column, ", expected -1 or more");
    }
    data_file.major = wire.file_major_version();
    data_file.minor = wire.file_minor_version();
    data_file.size_bytes = wire.file_size_bytes();
    out.files.push_back(std::move(data_file));
  }
  return out;
}

void WriteDataFile(const table::DataFile& data_file, spec::DataFile* out) {
  out->set_path(data_file.path);
  for (int32_t id : data_file.field_ids) out->add_fields(id);
  for (int32_t index : data_file.column_indices) out->add_column_indices(index);
  out->set_file_major_version(data_file.major);
  out->set_file_minor_version(data_file.minor);
  out->set_file_size_bytes(data_file.size_bytes);
}

}  // namespace

std::string SerializeFragments(const WrittenFragments& fragments) {
  spec::FragmentList message;
  for (const table::Fragment& fragment : fragments.fragments) {
    spec::DataFragment* out = message.add_fragments();
    out->set_physical_rows(fragment.physical_rows);
    for (const table::DataFile& data_file : fragment.files) {
      WriteDataFile(data_file, out->add_files());
    }
  }
  message.set_num_rows(fragments.num_rows);
  message.set_num_bytes(fragments.num_bytes);
  return message.SerializeAsString();
}

Result<WrittenFragments> ParseFragments(Bytes message) {
  LANCE_CHECK_BYTES(message.size() <= kLargestFragmentList, "written fragments: ", message.size(),
                    " bytes, at most ", kLargestFragmentList, " are expected");
  spec::FragmentList list;
  LANCE_CHECK_BYTES(list.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    "written fragments: ", message.size(), " bytes are no FragmentList message");
  WrittenFragments out;
  for (const spec::DataFragment& wire : list.fragments()) {
    ARROW_ASSIGN_OR_RAISE(table::Fragment fragment, ReadFragment(wire));
    out.fragments.push_back(std::move(fragment));
  }
  out.num_rows = list.num_rows();
  out.num_bytes = list.num_bytes();
  return out;
}

}  // namespace lance
