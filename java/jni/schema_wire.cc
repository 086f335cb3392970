#include "java/jni/schema_wire.h"

#include <arrow/c/abi.h>
#include <arrow/c/bridge.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <bit>
#include <deque>
#include <string_view>

namespace lance::jni {
namespace {

constexpr uint8_t kNullable = 1;
constexpr uint8_t kExact = 2;
constexpr int kMaxDepth = 64;

uint32_t BigEndian(uint32_t value) { return __builtin_bswap32(value); }

class SchemaWriter {
 public:
  void Number(size_t value) {
    const uint32_t big = BigEndian(static_cast<uint32_t>(value));
    out_.append(reinterpret_cast<const char*>(&big), sizeof(big));
  }
  void Text(std::string_view text) {
    Number(text.size());
    out_.append(text);
  }
  void Flags(uint8_t flags) { out_.push_back(static_cast<char>(flags)); }

  void Field(const ArrowSchema& field, bool exact) {
    Text(field.name == nullptr ? "" : field.name);
    Text(field.format);
    const bool nullable = (field.flags & ARROW_FLAG_NULLABLE) != 0;
    Flags((nullable ? kNullable : 0) | (exact ? kExact : 0));
    Metadata(field.metadata);
    Number(field.n_children);
    for (int64_t i = 0; i < field.n_children; ++i) Field(*field.children[i], true);
  }

  std::string Take() { return std::move(out_); }

 private:
  // The C form: [count:i32] { [length:i32] key [length:i32] value }, in native order.
  void Metadata(const char* encoded) {
    if (encoded == nullptr) return Number(0);
    const auto count = LoadUnaligned<int32_t>(encoded);
    encoded += sizeof(int32_t);
    Number(count);
    for (int32_t i = 0; i < 2 * count; ++i) {
      const auto length = LoadUnaligned<int32_t>(encoded);
      Text({encoded + sizeof(int32_t), static_cast<size_t>(length)});
      encoded += sizeof(int32_t) + length;
    }
  }

  std::string out_;
};

class SchemaParser {
 public:
  explicit SchemaParser(Bytes wire) : cursor_(wire, "schema message") {}

  Result<arrow::FieldVector> Fields(int depth) {
    LANCE_CHECK_BYTES(depth < kMaxDepth, "schema message: more than ", kMaxDepth, " levels");
    ARROW_ASSIGN_OR_RAISE(const uint32_t count, Number());
    arrow::FieldVector out;
    for (uint32_t i = 0; i < count; ++i) {
      ARROW_ASSIGN_OR_RAISE(auto field, Field(depth));
      out.push_back(std::move(field));
    }
    return out;
  }

  Status ExpectEnd() const {
    LANCE_CHECK_BYTES(cursor_.remaining() == 0, "schema message: ", cursor_.remaining(),
                      " bytes behind the fields");
    return Status::OK();
  }

 private:
  Result<uint32_t> Number() {
    ARROW_ASSIGN_OR_RAISE(const auto big, cursor_.Read<uint32_t>());
    return BigEndian(big);
  }
  Result<std::string> Text() {
    ARROW_ASSIGN_OR_RAISE(const uint32_t length, Number());
    ARROW_ASSIGN_OR_RAISE(const Bytes bytes, cursor_.Take(length));
    return std::string(AsText(bytes));
  }

  Result<std::shared_ptr<arrow::Field>> Field(int depth) {
    ARROW_ASSIGN_OR_RAISE(std::string name, Text());
    ARROW_ASSIGN_OR_RAISE(const std::string format, Text());
    ARROW_ASSIGN_OR_RAISE(const auto flags, cursor_.Read<uint8_t>());
    ARROW_ASSIGN_OR_RAISE(const uint32_t num_entries, Number());
    auto metadata = std::make_shared<arrow::KeyValueMetadata>();
    for (uint32_t i = 0; i < num_entries; ++i) {
      ARROW_ASSIGN_OR_RAISE(std::string key, Text());
      ARROW_ASSIGN_OR_RAISE(std::string value, Text());
      metadata->Append(std::move(key), std::move(value));
    }
    ARROW_ASSIGN_OR_RAISE(auto children, Fields(depth + 1));
    ARROW_ASSIGN_OR_RAISE(auto type, Type(format, children));
    return arrow::field(std::move(name), std::move(type), (flags & kNullable) != 0,
                        num_entries > 0 ? metadata : nullptr);
  }

  // Arrow's own importer understands the format texts.
  static Result<std::shared_ptr<arrow::DataType>> Type(const std::string& format,
                                                       const arrow::FieldVector& children) {
    std::vector<ArrowSchema> exported(children.size());
    std::vector<ArrowSchema*> pointers;
    Status status;
    size_t num_exported = 0;
    for (; num_exported < children.size() && status.ok(); ++num_exported) {
      status = arrow::ExportField(*children[num_exported], &exported[num_exported]);
      pointers.push_back(&exported[num_exported]);
    }
    ArrowSchema root{};
    root.format = format.c_str();
    root.name = "";
    root.flags = ARROW_FLAG_NULLABLE;
    root.n_children = static_cast<int64_t>(children.size());
    root.children = pointers.data();
    root.release = [](ArrowSchema* schema) {
      for (int64_t i = 0; i < schema->n_children; ++i) {
        if (schema->children[i]->release != nullptr) {
          schema->children[i]->release(schema->children[i]);
        }
      }
      schema->release = nullptr;
    };
    if (!status.ok()) {
      root.n_children = static_cast<int64_t>(num_exported) - 1;
      root.release(&root);
      return status;
    }
    auto type = arrow::ImportType(&root);
    if (!type.ok()) {
      return InvalidInput("Arrow type '", format, "': ", type.status().message());
    }
    return type;
  }

  ByteCursor cursor_;
};

}  // namespace

Result<std::string> SerializeSchema(const arrow::Schema& schema, const std::vector<bool>& exact) {
  SchemaWriter writer;
  writer.Number(schema.num_fields());
  for (int i = 0; i < schema.num_fields(); ++i) {
    ArrowSchema exported{};
    ARROW_RETURN_NOT_OK(arrow::ExportField(*schema.field(i), &exported));
    writer.Field(exported, exact[i]);
    exported.release(&exported);
  }
  return writer.Take();
}

Result<std::shared_ptr<arrow::Schema>> ParseSchema(Bytes wire) {
  SchemaParser parser(wire);
  ARROW_ASSIGN_OR_RAISE(auto fields, parser.Fields(0));
  ARROW_RETURN_NOT_OK(parser.ExpectEnd());
  return arrow::schema(std::move(fields));
}

}  // namespace lance::jni
