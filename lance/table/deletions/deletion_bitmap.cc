#include "lance/table/deletions/deletion_bitmap.h"

#include <algorithm>
#include <bit>

namespace lance::table {
namespace {

constexpr uint32_t kCookieWithoutRuns = 12346;
constexpr uint32_t kCookieWithRuns = 12347;
constexpr uint32_t kMostContainers = 1 << 16;
constexpr uint32_t kFewestForOffsets = 4;
constexpr uint32_t kMostArrayValues = 4096;
constexpr size_t kBitsetBytes = 8192;

struct Container {
  uint32_t high = 0;  // upper half of the values, in place
  uint32_t cardinality = 0;
  bool is_run = false;
};

class BitmapReader {
 public:
  BitmapReader(Bytes bytes, uint64_t limit) : cursor_(bytes, "deletion bitmap"), limit_(limit) {}

  Result<std::vector<uint32_t>> Read() {
    ARROW_RETURN_NOT_OK(ReadHeader());
    uint64_t total = 0;
    for (const Container& container : containers_) total += container.cardinality;
    LANCE_CHECK_BYTES(total <= limit_, "deletion bitmap: ", total, " values, expected at most ",
                      limit_);
    // Runs may be longer than this, but forged counts reserve nothing.
    values_.reserve(std::min<uint64_t>(total, 8 * cursor_.remaining()));
    for (const Container& container : containers_) {
      const size_t before = values_.size();
      ARROW_RETURN_NOT_OK(ReadContainer(container));
      LANCE_CHECK_BYTES(values_.size() - before == container.cardinality,
                        "deletion bitmap: the container ending at byte ", cursor_.position(),
                        " holds ", values_.size() - before, " values, expected ",
                        container.cardinality);
    }
    LANCE_CHECK_BYTES(cursor_.remaining() == 0, "deletion bitmap: ", cursor_.remaining(),
                      " bytes follow the last container");
    return std::move(values_);
  }

 private:
  Status ReadHeader() {
    ARROW_ASSIGN_OR_RAISE(const uint32_t cookie, cursor_.Read<uint32_t>());
    const bool has_runs = (cookie & 0xFFFF) == kCookieWithRuns;
    uint32_t count = (cookie >> 16) + 1;
    if (!has_runs) {
      LANCE_CHECK_BYTES(cookie == kCookieWithoutRuns, "deletion bitmap: cookie ", cookie,
                        " at byte 0, expected 12346 or 12347");
      ARROW_ASSIGN_OR_RAISE(count, cursor_.Read<uint32_t>());
    }
    LANCE_CHECK_BYTES(count <= kMostContainers, "deletion bitmap: ", count,
                      " containers, expected at most 65536");
    Bytes run_flags;
    if (has_runs) {
      ARROW_ASSIGN_OR_RAISE(run_flags, cursor_.Take((count + 7) / 8));
    }
    for (uint32_t i = 0; i < count; ++i) {
      Container container;
      ARROW_ASSIGN_OR_RAISE(const uint16_t key, cursor_.Read<uint16_t>());
      ARROW_ASSIGN_OR_RAISE(const uint16_t last, cursor_.Read<uint16_t>());
      container.high = static_cast<uint32_t>(key) << 16;
      container.cardinality = last + 1U;
      container.is_run = has_runs && (run_flags[i / 8] >> (i % 8) & 1) != 0;
      LANCE_CHECK_BYTES(containers_.empty() || containers_.back().high < container.high,
                        "deletion bitmap: key ", key, " of container ", i, " is not ascending");
      containers_.push_back(container);
    }
    // The containers lie back to back, so that their offsets say nothing new.
    if (!has_runs || count >= kFewestForOffsets) return cursor_.Skip(count * 4ULL);
    return Status::OK();
  }

  Status Add(uint32_t value) {
    LANCE_CHECK_BYTES(value < limit_, "deletion bitmap: value ", value, ", expected below ",
                      limit_);
    LANCE_CHECK_BYTES(values_.empty() || values_.back() < value, "deletion bitmap: value ", value,
                      " at byte ", cursor_.position(), " is not ascending");
    values_.push_back(value);
    return Status::OK();
  }

  Status ReadContainer(const Container& container) {
    if (container.is_run) return ReadRuns(container);
    if (container.cardinality > kMostArrayValues) return ReadBits(container);
    for (uint32_t i = 0; i < container.cardinality; ++i) {
      ARROW_ASSIGN_OR_RAISE(const uint16_t low, cursor_.Read<uint16_t>());
      ARROW_RETURN_NOT_OK(Add(container.high | low));
    }
    return Status::OK();
  }

  Status ReadBits(const Container& container) {
    ARROW_ASSIGN_OR_RAISE(const Bytes bits, cursor_.Take(kBitsetBytes));
    for (size_t i = 0; i < kBitsetBytes; i += 8) {
      uint64_t word = LoadUnaligned<uint64_t>(bits.data() + i);
      for (; word != 0; word &= word - 1) {
        const uint32_t low = static_cast<uint32_t>(i) * 8 + std::countr_zero(word);
        ARROW_RETURN_NOT_OK(Add(container.high | low));
      }
    }
    return Status::OK();
  }

  Status ReadRuns(const Container& container) {
    ARROW_ASSIGN_OR_RAISE(const uint16_t num_runs, cursor_.Read<uint16_t>());
    for (uint32_t i = 0; i < num_runs; ++i) {
      ARROW_ASSIGN_OR_RAISE(const uint16_t start, cursor_.Read<uint16_t>());
      ARROW_ASSIGN_OR_RAISE(const uint16_t length, cursor_.Read<uint16_t>());
      LANCE_CHECK_BYTES(start + length <= 0xFFFF, "deletion bitmap: the run at byte ",
                        cursor_.position() - 4, " leaves its container");
      for (uint32_t low = start; low <= static_cast<uint32_t>(start) + length; ++low) {
        ARROW_RETURN_NOT_OK(Add(container.high | low));
      }
    }
    return Status::OK();
  }

  ByteCursor cursor_;
  uint64_t limit_;
  std::vector<Container> containers_;
  std::vector<uint32_t> values_;
};

}  // namespace

Result<std::vector<uint32_t>> ReadDeletionBitmap(Bytes bytes, uint64_t limit) {
  return BitmapReader(bytes, limit).Read();
}

}  // namespace lance::table
