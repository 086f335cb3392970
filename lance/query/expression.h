// Filters: a typed tree, made from SQL text or by an engine, evaluated with three-valued logic.
//
// A predicate is TRUE, FALSE or NULL (unknown) for a row; only TRUE rows pass. Engines hand over
// trees (never SQL text), so that no literal can change the meaning of a query. Thread-safety:
// immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/bytes.h"
#include "lance/base/error.h"

namespace lance::query {

enum class ExpressionKind : uint8_t {
  kColumn = 1,   // `path`
  kLiteral = 2,  // `literal`, may be null
  kNot = 3,      // 1 child
  kAnd = 4,      // >= 2 children
  kOr = 5,       // >= 2 children
  kIsNull = 6,   // 1 child
  kEqual = 10,   // 2 children, as all comparisons
  kNotEqual = 11,
  kLess = 12,
  kLessEqual = 13,
  kGreater = 14,
  kGreaterEqual = 15,
  kNullSafeEqual = 16,  // never NULL
  kIn = 20,             // child 0 in children 1..n (literals)
  kStartsWith = 21,
  kEndsWith = 22,
  kContains = 23,
  kLike = 24,  // child 1 is the pattern: % and _, escape '\'
  kAdd = 30,
  kSubtract = 31,
  kMultiply = 32,
  kDivide = 33,
  kNegate = 34,
  kCast = 40,  // 1 child to `type`
  kCall = 41,  // function `path[0]` of the children
};

struct Expression {
  ExpressionKind kind = ExpressionKind::kLiteral;
  std::vector<std::string> path;           // column: field path
  std::shared_ptr<arrow::Scalar> literal;  // literal
  std::shared_ptr<arrow::DataType> type;   // cast: target; bound trees: type of the result
  std::vector<std::shared_ptr<const Expression>> children;
};
using ExpressionPtr = std::shared_ptr<const Expression>;

/// Parse SQL text of a filter, such as "id > 5 AND name LIKE 'a%'". InvalidInput points at the
/// place (1-based column of the text) and says what was expected. Names are matched exactly;
/// backticks or double quotes quote a name, single quotes text (doubled inside).
Result<ExpressionPtr> ParseFilter(std::string_view sql);

/// Write `expression` as SQL text, for people.
std::string ToSql(const Expression& expression);

/// Names of the top-level columns that `expression` reads, in first-use order.
std::vector<std::string> ReferencedColumns(const Expression& expression);

/// Resolve names against `schema` and cast literals so that both sides of an operator have one
/// type. ColumnNotFound lists the columns; InvalidInput when types do not go together or the whole
/// is no boolean.
Result<ExpressionPtr> BindFilter(const ExpressionPtr& expression, const arrow::Schema& schema);

/// Evaluate a bound filter on `batch` (columns found by name): a BooleanArray of batch length, null
/// = unknown.
Result<std::shared_ptr<arrow::Array>> EvaluateFilter(const Expression& bound,
                                                     const arrow::RecordBatch& batch);

/// Binary form for JNI and C: little-endian, versioned; the layout is drawn in expression_wire.cc.
std::string SerializeExpression(const Expression& expression);
/// Corruption on malformed bytes, bounded depth and size.
Result<ExpressionPtr> ParseExpression(Bytes wire);

}  // namespace lance::query
