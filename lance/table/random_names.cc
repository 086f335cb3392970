// Random names: uuids and data files.
#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "lance/table/commit.h"

namespace lance::table {
namespace {

using UuidBytes = std::array<uint8_t, 16>;

// A version 4 uuid, from the system's entropy each time: a generator of our own would repeat itself
// in a forked process, and two writers would take the same file name.
UuidBytes RandomUuid() {
  std::random_device device;
  UuidBytes out;
  for (size_t i = 0; i < out.size(); i += 4) StoreUnaligned<uint32_t>(&out[i], device());
  out[6] = static_cast<uint8_t>((out[6] & 0x0F) | 0x40);
  out[8] = static_cast<uint8_t>((out[8] & 0x3F) | 0x80);
  return out;
}

void AppendHex(uint8_t byte, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out->push_back(kDigits[byte >> 4]);
  out->push_back(kDigits[byte & 15]);
}

}  // namespace

std::string MakeUuid() {
  const UuidBytes bytes = RandomUuid();
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    AppendHex(bytes[i], &out);
  }
  return out;
}

// The first three bytes are spelled in bits: object stores spread requests by the head of a name.
std::string MakeDataFileName() {
  constexpr size_t kNumBinaryBytes = 3;
  const UuidBytes bytes = RandomUuid();
  std::string out;
  for (size_t i = 0; i < kNumBinaryBytes; ++i) {
    for (int bit = 7; bit >= 0; --bit) out.push_back((bytes[i] >> bit & 1) != 0 ? '1' : '0');
  }
  for (size_t i = kNumBinaryBytes; i < bytes.size(); ++i) AppendHex(bytes[i], &out);
  return out + ".lance";
}

}  // namespace lance::table
