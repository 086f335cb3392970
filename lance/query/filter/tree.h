// Makes nodes of filter trees.
//
// Thread-safety: free functions.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lance/query/expression.h"

namespace lance::query {

inline ExpressionPtr MakeNode(ExpressionKind kind, std::vector<ExpressionPtr> children,
                              std::shared_ptr<arrow::DataType> type = nullptr) {
  auto node = std::make_shared<Expression>();
  node->kind = kind;
  node->children = std::move(children);
  node->type = std::move(type);
  return node;
}

inline ExpressionPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value,
                                 std::shared_ptr<arrow::DataType> type = nullptr) {
  auto node = std::make_shared<Expression>();
  node->kind = ExpressionKind::kLiteral;
  node->literal = std::move(value);
  node->type = std::move(type);
  return node;
}

inline ExpressionPtr MakeColumn(std::vector<std::string> path,
                                std::shared_ptr<arrow::DataType> type = nullptr) {
  auto node = std::make_shared<Expression>();
  node->kind = ExpressionKind::kColumn;
  node->path = std::move(path);
  node->type = std::move(type);
  return node;
}

inline bool IsComparison(ExpressionKind kind) {
  return kind >= ExpressionKind::kEqual && kind <= ExpressionKind::kNullSafeEqual;
}
inline bool IsArithmetic(ExpressionKind kind) {
  return kind >= ExpressionKind::kAdd && kind <= ExpressionKind::kDivide;
}
inline bool IsTextMatch(ExpressionKind kind) {
  return kind >= ExpressionKind::kStartsWith && kind <= ExpressionKind::kLike;
}

}  // namespace lance::query
