// JSONB to JSON text. The bytes are hostile: every count and length is checked against what is
// there.
#include <arrow/util/decimal.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "lance/base/bytes.h"
#include "lance/file/json/wire.h"
#include "lance/file/jsonb.h"

namespace lance::file {
namespace {

template <typename T>
T ReadBigEndian(const uint8_t* at) {
  uint64_t out = 0;
  for (size_t i = 0; i < sizeof(T); ++i) out = out << 8 | at[i];
  return static_cast<T>(out);
}

// Integer bytes of 1, 2, 4 or 8; the sign is extended when `is_signed`.
uint64_t ReadInteger(Bytes bytes, bool is_signed) {
  switch (bytes.size()) {
    case 1:
      return is_signed ? static_cast<uint64_t>(int64_t{static_cast<int8_t>(bytes[0])}) : bytes[0];
    case 2:
      return is_signed ? static_cast<uint64_t>(int64_t{ReadBigEndian<int16_t>(bytes.data())})
                       : ReadBigEndian<uint16_t>(bytes.data());
    case 4:
      return is_signed ? static_cast<uint64_t>(int64_t{ReadBigEndian<int32_t>(bytes.data())})
                       : ReadBigEndian<uint32_t>(bytes.data());
    default:
      return ReadBigEndian<uint64_t>(bytes.data());
  }
}

template <typename Number>
void AppendInteger(Number value, std::string* out) {
  std::array<char, 24> text;
  out->append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
}

// The shortest digits that give the same double; a point in them from 10^-5 up to 10^16.
void AppendDouble(double value, std::string* out) {
  if (!std::isfinite(value)) {
    *out += "null";
    return;
  }
  if (value == 0) {
    *out += std::signbit(value) ? "-0.0" : "0.0";
    return;
  }
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t e = text.find('e');
  int exponent = 0;
  const char* number = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(number, end, exponent);
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c == '-') out->push_back(c);
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (exponent < -5 || exponent >= 16) {
    *out += digits.substr(0, 1);
    if (digits.size() > 1) *out += "." + digits.substr(1);
    *out += exponent < 0 ? "e" : "e+";
    return AppendInteger(exponent, out);
  }
  if (exponent < 0) {
    *out += "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
    return;
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    *out += digits + std::string(whole - digits.size(), '0') + ".0";
  } else {
    *out += digits.substr(0, whole) + "." + digits.substr(whole);
  }
}

void AppendQuoted(std::string_view value, std::string* out) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  out->push_back('"');
  for (const char c : value) {
    const size_t special = kSpecial.find(c);
    if (special != std::string_view::npos) {
      out->push_back('\\');
      out->push_back(kNames[special]);
    } else if (static_cast<uint8_t>(c) < 0x20) {
      constexpr std::string_view kHex = "0123456789abcdef";
      *out += "\\u00";
      out->push_back(kHex[static_cast<uint8_t>(c) >> 4]);
      out->push_back(kHex[static_cast<uint8_t>(c) & 15]);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

class JsonDecoder {
 public:
  JsonDecoder(Bytes jsonb, std::string* out) : begin_(jsonb.data()), out_(*out) {}

  // One value with its header, which takes all of `bytes`.
  Status Container(Bytes bytes, int depth) {
    LANCE_CHECK_BYTES(depth <= kDeepestJson, "JSONB: nested deeper than ", kDeepestJson,
                      " levels at offset ", OffsetOf(bytes));
    LANCE_CHECK_BYTES(bytes.size() >= 4, "JSONB: expected a header of 4 bytes at offset ",
                      OffsetOf(bytes), ", found ", bytes.size());
    const auto header = ReadBigEndian<uint32_t>(bytes.data());
    const uint64_t count = header & jsonb::kCountMask;
    switch (header & jsonb::kKindMask) {
      case jsonb::kScalar:
        LANCE_CHECK_BYTES(depth == 0 && count == 0, "JSONB: a scalar inside of a container at ",
                          "offset ", OffsetOf(bytes));
        return Elements(bytes, 0, 1, depth);
      case jsonb::kArray:
        out_.push_back('[');
        ARROW_RETURN_NOT_OK(Elements(bytes, 0, count, depth));
        out_.push_back(']');
        return Status::OK();
      case jsonb::kObject:
        out_.push_back('{');
        ARROW_RETURN_NOT_OK(Elements(bytes, count, count, depth));
        out_.push_back('}');
        return Status::OK();
      default:
        return Corruption("JSONB: unknown header ", header, " at offset ", OffsetOf(bytes));
    }
  }

 private:
  // Payloads in the order of their entries.
  struct Payloads {
    Bytes entries;
    Bytes data;

    Result<Bytes> Take(uint32_t entry) {
      const uint64_t length = entry & jsonb::kLengthMask;
      LANCE_CHECK_BYTES(length <= data.size(), "JSONB: a payload of ", length, " bytes where ",
                        data.size(), " are left");
      const Bytes out = data.first(length);
      data = data.subspan(length);
      return out;
    }
    uint32_t TakeEntry() {
      const auto out = ReadBigEndian<uint32_t>(entries.data());
      entries = entries.subspan(4);
      return out;
    }
  };

  uint64_t OffsetOf(Bytes bytes) const { return static_cast<uint64_t>(bytes.data() - begin_); }

  Status Elements(Bytes bytes, uint64_t num_keys, uint64_t num_values, int depth) {
    const uint64_t size = (num_keys + num_values) * 4;  // below 2^33
    LANCE_CHECK_BYTES(size <= bytes.size() - 4, "JSONB: ", num_keys + num_values,
                      " entries at offset ", OffsetOf(bytes), " where ", bytes.size() - 4,
                      " bytes are left");
    Payloads keys{bytes.subspan(4, num_keys * 4), bytes.subspan(4 + size)};
    Payloads values{bytes.subspan(4 + num_keys * 4, num_values * 4), keys.data};
    ARROW_RETURN_NOT_OK(SkipKeys(keys, num_keys, &values.data));
    for (uint64_t i = 0; i < num_values; ++i) {
      if (i > 0) out_.push_back(',');
      if (num_keys > 0) {
        ARROW_ASSIGN_OR_RAISE(const Bytes key, keys.Take(keys.TakeEntry()));
        ARROW_RETURN_NOT_OK(Text(key));
        out_.push_back(':');
      }
      const uint32_t entry = values.TakeEntry();
      ARROW_ASSIGN_OR_RAISE(const Bytes payload, values.Take(entry));
      ARROW_RETURN_NOT_OK(Value(entry >> jsonb::kTypeShift & 7, payload, depth));
    }
    LANCE_CHECK_BYTES(values.data.empty(), "JSONB: ", values.data.size(), " bytes too many at ",
                      "offset ", OffsetOf(values.data));
    return Status::OK();
  }

  // Payloads of values begin behind those of all keys.
  static Status SkipKeys(Payloads keys, uint64_t num_keys, Bytes* data) {
    for (uint64_t i = 0; i < num_keys; ++i) {
      const uint32_t entry = keys.TakeEntry();
      LANCE_CHECK_BYTES((entry >> jsonb::kTypeShift & 7) == jsonb::kString,
                        "JSONB: a key that is no string");
      ARROW_RETURN_NOT_OK(keys.Take(entry).status());
    }
    *data = keys.data;
    return Status::OK();
  }

  Status Value(uint32_t type, Bytes payload, int depth) {
    switch (type) {
      case jsonb::kNull:
        return Word("null", payload);
      case jsonb::kTrue:
        return Word("true", payload);
      case jsonb::kFalse:
        return Word("false", payload);
      case jsonb::kString:
        return Text(payload);
      case jsonb::kNumber:
        return Number(payload);
      case jsonb::kContainer:
        return Container(payload, depth + 1);
      case jsonb::kExtension:
        return Unsupported("JSONB: an extension value (binary, date, time or interval) at offset ",
                           OffsetOf(payload), " has no JSON text");
      default:
        return Corruption("JSONB: unknown type ", type, " of the value at offset ",
                          OffsetOf(payload));
    }
  }

  Status Word(std::string_view word, Bytes payload) {
    LANCE_CHECK_BYTES(payload.empty(), "JSONB: ", word, " with ", payload.size(),
                      " bytes at offset ", OffsetOf(payload));
    out_ += word;
    return Status::OK();
  }

  Status Text(Bytes payload) {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    LANCE_CHECK_BYTES(IsUtf8(text), "JSONB: the text of ", payload.size(), " bytes at offset ",
                      OffsetOf(payload), " is not valid UTF-8");
    AppendQuoted(text, &out_);
    return Status::OK();
  }

  Status Number(Bytes payload) {
    LANCE_CHECK_BYTES(!payload.empty(), "JSONB: a number without bytes at offset ",
                      OffsetOf(payload));
    const Bytes bytes = payload.subspan(1);
    const size_t size = bytes.size();
    bool fits = false;
    switch (payload[0]) {
      case jsonb::kZero:
        fits = size == 0;
        out_ += "0";
        break;
      case jsonb::kNaN:
      case jsonb::kInfinity:
      case jsonb::kMinusInfinity:
        fits = size == 0;
        out_ += "null";
        break;
      case jsonb::kInt:
      case jsonb::kUnsigned:
        fits = size == 1 || size == 2 || size == 4 || size == 8;
        if (fits) Integer(bytes, payload[0] == jsonb::kInt);
        break;
      case jsonb::kDouble:
        fits = size == 8;
        if (fits) {
          AppendDouble(std::bit_cast<double>(ReadBigEndian<uint64_t>(bytes.data())), &out_);
        }
        break;
      case jsonb::kDecimal:
        fits = size == 9 || size == 17 || size == 33;
        if (fits) ARROW_RETURN_NOT_OK(Decimal(bytes.first(size - 1), bytes[size - 1]));
        break;
      default:
        break;
    }
    LANCE_CHECK_BYTES(fits, "JSONB: a number with tag ", static_cast<int>(payload[0]), " and ",
                      size, " bytes at offset ", OffsetOf(payload));
    return Status::OK();
  }

  void Integer(Bytes bytes, bool is_signed) {
    const uint64_t value = ReadInteger(bytes, is_signed);
    if (is_signed) return AppendInteger(static_cast<int64_t>(value), &out_);
    AppendInteger(value, &out_);
  }

  Status Decimal(Bytes bytes, uint8_t scale) {
    ARROW_ASSIGN_OR_RAISE(const auto value, arrow::Decimal256::FromBigEndian(
                                                bytes.data(), static_cast<int32_t>(bytes.size())));
    out_ += value.ToString(scale);
    return Status::OK();
  }

  const uint8_t* const begin_;
  std::string& out_;
};

}  // namespace

Status AppendJsonText(Bytes jsonb, std::string* out) {
  return JsonDecoder(jsonb, out).Container(jsonb, 0);
}

}  // namespace lance::file
