#include <arrow/buffer.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/page_write/assemble.h"
#include "lance/encoding/page_write/layout_wire.h"

namespace lance::encoding::page_write {
namespace {

// Repetition and definition level of an entry in one little-endian word.
struct ControlWords {
  uint32_t bits_rep = 0;
  uint32_t bits_def = 0;
  uint64_t bytes = 0;  // per entry

  explicit ControlWords(const LeafPage& page) {
    if (!page.rep.empty()) bits_rep = Width(page.rep);
    if (!page.def.empty()) bits_def = Width(page.def);
    const uint32_t bits = bits_rep + bits_def;
    bytes = bits == 0 ? 0 : bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
  }
  uint8_t* Put(const LeafPage& page, int64_t entry, uint8_t* to) const {
    if (bytes == 0) return to;
    const uint32_t rep = page.rep.empty() ? 0 : page.rep[entry];
    const uint32_t def = page.def.empty() ? 0 : page.def[entry];
    const uint32_t word = rep << bits_def | def;
    std::memcpy(to, &word, bytes);
    return to + bytes;
  }

 private:
  static uint32_t Width(const std::vector<uint16_t>& levels) {
    return static_cast<uint32_t>(std::bit_width(*std::max_element(levels.begin(), levels.end())));
  }
};

// Positions of the rows, in as few bytes each as the last one needs.
Result<std::shared_ptr<arrow::Buffer>> PackPositions(const std::vector<uint64_t>& positions,
                                                     arrow::MemoryPool* pool) {
  uint64_t width = 8;
  for (const uint64_t narrower : {4, 2, 1}) {
    if (positions.back() >> (narrower * 8) == 0) width = narrower;
  }
  ARROW_ASSIGN_OR_RAISE(auto out, codec::AllocateBytes(positions.size() * width, pool));
  for (size_t i = 0; i < positions.size(); ++i) {
    std::memcpy(out->mutable_data() + i * width, &positions[i], width);
  }
  return out;
}

// Lays the entries out one after the other and notes where the rows begin.
class ZipWriter {
 public:
  ZipWriter(const LeafPage& page, const PerValueValues& values)
      : page_(page), values_(values), control_(page) {}

  // Bytes of all entries, or more.
  uint64_t Bound() const {
    const auto entries = static_cast<uint64_t>(page_.num_entries);
    if (values_.fixed) {
      return entries * control_.bytes +
             static_cast<uint64_t>(page_.num_values) * (values_.bits_per_value / 8);
    }
    return entries * (control_.bytes + length_bytes()) + ends()[values_.num_values];
  }

  uint8_t* Write(uint8_t* to) {
    uint8_t* const begin = to;
    int64_t value = 0;
    for (int64_t entry = 0; entry < page_.num_entries; ++entry) {
      if (page_.rep.empty() || page_.rep[entry] == page_.num_lists) {
        positions_.push_back(static_cast<uint64_t>(to - begin));
      }
      to = control_.Put(page_, entry, to);
      if (!page_.is_visible(entry)) continue;
      to = values_.fixed ? PutFixed(value, to) : PutVariable(entry, value, to);
      ++value;
    }
    positions_.push_back(static_cast<uint64_t>(to - begin));
    return to;
  }

  const std::vector<uint64_t>& positions() const { return positions_; }
  const ControlWords& control() const { return control_; }
  uint64_t length_bytes() const { return page_.type.bits / 8; }

 private:
  const uint64_t* ends() const {
    return reinterpret_cast<const uint64_t*>(values_.offsets->data());
  }
  uint8_t* PutFixed(int64_t value, uint8_t* to) const {
    const uint64_t width = values_.bits_per_value / 8;
    std::memcpy(to, values_.data->data() + static_cast<uint64_t>(value) * width, width);
    return to + width;
  }
  uint8_t* PutVariable(int64_t entry, int64_t value, uint8_t* to) const {
    if (!page_.def.empty() && page_.def[entry] != 0) return to;
    const uint64_t begin = ends()[value];
    const uint64_t length = ends()[value + 1] - begin;
    std::memcpy(to, &length, length_bytes());
    to += length_bytes();
    if (length != 0) std::memcpy(to, values_.data->data() + begin, length);
    return to + length;
  }

  const LeafPage& page_;
  const PerValueValues& values_;
  const ControlWords control_;
  std::vector<uint64_t> positions_;
};

Status CheckCounts(const LeafPage& page, uint64_t bits_per_value) {
  constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max();
  LANCE_REQUIRE(static_cast<uint64_t>(page.num_entries) <= kMax && bits_per_value <= kMax,
                "a full-zip page of ", page.num_entries, " entries with ", bits_per_value,
                " bits each is too large");
  return Status::OK();
}

}  // namespace

Result<EncodedPage> AssemblePlainFullZip(const LeafPage& page, EncodingNode encoding,
                                         std::vector<std::shared_ptr<arrow::Buffer>> pieces) {
  ARROW_RETURN_NOT_OK(CheckCounts(page, page.type.bits));
  page::FullZipParts parts;
  parts.bits_per_value = static_cast<uint32_t>(page.type.bits);
  parts.num_items = static_cast<uint64_t>(page.num_entries);
  parts.num_visible_items = static_cast<uint64_t>(page.num_values);
  parts.values = std::move(encoding);
  page::ParsedLayout layout;
  layout.layers = page.layers;
  layout.full_zip = std::move(parts);
  EncodedPage out;
  out.num_rows = static_cast<uint64_t>(page.num_rows);
  ARROW_ASSIGN_OR_RAISE(out.layout, SerializeLayout(layout));
  PageBuffer buffer;
  for (const auto& piece : pieces) buffer.size_bytes += static_cast<uint64_t>(piece->size());
  buffer.pieces = std::move(pieces);
  out.buffers.push_back(std::move(buffer));
  return out;
}

Result<EncodedPage> AssembleFullZip(const LeafPage& page, const PerValueValues& values,
                                    const EncodeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckCounts(page, values.fixed ? values.bits_per_value : 0));
  ZipWriter writer(page, values);
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(writer.Bound(), options.pool));
  uint8_t* const end = writer.Write(data->mutable_data());
  ARROW_ASSIGN_OR_RAISE(auto zipped, codec::CutBytes(data, end - data->data()));

  page::FullZipParts parts;
  parts.bits_rep = writer.control().bits_rep;
  parts.bits_def = writer.control().bits_def;
  if (values.fixed) {
    parts.bits_per_value = static_cast<uint32_t>(values.bits_per_value);
  } else {
    parts.bits_per_offset = static_cast<uint32_t>(page.type.bits);
  }
  parts.num_items = static_cast<uint64_t>(page.num_entries);
  parts.num_visible_items = static_cast<uint64_t>(page.num_values);
  parts.values = values.encoding;
  page::ParsedLayout layout;
  layout.layers = page.layers;
  layout.full_zip = std::move(parts);

  EncodedPage out;
  out.num_rows = static_cast<uint64_t>(page.num_rows);
  ARROW_ASSIGN_OR_RAISE(out.layout, SerializeLayout(layout));
  AddBuffer(std::move(zipped), &out);
  if (!values.fixed || !page.rep.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto index, PackPositions(writer.positions(), options.pool));
    AddBuffer(std::move(index), &out);
  }
  return out;
}

}  // namespace lance::encoding::page_write
