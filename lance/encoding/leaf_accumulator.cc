#include "lance/encoding/leaf_accumulator.h"

#include <arrow/buffer.h>
#include <arrow/buffer_builder.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>

#include <algorithm>
#include <utility>

#include "lance/encoding/page/layers.h"
#include "lance/encoding/page/levels.h"
#include "lance/encoding/page/unravel.h"

namespace lance::encoding {

struct LeafAccumulator::Impl {
  Impl(const LeafShape& leaf_shape, int64_t rows, arrow::MemoryPool* memory_pool)
      : shape(leaf_shape),
        num_rows(rows),
        pool(memory_pool),
        is_nested(!leaf_shape.ancestors.empty()),
        has_lists(leaf_shape.num_lists() > 0),
        values(leaf_shape.values, memory_pool),
        rep(memory_pool),
        def(memory_pool) {}

  LeafShape shape;
  int64_t num_rows;
  SizeGuess guess;
  arrow::MemoryPool* pool;
  bool is_nested;
  bool has_lists;
  ValueBuilder values;
  std::shared_ptr<arrow::Buffer> whole;  // all values, taken over

  // Flat columns. The bitmap comes with the first null.
  int64_t num_entries = 0;
  int64_t null_count = 0;
  std::shared_ptr<arrow::ResizableBuffer> validity;

  // Nested columns.
  page::CanonicalLevels canonical;
  arrow::TypedBufferBuilder<uint16_t> rep;
  arrow::TypedBufferBuilder<uint16_t> def;
};

LeafAccumulator::LeafAccumulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LeafAccumulator::~LeafAccumulator() = default;
LeafAccumulator::LeafAccumulator(LeafAccumulator&&) noexcept = default;
LeafAccumulator& LeafAccumulator::operator=(LeafAccumulator&&) noexcept = default;

Result<LeafAccumulator> LeafAccumulator::Make(const LeafShape& shape, int64_t num_rows,
                                              const SizeGuess& guess, arrow::MemoryPool* pool) {
  LeafAccumulator out(std::make_unique<Impl>(shape, num_rows, pool));
  if (out.impl_->is_nested) {
    out.impl_->canonical = page::MakeCanonicalLevels(shape);
    ARROW_RETURN_NOT_OK(out.impl_->def.Reserve(num_rows));
  }
  out.impl_->guess = guess;
  return out;
}

ValueBuilder& LeafAccumulator::values() { return impl_->values; }
arrow::MemoryPool* LeafAccumulator::pool() const { return impl_->pool; }

Status LeafAccumulator::AppendValidity(const LevelView& levels) {
  Impl& state = *impl_;
  const uint16_t all = levels.def == nullptr ? 0 : page::MaxLevel(levels.def, levels.num_entries);
  LANCE_CHECK_BYTES(all <= 1, "a page has a definition level above 1, the highest of its layers");
  const int64_t begin = state.num_entries;
  ARROW_ASSIGN_OR_RAISE(uint8_t* const bitmap, GrowValidity(levels.num_entries, all != 0));
  if (all == 0) {
    if (bitmap != nullptr) page::SetBits(bitmap, begin, levels.num_entries);
    return Status::OK();
  }
  state.null_count +=
      levels.num_entries - page::LevelsToValidity(levels.def, levels.num_entries, 0, bitmap, begin);
  return Status::OK();
}

// Count `count` more entries and make room for their validity; null while all are valid.
Result<uint8_t*> LeafAccumulator::GrowValidity(int64_t count, bool needs_bitmap) {
  Impl& state = *impl_;
  const int64_t begin = state.num_entries;
  state.num_entries += count;
  if (!needs_bitmap && state.validity == nullptr) return nullptr;
  const int64_t size = arrow::bit_util::BytesForBits(std::max(state.num_entries, state.num_rows));
  if (state.validity == nullptr) {
    ARROW_ASSIGN_OR_RAISE(state.validity, arrow::AllocateResizableBuffer(size, state.pool));
    page::SetBits(state.validity->mutable_data(), 0, begin);
  } else if (state.validity->size() < size) {
    ARROW_RETURN_NOT_OK(state.validity->Resize(std::max(size, 2 * state.validity->size()), false));
  }
  return state.validity->mutable_data();
}

// Make room for what was guessed, when the first values come.
Status LeafAccumulator::ReserveFirst() {
  const Impl& state = *impl_;
  if (state.num_entries != 0 || state.def.length() != 0 || state.whole != nullptr) {
    return Status::OK();
  }
  return impl_->values.Reserve(std::max(state.num_rows, state.guess.num_values),
                               state.guess.num_data_bytes);
}

Status LeafAccumulator::AppendValid(int64_t count) {
  ARROW_RETURN_NOT_OK(ReserveFirst());
  const int64_t begin = impl_->num_entries;
  ARROW_ASSIGN_OR_RAISE(uint8_t* const bitmap, GrowValidity(count, false));
  if (bitmap != nullptr) page::SetBits(bitmap, begin, count);
  return Status::OK();
}

Status LeafAccumulator::AppendNulls(int64_t count) {
  ARROW_RETURN_NOT_OK(ReserveFirst());
  const int64_t begin = impl_->num_entries;
  ARROW_ASSIGN_OR_RAISE(uint8_t* const bitmap, GrowValidity(count, true));
  arrow::bit_util::SetBitsTo(bitmap, begin, count, false);
  impl_->null_count += count;
  return Status::OK();
}

Status LeafAccumulator::AppendBitmap(const uint8_t* bitmap, int64_t bit_offset, int64_t count) {
  const int64_t num_valid = arrow::internal::CountSetBits(bitmap, bit_offset, count);
  if (num_valid == count) return AppendValid(count);
  ARROW_RETURN_NOT_OK(ReserveFirst());
  const int64_t begin = impl_->num_entries;
  ARROW_ASSIGN_OR_RAISE(uint8_t* const to, GrowValidity(count, true));
  arrow::internal::CopyBitmap(bitmap, bit_offset, count, to, begin);
  impl_->null_count += count - num_valid;
  return Status::OK();
}

Status LeafAccumulator::AppendLevels(const LevelView& levels, const page::PageLayers& layers) {
  ARROW_RETURN_NOT_OK(ReserveFirst());
  if (!impl_->is_nested) return AppendValidity(levels);
  const int64_t count = levels.num_entries;
  if (levels.def == nullptr) {
    ARROW_RETURN_NOT_OK(impl_->def.Append(count, uint16_t{0}));
  } else {
    const uint16_t largest = page::MaxLevel(levels.def, count);
    LANCE_CHECK_BYTES(largest <= layers.max_def, "a page has definition level ", largest,
                      ", its layers allow ", layers.max_def);
    const int64_t begin = impl_->def.length();
    ARROW_RETURN_NOT_OK(impl_->def.Append(levels.def, count));
    uint16_t* added = impl_->def.mutable_data() + begin;
    for (int64_t i = 0; i < count && !layers.is_canonical; ++i) {
      added[i] = layers.to_canonical[added[i]];
    }
  }
  if (!impl_->has_lists) return Status::OK();
  if (levels.rep == nullptr) return impl_->rep.Append(count, uint16_t{0});
  const uint16_t largest = page::MaxLevel(levels.rep, count);
  LANCE_CHECK_BYTES(largest <= layers.num_lists, "a page has repetition level ", largest,
                    ", its column has ", layers.num_lists, " list layers");
  return impl_->rep.Append(levels.rep, count);
}

bool LeafAccumulator::TakeOver(const std::shared_ptr<arrow::Buffer>& data, int64_t num_rows) {
  const bool possible = !impl_->is_nested && impl_->num_entries == 0 &&
                        num_rows == impl_->num_rows && data->address() % 8 == 0;
  if (!possible) return false;
  impl_->whole = data;
  return true;
}

Result<LeafColumn> LeafAccumulator::Finish() {
  Impl& state = *impl_;
  LeafColumn out;
  if (state.whole != nullptr) {
    out.num_values = out.values.num_values = state.num_rows;
    out.values.data = std::move(state.whole);
    out.values.item_validity.resize(state.shape.values.lists.size());
    out.null_count = state.null_count;
    if (state.null_count > 0) out.validity = std::move(state.validity);
    return out;
  }
  out.num_values = state.values.num_values();
  ARROW_ASSIGN_OR_RAISE(out.values, state.values.Finish());
  if (!state.is_nested) {
    LANCE_CHECK_BYTES(out.num_values == state.num_entries, "a page has ", state.num_entries,
                      " levels but ", out.num_values, " values");
    out.null_count = state.null_count;
    if (state.null_count > 0) out.validity = std::move(state.validity);
    return out;
  }
  const LevelView levels{state.has_lists ? state.rep.data() : nullptr, state.def.data(),
                         state.def.length()};
  ARROW_RETURN_NOT_OK(page::Unravel(state.shape, state.canonical, levels, state.pool, &out));
  return out;
}

}  // namespace lance::encoding
