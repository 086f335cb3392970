// JSON text to JSONB: one pass over the text, children before the headers of their containers.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "lance/base/bytes.h"
#include "lance/file/json/wire.h"
#include "lance/file/jsonb.h"

namespace lance::file {
namespace {

template <typename T>
void AppendBigEndian(T value, std::string* out) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
    return;
  }
  const int num_more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr int kHeads[] = {0, 0xC0, 0xE0, 0xF0};
  out->push_back(static_cast<char>(kHeads[num_more] | code >> (6 * num_more)));
  for (int i = num_more - 1; i >= 0; --i) {
    out->push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3F)));
  }
}

// The parts of a number that matter.
struct NumberText {
  std::string_view text;
  bool is_negative = false;
  bool is_integer = true;
  // Where the first digit that is not 0 stands: 10^magnitude > |value| >= 10^(magnitude - 1).
  int64_t magnitude = 0;
};

class JsonEncoder {
 public:
  JsonEncoder(std::string_view text, std::string* out) : text_(text), out_(*out) {}

  Status Encode() {
    const size_t begin = out_.size();
    SkipSpace();
    ARROW_ASSIGN_OR_RAISE(const uint32_t entry, Value(0));
    SkipSpace();
    if (at_ != text_.size()) return Wrong("the end of the text");
    if (entry >> jsonb::kTypeShift == jsonb::kContainer) return Status::OK();
    std::string head;
    AppendBigEndian<uint32_t>(jsonb::kScalar, &head);
    AppendBigEndian<uint32_t>(entry, &head);
    out_.insert(begin, head);
    return Status::OK();
  }

 private:
  struct Member {
    std::string key;
    uint32_t entry = 0;
    size_t begin = 0;  // of its payload in the output
  };

  Status Wrong(std::string_view expected) const {
    return InvalidInput("JSON text: expected ", expected, " at byte ", at_, " of ", text_.size());
  }
  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char wanted) {
    if (Peek() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  // Entry of what was appended since `begin`.
  Result<uint32_t> Entry(jsonb::EntryType type, size_t begin) const {
    const size_t length = out_.size() - begin;
    LANCE_REQUIRE(length <= jsonb::kLengthMask, "JSON text: a value of ", length,
                  " bytes is larger than 256 MiB");
    return static_cast<uint32_t>(type) << jsonb::kTypeShift | static_cast<uint32_t>(length);
  }

  // Append the payload of one value and return its entry.
  Result<uint32_t> Value(int depth) {
    const size_t begin = out_.size();
    switch (Peek()) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"':
        ARROW_RETURN_NOT_OK(String(&out_));
        return Entry(jsonb::kString, begin);
      case 't':
        return Word("true", jsonb::kTrue);
      case 'f':
        return Word("false", jsonb::kFalse);
      case 'n':
        return Word("null", jsonb::kNull);
      default:
        ARROW_RETURN_NOT_OK(Number());
        return Entry(jsonb::kNumber, begin);
    }
  }

  Result<uint32_t> Word(std::string_view word, jsonb::EntryType type) {
    if (text_.substr(at_, word.size()) != word) return Wrong("a value");
    at_ += word.size();
    return static_cast<uint32_t>(type) << jsonb::kTypeShift;
  }

  Status Enter(int depth) {
    ++at_;
    LANCE_REQUIRE(depth < kDeepestJson, "JSON text: nested deeper than ", kDeepestJson,
                  " levels at byte ", at_);
    SkipSpace();
    return Status::OK();
  }

  Result<uint32_t> Array(int depth) {
    ARROW_RETURN_NOT_OK(Enter(depth));
    const size_t begin = out_.size();
    std::vector<uint32_t> entries;
    if (!Take(']')) {
      do {
        SkipSpace();
        ARROW_ASSIGN_OR_RAISE(const uint32_t entry, Value(depth + 1));
        entries.push_back(entry);
        SkipSpace();
      } while (Take(','));
      if (!Take(']')) return Wrong("',' or ']'");
    }
    std::string head;
    ARROW_RETURN_NOT_OK(AppendHeader(jsonb::kArray, entries.size(), &head));
    for (const uint32_t entry : entries) AppendBigEndian(entry, &head);
    out_.insert(begin, head);
    return Entry(jsonb::kContainer, begin);
  }

  Result<uint32_t> Object(int depth) {
    ARROW_RETURN_NOT_OK(Enter(depth));
    const size_t begin = out_.size();
    std::vector<Member> members;
    if (!Take('}')) {
      do {
        SkipSpace();
        Member& member = members.emplace_back();
        if (Peek() != '"') return Wrong("a key in quotes");
        ARROW_RETURN_NOT_OK(String(&member.key));
        SkipSpace();
        if (!Take(':')) return Wrong("':'");
        SkipSpace();
        member.begin = out_.size();
        ARROW_ASSIGN_OR_RAISE(members.back().entry, Value(depth + 1));
        SkipSpace();
      } while (Take(','));
      if (!Take('}')) return Wrong("',' or '}'");
    }
    ARROW_RETURN_NOT_OK(PutObject(begin, &members));
    return Entry(jsonb::kContainer, begin);
  }

  // Replace the payloads from `begin` on by an object of them.
  Status PutObject(size_t begin, std::vector<Member>* members) {
    std::sort(members->begin(), members->end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    std::string object;
    ARROW_RETURN_NOT_OK(AppendHeader(jsonb::kObject, members->size(), &object));
    for (size_t i = 0; i < members->size(); ++i) {
      const std::string& key = (*members)[i].key;
      LANCE_REQUIRE(i == 0 || key != (*members)[i - 1].key, "JSON text: the key '", key,
                    "' occurs twice in the object that ends at byte ", at_);
      LANCE_REQUIRE(key.size() <= jsonb::kLengthMask, "JSON text: a key of ", key.size(), " bytes");
      AppendBigEndian<uint32_t>(
          jsonb::kString << jsonb::kTypeShift | static_cast<uint32_t>(key.size()), &object);
    }
    for (const Member& member : *members) AppendBigEndian(member.entry, &object);
    for (const Member& member : *members) object += member.key;
    for (const Member& member : *members) {
      object.append(out_, member.begin, member.entry & jsonb::kLengthMask);
    }
    out_.resize(begin);
    out_ += object;
    return Status::OK();
  }

  static Status AppendHeader(uint32_t kind, size_t count, std::string* out) {
    LANCE_REQUIRE(count <= jsonb::kCountMask, "JSON text: a container of ", count, " elements");
    AppendBigEndian<uint32_t>(kind | static_cast<uint32_t>(count), out);
    return Status::OK();
  }

  Status String(std::string* out) {
    ++at_;
    for (;;) {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<uint8_t>(text_[at_]) >= 0x20) {
        ++at_;
      }
      out->append(text_, begin, at_ - begin);
      if (Take('"')) return Status::OK();
      if (!Take('\\')) return Wrong("'\"' or a character other than a control character");
      ARROW_RETURN_NOT_OK(Escape(out));
    }
  }

  Status Escape(std::string* out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char name = Peek();
    if (name == 'u') return UnicodeEscape(out);
    const size_t found = name == '\0' ? std::string_view::npos : kNames.find(name);
    if (found == std::string_view::npos) return Wrong("an escape");
    ++at_;
    out->push_back(kMeanings[found]);
    return Status::OK();
  }

  // Four hexadecimal digits behind a 'u'.
  Result<uint32_t> HexDigits() {
    ++at_;
    const std::string_view digits = text_.substr(at_, 4);
    uint32_t code = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || parsed.ptr != digits.data() + 4) return Wrong("4 hexadecimal digits");
    at_ += 4;
    return code;
  }

  // Half of a surrogate pair means nothing; like the official writer, keep it as it was written.
  Status UnicodeEscape(std::string* out) {
    const size_t begin = at_ - 1;
    ARROW_ASSIGN_OR_RAISE(uint32_t code, HexDigits());
    const bool is_high = code >= 0xD800 && code < 0xDC00;
    if (is_high && text_.substr(at_, 2) == "\\u") {
      ++at_;
      ARROW_ASSIGN_OR_RAISE(const uint32_t low, HexDigits());
      if (low >= 0xDC00 && low < 0xE000) {
        AppendUtf8(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), out);
        return Status::OK();
      }
    }
    if (code >= 0xD800 && code < 0xE000) {
      out->append(text_, begin, at_ - begin);
    } else {
      AppendUtf8(code, out);
    }
    return Status::OK();
  }

  Status Digits() {
    if (!IsDigit(Peek())) return Wrong("a digit");
    while (IsDigit(Peek())) ++at_;
    return Status::OK();
  }

  Result<NumberText> ScanNumber() {
    NumberText out;
    const size_t begin = at_;
    out.is_negative = Take('-');
    const size_t first = at_;
    if (!IsDigit(Peek())) return Wrong("a value");
    if (!Take('0')) ARROW_RETURN_NOT_OK(Digits());
    const size_t point = at_;
    if (Take('.')) {
      out.is_integer = false;
      ARROW_RETURN_NOT_OK(Digits());
    }
    const size_t significant = text_.find_first_not_of("0.", first);
    if (significant < at_) {
      const auto place = static_cast<int64_t>(point) - static_cast<int64_t>(significant);
      out.magnitude = significant < point ? place : place + 1;
    }
    if (Peek() == 'e' || Peek() == 'E') {
      out.is_integer = false;
      ++at_;
      const bool down = Peek() == '-';
      if (down || Peek() == '+') ++at_;
      const size_t digits = at_;
      ARROW_RETURN_NOT_OK(Digits());
      int64_t exponent = 0;
      const auto parsed = std::from_chars(text_.data() + digits, text_.data() + at_, exponent);
      if (parsed.ec != std::errc()) exponent = int64_t{1} << 40;
      out.magnitude += down ? -exponent : exponent;
    }
    out.text = text_.substr(begin, at_ - begin);
    return out;
  }

  Status Number() {
    ARROW_ASSIGN_OR_RAISE(const NumberText number, ScanNumber());
    if (number.is_integer && PutInteger(number)) return Status::OK();
    double value = 0;
    const char* end = number.text.data() + number.text.size();
    const auto parsed = std::from_chars(number.text.data(), end, value);
    if (parsed.ec == std::errc::result_out_of_range && number.magnitude > 0) {
      out_.push_back(
          static_cast<char>(number.is_negative ? jsonb::kMinusInfinity : jsonb::kInfinity));
      return Status::OK();
    }
    if (parsed.ec != std::errc()) value = number.is_negative ? -0.0 : 0.0;
    out_.push_back(static_cast<char>(jsonb::kDouble));
    AppendBigEndian(std::bit_cast<uint64_t>(value), &out_);
    return Status::OK();
  }

  // False when the number needs more than 64 bits.
  bool PutInteger(const NumberText& number) {
    const char* begin = number.text.data() + (number.is_negative ? 1 : 0);
    uint64_t value = 0;
    const auto parsed = std::from_chars(begin, number.text.data() + number.text.size(), value);
    if (parsed.ec != std::errc()) return false;
    if (value == 0) {
      out_.push_back(static_cast<char>(jsonb::kZero));
      return true;
    }
    constexpr uint64_t kSmallest = uint64_t{1} << 63;
    if (number.is_negative && value > kSmallest) return false;
    out_.push_back(static_cast<char>(number.is_negative ? jsonb::kInt : jsonb::kUnsigned));
    // Bits that a number of this sign takes.
    const int bits = number.is_negative ? std::bit_width(value - 1) + 1 : std::bit_width(value);
    PutBytes(number.is_negative ? ~value + 1 : value, bits);
    return true;
  }

  void PutBytes(uint64_t value, int bits) {
    if (bits <= 8) {
      AppendBigEndian(static_cast<uint8_t>(value), &out_);
    } else if (bits <= 16) {
      AppendBigEndian(static_cast<uint16_t>(value), &out_);
    } else if (bits <= 32) {
      AppendBigEndian(static_cast<uint32_t>(value), &out_);
    } else {
      AppendBigEndian(value, &out_);
    }
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string& out_;
};

}  // namespace

Status AppendJsonb(std::string_view text, std::string* out) {
  LANCE_REQUIRE(IsUtf8(text), "JSON text is not valid UTF-8");
  const size_t begin = out->size();
  const Status status = JsonEncoder(text, out).Encode();
  if (!status.ok()) out->resize(begin);
  return status;
}

}  // namespace lance::file
