// GoogleTest matchers for Status and Result, so that an expectation is one line.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "lance/base/error.h"

namespace lance::testing {

inline Status StatusOf(const Status& status) { return status; }
template <typename T>
Status StatusOf(const arrow::Result<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  const Status status = StatusOf(arg);
  *result_listener << status.ToString();
  return status.ok();
}

MATCHER_P(IsError, code, "is an error of kind " + std::string(GetErrorKind(code).name)) {
  const Status status = StatusOf(arg);
  *result_listener << status.ToString();
  return ::lance::IsError(status, code);
}

MATCHER_P(HasErrorMessage, text, "is an error whose message contains '" + std::string(text) + "'") {
  const Status status = StatusOf(arg);
  *result_listener << status.ToString();
  return !status.ok() && status.message().find(text) != std::string::npos;
}

}  // namespace lance::testing
