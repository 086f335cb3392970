#include "lance/encoding/page_writer.h"

#include <arrow/array/array_base.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "lance/encoding/dictionary_builder.h"
#include "lance/encoding/page_write/assemble.h"
#include "lance/encoding/page_write/layout_wire.h"
#include "lance/encoding/page_write/leaf_page.h"
#include "lance/encoding/page_write/packed.h"
#include "lance/encoding/page_write/zones.h"

namespace lance::encoding {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;
using page_write::FlatValues;
using page_write::LeafPage;

// Plain pages of wide values go to the file straight from Arrow memory.
constexpr uint64_t kMinPlainBytes = 256;

class PageEncoder {
 public:
  PageEncoder(const LeafPath& path, const LeafPage& page, const PageOptions& options)
      : path_(path), page_(page), options_(options), encode_(options.encode) {}

  /// nullopt when the levels are too dense for one page.
  Result<std::optional<EncodedPage>> Encode() {
    if (path_.is_blob) return EncodeBlobs();
    if (page_.num_values == page_.num_nulls) return page_write::AssembleAllNull(page_, encode_);
    ARROW_ASSIGN_OR_RAISE(std::optional<EncodedPage> plain, TryPlain());
    if (plain) return plain;
    if (path_.is_packed()) return EncodePacked();
    ARROW_ASSIGN_OR_RAISE(flat_, page_write::Flatten(page_, encode_.pool));
    if (page_.num_nulls > 0) nulls_ = page_write::NullMarks(page_);
    if (path_.type->id() == arrow::Type::DICTIONARY) return EncodeArrowDictionary();
    ARROW_ASSIGN_OR_RAISE(std::optional<EncodedPage> constant, TryConstant());
    if (constant) return constant;
    const bool zips = must_zip_ || PrefersFullZip(flat_.view, options_);
    ARROW_ASSIGN_OR_RAISE(const Choice choice, zips ? ChoosePerValue(flat_.view, options_)
                                                    : ChooseMiniBlock(flat_.view, options_));
    Explain(zips ? "full-zip" : "mini-block", choice);
    ARROW_ASSIGN_OR_RAISE(std::optional<EncodedPage> with_dictionary, TryDictionary(choice.best()));
    if (with_dictionary) return with_dictionary;
    if (zips) return EncodeFullZip(choice.best());
    ARROW_ASSIGN_OR_RAISE(const MiniBlockValues values,
                          EncodeMiniBlockValues(flat_.view, choice.best()));
    return page_write::AssembleMiniBlock(page_, values, nullptr, encode_);
  }

  /// A single row with more levels than a chunk can hold is written as a full-zip page.
  void set_must_zip() { must_zip_ = true; }
  /// Write down what is considered on the way.
  void set_explanation(PageExplanation* explanation) { explanation_ = explanation; }

 private:
  void Explain(std::string_view layout, const Choice& choice) {
    if (explanation_ == nullptr) return;
    explanation_->layout = layout;
    explanation_->num_values = static_cast<uint64_t>(flat_.view.num_values);
    explanation_->plain_bytes = flat_.view.plain_size_bytes();
    explanation_->candidates = choice.candidates;
    explanation_->chosen = choice.chosen;
  }
  void ExplainDictionary(const Candidate& dictionary, bool wins) {
    if (explanation_ == nullptr) return;
    if (wins) {
      explanation_->layout = "mini-block";
      explanation_->chosen = explanation_->candidates.size();
    }
    explanation_->candidates.push_back(dictionary);
  }

  Result<std::optional<EncodedPage>> TryPlain() {
    const bool takes = page_.rep.empty() && page_.def.empty() && page_.type.is_fixed() &&
                       page_.type.bits / 8 >= kMinPlainBytes &&
                       options_.structure != PageOptions::Structure::kMiniBlock;
    const bool may_be_constant = page_.type.lists.empty();
    if (!takes || may_be_constant) return std::nullopt;
    auto pieces = page_write::PlainPieces(page_);
    if (pieces.empty()) return std::nullopt;
    ValueView none;
    none.type = page_.type;
    ARROW_ASSIGN_OR_RAISE(const Choice choice, ChoosePerValue(none, options_));
    ARROW_ASSIGN_OR_RAISE(PerValueValues values, EncodePerValues(none, choice.best()));
    return page_write::AssemblePlainFullZip(page_, std::move(values.encoding), std::move(pieces));
  }

  Result<std::optional<EncodedPage>> EncodePacked() {
    if (page_.type.is_row()) {
      ARROW_ASSIGN_OR_RAISE(const PerValueValues rows,
                            page_write::EncodePackedRows(path_, page_, options_));
      return page_write::AssembleFullZip(page_, rows, encode_);
    }
    // The official writer has no page for larger rows.
    if (page_.type.bytes() >= kMinPlainBytes) {
      return Unsupported("rows of a packed struct must have less than ", kMinPlainBytes,
                         " bytes, not ", page_.type.bytes());
    }
    ARROW_ASSIGN_OR_RAISE(flat_, page_write::InterleaveFields(path_, page_, encode_.pool));
    return EncodeFixedRows(page_);
  }

  Result<std::optional<EncodedPage>> EncodeFixedRows(const LeafPage& page) {
    ARROW_ASSIGN_OR_RAISE(const Codec* flat, FindCodec(kFlat));
    if (must_zip_) {
      ARROW_ASSIGN_OR_RAISE(PerValueValues values, flat->encode_per_value(flat_.view, encode_));
      values.encoding = page_write::PackedStructNode(*path_.type, std::move(values.encoding));
      return page_write::AssembleFullZip(page, values, encode_);
    }
    ARROW_ASSIGN_OR_RAISE(MiniBlockValues values, flat->encode_mini_block(flat_.view, encode_));
    values.encoding = page_write::PackedStructNode(*path_.type, std::move(values.encoding));
    return page_write::AssembleMiniBlock(page, values, nullptr, encode_);
  }

  // Descriptors of blobs have no levels: an entry of size 0 whose position is not 0 says which
  // level it has.
  Result<std::optional<EncodedPage>> EncodeBlobs() {
    ARROW_ASSIGN_OR_RAISE(flat_, page_write::InterleaveFields(path_, page_, encode_.pool));
    std::vector<uint64_t> entries(static_cast<size_t>(page_.num_values) * 2);
    std::memcpy(entries.data(), flat_.view.data.data(), flat_.view.data.size());
    for (size_t i = 0; i < entries.size(); i += 2) {
      const uint64_t level = page_.def.empty() ? 0 : page_.def[i / 2];
      if (level != 0) {
        entries[i] = level << 16;
        entries[i + 1] = 0;
      } else if (entries[i + 1] == 0) {
        entries[i] = 0;  // an empty blob
      }
    }
    flat_.view.data = {reinterpret_cast<const uint8_t*>(entries.data()), entries.size() * 8};
    LeafPage inner = page_;
    inner.layers = {Layer::kAllValidItem};
    inner.def.clear();
    inner.num_nulls = 0;
    inner.max_def = inner.max_visible = 0;
    ARROW_ASSIGN_OR_RAISE(std::optional<EncodedPage> out, EncodeFixedRows(inner));
    LANCE_REQUIRE(out.has_value(), "blob descriptors without levels need no second try");
    ARROW_ASSIGN_OR_RAISE(out->layout, page_write::SerializeBlobLayout(out->layout, page_.layers));
    return out;
  }

  Result<std::optional<EncodedPage>> TryConstant() {
    if (encode_.version < kVersion22 || !page_.type.lists.empty()) return std::nullopt;
    const auto index = page_write::FindConstant(flat_.view, nulls_);
    if (!index) return std::nullopt;
    return page_write::AssembleConstant(page_, flat_.view, *index, encode_);
  }

  Result<std::optional<EncodedPage>> TryDictionary(const Candidate& rival) {
    if (must_zip_) return std::nullopt;
    const std::optional<DictionaryLimits> limits = LimitDictionary(flat_.view, options_, rival);
    if (!limits || LooksTooDistinct(flat_.view, *limits)) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(auto dictionary,
                          BuildDictionary(flat_.view, nulls_, *limits, encode_.pool));
    if (!dictionary) return std::nullopt;
    return EncodeWithDictionary(dictionary->items, 32, dictionary->indices, &rival);
  }

  // nullopt when the dictionary costs more than `rival`, if there is one.
  Result<std::optional<EncodedPage>> EncodeWithDictionary(
      const ValueBuilder& items, uint64_t index_bits, const std::shared_ptr<arrow::Buffer>& indices,
      const Candidate* rival) {
    page_write::DictionaryPart part;
    part.num_items = static_cast<uint64_t>(items.num_values());
    ARROW_ASSIGN_OR_RAISE(part.block, EncodeDictionaryBlock(items.View(), encode_));
    ValueView numbers;
    numbers.type = ValueType::Fixed(index_bits);
    numbers.num_values = page_.num_values;
    numbers.data = {indices->data(), static_cast<size_t>(indices->size())};
    ARROW_ASSIGN_OR_RAISE(const Choice choice, ChooseMiniBlock(numbers, IndexOptions()));
    const auto item_bytes = static_cast<uint64_t>(part.block.data->size());
    const Candidate whole = DictionaryCandidate(flat_.view, options_, item_bytes, choice.best());
    const bool wins = rival == nullptr || WantsDictionary(options_) || whole.cost < rival->cost;
    ExplainDictionary(whole, wins);
    if (!wins) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const MiniBlockValues values,
                          EncodeMiniBlockValues(numbers, choice.best()));
    return page_write::AssembleMiniBlock(page_, values, &part, encode_);
  }

  // A key that asks for compression of text means the items.
  PageOptions IndexOptions() const {
    PageOptions out = options_;
    if (out.encode.compression == "fsst") out.encode.compression.clear();
    return out;
  }

  // The column's type promises indices of its own width.
  Result<std::optional<EncodedPage>> EncodeArrowDictionary() {
    const auto& type = static_cast<const arrow::DictionaryType&>(*path_.type);
    const auto index_bits = static_cast<uint64_t>(type.index_type()->bit_width());
    const bool is_signed = arrow::is_signed_integer(type.index_type()->id());
    DictionaryLimits limits;
    limits.max_items = uint64_t{1} << std::min<uint64_t>(index_bits - (is_signed ? 1 : 0), 31);
    ARROW_ASSIGN_OR_RAISE(auto dictionary,
                          BuildDictionary(flat_.view, nulls_, limits, encode_.pool));
    if (!dictionary) return std::nullopt;  // a smaller page has fewer items
    ARROW_ASSIGN_OR_RAISE(auto indices, Narrow(dictionary->indices, index_bits));
    return EncodeWithDictionary(dictionary->items, index_bits, indices, nullptr);
  }

  Result<std::shared_ptr<arrow::Buffer>> Narrow(const std::shared_ptr<arrow::Buffer>& indices,
                                                uint64_t bits) const {
    if (bits == 32) return indices;
    const auto width = static_cast<int64_t>(bits / 8);
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out,
                          arrow::AllocateBuffer(page_.num_values * width, encode_.pool));
    const uint8_t* from = indices->data();
    uint8_t* to = out->mutable_data();
    for (int64_t i = 0; i < page_.num_values; ++i) {
      const uint64_t index = LoadUnaligned<uint32_t>(from + i * 4);
      std::memcpy(to + i * width, &index, static_cast<size_t>(width));
    }
    return out;
  }

  Result<std::optional<EncodedPage>> EncodeFullZip(const Candidate& chosen) {
    ARROW_ASSIGN_OR_RAISE(const PerValueValues values, EncodePerValues(flat_.view, chosen));
    return page_write::AssembleFullZip(page_, values, encode_);
  }

  const LeafPath& path_;
  const LeafPage& page_;
  const PageOptions& options_;
  const EncodeOptions& encode_;
  bool must_zip_ = false;
  PageExplanation* explanation_ = nullptr;
  FlatValues flat_;
  std::vector<uint16_t> nulls_;
};

int64_t CountRows(const Columns& columns) {
  int64_t out = 0;
  for (const auto& column : columns) out += column->length();
  return out;
}

// Rows [begin, end) of arrays that follow each other.
Columns SliceRows(const Columns& columns, int64_t begin, int64_t end) {
  Columns out;
  int64_t first = 0;
  for (const auto& column : columns) {
    const int64_t from = std::max(begin, first) - first;
    const int64_t to = std::min(end, first + column->length()) - first;
    if (from < to) out.push_back(column->Slice(from, to - from));
    first += column->length();
  }
  return out;
}

// Encodes rows of one column, in halves where they do not fit into a page.
class RowsEncoder {
 public:
  RowsEncoder(const LeafPath& path, const PageOptions& options, PageStatistics* statistics)
      : path_(path), options_(options), statistics_(statistics) {}

  Status Encode(const Columns& columns) {
    ARROW_ASSIGN_OR_RAISE(const LeafPage page, page_write::TakeApart(path_, columns));
    PageEncoder encoder(path_, page, options_);
    ARROW_ASSIGN_OR_RAISE(std::optional<EncodedPage> encoded, encoder.Encode());
    const int64_t num_rows = CountRows(columns);
    if (!encoded && num_rows == 1) {
      PageEncoder zipper(path_, page, options_);
      zipper.set_must_zip();
      ARROW_ASSIGN_OR_RAISE(encoded, zipper.Encode());
    }
    if (encoded) {
      if (statistics_ != nullptr) AddStatistics(page);
      pages_.push_back(std::move(*encoded));
      return Status::OK();
    }
    LANCE_REQUIRE(num_rows > 1, "one row of column '", path_.name, "' is too large for a page");
    ARROW_RETURN_NOT_OK(Encode(SliceRows(columns, 0, num_rows / 2)));
    return Encode(SliceRows(columns, num_rows / 2, num_rows));
  }

  std::vector<EncodedPage> Finish() { return std::move(pages_); }

 private:
  void AddStatistics(const LeafPage& page) {
    if (page.num_lists == 0) {
      page_write::CollectZones(page, BoundTypeOf(*path_.type), statistics_->next_row,
                               &statistics_->zones);
    }
    statistics_->next_row += static_cast<uint64_t>(page.num_rows);
  }

  const LeafPath& path_;
  const PageOptions& options_;
  PageStatistics* const statistics_;
  std::vector<EncodedPage> pages_;
};

}  // namespace

Result<std::vector<EncodedPage>> EncodePages(const LeafPath& path, const Columns& columns,
                                             const PageOptions& options,
                                             PageStatistics* statistics) {
  if (CountRows(columns) == 0) return std::vector<EncodedPage>();
  RowsEncoder encoder(path, options, statistics);
  const Status encoded = encoder.Encode(columns);
  if (!encoded.ok()) return WithContext(encoded, "cannot encode column '" + path.name + "'");
  return encoder.Finish();
}

Result<PageExplanation> ExplainPage(const LeafPath& path, const Columns& columns,
                                    const PageOptions& options) {
  PageExplanation out;
  out.layout = "constant";
  if (CountRows(columns) == 0) return out;
  ARROW_ASSIGN_OR_RAISE(const LeafPage page, page_write::TakeApart(path, columns));
  PageEncoder encoder(path, page, options);
  encoder.set_explanation(&out);
  ARROW_RETURN_NOT_OK(encoder.Encode().status());
  return out;
}

}  // namespace lance::encoding
