// Entrances of org.lance.spark.internal.Native: writers and commits.
#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "java/jni/jni_support.h"
#include "java/jni/schema_wire.h"
#include "java/jni/spark_layout.h"
#include "java/jni/unsafe_rows.h"
#include "lance/api.h"

namespace lance::jni {
namespace {

using WrittenDataset = std::shared_ptr<Dataset>;

constexpr std::string_view kStoragePrefix = "storage.";

struct TaskWriter {
  std::unique_ptr<FragmentWriter> writer;
  std::shared_ptr<arrow::Schema> rows;    // as Spark lays rows out
  std::shared_ptr<arrow::Schema> stored;  // as the table keeps them
};

Result<uint64_t> ParseCount(const std::string& key, const std::string& text) {
  uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  LANCE_REQUIRE(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value > 0,
                "option ", key, " must be a positive number, not ", text);
  return value;
}

Result<encoding::FormatVersion> ParseFileVersion(const std::string& text) {
  if (text == "2.1") return encoding::kVersion21;
  if (text == "2.2" || text == "stable" || text == "next") return encoding::kVersion22;
  return Unsupported("file_format_version ", text, ": new files are written as 2.1 or 2.2");
}

Result<WriteMode> ParseMode(const std::string& mode) {
  if (mode == "create") return WriteMode::kCreate;
  if (mode == "append") return WriteMode::kAppend;
  LANCE_REQUIRE(mode == "overwrite", "unknown write mode ", mode);
  return WriteMode::kOverwrite;
}

// Options of the store have the prefix "storage."; a task has no mode, it writes beside the table.
Result<TableWriteOptions> ParseOptions(JNIEnv* env, jobjectArray options) {
  TableWriteOptions out;
  out.mode = WriteMode::kOverwrite;
  ARROW_ASSIGN_OR_RAISE(const TextMap texts, ToMap(env, options));
  for (const auto& [key, value] : texts) {
    if (key.starts_with(kStoragePrefix)) {
      out.storage[key.substr(kStoragePrefix.size())] = value;
    } else if (key == "mode") {
      ARROW_ASSIGN_OR_RAISE(out.mode, ParseMode(value));
    } else if (key == "max_row_per_file") {
      ARROW_ASSIGN_OR_RAISE(out.max_rows_per_file, ParseCount(key, value));
    } else if (key == "max_bytes_per_file") {
      ARROW_ASSIGN_OR_RAISE(out.max_bytes_per_file, ParseCount(key, value));
    } else if (key == "optimize") {
      ARROW_ASSIGN_OR_RAISE(out.goal, file::ParseGoal(value));
    } else if (key == "file_format_version") {
      ARROW_ASSIGN_OR_RAISE(out.file_version, ParseFileVersion(value));
    }
  }
  return out;
}

// The table's own schema, or the one that a statement gives.
Result<file::Schema> SchemaOf(JNIEnv* env, jlong dataset, jbyteArray schema) {
  if (schema == nullptr) {
    LANCE_REQUIRE(dataset != 0, "a new table needs a schema");
    return FromHandle<WrittenDataset>(dataset)->lance_schema();
  }
  ARROW_ASSIGN_OR_RAISE(const std::string wire, ToBytes(env, schema));
  ARROW_ASSIGN_OR_RAISE(const auto parsed, ParseSchema(AsBytes(wire)));
  return file::Schema::FromArrow(*parsed);
}

Result<std::vector<WrittenFragments>> ParseMessages(JNIEnv* env, jobjectArray messages) {
  std::vector<WrittenFragments> out;
  const jsize count = env->GetArrayLength(messages);
  for (jsize i = 0; i < count; ++i) {
    auto element = static_cast<jbyteArray>(env->GetObjectArrayElement(messages, i));
    ARROW_ASSIGN_OR_RAISE(const std::string message, ToBytes(env, element));
    env->DeleteLocalRef(element);
    ARROW_ASSIGN_OR_RAISE(WrittenFragments part, ParseFragments(AsBytes(message)));
    out.push_back(std::move(part));
  }
  return out;
}

// Spark widens what it reads; back in the table the values must fit again.
Result<std::shared_ptr<arrow::RecordBatch>> ToStored(
    const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& stored) {
  std::vector<std::shared_ptr<arrow::Array>> columns(batch->num_columns());
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& type = stored->field(i)->type();
    columns[i] = batch->column(i);
    if (SparkType(type)->Equals(*type)) continue;
    ARROW_ASSIGN_OR_RAISE(columns[i], CastColumn(columns[i], type, stored->field(i)->name()));
  }
  arrow::FieldVector fields;
  for (int i = 0; i < batch->num_columns(); ++i) {
    fields.push_back(stored->field(i)->WithType(columns[i]->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch->num_rows(),
                                  std::move(columns));
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_openWriter(JNIEnv* env, jclass,
                                                                        jstring uri, jlong dataset,
                                                                        jbyteArray schema,
                                                                        jbyteArray layout,
                                                                        jobjectArray options) {
  return Guard<jlong>(env, 0, [&]() -> Result<jlong> {
    ARROW_ASSIGN_OR_RAISE(const std::string location, ToText(env, uri));
    ARROW_ASSIGN_OR_RAISE(const TableWriteOptions parsed, ParseOptions(env, options));
    ARROW_ASSIGN_OR_RAISE(file::Schema fields, SchemaOf(env, dataset, schema));
    ARROW_ASSIGN_OR_RAISE(const std::string wire, ToBytes(env, layout));
    TaskWriter task;
    ARROW_ASSIGN_OR_RAISE(task.rows, ParseSchema(AsBytes(wire)));
    task.stored = fields.ToArrow();
    LANCE_REQUIRE(task.rows->num_fields() == task.stored->num_fields(), "rows of ",
                  task.rows->num_fields(), " fields for a table of ", task.stored->num_fields());
    ARROW_ASSIGN_OR_RAISE(task.writer, FragmentWriter::Open(location, std::move(fields), parsed));
    return ToHandle(std::move(task));
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_writeRows(JNIEnv* env, jclass,
                                                                      jlong writer, jlong rows,
                                                                      jlong offsets,
                                                                      jint num_rows) {
  GuardVoid(env, [&]() -> Status {
    TaskWriter& task = FromHandle<TaskWriter>(writer);
    const UnsafeRows unsafe{reinterpret_cast<const uint8_t*>(rows),
                            reinterpret_cast<const int64_t*>(offsets), num_rows};
    ARROW_ASSIGN_OR_RAISE(auto batch, ToColumns(unsafe, task.rows));
    ARROW_ASSIGN_OR_RAISE(batch, ToStored(batch, task.stored));
    return task.writer->Write(*batch);
  });
}

JNIEXPORT jbyteArray JNICALL Java_org_lance_spark_internal_Native_finishWriter(JNIEnv* env, jclass,
                                                                               jlong writer) {
  return Guard<jbyteArray>(env, nullptr, [&]() -> Result<jbyteArray> {
    TaskWriter& task = FromHandle<TaskWriter>(writer);
    ARROW_ASSIGN_OR_RAISE(const WrittenFragments written, task.writer->Finish());
    if (written.fragments.empty()) return BytesToJava(env, "");
    return BytesToJava(env, SerializeFragments(written));
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_closeWriter(JNIEnv* env, jclass,
                                                                        jlong writer) {
  GuardVoid(env, [&]() -> Status {
    CloseHandle<TaskWriter>(writer);
    return Status::OK();
  });
}

JNIEXPORT jlongArray JNICALL Java_org_lance_spark_internal_Native_messageInfo(JNIEnv* env, jclass,
                                                                              jbyteArray message) {
  return Guard<jlongArray>(env, nullptr, [&]() -> Result<jlongArray> {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, ToBytes(env, message));
    ARROW_ASSIGN_OR_RAISE(const WrittenFragments part, ParseFragments(AsBytes(bytes)));
    return ToJava(env, std::vector<int64_t>{static_cast<int64_t>(part.num_rows),
                                            static_cast<int64_t>(part.num_bytes)});
  });
}

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_commit(JNIEnv* env, jclass,
                                                                    jstring uri, jlong dataset,
                                                                    jobjectArray messages,
                                                                    jbyteArray schema,
                                                                    jobjectArray options) {
  return Guard<jlong>(env, 0, [&]() -> Result<jlong> {
    ARROW_ASSIGN_OR_RAISE(const std::string location, ToText(env, uri));
    ARROW_ASSIGN_OR_RAISE(const TableWriteOptions parsed, ParseOptions(env, options));
    ARROW_ASSIGN_OR_RAISE(const file::Schema fields, SchemaOf(env, dataset, schema));
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseMessages(env, messages));
    const uint64_t read_version = dataset == 0 ? 0 : FromHandle<WrittenDataset>(dataset)->version();
    ARROW_ASSIGN_OR_RAISE(const auto committed,
                          CommitFragments(location, read_version, parts, fields, parsed));
    return static_cast<jlong>(committed->version());
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_deleteUncommitted(
    JNIEnv* env, jclass, jstring uri, jobjectArray messages, jobjectArray storage) {
  GuardVoid(env, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const std::string location, ToText(env, uri));
    ARROW_ASSIGN_OR_RAISE(const TextMap options, ToMap(env, storage));
    ARROW_ASSIGN_OR_RAISE(const auto parts, ParseMessages(env, messages));
    return DeleteUncommitted(location, parts, options);
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_deleteTable(JNIEnv* env, jclass,
                                                                        jstring uri,
                                                                        jobjectArray storage) {
  GuardVoid(env, [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const std::string location, ToText(env, uri));
    OpenOptions options;
    ARROW_ASSIGN_OR_RAISE(options.storage, ToMap(env, storage));
    ARROW_ASSIGN_OR_RAISE(const WrittenDataset dataset, Dataset::Open(location, options));
    return dataset->store()->DeleteFolder("");
  });
}

}  // extern "C"

}  // namespace lance::jni
