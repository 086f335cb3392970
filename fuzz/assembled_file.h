// A data file put together from parts, some of which come from a fuzzer: the frame around them is
// right, so that mutations go deep.
//
//   [pages, from byte 0][descriptor][column metadata ...][column table][global table][footer]
// Thread-safety: pure. Ownership: of the result.
#pragma once

#include <string>
#include <vector>

#include "lance/base/bytes.h"

namespace lance::fuzz {

struct FileParts {
  Bytes pages;
  std::string descriptor;            // FileDescriptor message
  std::vector<std::string> columns;  // ColumnMetadata messages
  uint16_t minor = 2;                // version 2.minor
};

std::string AssembleFile(const FileParts& parts);

}  // namespace lance::fuzz
