#include "fuzz/column_types.h"

#include <iterator>
#include <sstream>

#include "file.pb.h"

namespace lance::fuzz {
namespace {

// Logical types along the path to the only leaf, '/' between; a map has its key and value at once.
constexpr const char* kPaths[] = {"int32",
                                  "string",
                                  "bool",
                                  "int8",
                                  "int64",
                                  "double",
                                  "large_string",
                                  "binary",
                                  "int16",
                                  "decimal:128:10:2",
                                  "fixed_size_binary:3",
                                  "fixed_size_list:float:3",
                                  "fixed_size_list:bool:5",
                                  "fixed_size_list:fixed_size_list:int16:2:3",
                                  "null",
                                  "dict:string:int16:false",
                                  "list/int32",
                                  "list/string",
                                  "large_list/list/int64",
                                  "list/bool",
                                  "struct/int32",
                                  "struct/string",
                                  "struct/list/struct/int32",
                                  "list.struct/struct/string",
                                  "list/list/list/int8",
                                  "list/fixed_size_list:float:2",
                                  "struct/fixed_size_list:uint8:4",
                                  "float",
                                  "uint64",
                                  "date32:day",
                                  "timestamp:us:UTC",
                                  "large_binary"};

}  // namespace

std::string DescriptorOf(uint32_t type, uint64_t num_rows) {
  spec::FileDescriptor out;
  out.set_length(num_rows);
  std::istringstream path(kPaths[type % std::size(kPaths)]);
  int32_t id = 0;
  for (std::string logical_type; std::getline(path, logical_type, '/'); ++id) {
    spec::Field* field = out.mutable_schema()->add_fields();
    field->set_id(id);
    field->set_parent_id(id - 1);
    field->set_name("f");
    field->set_nullable(true);
    field->set_logical_type(logical_type);
  }
  return out.SerializeAsString();
}

int FindColumnType(const std::string& descriptor) {
  spec::FileDescriptor wire;
  if (!wire.ParseFromString(descriptor)) return -1;
  std::string path;
  for (const auto& field : wire.schema().fields()) {
    path += (path.empty() ? "" : "/") + field.logical_type();
  }
  for (size_t i = 0; i < std::size(kPaths); ++i) {
    if (path == kPaths[i]) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace lance::fuzz
