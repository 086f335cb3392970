// Numbers of the JSONB form.
#pragma once

#include <cstdint>

namespace lance::file::jsonb {

constexpr uint32_t kArray = 0x80000000;
constexpr uint32_t kObject = 0x40000000;
constexpr uint32_t kScalar = 0x20000000;
constexpr uint32_t kKindMask = 0xE0000000;
constexpr uint32_t kCountMask = 0x1FFFFFFF;

constexpr uint32_t kLengthMask = 0x0FFFFFFF;
constexpr int kTypeShift = 28;
enum EntryType : uint32_t {
  kNull = 0,
  kString = 1,
  kNumber = 2,
  kFalse = 3,
  kTrue = 4,
  kContainer = 5,
  kExtension = 6,
};

enum NumberTag : uint8_t {
  kZero = 0x00,
  kNaN = 0x10,
  kInfinity = 0x20,
  kMinusInfinity = 0x30,
  kInt = 0x40,
  kUnsigned = 0x50,
  kDouble = 0x60,
  kDecimal = 0x70,
};

}  // namespace lance::file::jsonb
