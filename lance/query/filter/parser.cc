// Recursive descent over the tokens of a filter.
//
//   or         := and (OR and)*
//   and        := not (AND not)*
//   not        := NOT not | predicate
//   predicate  := sum [compare sum | [NOT] IN (or, ...) | [NOT] BETWEEN sum AND sum | [NOT] LIKE
//   sum]
//                 (IS [NOT] NULL | TRUE | FALSE)*
//   sum        := product ((+|-) product)*         product := unary ((*|/) unary)*
//   unary      := (-|+) unary | primary
//   primary    := (or) | number | text | X'..' | TRUE | FALSE | NULL | DATE text | TIMESTAMP text
//               | CAST (or AS type) | function (or, ...) | name (. name)*
#include <array>
#include <charconv>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "arrow/scalar.h"
#include "arrow/type.h"
#include "lance/query/expression.h"
#include "lance/query/filter/lexer.h"
#include "lance/query/filter/limits.h"
#include "lance/query/filter/literals.h"
#include "lance/query/filter/tree.h"

namespace lance::query {
namespace {

// A subtree and its height, so that no tree grows beyond what recursion can walk.
struct Parsed {
  ExpressionPtr tree;
  int height = 1;
};

struct NamedType {
  std::string_view name;
  std::shared_ptr<arrow::DataType> (*make)();
};

std::shared_ptr<arrow::DataType> MakeMicros() { return arrow::timestamp(arrow::TimeUnit::MICRO); }

template <const std::shared_ptr<arrow::DataType>& (*kFactory)()>
std::shared_ptr<arrow::DataType> MakePlain() {
  return kFactory();
}

constexpr auto kNamedTypes = std::to_array<NamedType>({
    {"BOOLEAN", MakePlain<arrow::boolean>}, {"BOOL", MakePlain<arrow::boolean>},
    {"TINYINT", MakePlain<arrow::int8>},    {"INT8", MakePlain<arrow::int8>},
    {"SMALLINT", MakePlain<arrow::int16>},  {"INT16", MakePlain<arrow::int16>},
    {"INT", MakePlain<arrow::int32>},       {"INTEGER", MakePlain<arrow::int32>},
    {"INT32", MakePlain<arrow::int32>},     {"BIGINT", MakePlain<arrow::int64>},
    {"LONG", MakePlain<arrow::int64>},      {"INT64", MakePlain<arrow::int64>},
    {"UINT8", MakePlain<arrow::uint8>},     {"UINT16", MakePlain<arrow::uint16>},
    {"UINT32", MakePlain<arrow::uint32>},   {"UINT64", MakePlain<arrow::uint64>},
    {"FLOAT", MakePlain<arrow::float32>},   {"REAL", MakePlain<arrow::float32>},
    {"FLOAT32", MakePlain<arrow::float32>}, {"DOUBLE", MakePlain<arrow::float64>},
    {"FLOAT64", MakePlain<arrow::float64>}, {"STRING", MakePlain<arrow::utf8>},
    {"VARCHAR", MakePlain<arrow::utf8>},    {"TEXT", MakePlain<arrow::utf8>},
    {"BINARY", MakePlain<arrow::binary>},   {"BYTEA", MakePlain<arrow::binary>},
    {"DATE", MakePlain<arrow::date32>},     {"TIMESTAMP", MakeMicros},
});

class FilterParser {
 public:
  explicit FilterParser(std::string_view sql) : lexer_(sql) {}

  Result<ExpressionPtr> Parse() {
    ARROW_RETURN_NOT_OK(Advance());
    if (token_.kind == TokenKind::kEnd) return Expected("a condition");
    ARROW_ASSIGN_OR_RAISE(Parsed filter, ParseOr());
    if (token_.kind != TokenKind::kEnd) return Expected("AND, OR or the end");
    return filter.tree;
  }

 private:
  // Leaves a level of recursion when it goes out of scope.
  class Level {
   public:
    explicit Level(FilterParser* parser) : parser_(parser) { ++parser_->depth_; }
    ~Level() { --parser_->depth_; }

   private:
    FilterParser* parser_;
  };

  Status Advance() { return lexer_.Next().Value(&token_); }

  Status Expected(std::string_view what) const {
    return FilterTextError(token_.column, "expected ", what, ", found ", Describe(token_));
  }

  bool AtSymbol(std::string_view symbol) const {
    return token_.kind == TokenKind::kSymbol && token_.text == symbol;
  }
  bool AtKeyword(std::string_view keyword) const {
    return token_.kind == TokenKind::kWord && IsKeyword(token_.text, keyword);
  }

  Result<bool> Accept(std::string_view symbol) {
    if (!AtSymbol(symbol)) return false;
    ARROW_RETURN_NOT_OK(Advance());
    return true;
  }
  Result<bool> AcceptKeyword(std::string_view keyword) {
    if (!AtKeyword(keyword)) return false;
    ARROW_RETURN_NOT_OK(Advance());
    return true;
  }
  Status Require(std::string_view symbol) {
    ARROW_ASSIGN_OR_RAISE(bool found, Accept(symbol));
    return found ? Status::OK() : Expected("'" + std::string(symbol) + "'");
  }
  Status RequireKeyword(std::string_view keyword) {
    ARROW_ASSIGN_OR_RAISE(bool found, AcceptKeyword(keyword));
    return found ? Status::OK() : Expected(keyword);
  }

  Result<Parsed> Combine(ExpressionKind kind, std::vector<Parsed> parts) const {
    Parsed out;
    std::vector<ExpressionPtr> children;
    for (Parsed& part : parts) {
      out.height = std::max(out.height, part.height + 1);
      children.push_back(std::move(part.tree));
    }
    if (out.height > kMaxFilterDepth) return TooDeep();
    out.tree = MakeNode(kind, std::move(children));
    return out;
  }

  Status TooDeep() const {
    return FilterTextError(token_.column, "the filter is nested deeper than ", kMaxFilterDepth,
                           " levels");
  }

  Result<Parsed> ParseChain(ExpressionKind kind, std::string_view keyword,
                            Result<Parsed> (FilterParser::*parse)()) {
    ARROW_ASSIGN_OR_RAISE(Parsed first, (this->*parse)());
    if (!AtKeyword(keyword)) return first;
    std::vector<Parsed> parts = {std::move(first)};
    while (AtKeyword(keyword)) {
      ARROW_RETURN_NOT_OK(Advance());
      ARROW_ASSIGN_OR_RAISE(Parsed next, (this->*parse)());
      parts.push_back(std::move(next));
    }
    return Combine(kind, std::move(parts));
  }

  Result<Parsed> ParseOr() {
    const Level level(this);
    if (depth_ > kMaxFilterDepth) return TooDeep();
    return ParseChain(ExpressionKind::kOr, "OR", &FilterParser::ParseAnd);
  }
  Result<Parsed> ParseAnd() {
    return ParseChain(ExpressionKind::kAnd, "AND", &FilterParser::ParseNot);
  }

  Result<Parsed> ParseNot() {
    int num_nots = 0;
    for (; AtKeyword("NOT"); ++num_nots) {
      if (num_nots > kMaxFilterDepth) return TooDeep();
      ARROW_RETURN_NOT_OK(Advance());
    }
    ARROW_ASSIGN_OR_RAISE(Parsed out, ParsePredicate());
    for (; num_nots > 0; --num_nots) {
      ARROW_ASSIGN_OR_RAISE(out, Combine(ExpressionKind::kNot, {std::move(out)}));
    }
    return out;
  }

  Result<Parsed> ParsePredicate() {
    ARROW_ASSIGN_OR_RAISE(Parsed left, ParseSum());
    ARROW_ASSIGN_OR_RAISE(Parsed out, ParseComparison(std::move(left)));
    while (AtKeyword("IS")) {
      ARROW_RETURN_NOT_OK(Advance());
      ARROW_ASSIGN_OR_RAISE(out, ParseIs(std::move(out)));
    }
    return out;
  }

  Result<Parsed> ParseComparison(Parsed left) {
    static constexpr std::pair<std::string_view, ExpressionKind> kOperators[] = {
        {"=", ExpressionKind::kEqual},
        {"<>", ExpressionKind::kNotEqual},
        {"<", ExpressionKind::kLess},
        {"<=", ExpressionKind::kLessEqual},
        {">", ExpressionKind::kGreater},
        {">=", ExpressionKind::kGreaterEqual},
        {"<=>", ExpressionKind::kNullSafeEqual},
    };
    for (const auto& [symbol, kind] : kOperators) {
      if (!AtSymbol(symbol)) continue;
      ARROW_RETURN_NOT_OK(Advance());
      ARROW_ASSIGN_OR_RAISE(Parsed right, ParseSum());
      return Combine(kind, {std::move(left), std::move(right)});
    }
    ARROW_ASSIGN_OR_RAISE(bool negated, AcceptKeyword("NOT"));
    ARROW_ASSIGN_OR_RAISE(bool is_in, AcceptKeyword("IN"));
    if (is_in) {
      ARROW_ASSIGN_OR_RAISE(Parsed out, ParseIn(std::move(left)));
      return Negated(negated, std::move(out));
    }
    ARROW_ASSIGN_OR_RAISE(bool is_between, AcceptKeyword("BETWEEN"));
    if (is_between) {
      ARROW_ASSIGN_OR_RAISE(Parsed out, ParseBetween(std::move(left)));
      return Negated(negated, std::move(out));
    }
    ARROW_ASSIGN_OR_RAISE(bool is_like, AcceptKeyword("LIKE"));
    if (is_like) {
      ARROW_ASSIGN_OR_RAISE(Parsed pattern, ParseSum());
      ARROW_ASSIGN_OR_RAISE(Parsed out,
                            Combine(ExpressionKind::kLike, {std::move(left), std::move(pattern)}));
      return Negated(negated, std::move(out));
    }
    if (negated) return Expected("IN, BETWEEN or LIKE");
    return left;
  }

  Result<Parsed> Negated(bool negated, Parsed inner) {
    if (!negated) return inner;
    return Combine(ExpressionKind::kNot, {std::move(inner)});
  }

  Result<Parsed> ParseIs(Parsed operand) {
    ARROW_ASSIGN_OR_RAISE(bool negated, AcceptKeyword("NOT"));
    for (const bool value : {true, false}) {
      ARROW_ASSIGN_OR_RAISE(bool found, AcceptKeyword(value ? "TRUE" : "FALSE"));
      if (!found) continue;
      ARROW_ASSIGN_OR_RAISE(Parsed out,
                            Combine(ExpressionKind::kNullSafeEqual,
                                    {std::move(operand), Literal(arrow::MakeScalar(value))}));
      return Negated(negated, std::move(out));
    }
    ARROW_ASSIGN_OR_RAISE(bool found, AcceptKeyword("NULL"));
    if (!found) return Expected(negated ? "NULL, TRUE or FALSE" : "NOT, NULL, TRUE or FALSE");
    ARROW_ASSIGN_OR_RAISE(Parsed out, Combine(ExpressionKind::kIsNull, {std::move(operand)}));
    return Negated(negated, std::move(out));
  }

  Result<Parsed> ParseIn(Parsed operand) {
    std::vector<Parsed> parts = {std::move(operand)};
    ARROW_RETURN_NOT_OK(Require("("));
    for (bool more = true; more;) {
      ARROW_ASSIGN_OR_RAISE(Parsed value, ParseOr());
      parts.push_back(std::move(value));
      ARROW_ASSIGN_OR_RAISE(more, Accept(","));
    }
    if (!AtSymbol(")")) return Expected("',' or ')'");
    ARROW_RETURN_NOT_OK(Advance());
    return Combine(ExpressionKind::kIn, std::move(parts));
  }

  Result<Parsed> ParseBetween(Parsed operand) {
    ARROW_ASSIGN_OR_RAISE(Parsed low, ParseSum());
    ARROW_RETURN_NOT_OK(RequireKeyword("AND"));
    ARROW_ASSIGN_OR_RAISE(Parsed high, ParseSum());
    ARROW_ASSIGN_OR_RAISE(Parsed above,
                          Combine(ExpressionKind::kGreaterEqual, {operand, std::move(low)}));
    ARROW_ASSIGN_OR_RAISE(
        Parsed below, Combine(ExpressionKind::kLessEqual, {std::move(operand), std::move(high)}));
    return Combine(ExpressionKind::kAnd, {std::move(above), std::move(below)});
  }

  Result<Parsed> ParseSum() {
    return ParseArithmetic({{"+", ExpressionKind::kAdd}, {"-", ExpressionKind::kSubtract}},
                           &FilterParser::ParseProduct);
  }
  Result<Parsed> ParseProduct() {
    return ParseArithmetic({{"*", ExpressionKind::kMultiply}, {"/", ExpressionKind::kDivide}},
                           &FilterParser::ParseUnary);
  }

  Result<Parsed> ParseArithmetic(
      std::initializer_list<std::pair<std::string_view, ExpressionKind>> operators,
      Result<Parsed> (FilterParser::*parse)()) {
    ARROW_ASSIGN_OR_RAISE(Parsed left, (this->*parse)());
    for (;;) {
      const auto* found = operators.begin();
      while (found != operators.end() && !AtSymbol(found->first)) ++found;
      if (found == operators.end()) return left;
      ARROW_RETURN_NOT_OK(Advance());
      ARROW_ASSIGN_OR_RAISE(Parsed right, (this->*parse)());
      ARROW_ASSIGN_OR_RAISE(left, Combine(found->second, {std::move(left), std::move(right)}));
    }
  }

  Result<Parsed> ParseUnary() {
    const Level level(this);
    if (depth_ > kMaxFilterDepth) return TooDeep();
    ARROW_ASSIGN_OR_RAISE(bool plus, Accept("+"));
    if (plus) return ParseUnary();
    ARROW_ASSIGN_OR_RAISE(bool minus, Accept("-"));
    if (!minus) return ParsePrimary();
    if (token_.kind == TokenKind::kNumber) return ParseNumber("-");
    ARROW_ASSIGN_OR_RAISE(Parsed operand, ParseUnary());
    return Combine(ExpressionKind::kNegate, {std::move(operand)});
  }

  static Parsed Literal(std::shared_ptr<arrow::Scalar> value) {
    return Parsed{MakeLiteral(std::move(value)), 1};
  }

  // A parsed value, with the place of the token that it came from in the error.
  Result<Parsed> LiteralAt(const Token& token, Result<std::shared_ptr<arrow::Scalar>> value) {
    if (!value.ok()) return FilterTextError(token.column, value.status().message());
    return Literal(std::move(value).MoveValueUnsafe());
  }

  Result<Parsed> ParseNumber(std::string_view sign) {
    const Token number = std::move(token_);
    ARROW_RETURN_NOT_OK(Advance());
    return LiteralAt(number, ParseNumberLiteral(std::string(sign) + number.text));
  }

  Result<Parsed> ParsePrimary() {
    switch (token_.kind) {
      case TokenKind::kNumber:
        return ParseNumber("");
      case TokenKind::kText:
      case TokenKind::kBinary: {
        Parsed out = token_.kind == TokenKind::kText
                         ? Literal(arrow::MakeScalar(token_.text))
                         : Literal(std::make_shared<arrow::BinaryScalar>(token_.text));
        ARROW_RETURN_NOT_OK(Advance());
        return out;
      }
      case TokenKind::kWord:
        return ParseWord();
      case TokenKind::kName:
        return ParseColumn(TakeText());
      case TokenKind::kSymbol:
        if (AtSymbol("(")) return ParseParentheses();
        [[fallthrough]];
      case TokenKind::kEnd:
        return Expected("a value or column");
    }
    return Expected("a value or column");
  }

  Result<Parsed> ParseParentheses() {
    ARROW_RETURN_NOT_OK(Advance());
    ARROW_ASSIGN_OR_RAISE(Parsed out, ParseOr());
    if (!AtSymbol(")")) return Expected("')'");
    ARROW_RETURN_NOT_OK(Advance());
    return out;
  }

  std::string TakeText() { return std::move(token_.text); }

  Result<Parsed> ParseWord() {
    for (std::string_view keyword : {"AND", "OR", "IN", "IS", "BETWEEN", "LIKE", "AS", "NOT"}) {
      if (AtKeyword(keyword)) return Expected("a value or column");
    }
    const Token word = token_;
    ARROW_RETURN_NOT_OK(Advance());
    if (IsKeyword(word.text, "TRUE")) return Literal(arrow::MakeScalar(true));
    if (IsKeyword(word.text, "FALSE")) return Literal(arrow::MakeScalar(false));
    if (IsKeyword(word.text, "NULL")) return Literal(arrow::MakeNullScalar(arrow::null()));
    if (token_.kind == TokenKind::kText) {
      const Token text = token_;
      ARROW_RETURN_NOT_OK(Advance());
      if (IsKeyword(word.text, "DATE")) return LiteralAt(text, ParseDateLiteral(text.text));
      if (IsKeyword(word.text, "TIMESTAMP")) {
        return LiteralAt(text, ParseTimestampLiteral(text.text));
      }
      return FilterTextError(text.column, "expected an operator, found ", Describe(text));
    }
    if (!AtSymbol("(")) return ParsePath(word.text);
    ARROW_RETURN_NOT_OK(Advance());
    return IsKeyword(word.text, "CAST") ? ParseCast() : ParseCall(word);
  }

  Result<Parsed> ParseColumn(std::string name) {
    ARROW_RETURN_NOT_OK(Advance());
    return ParsePath(std::move(name));
  }

  // The first name is taken already.
  Result<Parsed> ParsePath(std::string first) {
    std::vector<std::string> path = {std::move(first)};
    while (AtSymbol(".")) {
      ARROW_RETURN_NOT_OK(Advance());
      if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kName) {
        return Expected("a field name");
      }
      if (path.size() >= static_cast<size_t>(kMaxFilterDepth)) return TooDeep();
      path.push_back(TakeText());
      ARROW_RETURN_NOT_OK(Advance());
    }
    return Parsed{MakeColumn(std::move(path)), 1};
  }

  Result<Parsed> ParseCast() {
    ARROW_ASSIGN_OR_RAISE(Parsed operand, ParseOr());
    ARROW_RETURN_NOT_OK(RequireKeyword("AS"));
    ARROW_ASSIGN_OR_RAISE(auto type, ParseType());
    ARROW_RETURN_NOT_OK(Require(")"));
    if (operand.height >= kMaxFilterDepth) return TooDeep();
    return Parsed{MakeNode(ExpressionKind::kCast, {std::move(operand.tree)}, std::move(type)),
                  operand.height + 1};
  }

  Result<std::shared_ptr<arrow::DataType>> ParseType() {
    if (token_.kind == TokenKind::kWord) {
      for (const NamedType& named : kNamedTypes) {
        if (!IsKeyword(token_.text, named.name)) continue;
        ARROW_RETURN_NOT_OK(Advance());
        if (named.name == "DOUBLE") ARROW_RETURN_NOT_OK(AcceptKeyword("PRECISION").status());
        return named.make();
      }
      if (AtKeyword("DECIMAL") || AtKeyword("NUMERIC")) return ParseDecimalType();
    }
    return Expected("a type such as BIGINT, DOUBLE, STRING, DATE, TIMESTAMP or DECIMAL(10, 2)");
  }

  Result<std::shared_ptr<arrow::DataType>> ParseDecimalType() {
    ARROW_RETURN_NOT_OK(Advance());
    int digits[2] = {10, 0};
    ARROW_ASSIGN_OR_RAISE(bool has_digits, Accept("("));
    if (!has_digits) return arrow::decimal128(digits[0], digits[1]);
    ARROW_ASSIGN_OR_RAISE(digits[0], ParseDigits(1));
    ARROW_ASSIGN_OR_RAISE(bool has_scale, Accept(","));
    if (has_scale) {
      ARROW_ASSIGN_OR_RAISE(digits[1], ParseDigits(0));
    }
    if (digits[1] > digits[0]) return Expected("a scale that is at most the precision");
    ARROW_RETURN_NOT_OK(Require(")"));
    return arrow::decimal128(digits[0], digits[1]);
  }

  Result<int> ParseDigits(int least) {
    int value = -1;
    const char* end = token_.text.data() + token_.text.size();
    const bool whole = token_.kind == TokenKind::kNumber &&
                       std::from_chars(token_.text.data(), end, value).ptr == end;
    if (!whole || value < least || value > 38) return Expected("a number of digits up to 38");
    ARROW_RETURN_NOT_OK(Advance());
    return value;
  }

  Result<Parsed> ParseCall(const Token& name) {
    std::vector<Parsed> arguments;
    if (!AtSymbol(")")) {
      for (bool more = true; more;) {
        ARROW_ASSIGN_OR_RAISE(Parsed argument, ParseOr());
        arguments.push_back(std::move(argument));
        ARROW_ASSIGN_OR_RAISE(more, Accept(","));
      }
    }
    if (!AtSymbol(")")) return Expected("',' or ')'");
    ARROW_RETURN_NOT_OK(Advance());
    static constexpr std::pair<std::string_view, ExpressionKind> kMatches[] = {
        {"STARTS_WITH", ExpressionKind::kStartsWith},
        {"ENDS_WITH", ExpressionKind::kEndsWith},
        {"CONTAINS", ExpressionKind::kContains},
    };
    for (const auto& [match, kind] : kMatches) {
      if (!IsKeyword(name.text, match)) continue;
      if (arguments.size() != 2) {
        return FilterTextError(name.column, name.text, " takes 2 arguments, found ",
                               arguments.size());
      }
      return Combine(kind, std::move(arguments));
    }
    static constexpr std::string_view kFunctions[] = {"lower", "upper", "length", "abs"};
    for (std::string_view function : kFunctions) {
      const bool same = name.text.size() == function.size() &&
                        std::equal(function.begin(), function.end(), name.text.begin(),
                                   [](char a, char b) { return a == (b | 0x20); });
      if (!same) continue;
      if (arguments.size() != 1) {
        return FilterTextError(name.column, name.text, " takes 1 argument, found ",
                               arguments.size());
      }
      return MakeCall(function, std::move(arguments[0]));
    }
    return FilterTextError(
        name.column, "there is no function '", name.text,
        "': there are lower, upper, length, abs, starts_with, ends_with, contains");
  }

  Result<Parsed> MakeCall(std::string_view function, Parsed argument) {
    if (argument.height >= kMaxFilterDepth) return TooDeep();
    auto call = std::make_shared<Expression>();
    call->kind = ExpressionKind::kCall;
    call->path = {std::string(function)};
    call->children = {std::move(argument.tree)};
    return Parsed{std::move(call), argument.height + 1};
  }

  Lexer lexer_;
  Token token_;
  int depth_ = 0;
};

}  // namespace

Result<ExpressionPtr> ParseFilter(std::string_view sql) {
  LANCE_REQUIRE(sql.size() <= kMaxFilterTextBytes, "the filter has ", sql.size(),
                " bytes, more than ", kMaxFilterTextBytes);
  return FilterParser(sql).Parse();
}

}  // namespace lance::query
