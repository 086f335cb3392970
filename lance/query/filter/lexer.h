// Cuts SQL text of a filter into tokens.
//
// Thread-safety: one thread. Ownership: borrows the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lance/base/error.h"

namespace lance::query {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,    // unquoted name or keyword, as written
  kName,    // quoted name, quotes removed
  kText,    // 'text', quotes removed
  kBinary,  // X'00FF', bytes decoded
  kNumber,  // as written
  kSymbol,  // operator or punctuation, as written ("!=" becomes "<>")
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t column = 1;  // 1-based byte position in the SQL text
};

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  /// Cut the next token; InvalidInput with its column when there is none.
  Result<Token> Next();

 private:
  Result<Token> Quoted(char quote, TokenKind kind, std::string_view what);
  Result<Token> Binary();
  Result<Token> Number();
  Result<Token> Symbol();

  std::string_view sql_;
  size_t position_ = 0;
};

/// InvalidInput at `column` of a filter.
template <typename... Parts>
Status FilterTextError(size_t column, const Parts&... parts) {
  return InvalidInput("filter, column ", column, ": ", parts...);
}

/// True when `word` is `keyword` (upper case) in any case.
bool IsKeyword(std::string_view word, std::string_view keyword);

/// Show a token in a message.
std::string Describe(const Token& token);

}  // namespace lance::query
