// Entrances of org.lance.spark.internal.Native: datasets and scans.
#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/config.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "java/jni/jni_support.h"
#include "java/jni/schema_wire.h"
#include "java/jni/spark_layout.h"
#include "lance/api.h"

namespace lance::jni {
namespace {

using DatasetHandle = std::shared_ptr<Dataset>;

constexpr int64_t kNoTime = INT64_MIN;
constexpr size_t kSplitNumbers = 3;  // fragment, first row, end row

// A blob column is a column of bytes for Spark.
constexpr auto kBlobs = file::BlobHandling::kBytes;

struct RunningScan {
  DatasetHandle dataset;
  std::shared_ptr<arrow::RecordBatchReader> reader;
  std::shared_ptr<arrow::Schema> schema;  // as Spark sees it
};

uint64_t DataBytes(const table::Fragment& fragment) {
  uint64_t bytes = 0;
  for (const table::DataFile& file : fragment.files) bytes += file.size_bytes;
  return bytes;
}

Result<std::optional<std::vector<query::ScanSplit>>> ParseSplits(JNIEnv* env, jlongArray splits) {
  if (splits == nullptr) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> numbers, ToNumbers(env, splits));
  LANCE_REQUIRE(numbers.size() % kSplitNumbers == 0, "splits of ", numbers.size(), " numbers");
  std::vector<query::ScanSplit> out(numbers.size() / kSplitNumbers);
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t* split = &numbers[kSplitNumbers * i];
    out[i].fragment_id = static_cast<uint64_t>(split[0]);
    out[i].rows = {static_cast<uint64_t>(split[1]), static_cast<uint64_t>(split[2])};
  }
  return out;
}

Result<query::ExpressionPtr> ParseFilterBytes(JNIEnv* env, jbyteArray filter) {
  if (filter == nullptr) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const std::string wire, ToBytes(env, filter));
  return query::ParseExpression(AsBytes(wire));
}

const table::Fragment* FindFragment(const table::Manifest& manifest, uint64_t id) {
  const auto at = std::lower_bound(
      manifest.fragments.begin(), manifest.fragments.end(), id,
      [](const table::Fragment& fragment, uint64_t wanted) { return fragment.id < wanted; });
  return at != manifest.fragments.end() && at->id == id ? &*at : nullptr;
}

}  // namespace

extern "C" {

JNIEXPORT jstring JNICALL Java_org_lance_spark_internal_Native_version(JNIEnv* env, jclass) {
  return Guard<jstring>(env, nullptr, [&] {
    return ToJava(env, "lance-cpp with Arrow " + arrow::GetBuildInfo().version_string);
  });
}

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_allocatedBytes(JNIEnv*, jclass) {
  return arrow::default_memory_pool()->bytes_allocated();
}

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_openDataset(JNIEnv* env, jclass,
                                                                         jstring uri, jlong version,
                                                                         jlong micros, jstring tag,
                                                                         jobjectArray storage) {
  return Guard<jlong>(env, 0, [&]() -> Result<jlong> {
    OpenOptions options;
    ARROW_ASSIGN_OR_RAISE(const std::string location, ToText(env, uri));
    ARROW_ASSIGN_OR_RAISE(options.storage, ToMap(env, storage));
    if (version > 0) options.ref.version = static_cast<uint64_t>(version);
    if (micros != kNoTime) {
      options.ref.timestamp = io::TimePoint(std::chrono::microseconds(micros));
    }
    if (tag != nullptr) {
      ARROW_ASSIGN_OR_RAISE(options.ref.tag, ToText(env, tag));
    }
    ARROW_ASSIGN_OR_RAISE(DatasetHandle dataset, Dataset::Open(location, options));
    return ToHandle(std::move(dataset));
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_closeDataset(JNIEnv*, jclass,
                                                                         jlong dataset) {
  CloseHandle<DatasetHandle>(dataset);
}

JNIEXPORT jlongArray JNICALL Java_org_lance_spark_internal_Native_datasetInfo(JNIEnv* env, jclass,
                                                                              jlong dataset) {
  return Guard<jlongArray>(env, nullptr, [&] {
    const table::Manifest& manifest = FromHandle<DatasetHandle>(dataset)->manifest();
    uint64_t bytes = 0;
    for (const table::Fragment& fragment : manifest.fragments) bytes += DataBytes(fragment);
    const auto time =
        std::chrono::duration_cast<std::chrono::nanoseconds>(manifest.timestamp.time_since_epoch());
    return ToJava(env, std::vector<int64_t>{static_cast<int64_t>(manifest.version), time.count(),
                                            static_cast<int64_t>(manifest.num_rows()),
                                            static_cast<int64_t>(bytes)});
  });
}

JNIEXPORT jbyteArray JNICALL Java_org_lance_spark_internal_Native_datasetSchema(JNIEnv* env, jclass,
                                                                                jlong dataset) {
  return Guard<jbyteArray>(env, nullptr, [&]() -> Result<jbyteArray> {
    const auto stored = FromHandle<DatasetHandle>(dataset)->schema(kBlobs);
    const auto schema = SparkSchema(*stored);
    std::vector<bool> exact;
    for (int i = 0; i < schema->num_fields(); ++i) {
      exact.push_back(schema->field(i)->type()->Equals(*stored->field(i)->type()));
    }
    ARROW_ASSIGN_OR_RAISE(const std::string wire, SerializeSchema(*schema, exact));
    return BytesToJava(env, wire);
  });
}

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_countRows(JNIEnv* env, jclass,
                                                                       jlong dataset,
                                                                       jbyteArray filter,
                                                                       jlongArray splits) {
  return Guard<jlong>(env, 0, [&]() -> Result<jlong> {
    const DatasetHandle opened = FromHandle<DatasetHandle>(dataset);
    ARROW_ASSIGN_OR_RAISE(const auto expression, ParseFilterBytes(env, filter));
    ARROW_ASSIGN_OR_RAISE(const auto pieces, ParseSplits(env, splits));
    ARROW_ASSIGN_OR_RAISE(const uint64_t count,
                          query::CountRows(opened->scan_context(), expression, pieces));
    return static_cast<jlong>(count);
  });
}

JNIEXPORT jlongArray JNICALL Java_org_lance_spark_internal_Native_planSplits(JNIEnv* env, jclass,
                                                                             jlong dataset,
                                                                             jlong target_bytes) {
  return Guard<jlongArray>(env, nullptr, [&]() -> Result<jlongArray> {
    const table::Manifest& manifest = FromHandle<DatasetHandle>(dataset)->manifest();
    std::vector<int64_t> out;
    for (const auto& split : query::PlanSplits(manifest, static_cast<uint64_t>(target_bytes))) {
      const table::Fragment* fragment = FindFragment(manifest, split.fragment_id);
      if (fragment == nullptr) continue;
      const auto rows = static_cast<double>(split.rows.size());
      const double share =
          rows / static_cast<double>(std::max<uint64_t>(1, fragment->physical_rows));
      out.push_back(static_cast<int64_t>(split.fragment_id));
      out.push_back(static_cast<int64_t>(split.rows.begin));
      out.push_back(static_cast<int64_t>(split.rows.end));
      out.push_back(static_cast<int64_t>(share * static_cast<double>(DataBytes(*fragment))));
      out.push_back(fragment->deletions.has_value() ? -1 : static_cast<int64_t>(rows));
    }
    return ToJava(env, out);
  });
}

JNIEXPORT jboolean JNICALL Java_org_lance_spark_internal_Native_acceptsFilter(JNIEnv* env, jclass,
                                                                              jlong dataset,
                                                                              jbyteArray filter) {
  return Guard<jboolean>(env, JNI_FALSE, [&]() -> Result<jboolean> {
    ARROW_ASSIGN_OR_RAISE(const auto expression, ParseFilterBytes(env, filter));
    const auto bound =
        query::BindFilter(expression, *FromHandle<DatasetHandle>(dataset)->schema(kBlobs));
    return bound.ok() ? JNI_TRUE : JNI_FALSE;
  });
}

JNIEXPORT jlong JNICALL Java_org_lance_spark_internal_Native_openScan(
    JNIEnv* env, jclass, jlong dataset, jobjectArray columns, jbyteArray filter, jlongArray splits,
    jlongArray limits) {
  return Guard<jlong>(env, 0, [&]() -> Result<jlong> {
    RunningScan scan;
    scan.dataset = FromHandle<DatasetHandle>(dataset);
    query::ScanRequest request;
    ARROW_ASSIGN_OR_RAISE(request.columns, ToTexts(env, columns));
    ARROW_ASSIGN_OR_RAISE(request.filter, ParseFilterBytes(env, filter));
    ARROW_ASSIGN_OR_RAISE(request.splits, ParseSplits(env, splits));
    ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> numbers, ToNumbers(env, limits));
    LANCE_REQUIRE(numbers.size() == 2, "a scan takes two limits, not ", numbers.size());
    request.batch_num_rows = numbers[0];
    if (numbers[1] >= 0) request.limit = static_cast<uint64_t>(numbers[1]);
    request.blobs = kBlobs;
    request.parallelism = 1;  // Spark's tasks are the threads.
    ARROW_ASSIGN_OR_RAISE(scan.reader, scan.dataset->Scan(request));
    scan.schema = SparkSchema(*scan.reader->schema());
    return ToHandle(std::move(scan));
  });
}

JNIEXPORT jboolean JNICALL Java_org_lance_spark_internal_Native_nextBatch(JNIEnv* env, jclass,
                                                                          jlong scan, jlong array) {
  return Guard<jboolean>(env, JNI_FALSE, [&]() -> Result<jboolean> {
    RunningScan& running = FromHandle<RunningScan>(scan);
    std::shared_ptr<arrow::RecordBatch> batch;
    do {
      ARROW_RETURN_NOT_OK(running.reader->ReadNext(&batch));
      if (batch == nullptr) return JNI_FALSE;
    } while (batch->num_rows() == 0);
    ARROW_ASSIGN_OR_RAISE(batch, ToSparkLayout(batch, running.schema));
    ARROW_RETURN_NOT_OK(
        arrow::ExportRecordBatch(*batch, reinterpret_cast<ArrowArray*>(array), nullptr));
    return JNI_TRUE;
  });
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_releaseArray(JNIEnv*, jclass,
                                                                         jlong array) {
  auto* exported = reinterpret_cast<ArrowArray*>(array);
  if (exported->release != nullptr) exported->release(exported);
}

JNIEXPORT void JNICALL Java_org_lance_spark_internal_Native_closeScan(JNIEnv*, jclass, jlong scan) {
  CloseHandle<RunningScan>(scan);
}

}  // extern "C"

}  // namespace lance::jni
