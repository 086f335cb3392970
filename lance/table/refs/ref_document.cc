#include "lance/table/refs/ref_document.h"

#include <charconv>
#include <utility>

namespace lance::table {
namespace {

constexpr int kDeepestValue = 32;

// A reader of JSON that keeps the plain members of the outermost object.
class RefParser {
 public:
  explicit RefParser(std::string_view text) : text_(text) {}

  Result<RefDocument> Parse() {
    ARROW_RETURN_NOT_OK(ReadObject(0));
    SkipSpace();
    if (at_ != text_.size()) return Unexpected("the end");
    return std::move(out_);
  }

 private:
  Status Unexpected(std::string_view wanted) const {
    return Corruption("JSON at byte ", at_, " of ", text_.size(), ": expected ", wanted);
  }

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool Accept(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Status Expect(char c) {
    return Accept(c) ? Status::OK() : Unexpected(std::string("'") + c + "'");
  }

  Status ReadObject(int depth) {
    if (depth > kDeepestValue) return Unexpected("less nesting");
    ARROW_RETURN_NOT_OK(Expect('{'));
    if (Accept('}')) return Status::OK();
    do {
      ARROW_ASSIGN_OR_RAISE(const std::string key, ReadString());
      ARROW_RETURN_NOT_OK(Expect(':'));
      ARROW_RETURN_NOT_OK(ReadValue(depth == 0 ? &key : nullptr, depth + 1));
    } while (Accept(','));
    return Expect('}');
  }

  Status ReadArray(int depth) {
    if (depth > kDeepestValue) return Unexpected("less nesting");
    ARROW_RETURN_NOT_OK(Expect('['));
    if (Accept(']')) return Status::OK();
    do {
      ARROW_RETURN_NOT_OK(ReadValue(nullptr, depth + 1));
    } while (Accept(','));
    return Expect(']');
  }

  // Keep the value under `key` unless that is null.
  Status ReadValue(const std::string* key, int depth) {
    SkipSpace();
    if (at_ >= text_.size()) return Unexpected("a value");
    if (text_[at_] == '{') return ReadObject(depth);
    if (text_[at_] == '[') return ReadArray(depth);
    if (text_[at_] == '"') {
      ARROW_ASSIGN_OR_RAISE(std::string value, ReadString());
      if (key != nullptr) out_.strings[*key] = std::move(value);
      return Status::OK();
    }
    return ReadWord(key);
  }

  // A number, true, false or null.
  Status ReadWord(const std::string* key) {
    const size_t begin = at_;
    while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word.empty()) return Unexpected("a value");
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_whole = error == std::errc() && end == word.data() + word.size();
    if (key != nullptr && is_whole) out_.numbers[*key] = number;
    return Status::OK();
  }

  static bool IsWordCharacter(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '-' || c == '.';
  }

  Result<std::string> ReadString() {
    ARROW_RETURN_NOT_OK(Expect('"'));
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return out;
      if (c != '\\') {
        out.push_back(c);
        continue;
      }
      ARROW_RETURN_NOT_OK(ReadEscape(&out));
    }
    return Unexpected("'\"'");
  }

  // Names of refs are ASCII, so that \u stands only in values that nobody looks at.
  Status ReadEscape(std::string* out) {
    constexpr std::string_view kEscapes = "\"\\/bfnrtu";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t?";
    const size_t kind = at_ < text_.size() ? kEscapes.find(text_[at_]) : kEscapes.npos;
    if (kind == kEscapes.npos) return Unexpected("an escape");
    at_ += kEscapes[kind] == 'u' ? 5 : 1;
    if (at_ > text_.size()) return Unexpected("four hex digits");
    out->push_back(kMeanings[kind]);
    return Status::OK();
  }

  std::string_view text_;
  size_t at_ = 0;
  RefDocument out_;
};

}  // namespace

Result<RefDocument> ParseRefDocument(std::string_view text) { return RefParser(text).Parse(); }

}  // namespace lance::table
