// Page layouts from levels and encoded values: mini-block, full-zip, constant.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lance/encoding/page_write/leaf_page.h"
#include "lance/encoding/page_writer.h"
#include "lance/encoding/policy.h"

namespace lance::encoding::page_write {

/// Add one buffer, in one piece, to a page.
void AddBuffer(std::shared_ptr<arrow::Buffer> buffer, EncodedPage* page);
/// Memory of the levels as a buffer of its own.
Result<std::shared_ptr<arrow::Buffer>> CopyLevels(const std::vector<uint16_t>& levels,
                                                  arrow::MemoryPool* pool);

/// The distinct values of a page whose mini-block values are indices.
struct DictionaryPart {
  BlockValues block;
  uint64_t num_items = 0;
};

/// Put chunks of levels and values together; nullopt when a chunk has too many levels for its
/// header, so that the page must be cut smaller.
///
/// Chunk:   [num_levels:u16][rep_bytes:u16]?[def_bytes:u16]?[size:u16|u32 x num_buffers][pad 8]
///          [rep][pad 8][def][pad 8]([buffer][pad 8])...          padding byte 0xFE
/// Buffers: chunk words, chunks, dictionary?, repetition index?
/// Source:  Lance file format 2.1, mini-block page; u32 words and sizes from 2.2 on
Result<std::optional<EncodedPage>> AssembleMiniBlock(const LeafPage& page,
                                                     const MiniBlockValues& values,
                                                     const DictionaryPart* dictionary,
                                                     const EncodeOptions& options);

/// Put control words and values together, one after the other.
/// Buffers: entries, repetition index? (variable values or lists)
Result<EncodedPage> AssembleFullZip(const LeafPage& page, const PerValueValues& values,
                                    const EncodeOptions& options);
/// Full-zip page of fixed values that lie in memory as the page wants them: no lists, no nulls.
Result<EncodedPage> AssemblePlainFullZip(const LeafPage& page, EncodingNode encoding,
                                         std::vector<std::shared_ptr<arrow::Buffer>> pieces);

/// Page without a value: all visible entries, if any, are null.
Result<EncodedPage> AssembleAllNull(const LeafPage& page, const EncodeOptions& options);

/// Page whose non-null values are all the one at `index` (2.2).
Result<EncodedPage> AssembleConstant(const LeafPage& page, const ValueView& values, int64_t index,
                                     const EncodeOptions& options);

/// Index of a value that all non-null values are equal to, byte by byte; nullopt when they differ.
/// \param nulls  as for `BuildDictionary`
std::optional<int64_t> FindConstant(const ValueView& values, std::span<const uint16_t> nulls);

}  // namespace lance::encoding::page_write
