// Columns that readers see in another form than files hold them: JSON and blobs.
//
// A file holds JSON as JSONB, and of a blob only where its bytes lie:
//   blob v1  (files up to 2.1) large_binary with metadata `lance-encoding:blob` = `true`; the file
//            has struct{position, size} of bytes of its own
//   blob v2  (files of 2.2) struct with extension name `lance.blob.v2`; the file has struct{kind,
//            position, size, blob_id, blob_uri}
//
// A view is a `SchemaField` of the same id whose type is what the reader sees. Source: Lance
// format, JSON and blobs; names and types of the views are those of the official reader 14.0.2.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>

#include "lance/file/format_version.h"
#include "lance/file/schema.h"

namespace lance::file {

/// How blob columns come.
enum class BlobHandling : uint8_t {
  kDescriptions,  // where the bytes lie: struct{position, size} or {kind, ..., blob_uri}
  kBytes,         // the bytes, as large_binary
};

enum class BlobVersion : uint8_t { kNone, kFirst, kSecond };
/// Which kind of blob column the stored field, or a view of it, is.
BlobVersion BlobVersionOf(const SchemaField& field);

/// Where the bytes of a blob v2 lie, as its descriptor says.
enum class BlobKind : uint8_t {
  kInline = 0,       // in the data file
  kPacked = 1,       // a range of a sidecar of the data file
  kDedicated = 2,    // a whole sidecar
  kExternal = 3,     // an object or a range of it, by URI or relative to a base path
  kManaged = 4,      // `_blobs/` of the table
  kManagedBase = 5,  // the same in a base path
};

/// Fields of a descriptor of blob v2, in order.
enum class BlobField : uint8_t { kKind = 0, kPosition = 1, kSize = 2, kBlobId = 3, kUri = 4 };

/// What a reader sees of `schema`: JSON as text (extension `arrow.json` over utf8), blobs as asked.
Result<Schema> ViewOf(const Schema& schema, BlobHandling blobs);
/// True when `ViewOf` would change anything.
bool HasViews(const Schema& schema);

/// The column to ask a file for, given a view.
Result<SchemaField> StoredField(const SchemaField& view);
/// True when `view` is not what the file holds, so that values must be converted.
bool IsConverted(const SchemaField& view);

/// Descriptor view of a stored blob field.
SchemaField DescribeBlob(const SchemaField& field);

/// The schema with all blob fields as their descriptors, which is what a file holds of them.
Result<Schema> DescribeBlobs(const Schema& schema);

/// Blob columns as files of `version` hold them: from 2.2 on, blob v1 fields become blob v2. Ids of
/// all fields are given anew when one changes. Unsupported for blob v2 before 2.2.
Result<Schema> FitBlobs(const Schema& schema, encoding::FormatVersion version);

}  // namespace lance::file
