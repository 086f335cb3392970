// What all JNI entrances share: texts, arrays, errors, and the guard that lets no fault cross.
//
// Thread-safety: functions of one JNIEnv belong to its thread, as JNI wants it.
#pragma once

#include <jni.h>

#include <cstdint>
#include <exception>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lance/api.h"

namespace lance::jni {

/// Options and properties.
using TextMap = std::map<std::string, std::string>;

/// UTF-8 of a Java text (JNI's own "modified UTF-8" differs beyond the basic plane); "" for null.
Result<std::string> ToText(JNIEnv* env, jstring text);
Result<std::vector<std::string>> ToTexts(JNIEnv* env, jobjectArray texts);
/// A map that travels as key, value, key, value.
Result<TextMap> ToMap(JNIEnv* env, jobjectArray pairs);
Result<std::string> ToBytes(JNIEnv* env, jbyteArray bytes);
Result<std::vector<int64_t>> ToNumbers(JNIEnv* env, jlongArray numbers);

Result<jstring> ToJava(JNIEnv* env, std::string_view text);
Result<jobjectArray> ToJava(JNIEnv* env, const std::vector<std::string>& texts);
Result<jbyteArray> BytesToJava(JNIEnv* env, std::string_view bytes);
Result<jlongArray> ToJava(JNIEnv* env, const std::vector<int64_t>& numbers);

/// Make `status` a pending Java exception of the class that error.def names.
void Throw(JNIEnv* env, const Status& status);

/// Run `body`, which returns Result<T>; its error, or anything it throws, becomes a Java exception.
template <typename T, typename Body>
T Guard(JNIEnv* env, T on_error, Body body) noexcept {
  try {
    Result<T> result = body();
    if (result.ok()) return *std::move(result);
    Throw(env, result.status());
  } catch (const std::bad_alloc&) {
    Throw(env, Error(ErrorCode::OutOfMemory, "the native library ran out of memory"));
  } catch (const std::exception& e) {
    Throw(env, Error(ErrorCode::Internal, "unexpected native error: ", e.what()));
  } catch (...) {
    Throw(env, Error(ErrorCode::Internal, "unexpected native error"));
  }
  return on_error;
}

/// The same for entrances that return nothing; `body` returns Status.
template <typename Body>
void GuardVoid(JNIEnv* env, Body body) noexcept {
  Guard<bool>(env, false, [&]() -> Result<bool> {
    ARROW_RETURN_NOT_OK(body());
    return true;
  });
}

/// Handles are addresses of objects made with new.
template <typename T>
jlong ToHandle(T object) {
  return reinterpret_cast<jlong>(new T(std::move(object)));
}
template <typename T>
T& FromHandle(jlong handle) {
  return *reinterpret_cast<T*>(handle);
}
template <typename T>
void CloseHandle(jlong handle) {
  delete reinterpret_cast<T*>(handle);
}

}  // namespace lance::jni
