// Entrances of org.lance.spark.internal.Native: namespaces.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "java/jni/jni_support.h"
#include "lance/api.h"

namespace lance::jni {
namespace {

using NamespaceHandle = std::shared_ptr<catalog::Namespace>;

constexpr int64_t kPageSize = 1000;

void AppendPairs(const catalog::Properties& properties, std::vector<std::string>* out) {
  for (const auto& [key, value] : properties) {
    out->push_back(key);
    out->push_back(value);
  }
}

// Location, then the storage options.
Result<jobjectArray> LocationToJava(JNIEnv* env, const std::string& location,
                                    const catalog::Properties& storage) {
  std::vector<std::string> out{location};
  AppendPairs(storage, &out);
  return ToJava(env, out);
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_connectNamespace(
    JNIEnv* env, jclass, jstring impl, jobjectArray properties) {
  return Guard<jlong>(env, 0, [&]() -> Result<jlong> {
    ARROW_ASSIGN_OR_RAISE(const std::string name, ToText(env, impl));
    ARROW_ASSIGN_OR_RAISE(const TextMap options, ToMap(env, properties));
    ARROW_ASSIGN_OR_RAISE(NamespaceHandle connected, catalog::Namespace::Connect(name, options));
    return ToHandle(std::move(connected));
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_closeNamespace(JNIEnv*, jclass,
                                                                           jlong handle) {
  CloseHandle<NamespaceHandle>(handle);
}

JNIEXPORT jobjectArray JNICALL Java_org_lance_spark_internal_Native_listTables(JNIEnv* env, jclass,
                                                                               jlong handle,
                                                                               jobjectArray id) {
  return Guard<jobjectArray>(env, nullptr, [&]() -> Result<jobjectArray> {
    catalog::ListTablesRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    request.include_declared = false;
    request.page.limit = kPageSize;
    std::vector<std::string> names;
    do {
      ARROW_ASSIGN_OR_RAISE(auto page, FromHandle<NamespaceHandle>(handle)->ListTables(request));
      names.insert(names.end(), page.tables.begin(), page.tables.end());
      request.page.page_token = page.page_token;
    } while (!request.page.page_token.value_or("").empty());
    return ToJava(env, names);
  });
}

JNIEXPORT jobjectArray JNICALL Java_org_lance_spark_internal_Native_listNamespaces(
    JNIEnv* env, jclass, jlong handle, jobjectArray id) {
  return Guard<jobjectArray>(env, nullptr, [&]() -> Result<jobjectArray> {
    catalog::ListNamespacesRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    request.page.limit = kPageSize;
    std::vector<std::string> names;
    do {
      ARROW_ASSIGN_OR_RAISE(auto page,
                            FromHandle<NamespaceHandle>(handle)->ListNamespaces(request));
      names.insert(names.end(), page.namespaces.begin(), page.namespaces.end());
      request.page.page_token = page.page_token;
    } while (!request.page.page_token.value_or("").empty());
    return ToJava(env, names);
  });
}

JNIEXPORT jobjectArray JNICALL Java_org_lance_spark_internal_Native_describeTable(JNIEnv* env,
                                                                                  jclass,
                                                                                  jlong handle,
                                                                                  jobjectArray id) {
  return Guard<jobjectArray>(env, nullptr, [&]() -> Result<jobjectArray> {
    catalog::DescribeTableRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    ARROW_ASSIGN_OR_RAISE(const auto answer,
                          FromHandle<NamespaceHandle>(handle)->DescribeTable(request));
    return LocationToJava(env, answer.location, answer.storage_options);
  });
}

JNIEXPORT jobjectArray JNICALL Java_org_lance_spark_internal_Native_declareTable(JNIEnv* env,
                                                                                 jclass,
                                                                                 jlong handle,
                                                                                 jobjectArray id) {
  return Guard<jobjectArray>(env, nullptr, [&]() -> Result<jobjectArray> {
    catalog::DeclareTableRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    ARROW_ASSIGN_OR_RAISE(const auto answer,
                          FromHandle<NamespaceHandle>(handle)->DeclareTable(request));
    return LocationToJava(env, answer.location, answer.storage_options);
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_dropTable(JNIEnv* env, jclass,
                                                                      jlong handle,
                                                                      jobjectArray id) {
  GuardVoid(env, [&]() -> Status {
    catalog::DropTableRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    return FromHandle<NamespaceHandle>(handle)->DropTable(request).status();
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_deregisterTable(JNIEnv* env, jclass,
                                                                            jlong handle,
                                                                            jobjectArray id) {
  GuardVoid(env, [&]() -> Status {
    catalog::DeregisterTableRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    return FromHandle<NamespaceHandle>(handle)->DeregisterTable(request).status();
  });
}

JNIEXPORT jobjectArray JNICALL Java_org_lance_spark_internal_Native_describeNamespace(
    JNIEnv* env, jclass, jlong handle, jobjectArray id) {
  return Guard<jobjectArray>(env, nullptr, [&]() -> Result<jobjectArray> {
    catalog::DescribeNamespaceRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    ARROW_ASSIGN_OR_RAISE(const auto answer,
                          FromHandle<NamespaceHandle>(handle)->DescribeNamespace(request));
    std::vector<std::string> out;
    AppendPairs(answer.properties.value_or(catalog::Properties()), &out);
    return ToJava(env, out);
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_createNamespace(
    JNIEnv* env, jclass, jlong handle, jobjectArray id, jobjectArray properties) {
  GuardVoid(env, [&]() -> Status {
    catalog::CreateNamespaceRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    ARROW_ASSIGN_OR_RAISE(request.properties, ToMap(env, properties));
    return FromHandle<NamespaceHandle>(handle)->CreateNamespace(request).status();
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_dropNamespace(JNIEnv* env, jclass,
                                                                          jlong handle,
                                                                          jobjectArray id,
                                                                          jboolean cascade) {
  GuardVoid(env, [&]() -> Status {
    catalog::DropNamespaceRequest request;
    ARROW_ASSIGN_OR_RAISE(request.id, ToTexts(env, id));
    request.behavior =
        cascade != JNI_FALSE ? catalog::DropBehavior::kCascade : catalog::DropBehavior::kRestrict;
    return FromHandle<NamespaceHandle>(handle)->DropNamespace(request).status();
  });
}

}  // extern "C"

}  // namespace lance::jni
