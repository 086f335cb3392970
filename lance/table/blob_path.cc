#include "lance/table/blob_path.h"

namespace lance::table {

std::string BlobSidecarFolder(std::string_view data_file) {
  const size_t dot = data_file.rfind('.');
  const size_t slash = data_file.rfind('/');
  const bool has_extension =
      dot != std::string_view::npos && (slash == std::string_view::npos || slash < dot);
  return "data/" + std::string(has_extension ? data_file.substr(0, dot) : data_file);
}

std::string BlobSidecarPath(std::string_view data_file, uint32_t blob_id) {
  std::string digits;
  for (int bit = 0; bit < 32; ++bit) digits.push_back((blob_id >> bit & 1) != 0 ? '1' : '0');
  return BlobSidecarFolder(data_file) + "/" + digits + ".blob";
}

}  // namespace lance::table
