#include "lance/io/object_store.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lance/io/path.h"
#include "lance/io/store_registry.h"

namespace lance::io {

#define LANCE_STORE(name)        \
  namespace name {               \
  extern const StoreKind kStore; \
  }
#include "lance/io/stores.inc"
#undef LANCE_STORE

namespace {

constexpr auto kAllStores = std::to_array<const StoreKind*>({
#define LANCE_STORE(name) &name::kStore,
#include "lance/io/stores.inc"
#undef LANCE_STORE
});

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::span<const StoreKind* const> AllStores() { return kAllStores; }

Status CheckPath(std::string_view path) {
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    LANCE_REQUIRE(!segment.empty() && segment != "." && segment != "..", "'", path,
                  "' is no object path: segments must not be empty, '.' or '..'");
    for (char c : segment) {
      LANCE_REQUIRE(static_cast<unsigned char>(c) >= 0x20, "'", path,
                    "' is no object path: it holds a control character");
    }
    begin = end + 1;
  }
  return Status::OK();
}

std::string JoinPath(std::string_view folder, std::string_view path) {
  std::string out(folder);
  if (!out.empty() && !path.empty()) out += '/';
  out += path;
  return out;
}

Result<std::string> DecodePercent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    LANCE_REQUIRE(i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0,
                  "broken percent escape in '", text, "' at position ", i);
    out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
    i += 2;
  }
  return out;
}

Result<std::vector<std::shared_ptr<arrow::Buffer>>> ObjectReader::ReadRanges(
    std::span<const ByteRange> ranges, arrow::MemoryPool* /*pool*/) {
  std::vector<std::shared_ptr<arrow::Buffer>> out;
  out.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    ARROW_ASSIGN_OR_RAISE(out.emplace_back(), Read(range));
  }
  return out;
}

Result<std::shared_ptr<ObjectStore>> OpenStore(std::string_view uri,
                                               const StorageOptions& options) {
  LANCE_REQUIRE(!uri.empty(), "the location is empty: give a path or a URI such as file:///data");
  std::string_view scheme;
  std::string_view location = uri;
  if (const size_t colon = uri.find("://"); colon != std::string_view::npos) {
    scheme = uri.substr(0, colon);
    location = uri.substr(colon + 3);
  }
  std::string known;
  for (const StoreKind* kind : AllStores()) {
    for (std::string_view name : kind->schemes) {
      if (name == scheme) return kind->open(scheme, location, options);
      if (!name.empty()) known += internal::Concat(known.empty() ? "" : ", ", name, "://");
    }
  }
  return Unsupported("no store for '", uri, "': this build knows plain paths and ", known);
}

Result<SplitUri> SplitLastSegment(std::string_view uri) {
  while (uri.size() > 1 && uri.back() == '/') uri.remove_suffix(1);
  const size_t authority = uri.find("://");
  const size_t from = authority == std::string_view::npos ? 0 : authority + 3;
  const size_t slash = uri.rfind('/');
  if (slash == std::string_view::npos || slash < from) {
    LANCE_REQUIRE(from == 0 && !uri.empty() && uri != "." && uri != "..", "'", uri,
                  "' has no last segment that could name a table");
    return SplitUri{".", std::string(uri)};
  }
  SplitUri out{std::string(uri.substr(0, slash)), std::string(uri.substr(slash + 1))};
  if (out.parent.empty()) out.parent = "/";
  LANCE_REQUIRE(!out.name.empty() && out.name != "." && out.name != "..", "'", uri,
                "' has no last segment that could name a table");
  return out;
}

}  // namespace lance::io
