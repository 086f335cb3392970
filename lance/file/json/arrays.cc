// Columns of JSON.
#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/type.h>

#include "lance/file/jsonb.h"

namespace lance::file {
namespace {

template <typename Texts>
Status AppendBinaries(const Texts& texts, arrow::LargeBinaryBuilder* out) {
  std::string value;
  for (int64_t i = 0; i < texts.length(); ++i) {
    if (texts.IsNull(i)) {
      ARROW_RETURN_NOT_OK(out->AppendNull());
      continue;
    }
    value.clear();
    const Status status = AppendJsonb(texts.GetView(i), &value);
    if (!status.ok()) return WithContext(status, internal::Concat("row ", i));
    ARROW_RETURN_NOT_OK(out->Append(value));
  }
  return Status::OK();
}

template <typename Builder>
Result<std::shared_ptr<arrow::Array>> MakeTexts(const arrow::LargeBinaryArray& values,
                                                const std::shared_ptr<arrow::DataType>& type,
                                                arrow::MemoryPool* pool) {
  Builder builder(type, pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(values.length()));
  std::string text;
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    text.clear();
    ARROW_RETURN_NOT_OK(AppendJsonText(AsBytes(values.GetView(i)), &text));
    ARROW_RETURN_NOT_OK(builder.Append(text));
  }
  return builder.Finish();
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> JsonTexts(const arrow::Array& values,
                                                const std::shared_ptr<arrow::DataType>& text_type,
                                                arrow::MemoryPool* pool) {
  LANCE_REQUIRE(values.type_id() == arrow::Type::LARGE_BINARY, "JSONB values have the type ",
                values.type()->ToString(), ", expected large_binary");
  const auto& binaries = static_cast<const arrow::LargeBinaryArray&>(values);
  if (text_type->id() == arrow::Type::LARGE_STRING) {
    return MakeTexts<arrow::LargeStringBuilder>(binaries, text_type, pool);
  }
  LANCE_REQUIRE(text_type->id() == arrow::Type::STRING, "JSON text of type ",
                text_type->ToString());
  return MakeTexts<arrow::StringBuilder>(binaries, text_type, pool);
}

Result<std::shared_ptr<arrow::Array>> JsonBinaries(const arrow::Array& texts,
                                                   arrow::MemoryPool* pool) {
  arrow::LargeBinaryBuilder builder(pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(texts.length()));
  switch (texts.type_id()) {
    case arrow::Type::STRING:
      ARROW_RETURN_NOT_OK(AppendBinaries(static_cast<const arrow::StringArray&>(texts), &builder));
      break;
    case arrow::Type::LARGE_STRING:
      ARROW_RETURN_NOT_OK(
          AppendBinaries(static_cast<const arrow::LargeStringArray&>(texts), &builder));
      break;
    default:
      return InvalidInput("JSON text must be a string, not ", texts.type()->ToString());
  }
  return builder.Finish();
}

}  // namespace lance::file
