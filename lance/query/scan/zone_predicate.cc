#include "lance/query/scan/zone_predicate.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "arrow/array.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "lance/base/bytes.h"
#include "lance/query/filter/tree.h"

namespace lance::query {
namespace {

using file::BoundType;
using file::SchemaField;
using file::ValueOrder;
using file::ZoneStatistics;
using Kind = ZonePredicate::Kind;

const SchemaField* FindLeaf(const file::Schema& schema, const std::vector<std::string>& path) {
  const SchemaField* field = schema.Find(path[0]);
  for (size_t i = 1; i < path.size() && field != nullptr; ++i) {
    const auto& children = field->children;
    const auto found =
        std::find_if(children.begin(), children.end(),
                     [&](const SchemaField& child) { return child.name == path[i]; });
    field = found == children.end() ? nullptr : &*found;
  }
  // Bounds of JSON are those of its binary form, which has another order than the text.
  const bool is_plain = field != nullptr && field->children.empty() &&
                        field->logical_type != "json" &&
                        !field->metadata.contains("lance-encoding:blob");
  return is_plain ? field : nullptr;
}

// Bytes of a literal as bounds have them; nullopt for what has no place among them.
std::optional<std::string> ValueOf(const arrow::Scalar& literal) {
  if (!literal.is_valid) return std::nullopt;
  const BoundType type = encoding::BoundTypeOf(*literal.type);
  if (type.order == ValueOrder::kNone || literal.type->id() == arrow::Type::DICTIONARY) {
    return std::nullopt;
  }
  if (literal.type->id() == arrow::Type::BOOL) {
    return std::string(1, static_cast<const arrow::BooleanScalar&>(literal).value ? 1 : 0);
  }
  if (type.order == ValueOrder::kBytes) {
    return std::string(static_cast<const arrow::BaseBinaryScalar&>(literal).view());
  }
  std::string out(static_cast<const arrow::internal::PrimitiveScalarBase&>(literal).view());
  if (type.order == ValueOrder::kFloat) {
    const double value =
        out.size() == 4 ? LoadUnaligned<float>(out.data()) : LoadUnaligned<double>(out.data());
    if (std::isnan(value)) return std::nullopt;
  }
  return out;
}

class PredicateMaker {
 public:
  PredicateMaker(const file::Schema& schema, std::vector<ZoneColumn>* columns)
      : schema_(schema), columns_(columns) {}

  ZonePredicate Make(const Expression& node) {
    switch (node.kind) {
      case ExpressionKind::kAnd:
        return MakeLogic(Kind::kAnd, node);
      case ExpressionKind::kOr:
        return MakeLogic(Kind::kOr, node);
      case ExpressionKind::kNot:
        return MakeLogic(Kind::kNot, node);
      case ExpressionKind::kLiteral:
        return MakeConstant(node);
      case ExpressionKind::kColumn:
        return MakeFlag(node);
      case ExpressionKind::kIsNull:
        return About(*node.children[0], Kind::kIsNull);
      case ExpressionKind::kIn:
        return MakeMember(node);
      case ExpressionKind::kStartsWith:
      case ExpressionKind::kLike:
        return MakePrefix(node);
      default:
        return IsComparison(node.kind) ? MakeCompare(node) : ZonePredicate();
    }
  }

 private:
  ZonePredicate MakeLogic(Kind kind, const Expression& node) {
    ZonePredicate out;
    out.kind = kind;
    for (const ExpressionPtr& child : node.children) out.children.push_back(Make(*child));
    return out;
  }

  static ZonePredicate MakeConstant(const Expression& node) {
    ZonePredicate out;
    if (node.literal->type->id() != arrow::Type::BOOL) return out;
    const bool valid = node.literal->is_valid;
    const bool value = valid && static_cast<const arrow::BooleanScalar&>(*node.literal).value;
    out.kind = Kind::kConstant;
    out.constant = {valid && value, valid && !value, !valid};
    return out;
  }

  // A predicate about a column that has statistics; unknown for anything else.
  ZonePredicate About(const Expression& operand, Kind kind) {
    ZonePredicate out;
    const Expression* column = &operand;
    const bool widens = operand.kind == ExpressionKind::kCast &&
                        operand.type->id() == arrow::Type::DOUBLE &&
                        operand.children[0]->kind == ExpressionKind::kColumn &&
                        operand.children[0]->type->id() == arrow::Type::FLOAT;
    if (widens) column = operand.children[0].get();
    if (column->kind != ExpressionKind::kColumn) return out;
    const SchemaField* field = FindLeaf(schema_, column->path);
    if (field == nullptr) return out;
    const ZoneColumn wanted{field->id, encoding::BoundTypeOf(*field->type)};
    if (kind != Kind::kIsNull && wanted.type.order == ValueOrder::kNone) return out;
    const auto found = std::find(columns_->begin(), columns_->end(), wanted);
    out.kind = kind;
    out.column = static_cast<size_t>(found - columns_->begin());
    if (found == columns_->end()) columns_->push_back(wanted);
    return out;
  }

  ZonePredicate MakeFlag(const Expression& node) {
    ZonePredicate out = About(node, Kind::kCompare);
    out.values.emplace_back(1, 1);
    return out;
  }

  ZonePredicate MakeCompare(const Expression& node) {
    if (node.children[1]->kind != ExpressionKind::kLiteral) return {};
    auto value = ValueOf(*node.children[1]->literal);
    if (!value) return {};
    ZonePredicate out = About(*node.children[0], Kind::kCompare);
    out.comparison = node.kind;
    out.values.push_back(std::move(*value));
    return out;
  }

  ZonePredicate MakeMember(const Expression& node) {
    if (node.children[1]->kind != ExpressionKind::kLiteral) return {};
    const auto& members =
        *static_cast<const arrow::BaseListScalar&>(*node.children[1]->literal).value;
    ZonePredicate out = About(*node.children[0], Kind::kMember);
    if (out.kind == Kind::kUnknown) return out;
    for (int64_t i = 0; i < members.length(); ++i) {
      const auto member = members.GetScalar(i);
      if (!member.ok()) return {};
      if (!(*member)->is_valid) {
        out.has_null_member = true;
        continue;
      }
      auto value = ValueOf(**member);
      if (!value) return {};
      out.values.push_back(std::move(*value));
    }
    const BoundType type = (*columns_)[out.column].type;
    std::sort(out.values.begin(), out.values.end(),
              [type](const std::string& left, const std::string& right) {
                return encoding::CompareBounds(type, left, right) < 0;
              });
    return out;
  }

  ZonePredicate MakePrefix(const Expression& node) {
    if (node.children[1]->kind != ExpressionKind::kLiteral) return {};
    auto value = ValueOf(*node.children[1]->literal);
    if (!value) return {};
    if (node.kind == ExpressionKind::kLike)
      value->resize(std::min(value->find_first_of("%_\\"), value->size()));
    ZonePredicate out = About(*node.children[0], Kind::kPrefix);
    out.values.push_back(std::move(*value));
    return out;
  }

  const file::Schema& schema_;
  std::vector<ZoneColumn>* columns_;
};

// Bounds of the values of a zone against one value.
struct Position {
  bool some_below = true;  // a value below it may exist
  bool some_equal = true;  // a value equal to it
  bool some_above = true;  // a value above it
};

Position Place(BoundType type, const ZoneStatistics& zone, std::string_view value) {
  Position out;
  if (zone.min) {
    const int order = encoding::CompareBounds(type, *zone.min, value);
    out.some_below = order < 0;
    out.some_equal = order <= 0;
  }
  if (zone.max) {
    const int order = encoding::CompareBounds(type, *zone.max, value);
    out.some_above = order > 0;
    out.some_equal = out.some_equal && order >= 0;
  }
  return out;
}

ZoneOutcome CompareZone(ExpressionKind kind, const Position& at) {
  switch (kind) {
    case ExpressionKind::kEqual:
    case ExpressionKind::kNullSafeEqual:
      return {at.some_equal, at.some_below || at.some_above, false};
    case ExpressionKind::kNotEqual:
      return {at.some_below || at.some_above, at.some_equal, false};
    case ExpressionKind::kLess:
      return {at.some_below, at.some_equal || at.some_above, false};
    case ExpressionKind::kLessEqual:
      return {at.some_below || at.some_equal, at.some_above, false};
    case ExpressionKind::kGreater:
      return {at.some_above, at.some_equal || at.some_below, false};
    default:
      return {at.some_above || at.some_equal, at.some_below, false};
  }
}

ZoneOutcome FindMembers(BoundType type, const std::vector<std::string>& values,
                        const ZoneStatistics& zone) {
  auto first = values.begin();
  if (zone.min) {
    first = std::lower_bound(values.begin(), values.end(), *zone.min,
                             [type](const std::string& value, const std::string& bound) {
                               return encoding::CompareBounds(type, value, bound) < 0;
                             });
  }
  const bool inside =
      first != values.end() && (!zone.max || encoding::CompareBounds(type, *first, *zone.max) <= 0);
  return {inside, true, false};
}

ZoneOutcome FindPrefix(const std::string& prefix, const ZoneStatistics& zone) {
  const bool reaches = !zone.max || *zone.max >= prefix;
  const bool begins = !zone.min || *zone.min <= prefix || zone.min->starts_with(prefix);
  return {reaches && begins, true, false};
}

// The outcome for rows with values, and the one for rows without, together.
ZoneOutcome ForRows(ZoneOutcome values, const ZonePredicate& predicate,
                    const ZoneStatistics& zone) {
  if (!zone.has_values()) values = {false, false, false};
  // Whatever an engine thinks of NaN.
  if (zone.num_nans > 0) values.may_be_true = values.may_be_false = true;
  if (predicate.has_null_member && values.may_be_false) values.may_be_null = true;
  if (zone.num_nulls == 0) return values;
  const bool is_safe =
      predicate.kind == Kind::kCompare && predicate.comparison == ExpressionKind::kNullSafeEqual;
  if (is_safe) {
    values.may_be_false = true;
  } else {
    values.may_be_null = true;
  }
  return values;
}

ZoneOutcome AskZone(const ZonePredicate& predicate, BoundType type, const ZoneStatistics& zone) {
  switch (predicate.kind) {
    case Kind::kIsNull:
      return {zone.num_nulls > 0, zone.num_nulls < zone.num_rows, false};
    case Kind::kCompare:
      return ForRows(CompareZone(predicate.comparison, Place(type, zone, predicate.values[0])),
                     predicate, zone);
    case Kind::kMember:
      return ForRows(FindMembers(type, predicate.values, zone), predicate, zone);
    default:
      return ForRows(FindPrefix(predicate.values[0], zone), predicate, zone);
  }
}

ZoneOutcome Combine(bool is_and, ZoneOutcome a, ZoneOutcome b) {
  ZoneOutcome out;
  if (is_and) {
    out.may_be_true = a.may_be_true && b.may_be_true;
    out.may_be_false = a.may_be_false || b.may_be_false;
  } else {
    out.may_be_true = a.may_be_true || b.may_be_true;
    out.may_be_false = a.may_be_false && b.may_be_false;
  }
  out.may_be_null = a.may_be_null || b.may_be_null;
  return out;
}

}  // namespace

ZonePredicate ZonePredicate::Make(const Expression& filter, const file::Schema& schema,
                                  std::vector<ZoneColumn>* columns) {
  return PredicateMaker(schema, columns).Make(filter);
}

ZoneOutcome ZonePredicate::Evaluate(std::span<const ZoneColumn> columns,
                                    std::span<const ZoneStatistics* const> zones) const {
  switch (kind) {
    case Kind::kUnknown:
      return {};
    case Kind::kConstant:
      return constant;
    case Kind::kNot: {
      const ZoneOutcome inner = children[0].Evaluate(columns, zones);
      return {inner.may_be_false, inner.may_be_true, inner.may_be_null};
    }
    case Kind::kAnd:
    case Kind::kOr: {
      ZoneOutcome out = children[0].Evaluate(columns, zones);
      for (size_t i = 1; i < children.size(); ++i) {
        out = Combine(kind == Kind::kAnd, out, children[i].Evaluate(columns, zones));
      }
      return out;
    }
    default:
      return zones[column] == nullptr ? ZoneOutcome()
                                      : AskZone(*this, columns[column].type, *zones[column]);
  }
}

}  // namespace lance::query
