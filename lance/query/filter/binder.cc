// Binds names to columns and gives every operator operands of one type.
#include <string>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/array/builder_base.h"
#include "arrow/datum.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "arrow/util/decimal.h"
#include "lance/query/expression.h"
#include "lance/query/filter/coerce.h"
#include "lance/query/filter/evaluate.h"
#include "lance/query/filter/literals.h"
#include "lance/query/filter/tree.h"

namespace lance::query {
namespace {

using arrow::Datum;
using TypePtr = std::shared_ptr<arrow::DataType>;
using Where = Placement::Where;

bool IsLiteralNode(const Expression& node) { return node.kind == ExpressionKind::kLiteral; }
bool IsNullLiteral(const Expression& node) {
  return IsLiteralNode(node) && !node.literal->is_valid;
}

ExpressionPtr BooleanNode(bool value) {
  return MakeLiteral(arrow::MakeScalar(value), arrow::boolean());
}
ExpressionPtr UnknownNode() {
  return MakeLiteral(arrow::MakeNullScalar(arrow::boolean()), arrow::boolean());
}

// `value` where the operand is not null, NULL where it is.
ExpressionPtr ConstantUnlessNull(const ExpressionPtr& operand, bool value) {
  ExpressionPtr is_null = MakeNode(ExpressionKind::kIsNull, {operand}, arrow::boolean());
  if (!value) return MakeNode(ExpressionKind::kAnd, {is_null, UnknownNode()}, arrow::boolean());
  ExpressionPtr not_null = MakeNode(ExpressionKind::kNot, {is_null}, arrow::boolean());
  return MakeNode(ExpressionKind::kOr, {not_null, UnknownNode()}, arrow::boolean());
}

// The comparison that holds when the sides are exchanged.
ExpressionKind Mirror(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kLess:
      return ExpressionKind::kGreater;
    case ExpressionKind::kLessEqual:
      return ExpressionKind::kGreaterEqual;
    case ExpressionKind::kGreater:
      return ExpressionKind::kLess;
    case ExpressionKind::kGreaterEqual:
      return ExpressionKind::kLessEqual;
    default:
      return kind;
  }
}

bool AsksForLess(ExpressionKind kind) {
  return kind == ExpressionKind::kLess || kind == ExpressionKind::kLessEqual;
}

ExpressionPtr CastTo(const ExpressionPtr& node, const TypePtr& type) {
  if (node->type->Equals(type)) return node;
  return MakeNode(ExpressionKind::kCast, {node}, type);
}

// Digits that an integer constant has, so that products of decimals stay within 38 digits.
TypePtr DecimalOfConstant(const arrow::Scalar& integer) {
  const std::string digits = integer.ToString();
  const int sign = digits.starts_with('-') ? 1 : 0;
  return arrow::decimal128(static_cast<int>(digits.size()) - sign, 0);
}

class Binder {
 public:
  explicit Binder(const arrow::Schema& schema) : schema_(schema) {}

  Result<ExpressionPtr> Bind(const Expression& node) {
    switch (node.kind) {
      case ExpressionKind::kColumn:
        return BindColumn(node);
      case ExpressionKind::kLiteral:
        return MakeLiteral(node.literal, node.literal->type);
      default:
        break;
    }
    std::vector<ExpressionPtr> children;
    for (const ExpressionPtr& child : node.children) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(*child));
      children.push_back(std::move(bound));
    }
    return BindOperator(node, std::move(children));
  }

  static Result<ExpressionPtr> AsCondition(ExpressionPtr node) {
    if (IsNullLiteral(*node)) return UnknownNode();
    LANCE_REQUIRE(node->type->id() == arrow::Type::BOOL, "expected a condition, but ", ToSql(*node),
                  " is of type ", node->type->ToString());
    return node;
  }

 private:
  Result<ExpressionPtr> BindOperator(const Expression& node, std::vector<ExpressionPtr> children) {
    switch (node.kind) {
      case ExpressionKind::kNot:
      case ExpressionKind::kAnd:
      case ExpressionKind::kOr: {
        for (ExpressionPtr& child : children) {
          ARROW_ASSIGN_OR_RAISE(child, AsCondition(std::move(child)));
        }
        return MakeNode(node.kind, std::move(children), arrow::boolean());
      }
      case ExpressionKind::kIsNull:
        if (IsLiteralNode(*children[0])) return BooleanNode(!children[0]->literal->is_valid);
        return MakeNode(node.kind, std::move(children), arrow::boolean());
      case ExpressionKind::kIn:
        return BindIn(std::move(children));
      case ExpressionKind::kCast:
        return Typed(MakeNode(node.kind, std::move(children), node.type));
      case ExpressionKind::kCall:
        return BindCall(node, std::move(children));
      case ExpressionKind::kNegate:
        return Typed(MakeNode(node.kind, std::move(children)));
      default:
        break;
    }
    if (IsComparison(node.kind)) return BindComparison(node.kind, children[0], children[1]);
    if (IsTextMatch(node.kind)) return BindTextMatch(node.kind, std::move(children));
    return BindArithmetic(node.kind, std::move(children));
  }

  Result<ExpressionPtr> BindColumn(const Expression& node) const {
    const auto indices = schema_.GetAllFieldIndices(node.path[0]);
    if (indices.size() != 1) {
      std::string known;
      for (const auto& field : schema_.fields()) {
        known += (known.empty() ? "" : ", ") + field->name();
      }
      return Error(ErrorCode::ColumnNotFound, "no column '", node.path[0],
                   "' to filter by; there are: ", known);
    }
    TypePtr type = PlainType(schema_.field(indices[0])->type());
    for (size_t i = 1; i < node.path.size(); ++i) {
      const int field =
          type->id() == arrow::Type::STRUCT
              ? static_cast<const arrow::StructType&>(*type).GetFieldIndex(node.path[i])
              : -1;
      if (field < 0) {
        return Error(ErrorCode::ColumnNotFound, "no field '", node.path[i], "' in '",
                     node.path[i - 1], "', which is of type ", type->ToString());
      }
      type = PlainType(type->field(field)->type());
    }
    return MakeColumn(node.path, std::move(type));
  }

  // Find the type of a node by running it on no rows; on constants alone, run it for good.
  static Result<ExpressionPtr> Typed(const ExpressionPtr& node) {
    bool constant = true;
    for (const ExpressionPtr& child : node->children) constant = constant && IsLiteralNode(*child);
    std::vector<Datum> operands;
    for (const ExpressionPtr& child : node->children) {
      const TypePtr& type = child->type;
      const auto value = constant ? child->literal : arrow::MakeNullScalar(type);
      ARROW_ASSIGN_OR_RAISE(auto values, arrow::MakeArrayFromScalar(*value, constant ? 1 : 0));
      operands.push_back(Datum(std::move(values)));
    }
    auto result = ApplyNode(*node, operands);
    if (!result.ok()) {
      return InvalidInput("cannot compute ", ToSql(*node), ": ", result.status().message());
    }
    if (!constant) return MakeTyped(*node, result->type());
    ARROW_ASSIGN_OR_RAISE(auto value, result->make_array()->GetScalar(0));
    const TypePtr type = value->type;
    return MakeLiteral(std::move(value), type);
  }

  static ExpressionPtr MakeTyped(const Expression& node, TypePtr type) {
    auto typed = std::make_shared<Expression>(node);
    typed->type = std::move(type);
    return typed;
  }

  static Result<ExpressionPtr> BindCall(const Expression& node,
                                        std::vector<ExpressionPtr> children) {
    LANCE_REQUIRE(children.size() == 1 && !node.path.empty(), "a function takes one argument");
    const std::string& name = node.path[0];
    const bool known = name == "lower" || name == "upper" || name == "length" || name == "abs";
    LANCE_REQUIRE(known, "there is no function '", name, "'");
    if (children[0]->type->id() == arrow::Type::NA) return children[0];
    auto call = std::make_shared<Expression>(node);
    call->children = std::move(children);
    return Typed(call);
  }

  Result<ExpressionPtr> BindComparison(ExpressionKind kind, ExpressionPtr left,
                                       ExpressionPtr right) {
    if (IsLiteralNode(*left) && !IsLiteralNode(*right)) {
      std::swap(left, right);
      kind = Mirror(kind);
    }
    if (IsNullLiteral(*left)) std::swap(left, right);
    if (IsNullLiteral(*right)) {
      if (kind != ExpressionKind::kNullSafeEqual) return UnknownNode();
      if (IsLiteralNode(*left)) return BooleanNode(!left->literal->is_valid);
      return MakeNode(ExpressionKind::kIsNull, {left}, arrow::boolean());
    }
    if (!IsLiteralNode(*right) || IsLiteralNode(*left)) return CompareAsCommon(kind, left, right);
    ARROW_ASSIGN_OR_RAISE(Coerced fit, CoerceLiteral(right->literal, left->type));
    if (fit.cast_column != nullptr) {
      return MakeNode(
          kind, {CastTo(left, fit.cast_column), MakeLiteral(fit.placement.value, fit.cast_column)},
          arrow::boolean());
    }
    return ComparePlaced(kind, left, fit.placement);
  }

  static Result<ExpressionPtr> CompareAsCommon(ExpressionKind kind, const ExpressionPtr& left,
                                               const ExpressionPtr& right) {
    TypePtr common;
    if (IsLiteralNode(*left) && left->type->id() == arrow::Type::STRING &&
        right->type->id() != arrow::Type::STRING) {
      return CompareAsCommon(Mirror(kind), right, left);
    }
    if (IsLiteralNode(*left) && IsLiteralNode(*right) && !IsGridType(*right->type)) {
      ARROW_ASSIGN_OR_RAISE(Coerced fit, CoerceLiteral(right->literal, left->type));
      common = fit.cast_column != nullptr ? fit.cast_column : left->type;
    } else {
      ARROW_ASSIGN_OR_RAISE(common, CommonType(left->type, right->type));
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed_left, Convert(left, common));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed_right, Convert(right, common));
    return Typed(MakeNode(kind, {typed_left, typed_right}, arrow::boolean()));
  }

  static ExpressionPtr ComparePlaced(ExpressionKind kind, const ExpressionPtr& column,
                                     const Placement& placement) {
    const auto literal = [&] { return MakeLiteral(placement.value, column->type); };
    if (placement.where == Where::kExact) {
      return MakeNode(kind, {column, literal()}, arrow::boolean());
    }
    // No value of the column equals the literal.
    if (kind == ExpressionKind::kNullSafeEqual) return BooleanNode(false);
    if (kind == ExpressionKind::kEqual) return ConstantUnlessNull(column, false);
    if (kind == ExpressionKind::kNotEqual) return ConstantUnlessNull(column, true);
    if (placement.where == Where::kBetween) {
      const bool less = AsksForLess(kind);
      return MakeNode(less ? ExpressionKind::kLessEqual : ExpressionKind::kGreater,
                      {column, literal()}, arrow::boolean());
    }
    return ConstantUnlessNull(column, AsksForLess(kind) == (placement.where == Where::kAbove));
  }

  // Literals that one column type holds become a set; anything else a chain of ORs.
  Result<ExpressionPtr> BindIn(std::vector<ExpressionPtr> children) {
    const ExpressionPtr& operand = children[0];
    if (IsNullLiteral(*operand)) return UnknownNode();
    std::vector<std::shared_ptr<arrow::Scalar>> members;
    bool has_null = false;
    bool as_set = !IsLiteralNode(*operand);
    for (size_t i = 1; i < children.size() && as_set; ++i) {
      as_set = IsLiteralNode(*children[i]);
      if (!as_set) break;
      if (IsNullLiteral(*children[i])) {
        has_null = true;
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(Coerced fit, CoerceLiteral(children[i]->literal, operand->type));
      as_set = fit.cast_column == nullptr;
      if (fit.placement.where == Where::kExact) members.push_back(fit.placement.value);
    }
    if (!as_set) return BindInAsChain(children);
    if (members.empty()) return has_null ? UnknownNode() : ConstantUnlessNull(operand, false);
    if (members.size() == 1 && !has_null) {
      return MakeNode(ExpressionKind::kEqual, {operand, MakeLiteral(members[0], operand->type)},
                      arrow::boolean());
    }
    return MakeSet(operand, members, has_null);
  }

  static Result<ExpressionPtr> MakeSet(const ExpressionPtr& operand,
                                       const std::vector<std::shared_ptr<arrow::Scalar>>& members,
                                       bool has_null) {
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(operand->type));
    for (const auto& member : members) ARROW_RETURN_NOT_OK(builder->AppendScalar(*member));
    if (has_null) ARROW_RETURN_NOT_OK(builder->AppendNull());
    ARROW_ASSIGN_OR_RAISE(auto values, builder->Finish());
    auto list = std::make_shared<arrow::ListScalar>(std::move(values));
    const TypePtr list_type = list->type;
    return MakeNode(ExpressionKind::kIn, {operand, MakeLiteral(std::move(list), list_type)},
                    arrow::boolean());
  }

  Result<ExpressionPtr> BindInAsChain(const std::vector<ExpressionPtr>& children) {
    std::vector<ExpressionPtr> equals;
    for (size_t i = 1; i < children.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal,
                            BindComparison(ExpressionKind::kEqual, children[0], children[i]));
      equals.push_back(std::move(equal));
    }
    if (equals.empty()) return ConstantUnlessNull(children[0], false);
    if (equals.size() == 1) return equals[0];
    return MakeNode(ExpressionKind::kOr, std::move(equals), arrow::boolean());
  }

  static Result<ExpressionPtr> BindTextMatch(ExpressionKind kind,
                                             std::vector<ExpressionPtr> children) {
    if (IsNullLiteral(*children[0]) || IsNullLiteral(*children[1])) return UnknownNode();
    LANCE_REQUIRE(arrow::is_base_binary_like(children[0]->type->id()), ToSql(*children[0]),
                  " must be text to be matched, but is of type ", children[0]->type->ToString());
    LANCE_REQUIRE(
        IsLiteralNode(*children[1]) && arrow::is_base_binary_like(children[1]->type->id()),
        "the pattern must be a text literal, found ", ToSql(*children[1]));
    return Typed(children[0], MakeNode(kind, children, arrow::boolean()));
  }

  // Patterns stay scalars, so a constant operand is run as a column of one row.
  static Result<ExpressionPtr> Typed(const ExpressionPtr& operand, const ExpressionPtr& match) {
    const bool constant = IsLiteralNode(*operand);
    const auto value = constant ? operand->literal : arrow::MakeNullScalar(operand->type);
    ARROW_ASSIGN_OR_RAISE(auto values, arrow::MakeArrayFromScalar(*value, constant ? 1 : 0));
    auto result = ApplyNode(*match, {Datum(values), Datum(match->children[1]->literal)});
    if (!result.ok()) {
      return InvalidInput("cannot compute ", ToSql(*match), ": ", result.status().message());
    }
    if (!constant) return match;
    ARROW_ASSIGN_OR_RAISE(auto scalar, result->make_array()->GetScalar(0));
    return MakeLiteral(std::move(scalar), arrow::boolean());
  }

  static Result<ExpressionPtr> BindArithmetic(ExpressionKind kind,
                                              std::vector<ExpressionPtr> children) {
    const bool has_float =
        arrow::is_floating(children[0]->type->id()) || arrow::is_floating(children[1]->type->id());
    const bool has_decimal = !has_float && (arrow::is_decimal(children[0]->type->id()) ||
                                            arrow::is_decimal(children[1]->type->id()));
    if (has_decimal) {
      for (ExpressionPtr& child : children) {
        if (!arrow::is_integer(child->type->id())) continue;
        ARROW_ASSIGN_OR_RAISE(child, IntegerAsDecimal(child));
      }
      return Typed(MakeNode(kind, std::move(children)));
    }
    ARROW_ASSIGN_OR_RAISE(TypePtr common, CommonType(children[0]->type, children[1]->type));
    for (ExpressionPtr& child : children) {
      ARROW_ASSIGN_OR_RAISE(child, Convert(child, common));
    }
    return Typed(MakeNode(kind, std::move(children)));
  }

  static Result<ExpressionPtr> Convert(const ExpressionPtr& node, const TypePtr& type) {
    if (node->type->Equals(type)) return node;
    return Typed(CastTo(node, type));
  }

  static Result<ExpressionPtr> IntegerAsDecimal(const ExpressionPtr& node) {
    if (!IsLiteralNode(*node) || !node->literal->is_valid) {
      return Convert(node, DecimalOfInteger(*node->type));
    }
    const TypePtr type = DecimalOfConstant(*node->literal);
    ARROW_ASSIGN_OR_RAISE(Placement placement, PlaceLiteral(*node->literal, type));
    return MakeLiteral(placement.value, type);
  }

  const arrow::Schema& schema_;
};

}  // namespace

Result<ExpressionPtr> BindFilter(const ExpressionPtr& expression, const arrow::Schema& schema) {
  LANCE_REQUIRE(expression != nullptr, "there is no filter to bind");
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Binder(schema).Bind(*expression));
  return Binder::AsCondition(std::move(bound));
}

}  // namespace lance::query
