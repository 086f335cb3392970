#include "lance/file/null_array.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <algorithm>

#include "lance/base/bytes.h"

namespace lance::file {
namespace {

constexpr uint64_t kMostNullBytes = uint64_t{1} << 30;

// Bytes of one placeholder; as good as endless when the product does not fit.
uint64_t PlaceholderBytes(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListType&>(type);
      const auto size = static_cast<uint64_t>(std::max(list.list_size(), 0));
      uint64_t out = 0;
      const bool fits = CheckedMultiply(size, PlaceholderBytes(*list.value_type()), &out);
      return fits ? std::min(out, kMostNullBytes + 1) : kMostNullBytes + 1;
    }
    case arrow::Type::STRUCT: {
      uint64_t out = 1;
      for (const auto& field : type.fields()) out += PlaceholderBytes(*field->type());
      return std::min(out, kMostNullBytes + 1);
    }
    case arrow::Type::EXTENSION:
      return PlaceholderBytes(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return static_cast<uint64_t>(std::max(type.byte_width(), 8));
  }
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> MakeNullArray(const std::shared_ptr<arrow::DataType>& type,
                                                    int64_t length, arrow::MemoryPool* pool) {
  const uint64_t width = PlaceholderBytes(*type);
  if (length > 0 && width > kMostNullBytes / static_cast<uint64_t>(length)) {
    return Error(ErrorCode::OutOfMemory, length, " nulls of type ", type->ToString(),
                 " take more than ", kMostNullBytes, " bytes; ask for fewer rows at once");
  }
  return arrow::MakeArrayOfNull(type, length, pool);
}

}  // namespace lance::file
