#include "java/jni/jni_support.h"

namespace lance::jni {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// A Java call failed and left its exception; Throw keeps that one.
Status Pending() { return Error(ErrorCode::Internal, "a call into Java failed"); }

void AppendUtf8(uint32_t code, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

std::string FromUtf16(const jchar* units, jsize count) {
  std::string out;
  out.reserve(count);
  for (jsize i = 0; i < count; ++i) {
    uint32_t code = units[i];
    const bool high = code >= 0xD800 && code < 0xDC00;
    if (high && i + 1 < count && units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (units[++i] - 0xDC00u);
    } else if (code >= 0xD800 && code < 0xE000) {
      code = kReplacement;
    }
    AppendUtf8(code, &out);
  }
  return out;
}

// Decode one character; a malformed byte is one replacement character.
uint32_t DecodeUtf8(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte((*at)++);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 && lead < 0xF8 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0 || lead >= 0xF8 || *at + more > text.size()) return kReplacement;
  uint32_t code = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    const uint8_t next = byte(*at + i);
    if ((next & 0xC0) != 0x80) return kReplacement;
    code = code << 6 | (next & 0x3F);
  }
  *at += more;
  return code;
}

std::vector<jchar> ToUtf16(std::string_view text) {
  std::vector<jchar> out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const uint32_t code = DecodeUtf8(text, &at);
    if (code >= 0x10000) {
      out.push_back(static_cast<jchar>(0xD800 + ((code - 0x10000) >> 10)));
      out.push_back(static_cast<jchar>(0xDC00 + ((code - 0x10000) & 0x3FF)));
    } else {
      out.push_back(static_cast<jchar>(code));
    }
  }
  return out;
}

// Spark's exceptions need identifiers: the Java side makes them from the name of the kind.
void ThrowByKind(JNIEnv* env, std::string_view kind, const std::string& message) {
  jclass type = env->FindClass("org/lance/spark/internal/NativeException");
  if (type == nullptr) return;
  jmethodID make = env->GetMethodID(type, "<init>", "(Ljava/lang/String;Ljava/lang/String;)V");
  if (make == nullptr) return;
  auto name = ToJava(env, kind);
  auto text = ToJava(env, message);
  if (!name.ok() || !text.ok()) return;
  jobject exception = env->NewObject(type, make, *name, *text);
  if (exception != nullptr) env->Throw(static_cast<jthrowable>(exception));
}

void ThrowByClass(JNIEnv* env, std::string_view class_name, const std::string& message) {
  std::string path(class_name);
  for (char& c : path) {
    if (c == '.') c = '/';
  }
  jclass type = env->FindClass(path.c_str());
  if (type == nullptr) return;
  jmethodID make = env->GetMethodID(type, "<init>", "(Ljava/lang/String;)V");
  if (make == nullptr) return;
  auto text = ToJava(env, message);
  if (!text.ok()) return;
  jobject exception = env->NewObject(type, make, *text);
  if (exception != nullptr) env->Throw(static_cast<jthrowable>(exception));
}

}  // namespace

Result<std::string> ToText(JNIEnv* env, jstring text) {
  if (text == nullptr) return "";
  const jsize count = env->GetStringLength(text);
  const jchar* units = env->GetStringChars(text, nullptr);
  if (units == nullptr) return Pending();
  std::string out = FromUtf16(units, count);
  env->ReleaseStringChars(text, units);
  return out;
}

Result<std::vector<std::string>> ToTexts(JNIEnv* env, jobjectArray texts) {
  std::vector<std::string> out;
  const jsize count = texts == nullptr ? 0 : env->GetArrayLength(texts);
  for (jsize i = 0; i < count; ++i) {
    auto text = static_cast<jstring>(env->GetObjectArrayElement(texts, i));
    if (env->ExceptionCheck()) return Pending();
    ARROW_ASSIGN_OR_RAISE(std::string value, ToText(env, text));
    out.push_back(std::move(value));
    env->DeleteLocalRef(text);
  }
  return out;
}

Result<TextMap> ToMap(JNIEnv* env, jobjectArray pairs) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> texts, ToTexts(env, pairs));
  LANCE_REQUIRE(texts.size() % 2 == 0, "a map of ", texts.size(), " texts has no last value");
  TextMap out;
  for (size_t i = 0; i < texts.size(); i += 2) out[texts[i]] = texts[i + 1];
  return out;
}

Result<std::string> ToBytes(JNIEnv* env, jbyteArray bytes) {
  if (bytes == nullptr) return "";
  std::string out(env->GetArrayLength(bytes), '\0');
  env->GetByteArrayRegion(bytes, 0, static_cast<jsize>(out.size()),
                          reinterpret_cast<jbyte*>(out.data()));
  if (env->ExceptionCheck()) return Pending();
  return out;
}

Result<std::vector<int64_t>> ToNumbers(JNIEnv* env, jlongArray numbers) {
  if (numbers == nullptr) return std::vector<int64_t>();
  std::vector<jlong> raw(env->GetArrayLength(numbers));
  env->GetLongArrayRegion(numbers, 0, static_cast<jsize>(raw.size()), raw.data());
  if (env->ExceptionCheck()) return Pending();
  return std::vector<int64_t>(raw.begin(), raw.end());
}

Result<jstring> ToJava(JNIEnv* env, std::string_view text) {
  const std::vector<jchar> units = ToUtf16(text);
  jstring out = env->NewString(units.data(), static_cast<jsize>(units.size()));
  if (out == nullptr) return Pending();
  return out;
}

Result<jobjectArray> ToJava(JNIEnv* env, const std::vector<std::string>& texts) {
  jclass type = env->FindClass("java/lang/String");
  if (type == nullptr) return Pending();
  jobjectArray out = env->NewObjectArray(static_cast<jsize>(texts.size()), type, nullptr);
  if (out == nullptr) return Pending();
  for (size_t i = 0; i < texts.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(jstring text, ToJava(env, texts[i]));
    env->SetObjectArrayElement(out, static_cast<jsize>(i), text);
    env->DeleteLocalRef(text);
  }
  return out;
}

Result<jbyteArray> BytesToJava(JNIEnv* env, std::string_view bytes) {
  jbyteArray out = env->NewByteArray(static_cast<jsize>(bytes.size()));
  if (out == nullptr) return Pending();
  env->SetByteArrayRegion(out, 0, static_cast<jsize>(bytes.size()),
                          reinterpret_cast<const jbyte*>(bytes.data()));
  return out;
}

Result<jlongArray> ToJava(JNIEnv* env, const std::vector<int64_t>& numbers) {
  const std::vector<jlong> raw(numbers.begin(), numbers.end());
  jlongArray out = env->NewLongArray(static_cast<jsize>(raw.size()));
  if (out == nullptr) return Pending();
  env->SetLongArrayRegion(out, 0, static_cast<jsize>(raw.size()), raw.data());
  return out;
}

void Throw(JNIEnv* env, const Status& status) {
  if (env->ExceptionCheck()) return;
  const ErrorKind& kind = GetErrorKind(GetErrorCode(status));
  if (kind.java_class.starts_with("org.apache.spark.")) {
    ThrowByKind(env, kind.name, status.message());
  } else {
    ThrowByClass(env, kind.java_class, status.message());
  }
}

}  // namespace lance::jni
