// The kinds of error of the whole project and how they are raised.
//
// An error is an `arrow::Status` whose detail carries an `ErrorCode`; the message is a sentence for
// the user and ends with the runtime values. Four speakers: the caller (InvalidInput and the like),
// the file (Corruption), the world (Io, ServiceUnavailable), us (DCHECK). Bytes from storage never
// reach an assert. Thread-safety: everything here is pure.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "arrow/result.h"
#include "arrow/status.h"

namespace lance {

using arrow::Result;
using arrow::Status;

/// Kind of an error; one per row of `base/error.def`.
enum class ErrorCode : uint8_t {
#define LANCE_ERROR(name, arrow_code, namespace_code, http, java, python) name,
#include "lance/base/error.def"
#undef LANCE_ERROR
};

/// What the entrances say for one kind of error.
struct ErrorKind {
  ErrorCode code;
  std::string_view name;
  arrow::StatusCode arrow_code;
  int namespace_code;
  int http_status;
  std::string_view java_class;
  std::string_view python_class;
};

/// Return the row of `base/error.def` for `code`.
const ErrorKind& GetErrorKind(ErrorCode code);

/// Return the kind of `status`: the attached one, else the nearest to its Arrow code. `status` must
/// not be OK.
ErrorCode GetErrorCode(const Status& status);

/// Return true when `status` is an error of kind `code`.
bool IsError(const Status& status, ErrorCode code);

/// Make a status of kind `code` with `message`.
Status MakeError(ErrorCode code, std::string message);

/// Put `context` and a colon before the message of `status`, keeping its kind. OK stays OK.
Status WithContext(const Status& status, std::string_view context);

namespace internal {
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}
}  // namespace internal

/// Make a status of kind `code`; the parts are streamed one after the other.
template <typename... Parts>
Status Error(ErrorCode code, const Parts&... parts) {
  return MakeError(code, internal::Concat(parts...));
}
template <typename... Parts>
Status InvalidInput(const Parts&... parts) {
  return Error(ErrorCode::InvalidInput, parts...);
}
template <typename... Parts>
Status Unsupported(const Parts&... parts) {
  return Error(ErrorCode::Unsupported, parts...);
}
/// Make a Corruption error. The reader that knows the path puts it in front with `WithContext`; the
/// message says where (byte offset or page) and what was expected.
template <typename... Parts>
Status Corruption(const Parts&... parts) {
  return Error(ErrorCode::Corruption, parts...);
}

}  // namespace lance

/// Refuse a wrong argument of the caller: InvalidInput with the streamed parts.
#define LANCE_REQUIRE(condition, ...)            \
  do {                                           \
    if (!(condition)) [[unlikely]]               \
      return ::lance::InvalidInput(__VA_ARGS__); \
  } while (false)

/// Refuse bytes that came from storage: Corruption with the streamed parts.
#define LANCE_CHECK_BYTES(condition, ...)      \
  do {                                         \
    if (!(condition)) [[unlikely]]             \
      return ::lance::Corruption(__VA_ARGS__); \
  } while (false)
