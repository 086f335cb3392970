#include "lance/query/filter/lexer.h"

#include <array>
#include <utility>

namespace lance::query {
namespace {

bool IsDigitByte(char c) { return c >= '0' && c <= '9'; }

bool IsNameStart(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const int lower = byte | 0x20;
  return (lower >= 'a' && lower <= 'z') || byte == '_' || byte >= 0x80;
}

bool IsNameByte(char c) { return IsNameStart(c) || IsDigitByte(c) || c == '$'; }

bool IsSpaceByte(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int HexValue(char c) {
  if (IsDigitByte(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

Result<Token> Lexer::Next() {
  while (position_ < sql_.size() && IsSpaceByte(sql_[position_])) ++position_;
  const size_t begin = position_;
  if (begin == sql_.size()) return Token{TokenKind::kEnd, "", begin + 1};
  const char c = sql_[begin];
  const char next = begin + 1 < sql_.size() ? sql_[begin + 1] : '\0';
  if (c == '\'') return Quoted(c, TokenKind::kText, "text");
  if (c == '`' || c == '"') return Quoted(c, TokenKind::kName, "name");
  if ((c == 'x' || c == 'X') && next == '\'') return Binary();
  if (IsDigitByte(c) || (c == '.' && IsDigitByte(next))) return Number();
  if (!IsNameStart(c)) return Symbol();
  while (position_ < sql_.size() && IsNameByte(sql_[position_])) ++position_;
  return Token{TokenKind::kWord, std::string(sql_.substr(begin, position_ - begin)), begin + 1};
}

Result<Token> Lexer::Quoted(char quote, TokenKind kind, std::string_view what) {
  Token token{kind, "", position_ + 1};
  for (++position_; position_ < sql_.size(); ++position_) {
    const bool closes = sql_[position_] == quote;
    const bool doubled = closes && position_ + 1 < sql_.size() && sql_[position_ + 1] == quote;
    if (closes && !doubled) break;
    token.text += sql_[position_];
    if (doubled) ++position_;  // stands for one quote
  }
  if (position_ == sql_.size()) {
    return FilterTextError(token.column, "this ", what, " has no closing ", quote);
  }
  ++position_;
  if (kind == TokenKind::kName && token.text.empty()) {
    return FilterTextError(token.column, "expected a name between the quotes");
  }
  return token;
}

Result<Token> Lexer::Binary() {
  const size_t begin = position_++;
  ARROW_ASSIGN_OR_RAISE(Token digits, Quoted('\'', TokenKind::kText, "binary literal"));
  Token token{TokenKind::kBinary, "", begin + 1};
  if (digits.text.size() % 2 != 0) {
    return FilterTextError(token.column, "expected an even number of hex digits, found ",
                           digits.text.size());
  }
  for (size_t i = 0; i < digits.text.size(); i += 2) {
    const int high = HexValue(digits.text[i]);
    const int low = HexValue(digits.text[i + 1]);
    if (high < 0 || low < 0) {
      return FilterTextError(begin + 3 + i, "expected hex digits, found '",
                             digits.text.substr(i, 2), "'");
    }
    token.text += static_cast<char>(high * 16 + low);
  }
  return token;
}

Result<Token> Lexer::Number() {
  const size_t begin = position_;
  const auto digits = [this] {
    while (position_ < sql_.size() && IsDigitByte(sql_[position_])) ++position_;
  };
  digits();
  if (position_ < sql_.size() && sql_[position_] == '.') {
    ++position_;
    digits();
  }
  if (position_ < sql_.size() && (sql_[position_] | 0x20) == 'e') {
    ++position_;
    if (position_ < sql_.size() && (sql_[position_] == '+' || sql_[position_] == '-')) ++position_;
    const size_t exponent = position_;
    digits();
    if (position_ == exponent) {
      return FilterTextError(begin + 1, "expected digits behind the exponent of a number");
    }
  }
  if (position_ < sql_.size() && IsNameByte(sql_[position_])) {
    return FilterTextError(begin + 1, "a number ends with '", sql_[position_],
                           "': quote names that begin with a digit");
  }
  return Token{TokenKind::kNumber, std::string(sql_.substr(begin, position_ - begin)), begin + 1};
}

Result<Token> Lexer::Symbol() {
  static constexpr std::array<std::string_view, 17> kSymbols = {
      "<=>", "<=", ">=", "<>", "!=", "==", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/", "."};
  const std::string_view rest = sql_.substr(position_);
  for (std::string_view symbol : kSymbols) {
    if (!rest.starts_with(symbol)) continue;
    Token token{TokenKind::kSymbol, std::string(symbol), position_ + 1};
    if (symbol == "!=") token.text = "<>";
    if (symbol == "==") token.text = "=";
    position_ += symbol.size();
    return token;
  }
  return FilterTextError(position_ + 1, "unexpected character '", rest[0], "'");
}

bool IsKeyword(std::string_view word, std::string_view keyword) {
  if (word.size() != keyword.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 32) : word[i];
    if (c != keyword[i]) return false;
  }
  return true;
}

std::string Describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end";
    case TokenKind::kText:
      return "text '" + token.text.substr(0, 40) + "'";
    case TokenKind::kBinary:
      return "a binary literal";
    default:
      return "'" + token.text.substr(0, 40) + "'";
  }
}

}  // namespace lance::query
