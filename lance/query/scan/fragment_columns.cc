#include "lance/query/scan/fragment_columns.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "arrow/array.h"
#include "arrow/array/concatenate.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"
#include "lance/file/null_array.h"
#include "lance/query/scan/rows.h"

namespace lance::query {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using file::SchemaField;

namespace {

constexpr int32_t kNowhere = -1;
constexpr uint64_t kMostRowsOfFragment = uint64_t{1} << 32;  // row addresses hold 32 bits of it

// Where a leaf is: file of the fragment and column of that file.
struct LeafPlace {
  int32_t file = kNowhere;
  int32_t column = kNowhere;
};

// Finds leaves by field id.
class LeafIndex {
 public:
  explicit LeafIndex(const table::Fragment& fragment) {
    for (size_t i = 0; i < fragment.files.size(); ++i) {
      const table::DataFile& file = fragment.files[i];
      const size_t count = std::min(file.field_ids.size(), file.column_indices.size());
      for (size_t k = 0; k < count; ++k) {
        // Tombstones and headers own no column.
        if (file.field_ids[k] == -2 || file.column_indices[k] < 0) continue;
        places_.push_back({file.field_ids[k], {static_cast<int32_t>(i), file.column_indices[k]}});
      }
    }
    // Of a field that is named twice the last place counts.
    std::stable_sort(places_.begin(), places_.end(),
                     [](const Entry& a, const Entry& b) { return a.field_id < b.field_id; });
  }

  LeafPlace Find(int32_t id) const {
    const auto after = std::upper_bound(
        places_.begin(), places_.end(), id,
        [](int32_t wanted, const Entry& entry) { return wanted < entry.field_id; });
    if (after == places_.begin() || std::prev(after)->field_id != id) return {};
    return std::prev(after)->place;
  }

 private:
  struct Entry {
    int32_t field_id = 0;
    LeafPlace place;
  };
  std::vector<Entry> places_;
};

void CollectLeaves(const SchemaField& field, const LeafIndex& index, std::vector<LeafPlace>* out) {
  if (field.is_leaf_column()) {
    out->push_back(index.Find(field.id));
    return;
  }
  for (const SchemaField& child : field.children) CollectLeaves(child, index, out);
}

size_t CountLeafColumns(const SchemaField& field) {
  if (field.is_leaf_column()) return 1;
  size_t out = 0;
  for (const SchemaField& child : field.children) out += CountLeafColumns(child);
  return out;
}

// A part that lacks some leaves gives nulls for them, which are thrown away.
void AllowNulls(SchemaField* field) {
  field->nullable = true;
  for (SchemaField& child : field->children) AllowNulls(&child);
}

// Takes each leaf of a field from the array of the part that holds it. The outer layers are the
// same in all parts; they come from the first one that holds a leaf below.
class PartMerger {
 public:
  explicit PartMerger(std::span<const int32_t> leaf_parts) : leaf_parts_(leaf_parts) {}

  /// \param versions  the array of the field as each part gives it; null where it gives none
  Result<std::shared_ptr<arrow::ArrayData>> Merge(
      const SchemaField& field, const std::vector<std::shared_ptr<arrow::ArrayData>>& versions) {
    const auto own = leaf_parts_.subspan(next_leaf_, CountLeafColumns(field));
    const auto first = std::find_if(own.begin(), own.end(), [](int32_t p) { return p >= 0; });
    const int32_t part = first != own.end() ? *first : AnyPart(versions);
    LANCE_CHECK_BYTES(part >= 0 && versions[part] != nullptr, "no file holds '", field.name, "'");
    if (field.is_leaf_column()) {
      ++next_leaf_;
      return versions[part];
    }
    auto out = versions[part]->Copy();
    for (size_t i = 0; i < field.children.size(); ++i) {
      std::vector<std::shared_ptr<arrow::ArrayData>> children;
      for (const auto& version : versions) {
        const bool fits = version != nullptr && i < version->child_data.size() &&
                          version->child_data[i]->length == out->child_data[i]->length;
        children.push_back(fits ? version->child_data[i] : nullptr);
      }
      ARROW_ASSIGN_OR_RAISE(out->child_data[i], Merge(field.children[i], children));
    }
    return out;
  }

 private:
  static int32_t AnyPart(const std::vector<std::shared_ptr<arrow::ArrayData>>& versions) {
    for (size_t i = 0; i < versions.size(); ++i) {
      if (versions[i] != nullptr) return static_cast<int32_t>(i);
    }
    return kNowhere;
  }

  std::span<const int32_t> leaf_parts_;
  size_t next_leaf_ = 0;
};

}  // namespace

Result<std::shared_ptr<const FragmentColumns>> FragmentColumns::Open(
    FileCache& files, const table::Fragment& fragment, std::span<const SchemaField* const> fields) {
  auto out = std::make_shared<FragmentColumns>();
  const bool converts = std::any_of(fields.begin(), fields.end(), [](const SchemaField* field) {
    return file::IsConverted(*field);
  });
  if (!converts) {
    ARROW_RETURN_NOT_OK(out->OpenFiles(files, fragment, fields));
    return out;
  }
  ARROW_ASSIGN_OR_RAISE(out->finisher_, ColumnFinisher::Make(files, fragment, fields));
  std::vector<const SchemaField*> stored;
  for (const SchemaField& field : out->finisher_->stored()) stored.push_back(&field);
  ARROW_RETURN_NOT_OK(out->OpenFiles(files, fragment, stored));
  return out;
}

Status FragmentColumns::OpenFiles(FileCache& files, const table::Fragment& fragment,
                                  std::span<const SchemaField* const> fields) {
  const LeafIndex index(fragment);
  std::map<int32_t, size_t> part_of_file;
  for (size_t column = 0; column < fields.size(); ++column) {
    const SchemaField& field = *fields[column];
    types_.push_back(field.type);
    std::vector<LeafPlace> leaves;
    CollectLeaves(field, index, &leaves);
    std::vector<int32_t> leaf_parts;
    std::vector<size_t> used;  // parts of this column, in order of first use
    for (const LeafPlace& leaf : leaves) {
      if (leaf.file == kNowhere) {
        leaf_parts.push_back(kNowhere);
        continue;
      }
      const auto [at, is_new] = part_of_file.emplace(leaf.file, parts_.size());
      if (is_new) parts_.emplace_back();
      leaf_parts.push_back(static_cast<int32_t>(at->second));
      if (std::find(used.begin(), used.end(), at->second) == used.end()) used.push_back(at->second);
    }
    for (const size_t part : used) {
      file::ColumnRequest request{field, {}};
      if (used.size() > 1) AllowNulls(&request.field);
      for (size_t i = 0; i < leaves.size(); ++i) {
        const bool here = leaf_parts[i] == static_cast<int32_t>(part);
        request.leaf_columns.push_back(here ? leaves[i].column : kNowhere);
      }
      parts_[part].requests.push_back(std::move(request));
      parts_[part].targets.push_back(column);
    }
    if (used.size() > 1) splits_.push_back({column, field, std::move(leaf_parts)});
  }
  for (const auto& [file, part] : part_of_file) {
    auto& reader = parts_[part].reader;
    ARROW_ASSIGN_OR_RAISE(reader, files.Open(fragment.files[file]));
    LANCE_CHECK_BYTES(fragment.physical_rows == 0 || reader->num_rows() == fragment.physical_rows,
                      files.table_name(), ", fragment ", fragment.id, ": its data file '",
                      fragment.files[file].path, "' has ", reader->num_rows(), " rows, expected ",
                      fragment.physical_rows, " as the manifest says");
  }
  return Status::OK();
}

Result<ColumnBatch> FragmentColumns::Assemble(int64_t num_rows,
                                              std::vector<std::vector<ArrayPtr>> parts,
                                              arrow::MemoryPool* pool) const {
  ColumnBatch out{num_rows, std::vector<ArrayPtr>(types_.size())};
  for (size_t part = 0; part < parts.size(); ++part) {
    for (size_t i = 0; i < parts[part].size(); ++i) {
      out.columns[parts_[part].targets[i]] = parts[part][i];
    }
  }
  for (const Split& split : splits_) {
    std::vector<std::shared_ptr<arrow::ArrayData>> versions(parts_.size());
    for (size_t part = 0; part < parts.size(); ++part) {
      const auto& targets = parts_[part].targets;
      const auto at = std::find(targets.begin(), targets.end(), split.column);
      if (at == targets.end()) continue;
      // Slices would have to be pushed down to the children first.
      ArrayPtr array = parts[part][at - targets.begin()];
      if (array->offset() != 0) {
        ARROW_ASSIGN_OR_RAISE(array, arrow::Concatenate({array}, pool));
      }
      versions[part] = array->data();
    }
    ARROW_ASSIGN_OR_RAISE(auto merged, PartMerger(split.leaf_parts).Merge(split.field, versions));
    out.columns[split.column] = arrow::MakeArray(std::move(merged));
  }
  for (size_t i = 0; i < types_.size(); ++i) {
    if (out.columns[i] != nullptr) continue;
    ARROW_ASSIGN_OR_RAISE(out.columns[i], file::MakeNullArray(types_[i], num_rows, pool));
  }
  return out;
}

// Reads all parts side by side; they may cut their batches at different rows.
class ZippedStream final : public ColumnStream {
 public:
  ZippedStream(std::shared_ptr<const FragmentColumns> columns, uint64_t num_rows,
               file::ReadOptions options)
      : columns_(std::move(columns)), options_(std::move(options)), left_(num_rows) {}

  Status Open(const std::vector<RowRange>& ranges) {
    for (const FragmentColumns::Part& part : columns_->parts_) {
      ARROW_ASSIGN_OR_RAISE(auto reader, part.reader->Scan(part.requests, ranges, options_));
      inputs_.push_back({std::move(reader), nullptr});
    }
    return Status::OK();
  }

  Result<ColumnBatch> Next() override {
    if (left_ == 0) return ColumnBatch{};
    auto count = static_cast<int64_t>(
        std::min<uint64_t>(left_, std::max<int64_t>(options_.batch_num_rows, 1)));
    for (Input& input : inputs_) {
      ARROW_RETURN_NOT_OK(Refill(&input));
      count = std::min(count, input.batch->num_rows());
    }
    std::vector<std::vector<ArrayPtr>> parts;
    for (Input& input : inputs_) {
      const bool whole = count == input.batch->num_rows();
      parts.push_back(whole ? input.batch->columns() : input.batch->Slice(0, count)->columns());
      input.batch = whole ? nullptr : input.batch->Slice(count);
    }
    left_ -= static_cast<uint64_t>(count);
    return columns_->Assemble(count, std::move(parts), options_.pool);
  }

 private:
  struct Input {
    std::unique_ptr<arrow::RecordBatchReader> reader;
    std::shared_ptr<arrow::RecordBatch> batch;  // rows not yet given out, or null
  };

  static Status Refill(Input* input) {
    while (input->batch == nullptr || input->batch->num_rows() == 0) {
      ARROW_RETURN_NOT_OK(input->reader->ReadNext(&input->batch));
      LANCE_CHECK_BYTES(input->batch != nullptr, "a data file ended before the fragment did");
    }
    return Status::OK();
  }

  std::shared_ptr<const FragmentColumns> columns_;
  file::ReadOptions options_;
  uint64_t left_;
  std::vector<Input> inputs_;
};

namespace {

// Converts the columns of another stream; rows with many bytes of blobs come in smaller batches.
class FinishedStream final : public ColumnStream {
 public:
  FinishedStream(std::unique_ptr<ColumnStream> stored,
                 std::shared_ptr<const ColumnFinisher> finisher, file::ReadOptions options)
      : stored_(std::move(stored)), finisher_(std::move(finisher)), options_(std::move(options)) {}

  Result<ColumnBatch> Next() override {
    ARROW_RETURN_NOT_OK(options_.stop.Poll());
    if (waiting_.num_rows == 0) {
      ARROW_ASSIGN_OR_RAISE(waiting_, stored_->Next());
    }
    if (waiting_.num_rows == 0) return ColumnBatch{};
    ColumnBatch out;
    out.num_rows =
        finisher_->CountFitting(waiting_.columns, waiting_.num_rows, options_.batch_max_bytes);
    for (ArrayPtr& column : waiting_.columns) {
      out.columns.push_back(column->Slice(0, out.num_rows));
      column = column->Slice(out.num_rows);
    }
    waiting_.num_rows -= out.num_rows;
    ARROW_RETURN_NOT_OK(finisher_->Finish(&out.columns, options_.pool));
    return out;
  }

 private:
  std::unique_ptr<ColumnStream> stored_;
  std::shared_ptr<const ColumnFinisher> finisher_;
  file::ReadOptions options_;
  ColumnBatch waiting_;  // not converted yet
};

}  // namespace

Result<std::unique_ptr<ColumnStream>> FragmentColumns::Scan(
    std::vector<RowRange> ranges, const file::ReadOptions& options) const {
  auto stream = std::make_unique<ZippedStream>(shared_from_this(), CountRowsOf(ranges), options);
  ARROW_RETURN_NOT_OK(stream->Open(ranges));
  if (finisher_ == nullptr) return stream;
  return std::make_unique<FinishedStream>(std::move(stream), finisher_, options);
}

Result<ColumnBatch> FragmentColumns::Take(std::span<const uint64_t> rows,
                                          const file::ReadOptions& options) const {
  std::vector<std::vector<ArrayPtr>> parts;
  for (const Part& part : parts_) {
    ARROW_ASSIGN_OR_RAISE(auto batch, part.reader->Take(part.requests, rows, options));
    parts.push_back(batch->columns());
  }
  ARROW_ASSIGN_OR_RAISE(
      ColumnBatch out, Assemble(static_cast<int64_t>(rows.size()), std::move(parts), options.pool));
  if (finisher_ != nullptr) ARROW_RETURN_NOT_OK(finisher_->Finish(&out.columns, options.pool));
  return out;
}

Result<uint64_t> PhysicalRows(FileCache& files, const table::Fragment& fragment) {
  if (fragment.physical_rows > 0 || fragment.files.empty()) return fragment.physical_rows;
  ARROW_ASSIGN_OR_RAISE(auto reader, files.Open(fragment.files[0]));
  const uint64_t num_rows = reader->num_rows();
  LANCE_CHECK_BYTES(num_rows <= kMostRowsOfFragment, "fragment ", fragment.id, ": '",
                    fragment.files[0].path, "' has ", num_rows, " rows, expected at most 2^32");
  return num_rows;
}

}  // namespace lance::query
