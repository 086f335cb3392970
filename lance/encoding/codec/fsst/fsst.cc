#include "lance/encoding/codec/fsst/fsst.h"

#include <algorithm>

#include "lance/encoding/codec/codec_support.h"
#include "lance/encoding/codec/fsst/compressor.h"
#include "lance/encoding/codec/fsst/symbol_table.h"
#include "lance/encoding/codec/variable/variable.h"

namespace lance::encoding::fsst {
namespace {

// Read offset `i` of a chunk; the width is known at compile time in the loop below.
template <typename T>
uint64_t OffsetAt(const uint8_t* offsets, int64_t i) {
  return LoadUnaligned<T>(offsets + i * static_cast<int64_t>(sizeof(T)));
}

Status BadText() { return Corruption("FSST text with an unknown code or an open escape"); }

// Append one compressed value.
Status DecompressOne(const SymbolTable& table, Bytes text, ValueBuilder* out) {
  uint64_t room = text.size() * kMaxSymbolBytes;
  // Rather count than make the caller's memory grow for the worst case.
  if (room > out->data_room()) room = DecompressedSize(table, text);
  ARROW_ASSIGN_OR_RAISE(uint8_t* const begin, out->ReserveData(room));
  const uint8_t* end = Decompress(table, text, begin);
  if (end == nullptr) return BadText();
  const auto size = static_cast<uint64_t>(end - begin);
  return out->CommitVariable(&size, 1);
}

// Ends of the values of a chunk, in the decompressed text.
using Ends = std::unique_ptr<uint64_t[]>;

// A chunk whose first and last offset are checked.
struct CompressedChunk {
  const uint8_t* offsets = nullptr;
  int64_t num_values = 0;
  Bytes text;  // between the first and the last offset
};

// Decompress the text as a whole.
template <typename T>
Status DecompressSmallChunk(const SymbolTable& table, const CompressedChunk& chunk, uint8_t* to,
                            const Ends& ends) {
  const auto& [offsets, num_values, text] = chunk;
  std::unique_ptr<uint32_t[]> positions(new uint32_t[text.size() + 1]);
  if (DecompressMany(table, text, to, positions.get()) == nullptr) return BadText();
  const uint64_t first = OffsetAt<T>(offsets, 0);
  uint64_t from = 0;
  for (int64_t i = 0; i < num_values; ++i) {
    const uint64_t end = OffsetAt<T>(offsets, i + 1) - first;
    LANCE_CHECK_BYTES(from <= end && end <= text.size(), "offset ", end,
                      " of a compressed value falls");
    if (positions[end] == kNoPosition) return BadText();
    ends[i] = positions[end];
    from = end;
  }
  return Status::OK();
}

// Decompress value by value, for chunks of few long values.
template <typename T>
Status DecompressLargeChunk(const SymbolTable& table, const CompressedChunk& chunk, uint8_t* to,
                            const Ends& ends) {
  const auto& [offsets, num_values, text] = chunk;
  const uint8_t* const begin = to;
  const uint64_t first = OffsetAt<T>(offsets, 0);
  uint64_t from = 0;
  for (int64_t i = 0; i < num_values; ++i) {
    const uint64_t end = OffsetAt<T>(offsets, i + 1) - first;
    LANCE_CHECK_BYTES(from <= end && end <= text.size(), "offset ", end,
                      " of a compressed value falls");
    to = Decompress(table, text.subspan(from, end - from), to);
    if (to == nullptr) return BadText();
    ends[i] = static_cast<uint64_t>(to - begin);
    from = end;
  }
  return Status::OK();
}

template <typename T>
Status DecompressChunk(const SymbolTable& table, const variable::VariableChunk& chunk,
                       int64_t num_values, ValueBuilder* out) {
  const uint64_t first = OffsetAt<T>(chunk.offsets, 0);
  const uint64_t last = OffsetAt<T>(chunk.offsets, num_values);
  LANCE_CHECK_BYTES(first <= last && last <= chunk.buffer.size(), "offsets ", first, " to ", last,
                    " leave a chunk of ", chunk.buffer.size(), " bytes");
  const Bytes text = chunk.buffer.subspan(first, last - first);
  uint64_t room = text.size() * kMaxSymbolBytes;
  // Rather count than make the caller's memory grow for the worst case.
  if (room > out->data_room()) room = DecompressedSize(table, text);
  ARROW_ASSIGN_OR_RAISE(uint8_t* const to, out->ReserveData(room));
  const Ends ends(new uint64_t[static_cast<size_t>(num_values)]);
  const auto decompress =
      text.size() <= kMaxManyBytes ? DecompressSmallChunk<T> : DecompressLargeChunk<T>;
  ARROW_RETURN_NOT_OK(decompress(table, {chunk.offsets, num_values, text}, to, ends));
  return out->CommitVariable(ends.get(), num_values);
}

// Decompress the values at `wanted` alone.
template <typename T>
Status DecompressSome(const SymbolTable& table, const variable::VariableChunk& chunk,
                      std::span<const RowRange> wanted, ValueBuilder* out) {
  for (const RowRange& range : wanted) {
    for (uint64_t i = range.begin; i < range.end; ++i) {
      const uint64_t begin = OffsetAt<T>(chunk.offsets, static_cast<int64_t>(i));
      const uint64_t end = OffsetAt<T>(chunk.offsets, static_cast<int64_t>(i + 1));
      LANCE_CHECK_BYTES(begin <= end && end <= chunk.buffer.size(), "offsets ", begin, " to ", end,
                        " leave a chunk of ", chunk.buffer.size(), " bytes");
      ARROW_RETURN_NOT_OK(DecompressOne(table, chunk.buffer.subspan(begin, end - begin), out));
    }
  }
  return Status::OK();
}

class FsstMiniBlockDecoder final : public MiniBlockDecoder {
 public:
  FsstMiniBlockDecoder(std::unique_ptr<SymbolTable> table, uint64_t offset_bits)
      : table_(std::move(table)), offset_bits_(offset_bits) {}
  int num_buffers() const override { return 1; }
  Status Decode(std::span<const Bytes> buffers, int64_t num_values,
                ValueBuilder* out) const override {
    if (num_values == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, codec::OneBuffer(buffers));
    ARROW_ASSIGN_OR_RAISE(const auto chunk,
                          variable::ParseVariableChunk(buffer, num_values, offset_bits_));
    return offset_bits_ == 32 ? DecompressChunk<uint32_t>(*table_, chunk, num_values, out)
                              : DecompressChunk<uint64_t>(*table_, chunk, num_values, out);
  }
  Status DecodeSome(std::span<const Bytes> buffers, int64_t num_values,
                    std::span<const RowRange> wanted, ValueBuilder* out) const override {
    ARROW_ASSIGN_OR_RAISE(Bytes buffer, codec::OneBuffer(buffers));
    ARROW_ASSIGN_OR_RAISE(const auto chunk,
                          variable::ParseVariableChunk(buffer, num_values, offset_bits_));
    return offset_bits_ == 32 ? DecompressSome<uint32_t>(*table_, chunk, wanted, out)
                              : DecompressSome<uint64_t>(*table_, chunk, wanted, out);
  }

 private:
  std::unique_ptr<SymbolTable> table_;
  uint64_t offset_bits_;
};

class FsstPerValueDecoder final : public PerValueDecoder {
 public:
  explicit FsstPerValueDecoder(std::unique_ptr<SymbolTable> table) : table_(std::move(table)) {}
  Status Decode(Bytes value, ValueBuilder* out) const override {
    return DecompressOne(*table_, value, out);
  }

 private:
  std::unique_ptr<SymbolTable> table_;
};

Result<std::unique_ptr<SymbolTable>> OpenTable(const EncodingNode& node, const ValueType& type) {
  ARROW_RETURN_NOT_OK(codec::CheckChildren(node, 1));
  ARROW_RETURN_NOT_OK(variable::CheckVariable(node.children[0], type).status());
  LANCE_CHECK_BYTES(node.payload != nullptr, "an FSST encoding without symbol table");
  ARROW_ASSIGN_OR_RAISE(
      SymbolTable table,
      ParseSymbolTable({node.payload->data(), static_cast<size_t>(node.payload->size())}));
  return std::make_unique<SymbolTable>(table);
}

codec::MiniBlockOpened OpenFsstMiniBlock(const EncodingNode& node, const ValueType& type,
                                         FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(auto table, OpenTable(node, type));
  if (!table->compresses) return OpenMiniBlock(node.children[0], type, version);
  return std::make_unique<FsstMiniBlockDecoder>(std::move(table),
                                                node.children[0].children[0].bits);
}

codec::PerValueOpened OpenFsstPerValue(const EncodingNode& node, const ValueType& type,
                                       FormatVersion version) {
  ARROW_ASSIGN_OR_RAISE(auto table, OpenTable(node, type));
  if (!table->compresses) return OpenPerValue(node.children[0], type, version);
  return std::make_unique<FsstPerValueDecoder>(std::move(table));
}

// ---------------------------------------------------------------------------------------------

// All values of a page, compressed: owned bytes and offsets of the values' own width.
struct CompressedValues {
  std::shared_ptr<arrow::Buffer> data;
  std::shared_ptr<arrow::Buffer> offsets;
  ValueView view;
};

template <typename T>
uint64_t CompressAll(const Compressor& compressor, const ValueView& values, uint8_t* to,
                     uint8_t* offsets) {
  uint8_t* const begin = to;
  StoreUnaligned<T>(offsets, 0);
  const T* from = static_cast<const T*>(values.offsets);
  for (int64_t i = 0; i < values.num_values; ++i) {
    const auto length = static_cast<size_t>(from[i + 1] - from[i]);
    to = compressor.Compress({values.data.data() + from[i], length}, to);
    StoreUnaligned<T>(offsets + (i + 1) * static_cast<int64_t>(sizeof(T)),
                      static_cast<T>(to - begin));
  }
  return static_cast<uint64_t>(to - begin);
}

Result<CompressedValues> CompressValues(const Compressor& compressor, const ValueView& values,
                                        arrow::MemoryPool* pool) {
  const uint64_t width = values.type.bytes();
  const auto length = static_cast<uint64_t>(values.offset(values.num_values) - values.offset(0));
  LANCE_REQUIRE(width == 8 || length <= uint64_t{1} << 30, "too much text to compress: ", length,
                " bytes");
  CompressedValues out;
  ARROW_ASSIGN_OR_RAISE(auto data, codec::AllocateBytes(2 * length, pool));
  ARROW_ASSIGN_OR_RAISE(
      auto offsets,
      codec::AllocateBytes(static_cast<uint64_t>(values.num_values + 1) * width, pool));
  const uint64_t size =
      width == 4
          ? CompressAll<int32_t>(compressor, values, data->mutable_data(), offsets->mutable_data())
          : CompressAll<int64_t>(compressor, values, data->mutable_data(), offsets->mutable_data());
  ARROW_ASSIGN_OR_RAISE(out.data, codec::CutBytes(std::move(data), size));
  out.offsets = std::move(offsets);
  out.view.type = values.type;
  out.view.num_values = values.num_values;
  out.view.data = {out.data->data(), size};
  out.view.offsets = out.offsets->data();
  return out;
}

EncodingNode FsstNode(const Compressor& compressor, uint64_t offset_bits) {
  EncodingNode node;
  node.tag = kFsst;
  node.payload = arrow::Buffer::FromString(SerializeSymbolTable(compressor.table()));
  node.children.push_back(codec::VariableNode(offset_bits));
  return node;
}

Status CheckText(const ValueView& values) {
  LANCE_REQUIRE(!values.type.is_fixed() && values.num_values > 0,
                "FSST takes variable-width values only");
  return Status::OK();
}

Result<MiniBlockValues> EncodeFsstMiniBlock(const ValueView& values, const EncodeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckText(values));
  const Compressor compressor = Compressor::Train(values, {});
  ARROW_ASSIGN_OR_RAISE(const CompressedValues compressed,
                        CompressValues(compressor, values, options.pool));
  ARROW_ASSIGN_OR_RAISE(MiniBlockValues out,
                        variable::kCodec.encode_mini_block(compressed.view, options));
  out.encoding = FsstNode(compressor, values.type.bits);
  return out;
}

Result<PerValueValues> EncodeFsstPerValue(const ValueView& values, const EncodeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckText(values));
  const Compressor compressor = Compressor::Train(values, {});
  ARROW_ASSIGN_OR_RAISE(const CompressedValues compressed,
                        CompressValues(compressor, values, options.pool));
  ARROW_ASSIGN_OR_RAISE(PerValueValues out,
                        variable::kCodec.encode_per_value(compressed.view, options));
  out.encoding = FsstNode(compressor, values.type.bits);
  out.data = compressed.data;  // the view that was encoded borrowed it
  return out;
}

std::optional<Estimate> EstimateFsst(const ValueView& values, const EncodeOptions& options) {
  if (values.type.is_fixed() || values.num_values == 0) return std::nullopt;
  const auto length = static_cast<uint64_t>(values.offset(values.num_values) - values.offset(0));
  const Compressor compressor = Compressor::Train(values, {.sample_bytes = 4096, .rounds = 3});
  uint64_t plain = 0;
  uint64_t compressed = 0;
  uint8_t scratch[1024];
  for (const Bytes& piece : SamplePieces(values, 4096)) {
    const Bytes part = piece.first(std::min<size_t>(piece.size(), sizeof(scratch) / 2 - 8));
    plain += part.size();
    compressed += static_cast<uint64_t>(compressor.Compress(part, scratch) - scratch);
  }
  const double ratio =
      plain == 0 ? 1 : static_cast<double>(compressed) / static_cast<double>(plain);
  const auto count = static_cast<double>(values.num_values);
  const auto text_bytes = static_cast<uint64_t>(ratio * static_cast<double>(length));
  const uint64_t bytes = values.plain_size_bytes() - length + text_bytes;
  return Estimate{bytes, 2 + 0.6 * static_cast<double>(length) / count,
                  variable::ValuesPerChunk(static_cast<double>(bytes) / count, options)};
}

}  // namespace

constinit const Codec kCodec = {
    .name = "fsst",
    .tag = kFsst,
    .open_mini_block = OpenFsstMiniBlock,
    .open_per_value = OpenFsstPerValue,
    .encode_mini_block = EncodeFsstMiniBlock,
    .encode_per_value = EncodeFsstPerValue,
    .estimate = EstimateFsst,
};

}  // namespace lance::encoding::fsst
