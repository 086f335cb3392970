// Values for tests and benchmarks of codecs, made from a seed.
//
// Ownership: a sample owns its memory; its view borrows it. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lance/encoding/values.h"

namespace lance::encoding::testing {

/// What the values look like.
enum class Style { kRandom, kSmall, kRuns, kZeros, kText };
inline constexpr Style kStyles[] = {Style::kRandom, Style::kSmall, Style::kRuns, Style::kZeros};

class SampleValues {
 public:
  static SampleValues Make(const ValueType& type, int64_t count, Style style, uint64_t seed = 1) {
    SampleValues out;
    out.view_.type = type;
    out.view_.num_values = count;
    std::mt19937_64 random(seed);
    if (type.is_fixed()) {
      out.FillFixed(style, &random);
    } else {
      out.FillVariable(style, &random);
    }
    return out;
  }

  ValueView view() const {
    ValueView out = view_;
    out.data = data_;
    if (!out.type.is_fixed()) {
      out.offsets = out.type.bits == 32 ? static_cast<const void*>(offsets32_.data())
                                        : static_cast<const void*>(offsets64_.data());
    }
    for (const auto& bits : validity_) out.item_validity.emplace_back(bits);
    return out;
  }

 private:
  void FillFixed(Style style, std::mt19937_64* random) {
    const auto count = static_cast<uint64_t>(view_.num_values);
    data_.assign((count * view_.type.bits + 7) / 8, 0);
    const uint64_t width = std::max<uint64_t>(1, view_.type.bits / 8);
    std::vector<uint8_t> value(width, 0);
    uint64_t left = 0;
    for (uint64_t at = 0; style != Style::kZeros && at + width <= data_.size(); at += width) {
      if (left-- == 0) {
        NextValue(style, random, &value);
        left = style == Style::kRuns ? (*random)() % 600 : 0;
      }
      std::copy(value.begin(), value.end(), data_.begin() + static_cast<int64_t>(at));
    }
    if (const uint64_t used = count * view_.type.bits % 8; used != 0) {
      data_.back() &= static_cast<uint8_t>((1 << used) - 1);
    }
    uint64_t items = count;
    for (const ListLayer& layer : view_.type.lists) {
      items *= static_cast<uint64_t>(layer.dimension);
      if (!layer.has_validity) continue;
      std::vector<uint8_t>& bits = validity_.emplace_back((items + 7) / 8);
      for (uint8_t& byte : bits) byte = static_cast<uint8_t>((*random)());
    }
  }
  static void NextValue(Style style, std::mt19937_64* random, std::vector<uint8_t>* value) {
    const size_t used = style == Style::kRandom ? value->size() : (value->size() + 1) / 2;
    for (size_t i = 0; i < used; ++i) (*value)[i] = static_cast<uint8_t>((*random)());
    if (style == Style::kSmall) (*value)[used - 1] &= 0x15;
  }
  void FillVariable(Style style, std::mt19937_64* random) {
    static constexpr std::string_view kWords[] = {
        "lance ", "column", " of the ", "house", ", ", "http://www.", "example", ".com/", "2024-"};
    offsets32_.push_back(0);
    offsets64_.push_back(0);
    for (int64_t i = 0; i < view_.num_values; ++i) {
      if (style == Style::kText) {
        AppendSentence(random);
        continue;
      }
      const uint64_t parts = style == Style::kZeros ? 0 : (*random)() % 6;
      for (uint64_t part = 0; part < parts; ++part) {
        const uint64_t pick = (*random)();
        if (style == Style::kRandom) {
          data_.insert(data_.end(), pick % 9, static_cast<uint8_t>(pick >> 32));
        } else {
          const std::string_view word = kWords[pick % std::size(kWords)];
          data_.insert(data_.end(), word.begin(), word.end());
        }
      }
      PushEnd();
    }
  }
  // 10 to 43 bytes cut from common words, as comments in TPC-H are.
  void AppendSentence(std::mt19937_64* random) {
    static constexpr std::string_view kCommon[] = {
        "furiously ", "special ",  "deposits ",    "sleep ",  "quickly ",   "among ",  "the ",
        "ironic ",    "accounts ", "packages ",    "haggle ", "blithely",   " final ", "requests. ",
        "carefully ", "pending ",  "theodolites ", "nag ",    "according ", "to ",     "express ",
        "foxes ",     "bold ",     "pinto ",       "beans ",  "regular ",   "ideas ",  "wake, "};
    const size_t end = data_.size() + 10 + (*random)() % 34;
    while (data_.size() < end) {
      const std::string_view word = kCommon[(*random)() % std::size(kCommon)];
      data_.insert(data_.end(), word.begin(), word.end());
    }
    data_.resize(end);
    PushEnd();
  }
  void PushEnd() {
    offsets32_.push_back(static_cast<int32_t>(data_.size()));
    offsets64_.push_back(static_cast<int64_t>(data_.size()));
  }

  ValueView view_;
  std::vector<uint8_t> data_;
  std::vector<int32_t> offsets32_;
  std::vector<int64_t> offsets64_;
  std::vector<std::vector<uint8_t>> validity_;
};

/// Value types that between them reach every codec.
inline std::vector<ValueType> SampleTypes() {
  std::vector<ValueType> out;
  for (uint64_t bits : {1, 8, 16, 24, 32, 64, 128}) out.push_back(ValueType::Fixed(bits));
  out.push_back(ValueType::Variable(32));
  out.push_back(ValueType::Variable(64));
  out.push_back({ValueType::Kind::kFixed, 48, {{3, true}}});
  out.push_back({ValueType::Kind::kFixed, 192, {{3, false}, {2, true}}});
  out.push_back({ValueType::Kind::kFixed, 192, {{3, true}, {2, true}}});
  return out;
}

}  // namespace lance::encoding::testing
