// Schemas of one column each, which between them have all shapes of leaves.
//
// Thread-safety: pure. Ownership: of the results.
#pragma once

#include <cstdint>
#include <string>

namespace lance::fuzz {

/// Serialized FileDescriptor of a file with one column; `type` chooses among all by its remainder.
std::string DescriptorOf(uint32_t type, uint64_t num_rows);
/// The number that chooses the schema of `descriptor`, by its logical types; -1 when there is none.
int FindColumnType(const std::string& descriptor);

}  // namespace lance::fuzz
