#include "lance/file/testing/assembled_file.h"

namespace lance::file::testing {
namespace {

constexpr uint64_t kAlignment = 64;

template <typename T>
void Put(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// Append `bytes` at an aligned position; return where.
uint64_t PutAligned(std::string_view bytes, std::string* out) {
  out->resize(AlignUp(out->size(), kAlignment), '\0');
  const uint64_t at = out->size();
  out->append(bytes);
  return at;
}

}  // namespace

std::string AssembleFile(const FileParts& parts) {
  std::string out(AsText(parts.pages));
  const uint64_t descriptor = PutAligned(parts.descriptor, &out);
  std::vector<uint64_t> places;
  for (const std::string& column : parts.columns) places.push_back(PutAligned(column, &out));
  const uint64_t columns_begin = places.empty() ? out.size() : places.front();
  const uint64_t column_table = PutAligned({}, &out);
  for (size_t i = 0; i < places.size(); ++i) {
    Put<uint64_t>(places[i], &out);
    Put<uint64_t>(parts.columns[i].size(), &out);
  }
  const uint64_t global_table = PutAligned({}, &out);
  Put<uint64_t>(descriptor, &out);
  Put<uint64_t>(parts.descriptor.size(), &out);
  Put<uint64_t>(columns_begin, &out);
  Put<uint64_t>(column_table, &out);
  Put<uint64_t>(global_table, &out);
  Put<uint32_t>(1, &out);
  Put<uint32_t>(static_cast<uint32_t>(parts.columns.size()), &out);
  Put<uint16_t>(2, &out);
  Put<uint16_t>(parts.minor, &out);
  return out + "LANC";
}

}  // namespace lance::file::testing
