// A data file put together from parts, some of which are forged: the frame around them is
// right, so that a reader gets as far as the parts.
//
//   [pages, from byte 0][descriptor][column metadata ...][column table][global table][footer]
// Thread-safety: pure. Ownership: of the result.
#pragma once

#include <string>
#include <vector>

#include "lance/base/bytes.h"

namespace lance::file::testing {

struct FileParts {
  Bytes pages;
  std::string descriptor;            // FileDescriptor message
  std::vector<std::string> columns;  // ColumnMetadata messages
  uint16_t minor = 2;                // version 2.minor
};

std::string AssembleFile(const FileParts& parts);

}  // namespace lance::file::testing
