// Where the sidecar files of blobs lie.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lance::table {

/// Folder of the sidecars of data file `data_file` (a path below `data/`), relative to the root.
std::string BlobSidecarFolder(std::string_view data_file);

/// Path of sidecar `blob_id` of `data_file`: the id as 32 binary digits, lowest bit first, so that
/// the names of neighbours spread over an object store.
std::string BlobSidecarPath(std::string_view data_file, uint32_t blob_id);

}  // namespace lance::table
