// The shape of one leaf column: its values and the path of lists and structs above it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"
#include "lance/encoding/values.h"

namespace lance::encoding {

/// What stands above a leaf, inner to outer as in the wire's `layers`.
enum class AncestorKind : uint8_t { kStruct, kList };

/// Structural layer kinds, the wire's numbers.
enum class Layer : uint8_t {
  kAllValidItem = 1,
  kAllValidList = 2,
  kNullableItem = 3,
  kNullableList = 4,
  kEmptyableList = 5,
  kNullAndEmptyList = 6,
};

/// What the values of a column stand for.
enum class LeafRole : uint8_t {
  kValues,
  kDictionary,  // values of an Arrow dictionary
  kBlobPlaces,  // where the bytes of blobs lie, a pair of u64
  kListEnds,    // 2.0: where the items of lists begin and end, a pair of u64
};

struct LeafShape {
  ValueType values;
  std::vector<AncestorKind> ancestors;  // inner to outer; a map is a list over a struct
  LeafRole role = LeafRole::kValues;
  int num_lists() const;
};

/// Return the value stream of Arrow type `type`, which must not be list, struct or map (a
/// fixed-size list of primitives is a leaf). Dictionary types give the stream of their values.
/// Unsupported for types that the format does not know.
Result<ValueType> LeafValueType(const arrow::DataType& type);

/// Return the value stream of a packed struct of type `type`, whose children lie side by side: one
/// fixed value when all have a fixed number of bytes, else rows. Unsupported names a child that
/// cannot be packed.
Result<ValueType> PackedValueType(const arrow::DataType& type);

}  // namespace lance::encoding
