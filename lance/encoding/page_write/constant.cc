#include <arrow/buffer.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/page_write/assemble.h"
#include "lance/encoding/page_write/layout_wire.h"
#include "lance/encoding/page_write/level_encoding.h"

namespace lance::encoding::page_write {
namespace {

constexpr uint64_t kMaxInlineBytes = 32;

// Add one buffer of levels, encoded from 2.2 on.
Status AddLevels(const std::vector<uint16_t>& levels, const EncodeOptions& options,
                 std::optional<EncodingNode>* node, uint64_t* count, EncodedPage* out) {
  if (levels.empty() || options.version < kVersion22) {
    ARROW_ASSIGN_OR_RAISE(auto raw, CopyLevels(levels, options.pool));
    AddBuffer(std::move(raw), out);
    return Status::OK();
  }
  const auto num_levels = static_cast<int64_t>(levels.size());
  ARROW_ASSIGN_OR_RAISE(EncodedLevels encoded, EncodeLevels(levels, {&num_levels, 1}, options));
  *node = std::move(encoded.encoding);
  *count = levels.size();
  AddBuffer(std::move(encoded.data), out);
  return Status::OK();
}

Bytes ConstantBytes(const ValueView& values, int64_t index) {
  if (values.type.is_fixed()) {
    const uint64_t width = values.type.bytes();
    return values.data.subspan(static_cast<uint64_t>(index) * width, width);
  }
  const int64_t begin = values.offset(index);
  return values.data.subspan(static_cast<size_t>(begin),
                             static_cast<size_t>(values.offset(index + 1) - begin));
}

// [num_buffers: u32][size: u32 x num_buffers] and the Arrow buffers of an array of this one value.
Result<std::shared_ptr<arrow::Buffer>> MakeScalar(const ValueType& type, Bytes value,
                                                  arrow::MemoryPool* pool) {
  const bool variable = !type.is_fixed();
  const uint64_t offset_bytes = variable ? 2 * type.bytes() : 0;
  const uint64_t header = variable ? 12 : 8;
  ARROW_ASSIGN_OR_RAISE(auto out, codec::AllocateBytes(header + offset_bytes + value.size(), pool));
  uint8_t* to = out->mutable_data();
  StoreUnaligned<uint32_t>(to, variable ? 2 : 1);
  if (variable) StoreUnaligned<uint32_t>(to + 4, static_cast<uint32_t>(offset_bytes));
  StoreUnaligned<uint32_t>(to + header - 4, static_cast<uint32_t>(value.size()));
  to += header;
  if (variable) {
    const uint64_t length = value.size();
    std::memset(to, 0, offset_bytes);
    std::memcpy(to + type.bytes(), &length, type.bytes());
  }
  if (!value.empty()) std::memcpy(to + offset_bytes, value.data(), value.size());
  return out;
}

}  // namespace

void AddBuffer(std::shared_ptr<arrow::Buffer> buffer, EncodedPage* page) {
  PageBuffer out;
  out.size_bytes = static_cast<uint64_t>(buffer->size());
  if (out.size_bytes != 0) out.pieces.push_back(std::move(buffer));
  page->buffers.push_back(std::move(out));
}

Result<std::shared_ptr<arrow::Buffer>> CopyLevels(const std::vector<uint16_t>& levels,
                                                  arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto out, codec::AllocateBytes(levels.size() * 2, pool));
  if (!levels.empty()) std::memcpy(out->mutable_data(), levels.data(), levels.size() * 2);
  return out;
}

Result<EncodedPage> AssembleAllNull(const LeafPage& page, const EncodeOptions& options) {
  EncodedPage out;
  out.num_rows = static_cast<uint64_t>(page.num_rows);
  page::ParsedLayout layout;
  layout.layers = page.layers;
  page::ConstantParts parts;
  const bool is_simple = page.layers == std::vector<Layer>{Layer::kNullableItem};
  if (!is_simple) {
    ARROW_RETURN_NOT_OK(AddLevels(page.rep, options, &parts.rep, &parts.num_rep_values, &out));
    ARROW_RETURN_NOT_OK(AddLevels(page.def, options, &parts.def, &parts.num_def_values, &out));
  }
  layout.constant = std::move(parts);
  ARROW_ASSIGN_OR_RAISE(out.layout, SerializeLayout(layout));
  return out;
}

Result<EncodedPage> AssembleConstant(const LeafPage& page, const ValueView& values, int64_t index,
                                     const EncodeOptions& options) {
  EncodedPage out;
  out.num_rows = static_cast<uint64_t>(page.num_rows);
  page::ParsedLayout layout;
  layout.layers = page.layers;
  page::ConstantParts parts;
  if (values.type.is_boolean()) {
    const uint8_t bit = values.data[index / 8] >> (index % 8) & 1;
    parts.inline_value = std::string(1, static_cast<char>(bit));
  } else {
    const Bytes value = ConstantBytes(values, index);
    if (values.type.is_fixed() && value.size() <= kMaxInlineBytes) {
      parts.inline_value = std::string(AsText(value));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto scalar, MakeScalar(values.type, value, options.pool));
      AddBuffer(std::move(scalar), &out);
    }
  }
  if (!page.rep.empty() || !page.def.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto rep, CopyLevels(page.rep, options.pool));
    ARROW_ASSIGN_OR_RAISE(auto def, CopyLevels(page.def, options.pool));
    AddBuffer(std::move(rep), &out);
    AddBuffer(std::move(def), &out);
  }
  layout.constant = std::move(parts);
  ARROW_ASSIGN_OR_RAISE(out.layout, SerializeLayout(layout));
  return out;
}

std::optional<int64_t> FindConstant(const ValueView& values, std::span<const uint16_t> nulls) {
  int64_t first = 0;
  while (!nulls.empty() && first < values.num_values && nulls[first] != 0) ++first;
  if (first == values.num_values) return std::nullopt;
  if (values.type.is_boolean()) {
    const auto bit = [&](int64_t i) { return values.data[i / 8] >> (i % 8) & 1; };
    for (int64_t i = first + 1; i < values.num_values; ++i) {
      if ((nulls.empty() || nulls[i] == 0) && bit(i) != bit(first)) return std::nullopt;
    }
    return first;
  }
  const Bytes wanted = ConstantBytes(values, first);
  for (int64_t i = first + 1; i < values.num_values; ++i) {
    if (!nulls.empty() && nulls[i] != 0) continue;
    const Bytes value = ConstantBytes(values, i);
    if (!std::equal(value.begin(), value.end(), wanted.begin(), wanted.end())) return std::nullopt;
  }
  return first;
}

}  // namespace lance::encoding::page_write
