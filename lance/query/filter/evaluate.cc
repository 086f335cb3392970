#include "lance/query/filter/evaluate.h"

#include <string>
#include <utility>

#include "arrow/array.h"
#include "arrow/compute/api.h"
#include "arrow/datum.h"
#include "arrow/record_batch.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "arrow/util/bitmap_ops.h"
#include "lance/query/filter/compare.h"
#include "lance/query/filter/tree.h"

namespace lance::query {
namespace {

using arrow::Datum;
using arrow::compute::CallFunction;
using TypePtr = std::shared_ptr<arrow::DataType>;

Status EnsureKernels() {
  static const Status status = arrow::compute::Initialize();
  return status;
}

// The scalar or array of `values` with its type exchanged for one of the same layout.
Datum Relabel(const Datum& values, const TypePtr& type) {
  if (values.is_scalar()) {
    const auto& moment = static_cast<const arrow::TimestampScalar&>(*values.scalar());
    if (!moment.is_valid) return arrow::MakeNullScalar(type);
    return Datum(std::make_shared<arrow::TimestampScalar>(moment.value, type));
  }
  auto data = values.array()->Copy();
  data->type = type;
  return Datum(std::move(data));
}

// Instants keep their count since 1970: a wall clock without zone counts as UTC.
Result<Datum> CastMoment(const Datum& values, const TypePtr& type) {
  const auto& from = static_cast<const arrow::TimestampType&>(*values.type());
  const auto& to = static_cast<const arrow::TimestampType&>(*type);
  Datum plain = Relabel(values, arrow::timestamp(from.unit()));
  if (from.unit() != to.unit()) {
    auto options = arrow::compute::CastOptions::Safe(arrow::timestamp(to.unit()));
    options.allow_time_truncate = true;
    ARROW_ASSIGN_OR_RAISE(plain, arrow::compute::Cast(plain, options));
  }
  return Relabel(plain, type);
}

std::string_view FunctionOf(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kEqual:
      return "equal";
    case ExpressionKind::kNotEqual:
      return "not_equal";
    case ExpressionKind::kLess:
      return "less";
    case ExpressionKind::kLessEqual:
      return "less_equal";
    case ExpressionKind::kGreater:
      return "greater";
    case ExpressionKind::kGreaterEqual:
      return "greater_equal";
    case ExpressionKind::kStartsWith:
      return "starts_with";
    case ExpressionKind::kEndsWith:
      return "ends_with";
    case ExpressionKind::kContains:
      return "match_substring";
    case ExpressionKind::kLike:
      return "match_like";
    case ExpressionKind::kAdd:
      return "add_checked";
    case ExpressionKind::kSubtract:
      return "subtract_checked";
    case ExpressionKind::kMultiply:
      return "multiply_checked";
    case ExpressionKind::kDivide:
      return "divide_checked";
    default:
      return "negate_checked";
  }
}

// Floats follow IEEE 754 (division by zero is infinite); the rest reports overflow.
std::string ArithmeticFunction(ExpressionKind kind, const arrow::DataType& type) {
  std::string name(FunctionOf(kind));
  if (arrow::is_floating(type.id())) name.resize(name.size() - std::string("_checked").size());
  return name;
}

Result<Datum> Compare(ExpressionKind kind, const Datum& left, const Datum& right) {
  if (left.is_array() && right.is_scalar() && right.scalar()->is_valid) {
    ARROW_ASSIGN_OR_RAISE(auto fast, CompareWithConstant(kind, *left.make_array(), *right.scalar(),
                                                         arrow::default_memory_pool()));
    if (fast != nullptr) return Datum(std::move(fast));
  }
  return CallFunction(std::string(FunctionOf(kind)), {left, right});
}

// TRUE when both are null or equal, never NULL.
Result<Datum> NullSafeEqual(const Datum& left, const Datum& right) {
  ARROW_ASSIGN_OR_RAISE(Datum equal, Compare(ExpressionKind::kEqual, left, right));
  ARROW_ASSIGN_OR_RAISE(equal, CallFunction("coalesce", {equal, Datum(false)}));
  if (right.is_scalar() && right.scalar()->is_valid) return equal;
  ARROW_ASSIGN_OR_RAISE(Datum left_null, CallFunction("is_null", {left}));
  ARROW_ASSIGN_OR_RAISE(Datum right_null, CallFunction("is_null", {right}));
  ARROW_ASSIGN_OR_RAISE(Datum both_null, CallFunction("and", {left_null, right_null}));
  return CallFunction("or", {equal, both_null});
}

Result<Datum> MatchText(ExpressionKind kind, const Datum& values, const arrow::Scalar& pattern) {
  const arrow::compute::MatchSubstringOptions options(
      std::string(static_cast<const arrow::BaseBinaryScalar&>(pattern).view()));
  return CallFunction(std::string(FunctionOf(kind)), {values}, &options);
}

// Membership as SQL has it: no match is unknown when the list holds a NULL.
Result<Datum> IsMember(const Datum& values, const arrow::Scalar& list) {
  const auto& members = static_cast<const arrow::BaseListScalar&>(list).value;
  const arrow::compute::SetLookupOptions options(
      Datum(members), arrow::compute::SetLookupOptions::NullMatchingBehavior::INCONCLUSIVE);
  return CallFunction("is_in", {values}, &options);
}

std::string CallName(const std::string& function, const arrow::DataType& argument) {
  if (function == "lower") return "utf8_lower";
  if (function == "upper") return "utf8_upper";
  if (function == "abs") return arrow::is_floating(argument.id()) ? "abs" : "abs_checked";
  return arrow::is_string(argument.id()) ? "utf8_length" : "binary_length";
}

Result<Datum> ColumnOf(const Expression& column, const arrow::RecordBatch& batch) {
  std::shared_ptr<arrow::Array> values = batch.GetColumnByName(column.path[0]);
  LANCE_REQUIRE(values != nullptr, "the rows to filter have no column '", column.path[0], "'");
  for (size_t i = 0; i < column.path.size(); ++i) {
    if (i > 0) {
      LANCE_REQUIRE(values->type_id() == arrow::Type::STRUCT, "'", column.path[i - 1],
                    "' is no struct");
      const int field =
          static_cast<const arrow::StructType&>(*values->type()).GetFieldIndex(column.path[i]);
      LANCE_REQUIRE(field >= 0, "'", column.path[i - 1], "' has no field '", column.path[i], "'");
      ARROW_ASSIGN_OR_RAISE(
          values, static_cast<const arrow::StructArray&>(*values).GetFlattenedField(field));
    }
    if (values->type_id() == arrow::Type::EXTENSION) {
      values = static_cast<const arrow::ExtensionArray&>(*values).storage();
    }
  }
  if (values->type_id() != arrow::Type::DICTIONARY) return Datum(values);
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*values);
  return CallFunction("take", {dictionary.dictionary(), dictionary.indices()});
}

Result<Datum> Evaluate(const Expression& node, const arrow::RecordBatch& batch);

Result<bool> IsAll(const Datum& values, bool value, int64_t length) {
  if (values.is_scalar()) {
    const auto& scalar = static_cast<const arrow::BooleanScalar&>(*values.scalar());
    return scalar.is_valid && scalar.value == value;
  }
  const auto array = values.make_array();
  if (array->null_count() != 0) return false;
  const int64_t num_true = static_cast<const arrow::BooleanArray&>(*array).true_count();
  return num_true == (value ? length : 0);
}

// The bits of an array without nulls, or null.
const arrow::BooleanArray* PlainBits(const std::shared_ptr<arrow::Array>& array) {
  return array->null_count() == 0 ? static_cast<const arrow::BooleanArray*>(array.get()) : nullptr;
}

Result<std::shared_ptr<arrow::Buffer>> AndBits(const arrow::BooleanArray& a,
                                               const arrow::BooleanArray& b) {
  return arrow::internal::BitmapAnd(arrow::default_memory_pool(), a.values()->data(), a.offset(),
                                    b.values()->data(), b.offset(), a.length(), 0);
}

Result<std::shared_ptr<arrow::Buffer>> OrBits(const arrow::BooleanArray& a,
                                              const arrow::BooleanArray& b) {
  return arrow::internal::BitmapOr(arrow::default_memory_pool(), a.values()->data(), a.offset(),
                                   b.values()->data(), b.offset(), a.length(), 0);
}

// AND or OR of conditions; without unknowns it is one pass over the bits.
Result<Datum> CombineConditions(bool is_and, const Datum& left, const Datum& right) {
  if (left.is_array() && right.is_array()) {
    const auto left_array = left.make_array();
    const auto right_array = right.make_array();
    const arrow::BooleanArray* a = PlainBits(left_array);
    const arrow::BooleanArray* b = PlainBits(right_array);
    if (a != nullptr && b != nullptr) {
      const auto combine = is_and ? AndBits : OrBits;
      ARROW_ASSIGN_OR_RAISE(auto bits, combine(*a, *b));
      return Datum(std::make_shared<arrow::BooleanArray>(a->length(), std::move(bits)));
    }
  }
  return CallFunction(is_and ? "and_kleene" : "or_kleene", {left, right});
}

// Operands are skipped once no row can change any more.
Result<Datum> EvaluateLogic(const Expression& node, const arrow::RecordBatch& batch) {
  const bool is_and = node.kind == ExpressionKind::kAnd;
  ARROW_ASSIGN_OR_RAISE(Datum out, Evaluate(*node.children[0], batch));
  for (size_t i = 1; i < node.children.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(bool decided, IsAll(out, !is_and, batch.num_rows()));
    if (decided) return out;
    ARROW_ASSIGN_OR_RAISE(Datum next, Evaluate(*node.children[i], batch));
    ARROW_ASSIGN_OR_RAISE(out, CombineConditions(is_and, out, next));
  }
  return out;
}

Result<Datum> Evaluate(const Expression& node, const arrow::RecordBatch& batch) {
  switch (node.kind) {
    case ExpressionKind::kColumn:
      return ColumnOf(node, batch);
    case ExpressionKind::kLiteral:
      return Datum(node.literal);
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
      return EvaluateLogic(node, batch);
    default:
      break;
  }
  std::vector<Datum> operands;
  for (const ExpressionPtr& child : node.children) {
    ARROW_ASSIGN_OR_RAISE(Datum operand, Evaluate(*child, batch));
    operands.push_back(std::move(operand));
  }
  return ApplyNode(node, operands);
}

}  // namespace

TypePtr PlainType(const TypePtr& type) {
  if (type->id() == arrow::Type::DICTIONARY) {
    return static_cast<const arrow::DictionaryType&>(*type).value_type();
  }
  if (type->id() == arrow::Type::EXTENSION) {
    return static_cast<const arrow::ExtensionType&>(*type).storage_type();
  }
  return type;
}

Result<Datum> CastDatum(const Datum& values, const TypePtr& type) {
  ARROW_RETURN_NOT_OK(EnsureKernels());
  const TypePtr from = values.type();
  if (from->Equals(type)) return values;
  if (from->id() == arrow::Type::TIMESTAMP && type->id() == arrow::Type::TIMESTAMP) {
    return CastMoment(values, type);
  }
  auto options = arrow::compute::CastOptions::Safe(type);
  options.allow_time_truncate = true;
  Datum input = values;
  if (arrow::is_floating(from->id()) && arrow::is_integer(type->id())) {
    ARROW_ASSIGN_OR_RAISE(input, CallFunction("trunc", {values}));
  } else {
    options.allow_float_truncate = arrow::is_floating(type->id());
    options.allow_decimal_truncate = arrow::is_integer(type->id());
  }
  // A date becomes midnight of the wall clock; zones are labels.
  if (arrow::is_date(from->id()) && type->id() == arrow::Type::TIMESTAMP) {
    const auto unit = static_cast<const arrow::TimestampType&>(*type).unit();
    options.to_type = arrow::timestamp(unit);
    ARROW_ASSIGN_OR_RAISE(Datum midnight, arrow::compute::Cast(input, options));
    return Relabel(midnight, type);
  }
  return arrow::compute::Cast(input, options);
}

Result<std::shared_ptr<arrow::Scalar>> CastScalar(const std::shared_ptr<arrow::Scalar>& value,
                                                  const TypePtr& type) {
  ARROW_ASSIGN_OR_RAISE(Datum out, CastDatum(Datum(value), type));
  return out.scalar();
}

Result<Datum> ApplyNode(const Expression& node, const std::vector<Datum>& operands) {
  ARROW_RETURN_NOT_OK(EnsureKernels());
  if (node.kind == ExpressionKind::kNullSafeEqual) return NullSafeEqual(operands[0], operands[1]);
  if (IsComparison(node.kind)) return Compare(node.kind, operands[0], operands[1]);
  if (IsTextMatch(node.kind)) return MatchText(node.kind, operands[0], *operands[1].scalar());
  if (IsArithmetic(node.kind) || node.kind == ExpressionKind::kNegate) {
    return CallFunction(ArithmeticFunction(node.kind, *operands[0].type()), operands);
  }
  switch (node.kind) {
    case ExpressionKind::kNot:
      return CallFunction("invert", operands);
    case ExpressionKind::kIsNull:
      return CallFunction("is_null", operands);
    case ExpressionKind::kIn:
      return IsMember(operands[0], *operands[1].scalar());
    case ExpressionKind::kCast:
      return CastDatum(operands[0], node.type);
    case ExpressionKind::kCall:
      return CallFunction(CallName(node.path[0], *operands[0].type()), operands);
    default:
      return InvalidInput("a filter node of kind ", static_cast<int>(node.kind), " was not bound");
  }
}

Result<std::shared_ptr<arrow::Array>> EvaluateFilter(const Expression& bound,
                                                     const arrow::RecordBatch& batch) {
  ARROW_RETURN_NOT_OK(EnsureKernels());
  ARROW_ASSIGN_OR_RAISE(Datum out, Evaluate(bound, batch));
  LANCE_REQUIRE(out.type()->id() == arrow::Type::BOOL, "a filter must be a condition, this one is ",
                out.type()->ToString());
  if (!out.is_scalar()) return out.make_array();
  return arrow::MakeArrayFromScalar(*out.scalar(), batch.num_rows());
}

}  // namespace lance::query
