// Encodes rows of one leaf column as pages: a layout message and the buffers it speaks of.
//
// No IO happens here. The caller walks the leaves of its columns, gathers rows until a page is
// worth writing, and hands the top-level Arrow arrays over; levels are built from them, values that
// lie below nulls are replaced by placeholders, slices and offsets are normalised. What a page
// looks like is chosen by `policy.h`. Source: Lance file format 2.1 and 2.2, page layouts.
// Thread-safety: pure functions; the same rows give the same bytes. Ownership: pages may share the
// memory of the arrays they were made of.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/type_fwd.h"
#include "lance/base/error.h"
#include "lance/encoding/leaf.h"
#include "lance/encoding/policy.h"
#include "lance/encoding/statistics.h"

namespace lance::encoding {

/// Where a leaf lies below a top-level column.
struct LeafPath {
  LeafShape shape;
  std::vector<int> children;  // outer to inner: which child each ancestor is left through
  std::shared_ptr<arrow::DataType> type;  // of the leaf
  std::string name;                       // dotted, for messages
  /// The leaf is struct{position u64, size u64} of bytes that lie elsewhere in the file (blobs of
  /// version 2.1); its pages are blob pages.
  bool is_blob = false;

  /// True when the leaf is a struct whose children lie side by side.
  bool is_packed() const;
};

/// Return the leaves of `column`, depth-first; each owns a column of the file. A struct is a leaf
/// when its field metadata says `lance-encoding:packed` or `lance-encoding:blob`. Unsupported names
/// the column and the type that the format (in this version) cannot hold.
Result<std::vector<LeafPath>> ListLeaves(const arrow::Field& column, FormatVersion version);

/// True when the metadata of a field asks for its struct to be one column: packed, or the
/// descriptors of blobs.
bool IsPackedField(const arrow::Field& field);

/// Bits of Arrow memory behind the leaf's part of rows [begin, end) of `column`, with levels of
/// lists counted. Rows that follow each other add up, in whatever arrays they come.
uint64_t LeafMemoryBits(const LeafPath& path, const arrow::Array& column, int64_t begin,
                        int64_t end);

/// One buffer of a page, in pieces that follow each other.
struct PageBuffer {
  std::vector<std::shared_ptr<arrow::Buffer>> pieces;
  uint64_t size_bytes = 0;
};

struct EncodedPage {
  uint64_t num_rows = 0;
  std::string layout;  // serialized PageLayout
  std::vector<PageBuffer> buffers;
};

/// Statistics of rows that follow each other, by zone; the first and the last zone may be parts.
struct PageStatistics {
  uint64_t next_row = 0;  // of the file: where the rows to come begin
  std::vector<ZoneStatistics> zones;
};

/// Encode the rows of `columns`, top-level arrays of one column that follow each other, as one
/// page; more when levels are too dense for one. InvalidInput when the arrays contradict
/// themselves.
/// \param statistics  takes the zones of the rows as well, unless null; leaves below lists have
///                    none
Result<std::vector<EncodedPage>> EncodePages(
    const LeafPath& path, const std::vector<std::shared_ptr<arrow::Array>>& columns,
    const PageOptions& options, PageStatistics* statistics = nullptr);

/// Why rows would be encoded as they would: who was in the running, and who won.
struct PageExplanation {
  std::string layout;  // constant, mini-block or full-zip
  uint64_t num_values = 0;
  uint64_t plain_bytes = 0;
  std::vector<Candidate> candidates;  // empty where there was nothing to choose
  size_t chosen = 0;
};
/// Ask the policy about the rows of `columns` without writing them.
Result<PageExplanation> ExplainPage(const LeafPath& path,
                                    const std::vector<std::shared_ptr<arrow::Array>>& columns,
                                    const PageOptions& options);

}  // namespace lance::encoding
