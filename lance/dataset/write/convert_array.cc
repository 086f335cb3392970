#include "lance/dataset/write/convert_array.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include <vector>

namespace lance {
namespace {

using arrow::Type;

bool IsText(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::STRING_VIEW;
}
bool IsBinary(Type::type id) {
  return id == Type::BINARY || id == Type::LARGE_BINARY || id == Type::BINARY_VIEW;
}
bool IsVariableList(Type::type id) { return id == Type::LIST || id == Type::LARGE_LIST; }
bool IsAnyList(Type::type id) { return IsVariableList(id) || id == Type::FIXED_SIZE_LIST; }

const arrow::DataType& StorageOf(const arrow::DataType& type) {
  if (type.id() != Type::EXTENSION) return type;
  return *static_cast<const arrow::ExtensionType&>(type).storage_type();
}

int32_t ListSize(const arrow::DataType& type) {
  return static_cast<const arrow::FixedSizeListType&>(type).list_size();
}

const arrow::DictionaryType& AsDictionary(const arrow::DataType& type) {
  return static_cast<const arrow::DictionaryType&>(type);
}

// The same bytes under another name: only names and nullability of children differ, or whether the
// items of a dictionary are in order.
bool SameLayout(const arrow::DataType& source, const arrow::DataType& target) {
  if (source.id() != target.id()) return false;
  if (source.id() == Type::DICTIONARY) {
    return AsDictionary(source).index_type()->Equals(*AsDictionary(target).index_type()) &&
           AsDictionary(source).value_type()->Equals(*AsDictionary(target).value_type());
  }
  if (source.num_fields() == 0) return source.Equals(target);
  if (source.num_fields() != target.num_fields()) return false;
  if (source.id() == Type::FIXED_SIZE_LIST && ListSize(source) != ListSize(target)) return false;
  if (source.id() == Type::SPARSE_UNION || source.id() == Type::DENSE_UNION) {
    return source.Equals(target);
  }
  for (int i = 0; i < source.num_fields(); ++i) {
    const arrow::Field& from = *source.field(i);
    const arrow::Field& to = *target.field(i);
    if (source.id() == Type::STRUCT && from.name() != to.name()) return false;
    if (!SameLayout(*from.type(), *to.type())) return false;
  }
  return true;
}

std::shared_ptr<arrow::ArrayData> Retype(const arrow::ArrayData& data,
                                         const std::shared_ptr<arrow::DataType>& target) {
  std::shared_ptr<arrow::ArrayData> out = data.Copy();
  out->type = target;
  for (size_t i = 0; i < out->child_data.size(); ++i) {
    const auto& child_type = target->field(static_cast<int>(i))->type();
    out->child_data[i] = Retype(*data.child_data[i], child_type);
  }
  return out;
}

template <typename ListArray>
Status CheckLengths(const ListArray& lists, int32_t wanted, std::string_view column) {
  for (int64_t i = 0; i < lists.length(); ++i) {
    if (lists.IsNull(i) || lists.value_length(i) == wanted) continue;
    return Error(ErrorCode::SchemaMismatch, "column '", column, "' takes vectors of ", wanted,
                 " values, but a vector of ", lists.value_length(i), " was found");
  }
  return Status::OK();
}

Status CheckListLengths(const arrow::Array& array, int32_t wanted, std::string_view column) {
  if (array.type_id() == Type::LIST) {
    return CheckLengths(static_cast<const arrow::ListArray&>(array), wanted, column);
  }
  return CheckLengths(static_cast<const arrow::LargeListArray&>(array), wanted, column);
}

Result<std::shared_ptr<arrow::Array>> CastArray(const arrow::Array& array,
                                                const std::shared_ptr<arrow::DataType>& target,
                                                arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool != nullptr ? pool : arrow::default_memory_pool());
  return arrow::compute::Cast(array, target, arrow::compute::CastOptions::Safe(), &context);
}

bool HasChildren(const arrow::DataType& type) {
  return type.id() == Type::STRUCT || type.id() == Type::MAP || IsAnyList(type.id());
}

// The same lists or structs over converted children; Arrow's cast does not go through maps, nor to
// dictionaries.
Result<std::shared_ptr<arrow::Array>> ConvertChildren(
    const arrow::Array& array, const std::shared_ptr<arrow::DataType>& target,
    std::string_view column, arrow::MemoryPool* pool) {
  std::shared_ptr<arrow::ArrayData> out = array.data()->Copy();
  out->type = target;
  for (size_t i = 0; i < out->child_data.size(); ++i) {
    const auto& type = target->field(static_cast<int>(i))->type();
    ARROW_ASSIGN_OR_RAISE(
        const auto child,
        ConvertArray(arrow::MakeArray(array.data()->child_data[i]), type, column, pool));
    out->child_data[i] = child->data();
  }
  return arrow::MakeArray(out);
}

// Indices of the type that `target` asks for, of an array with indices of another type.
Result<std::shared_ptr<arrow::Array>> WithIndices(const arrow::DictionaryArray& array,
                                                  const std::shared_ptr<arrow::Array>& items,
                                                  const std::shared_ptr<arrow::DataType>& target,
                                                  std::string_view column,
                                                  arrow::MemoryPool* pool) {
  const auto& index_type = AsDictionary(*target).index_type();
  auto indices = CastArray(*array.indices(), index_type, pool);
  if (!indices.ok()) {
    return Error(ErrorCode::SchemaMismatch, "column '", column, "': ", items->length(),
                 " different values in a batch are too many for indices of type ",
                 index_type->ToString());
  }
  return arrow::DictionaryArray::FromArrays(target, *indices, items);
}

// Arrow casts neither to a dictionary nor between dictionaries.
Result<std::shared_ptr<arrow::Array>> ToDictionary(const std::shared_ptr<arrow::Array>& array,
                                                   const std::shared_ptr<arrow::DataType>& target,
                                                   std::string_view column,
                                                   arrow::MemoryPool* pool) {
  const auto& value_type = AsDictionary(*target).value_type();
  if (array->type_id() == Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);
    ARROW_ASSIGN_OR_RAISE(const auto items,
                          ConvertArray(dictionary.dictionary(), value_type, column, pool));
    return WithIndices(dictionary, items, target, column, pool);
  }
  ARROW_ASSIGN_OR_RAISE(const auto values, ConvertArray(array, value_type, column, pool));
  arrow::compute::ExecContext context(pool != nullptr ? pool : arrow::default_memory_pool());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum encoded,
                        arrow::compute::DictionaryEncode(
                            values, arrow::compute::DictionaryEncodeOptions::Defaults(), &context));
  const auto dictionary = encoded.array_as<arrow::DictionaryArray>();
  return WithIndices(*dictionary, dictionary->dictionary(), target, column, pool);
}

}  // namespace

bool SameValues(const arrow::DataType& full_source, const arrow::DataType& full_target) {
  const arrow::DataType& source = StorageOf(full_source);
  const arrow::DataType& target = StorageOf(full_target);
  if (SameLayout(source, target)) return true;
  if (source.id() == Type::NA) return true;
  if (target.id() == Type::DICTIONARY)
    return SameValues(source, *AsDictionary(target).value_type());
  if (source.id() == Type::DICTIONARY)
    return SameValues(*AsDictionary(source).value_type(), target);
  if (IsText(source.id()) && IsText(target.id())) return true;
  if (IsBinary(source.id()) && IsBinary(target.id())) return true;
  if (source.id() == Type::MAP && target.id() == Type::MAP) {
    const auto& from = static_cast<const arrow::MapType&>(source);
    const auto& to = static_cast<const arrow::MapType&>(target);
    return SameValues(*from.key_type(), *to.key_type()) &&
           SameValues(*from.item_type(), *to.item_type());
  }
  const bool lists = source.id() == target.id()
                         ? IsAnyList(source.id())
                         : IsVariableList(source.id()) && IsAnyList(target.id());
  if (lists) {
    if (source.id() == Type::FIXED_SIZE_LIST && ListSize(source) != ListSize(target)) return false;
    return SameValues(*source.field(0)->type(), *target.field(0)->type());
  }
  if (source.id() != Type::STRUCT || target.id() != Type::STRUCT) return false;
  if (source.num_fields() != target.num_fields()) return false;
  for (int i = 0; i < source.num_fields(); ++i) {
    if (source.field(i)->name() != target.field(i)->name()) return false;
    if (!SameValues(*source.field(i)->type(), *target.field(i)->type())) return false;
  }
  return true;
}

Result<std::shared_ptr<arrow::Array>> ConvertArray(const std::shared_ptr<arrow::Array>& array,
                                                   const std::shared_ptr<arrow::DataType>& target,
                                                   std::string_view column,
                                                   arrow::MemoryPool* pool) {
  if (array->type()->Equals(*target)) return array;
  if (array->type_id() == Type::EXTENSION) {
    return ConvertArray(static_cast<const arrow::ExtensionArray&>(*array).storage(), target, column,
                        pool);
  }
  if (target->id() == Type::EXTENSION) {
    const auto& storage = static_cast<const arrow::ExtensionType&>(*target).storage_type();
    ARROW_ASSIGN_OR_RAISE(const auto values, ConvertArray(array, storage, column, pool));
    return arrow::ExtensionType::WrapArray(target, values);
  }
  if (SameLayout(*array->type(), *target)) {
    return arrow::MakeArray(Retype(*array->data(), target));
  }
  if (array->type_id() == Type::NA) {
    return arrow::MakeArrayOfNull(target, array->length(),
                                  pool != nullptr ? pool : arrow::default_memory_pool());
  }
  if (target->id() == Type::DICTIONARY) return ToDictionary(array, target, column, pool);
  if (array->type_id() == target->id() && HasChildren(*target)) {
    return ConvertChildren(*array, target, column, pool);
  }
  if (IsVariableList(array->type_id()) && target->id() == Type::FIXED_SIZE_LIST) {
    ARROW_RETURN_NOT_OK(CheckListLengths(*array, ListSize(*target), column));
  }
  auto cast = CastArray(*array, target, pool);
  if (cast.ok()) return cast;
  return Error(ErrorCode::SchemaMismatch, "column '", column, "': cannot represent ",
               array->type()->ToString(), " as ", target->ToString(), ": ",
               cast.status().message());
}

}  // namespace lance
