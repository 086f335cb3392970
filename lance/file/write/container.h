// The container around the pages: aligned buffers, column metadata, tables and footer.
//
// Bytes:   [page buffers, each at a multiple of 64, padding 'H'][zone statistics][file descriptor]
//          [column metadata...]
//          [u64 position, u64 size per column][u64 position, u64 size per global buffer]
//          [footer: u64 x 3, u32 n_global, u32 n_columns, u16 major, u16 minor, "LANC"]
// Source:  Lance file format 2.x, container.
// Thread-safety: one thread at a time. Nothing is visible before `Finish`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lance/encoding/page_writer.h"
#include "lance/file/schema.h"
#include "lance/io/object_store.h"

namespace lance::file::write {

class ContainerWriter {
 public:
  ContainerWriter(std::unique_ptr<io::ObjectWriter> object, encoding::FormatVersion version,
                  size_t num_columns);

  /// Write the buffers of `page`, the next one of `column`.
  Status WritePage(int32_t column, const encoding::EncodedPage& page);
  /// Write bytes that are no page, aligned like one; returns their position.
  Result<uint64_t> WriteBytes(Bytes bytes);
  /// Write everything behind the pages and make the object visible; returns its size.
  /// \param statistics  as `SerializeStatistics` makes them, empty = none
  Result<uint64_t> Finish(const Schema& schema, uint64_t num_rows, const std::string& statistics);
  Status Abort();

  uint64_t position() const { return object_->position(); }

 private:
  struct Column {
    std::string pages;  // Page messages, serialized as they come
    uint64_t num_rows = 0;
  };
  struct Extent {
    uint64_t position = 0;
    uint64_t size = 0;
  };
  Status WriteText(const std::string& text);
  Status Align();
  Result<Extent> WriteDescriptor(const Schema& schema, uint64_t num_rows, bool has_statistics);
  Result<std::vector<Extent>> WriteColumns();

  std::unique_ptr<io::ObjectWriter> object_;
  encoding::FormatVersion version_;
  std::vector<Column> columns_;
};

}  // namespace lance::file::write
