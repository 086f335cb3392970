#include "lance/encoding/kernel/byte_stream.h"

#include <cstring>

namespace lance::encoding::kernel {
namespace {

typedef uint8_t ByteVector __attribute__((vector_size(16)));

ByteVector LoadVector(const uint8_t* at) {
  ByteVector out;
  std::memcpy(&out, at, sizeof(out));
  return out;
}

// Interleave the lower or upper halves of two vectors byte by byte.
ByteVector ZipLow(ByteVector a, ByteVector b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
ByteVector ZipHigh(ByteVector a, ByteVector b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}

// Join 16 words: zipping stream i with stream i + width / 2, log2(width) times, sorts the bytes.
template <int width>
void JoinSixteen(const uint8_t* streams, int64_t count, uint8_t* words) {
  ByteVector current[width];
  for (int i = 0; i < width; ++i) current[i] = LoadVector(streams + i * count);
  for (int round = 1; round < width; round *= 2) {
    ByteVector next[width];
    for (int i = 0; i < width / 2; ++i) {
      next[2 * i] = ZipLow(current[i], current[i + width / 2]);
      next[2 * i + 1] = ZipHigh(current[i], current[i + width / 2]);
    }
    for (int i = 0; i < width; ++i) current[i] = next[i];
  }
  std::memcpy(words, current, sizeof(current));
}

template <int width>
void Join(const uint8_t* streams, int64_t count, uint8_t* words) {
  int64_t at = 0;
  for (; at + 16 <= count; at += 16) JoinSixteen<width>(streams + at, count, words + at * width);
  for (; at < count; ++at) {
    for (int i = 0; i < width; ++i) words[at * width + i] = streams[i * count + at];
  }
}

template <int width>
void Split(const uint8_t* words, int64_t count, uint8_t* streams) {
  for (int i = 0; i < width; ++i) {
    for (int64_t at = 0; at < count; ++at) streams[i * count + at] = words[at * width + i];
  }
}

}  // namespace

void JoinByteStreams(const uint8_t* streams, int width, int64_t count, uint8_t* words) {
  return width == 4 ? Join<4>(streams, count, words) : Join<8>(streams, count, words);
}

void SplitByteStreams(const uint8_t* words, int width, int64_t count, uint8_t* streams) {
  return width == 4 ? Split<4>(words, count, streams) : Split<8>(words, count, streams);
}

}  // namespace lance::encoding::kernel
