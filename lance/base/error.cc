#include "lance/base/error.h"

#include <array>
#include <memory>
#include <utility>

namespace lance {
namespace {

constexpr const char* kErrorDetailTypeId = "lance::ErrorCode";

constexpr auto kErrorKinds = std::to_array<ErrorKind>({
#define LANCE_ERROR(name, arrow_code, namespace_code, http, java, python) \
  {ErrorCode::name, #name, arrow::StatusCode::arrow_code, namespace_code, http, #java, #python},
#include "lance/base/error.def"
#undef LANCE_ERROR
});

class ErrorDetail final : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(ErrorCode code) : code_(code) {}
  const char* type_id() const override { return kErrorDetailTypeId; }
  std::string ToString() const override { return std::string(GetErrorKind(code_).name); }
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace

const ErrorKind& GetErrorKind(ErrorCode code) { return kErrorKinds[static_cast<size_t>(code)]; }

ErrorCode GetErrorCode(const Status& status) {
  const auto& detail = status.detail();
  if (detail != nullptr && std::string_view(detail->type_id()) == kErrorDetailTypeId) {
    return static_cast<const ErrorDetail&>(*detail).code();
  }
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::IndexError:
      return ErrorCode::InvalidInput;
    case arrow::StatusCode::TypeError:
      return ErrorCode::SchemaMismatch;
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::Unsupported;
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorCode::OutOfMemory;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::Cancelled;
    case arrow::StatusCode::IOError:
      return ErrorCode::Io;
    case arrow::StatusCode::SerializationError:
      return ErrorCode::Corruption;
    default:
      return ErrorCode::Internal;
  }
}

bool IsError(const Status& status, ErrorCode code) {
  return !status.ok() && GetErrorCode(status) == code;
}

Status MakeError(ErrorCode code, std::string message) {
  return Status(GetErrorKind(code).arrow_code, std::move(message),
                std::make_shared<ErrorDetail>(code));
}

Status WithContext(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return MakeError(GetErrorCode(status), internal::Concat(context, ": ", status.message()));
}

}  // namespace lance
