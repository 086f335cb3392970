#include "lance/query/expression.h"

#include <algorithm>
#include <utility>

#include "arrow/array.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "lance/query/filter/tree.h"

namespace lance::query {
namespace {

bool IsPlainName(const std::string& name) {
  static constexpr std::string_view kReserved[] = {"AND",  "OR", "NOT",  "IN",    "IS",  "BETWEEN",
                                                   "LIKE", "AS", "TRUE", "FALSE", "NULL"};
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  if (std::find(std::begin(kReserved), std::end(kReserved), upper) != std::end(kReserved)) {
    return false;
  }
  const bool plain = std::all_of(upper.begin(), upper.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return plain && !name.empty() && (name[0] < '0' || name[0] > '9');
}

std::string Quote(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  return out + quote;
}

std::string PathToSql(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& name : path) {
    if (!out.empty()) out += '.';
    out += IsPlainName(name) ? name : Quote(name, '`');
  }
  return out;
}

std::string HexText(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "X'";
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out + "'";
}

std::string ListToSql(const arrow::Scalar& list) {
  const auto& values = static_cast<const arrow::BaseListScalar&>(list).value;
  std::string out;
  for (int64_t i = 0; i < values->length(); ++i) {
    if (!out.empty()) out += ", ";
    auto value = values->GetScalar(i);
    out += value.ok() ? ToSql(*MakeLiteral(*value)) : "?";
  }
  return out;
}

std::string LiteralToSql(const arrow::Scalar& literal) {
  if (!literal.is_valid) return "NULL";
  switch (literal.type->id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(literal).value ? "TRUE" : "FALSE";
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      return Quote(static_cast<const arrow::BaseBinaryScalar&>(literal).view(), '\'');
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
      return HexText(static_cast<const arrow::BaseBinaryScalar&>(literal).view());
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return "DATE '" + literal.ToString() + "'";
    case arrow::Type::TIMESTAMP:
      return "TIMESTAMP '" + literal.ToString() + "'";
    case arrow::Type::LIST:
      return ListToSql(literal);
    default:
      return literal.ToString();
  }
}

std::string_view OperatorText(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::kAnd:
      return " AND ";
    case ExpressionKind::kOr:
      return " OR ";
    case ExpressionKind::kEqual:
      return " = ";
    case ExpressionKind::kNotEqual:
      return " <> ";
    case ExpressionKind::kLess:
      return " < ";
    case ExpressionKind::kLessEqual:
      return " <= ";
    case ExpressionKind::kGreater:
      return " > ";
    case ExpressionKind::kGreaterEqual:
      return " >= ";
    case ExpressionKind::kNullSafeEqual:
      return " <=> ";
    case ExpressionKind::kLike:
      return " LIKE ";
    case ExpressionKind::kAdd:
      return " + ";
    case ExpressionKind::kSubtract:
      return " - ";
    case ExpressionKind::kMultiply:
      return " * ";
    case ExpressionKind::kDivide:
      return " / ";
    default:
      return ", ";
  }
}

// Columns, literals and function calls stand for themselves; the rest goes into parentheses.
std::string OperandToSql(const Expression& operand) {
  switch (operand.kind) {
    case ExpressionKind::kColumn:
    case ExpressionKind::kLiteral:
    case ExpressionKind::kCast:
    case ExpressionKind::kCall:
    case ExpressionKind::kStartsWith:
    case ExpressionKind::kEndsWith:
    case ExpressionKind::kContains:
      return ToSql(operand);
    default:
      return "(" + ToSql(operand) + ")";
  }
}

std::string JoinOperands(const Expression& node, size_t from) {
  std::string out;
  for (size_t i = from; i < node.children.size(); ++i) {
    if (i > from) out += OperatorText(node.kind);
    out += OperandToSql(*node.children[i]);
  }
  return out;
}

void CollectColumns(const Expression& node, std::vector<std::string>* out) {
  if (node.kind == ExpressionKind::kColumn && !node.path.empty() &&
      std::find(out->begin(), out->end(), node.path[0]) == out->end()) {
    out->push_back(node.path[0]);
  }
  for (const ExpressionPtr& child : node.children) CollectColumns(*child, out);
}

}  // namespace

std::string ToSql(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::kColumn:
      return PathToSql(expression.path);
    case ExpressionKind::kLiteral:
      return LiteralToSql(*expression.literal);
    case ExpressionKind::kNot:
      return "NOT " + OperandToSql(*expression.children[0]);
    case ExpressionKind::kNegate:
      return "- " + OperandToSql(*expression.children[0]);
    case ExpressionKind::kIsNull:
      return OperandToSql(*expression.children[0]) + " IS NULL";
    case ExpressionKind::kIn:
      return OperandToSql(*expression.children[0]) + " IN (" + JoinOperands(expression, 1) + ")";
    case ExpressionKind::kCast:
      return "CAST(" + ToSql(*expression.children[0]) + " AS " + expression.type->ToString() + ")";
    case ExpressionKind::kCall:
      return expression.path[0] + "(" + JoinOperands(expression, 0) + ")";
    case ExpressionKind::kStartsWith:
      return "starts_with(" + JoinOperands(expression, 0) + ")";
    case ExpressionKind::kEndsWith:
      return "ends_with(" + JoinOperands(expression, 0) + ")";
    case ExpressionKind::kContains:
      return "contains(" + JoinOperands(expression, 0) + ")";
    default:
      return JoinOperands(expression, 0);
  }
}

std::vector<std::string> ReferencedColumns(const Expression& expression) {
  std::vector<std::string> out;
  CollectColumns(expression, &out);
  return out;
}

}  // namespace lance::query
