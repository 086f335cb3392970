#include "lance/file/schema.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "file.pb.h"
#include "lance/base/testing/matchers.h"

namespace lance::file {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

Result<Schema> OverTheWire(const std::vector<spec::Field>& wire) {
  std::vector<const spec::Field*> pointers;
  for (const spec::Field& field : wire) pointers.push_back(&field);
  return Schema::FromWire(pointers, {});
}

spec::Field WireField(const std::string& name, int32_t id, int32_t parent,
                      const std::string& type) {
  spec::Field out;
  out.set_name(name);
  out.set_id(id);
  out.set_parent_id(parent);
  out.set_logical_type(type);
  return out;
}

std::shared_ptr<arrow::Schema> EveryType() {
  using arrow::field;
  const auto point = arrow::struct_({field("x", arrow::date32()), field("y", arrow::float64())});
  return arrow::schema({
      field("n", arrow::null()),
      field("flag", arrow::boolean(), false),
      field("u8", arrow::uint8()),
      field("half", arrow::float16()),
      field("text", arrow::large_utf8()),
      field("bytes", arrow::binary()),
      field("fixed", arrow::fixed_size_binary(5)),
      field("amount", arrow::decimal128(10, -2)),
      field("wide", arrow::decimal256(60, 3)),
      field("at", arrow::timestamp(arrow::TimeUnit::NANO, "+02:00")),
      field("local", arrow::timestamp(arrow::TimeUnit::MICRO)),
      field("t32", arrow::time32(arrow::TimeUnit::MILLI)),
      field("t64", arrow::time64(arrow::TimeUnit::NANO)),
      field("took", arrow::duration(arrow::TimeUnit::SECOND)),
      field("word", arrow::dictionary(arrow::int16(), arrow::utf8())),
      field("vector", arrow::fixed_size_list(arrow::float32(), 4)),
      field("grid", arrow::fixed_size_list(arrow::fixed_size_list(arrow::float32(), 4), 2)),
      field("zoned", arrow::fixed_size_list(arrow::timestamp(arrow::TimeUnit::NANO, "+02:00"), 3)),
      field("points", arrow::fixed_size_list(point, 3)),
      field("list", arrow::list(field("foo", arrow::int32(), false))),
      field("structs", arrow::large_list(point)),
      field("nested", arrow::struct_({field("inner", point, false)})),
      field("map", arrow::map(arrow::utf8(), arrow::list(arrow::int8()))),
      field("note", arrow::utf8(), true, arrow::key_value_metadata({{"k", "v"}})),
  });
}

TEST(Schema, EveryTypeSurvivesTheWire) {
  const auto arrow_schema = EveryType();
  auto schema = Schema::FromArrow(*arrow_schema);
  ASSERT_THAT(schema, IsOk());
  std::vector<spec::Field> wire;
  schema->ToWire(&wire);
  auto back = OverTheWire(wire);
  ASSERT_THAT(back, IsOk());
  EXPECT_TRUE(back->ToArrow()->Equals(*arrow_schema, true)) << back->ToArrow()->ToString(true);
  for (size_t i = 0; i < wire.size(); ++i) EXPECT_EQ(wire[i].id(), static_cast<int32_t>(i));
}

TEST(Schema, WritesFieldsAsTheOfficialWriterDoes) {
  const auto schema = Schema::FromArrow(*EveryType());
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->Find("structs")->logical_type, "large_list.struct");
  EXPECT_EQ(schema->Find("list")->logical_type, "list");
  EXPECT_EQ(schema->Find("grid")->logical_type, "fixed_size_list:fixed_size_list:float:4:2");
  EXPECT_EQ(schema->Find("points")->logical_type, "fixed_size_list:struct:3");
  EXPECT_EQ(schema->Find("at")->logical_type, "timestamp:ns:+02:00");
  EXPECT_EQ(schema->Find("local")->logical_type, "timestamp:us:-");
  EXPECT_EQ(schema->Find("word")->logical_type, "dict:string:int16:false");

  // Field 0 of the worked manifest: name "c", parent -1, "int32", nullable, encoding 1.
  const auto one = Schema::FromArrow(*arrow::schema({arrow::field("c", arrow::int32())}));
  ASSERT_THAT(one, IsOk());
  std::vector<spec::Field> wire;
  one->ToWire(&wire);
  ASSERT_EQ(wire.size(), 1u);
  EXPECT_EQ(wire[0].SerializeAsString(), std::string("\x12\x01"
                                                     "c"
                                                     "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                                     "\x2a\x05"
                                                     "int32"
                                                     "\x30\x01\x38\x01"));
}

TEST(Schema, ExtensionTypesBecomeMetadata) {
  const auto metadata = arrow::key_value_metadata({{"ARROW:extension:name", "lance.json"}});
  const auto schema = Schema::FromArrow(
      *arrow::schema({arrow::field("doc", arrow::large_binary(), true, metadata)}));
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->fields()[0].logical_type, "json");
  std::vector<spec::Field> wire;
  schema->ToWire(&wire);
  EXPECT_EQ(wire[0].extension_name(), "lance.json");
  EXPECT_EQ(wire[0].encoding(), 2);

  const auto text = arrow::key_value_metadata({{"ARROW:extension:name", "arrow.json"}});
  const auto from_text =
      Schema::FromArrow(*arrow::schema({arrow::field("doc", arrow::utf8(), true, text)}));
  ASSERT_THAT(from_text, IsOk());
  EXPECT_EQ(from_text->fields()[0].logical_type, "json");
}

TEST(Schema, ViewsBecomePlainTypes) {
  const auto schema = Schema::FromArrow(*arrow::schema(
      {arrow::field("s", arrow::utf8_view()), arrow::field("b", arrow::binary_view())}));
  ASSERT_THAT(schema, IsOk());
  EXPECT_EQ(schema->fields()[0].type->id(), arrow::Type::STRING);
  EXPECT_EQ(schema->fields()[1].type->id(), arrow::Type::BINARY);
}

TEST(Schema, RefusesWhatLanceCannotName) {
  const std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::run_end_encoded(arrow::int32(), arrow::utf8()),
      arrow::dense_union({arrow::field("a", arrow::int8())}),
      arrow::month_interval(),
      arrow::map(arrow::utf8(), arrow::int8(), true),
      arrow::fixed_size_list(arrow::utf8(), 2),
      arrow::dictionary(arrow::int8(), arrow::timestamp(arrow::TimeUnit::NANO)),
      arrow::smallest_decimal(5, 2),
  };
  for (const auto& type : types) {
    const auto nested = arrow::schema({arrow::field("a", arrow::struct_({{"b", type}}))});
    const auto schema = Schema::FromArrow(*nested);
    EXPECT_THAT(schema, IsError(ErrorCode::Unsupported)) << type->ToString();
    EXPECT_THAT(schema, HasErrorMessage("'a.b'"));
  }
}

TEST(Schema, RefusesBadNames) {
  const auto twice =
      arrow::schema({arrow::field("a", arrow::int8()), arrow::field("a", arrow::int8())});
  EXPECT_THAT(Schema::FromArrow(*twice), IsError(ErrorCode::InvalidInput));
  const auto dot = arrow::schema({arrow::field("a.b", arrow::int8())});
  EXPECT_THAT(Schema::FromArrow(*dot), IsError(ErrorCode::InvalidInput));
}

TEST(Schema, RebuildsTheTreeByParentNotByOrder) {
  auto schema = OverTheWire({WireField("x", 2, 1, "int8"), WireField("top", 0, -1, "string"),
                             WireField("s", 1, -1, "struct"), WireField("y", 5, 1, "int16")});
  ASSERT_THAT(schema, IsOk());
  ASSERT_EQ(schema->fields().size(), 2u);
  EXPECT_EQ(schema->fields()[1].type->ToString(), "struct<x: int8 not null, y: int16 not null>");
  EXPECT_EQ(schema->max_field_id(), 5);
  EXPECT_EQ(schema->FindById(5)->name, "y");
}

TEST(Schema, RefusesBrokenTrees) {
  EXPECT_THAT(OverTheWire({WireField("a", 0, -1, "int8"), WireField("b", 0, -1, "int8")}),
              HasErrorMessage("occurs twice"));
  EXPECT_THAT(OverTheWire({WireField("a", 0, 7, "int8")}), IsError(ErrorCode::Corruption));
  EXPECT_THAT(OverTheWire({WireField("a", 1, 2, "list"), WireField("b", 2, 1, "list")}),
              HasErrorMessage("cycle"));
  EXPECT_THAT(OverTheWire({WireField("a", 1, -1, "list")}), HasErrorMessage("expected one"));
  EXPECT_THAT(OverTheWire({WireField("m", 0, -1, "map"), WireField("e", 1, 0, "struct")}),
              IsError(ErrorCode::Corruption));
  EXPECT_THAT(OverTheWire({WireField("a", 0, -1, "int8"), WireField("b", 1, 0, "int8")}),
              HasErrorMessage("expected none"));
  std::vector<spec::Field> deep;
  for (int i = 0; i < 5000; ++i) deep.push_back(WireField("d", i, i - 1, "struct"));
  EXPECT_THAT(OverTheWire(deep), HasErrorMessage("nested deeper"));
}

TEST(LogicalType, NamesColumnAndUnknownType) {
  const auto schema =
      OverTheWire({WireField("a", 0, -1, "int8"), WireField("b", 1, -1, "tensor:2")});
  EXPECT_THAT(schema, IsError(ErrorCode::Unsupported));
  EXPECT_THAT(schema, HasErrorMessage("column 'b' of type 'tensor:2'"));
}

TEST(LogicalType, RefusesMalformedText) {
  std::string nested;
  for (int i = 0; i < 10000; ++i) nested += "fixed_size_list:";
  for (const std::string& text : std::vector<std::string>{
           "decimal:128:39:2", "decimal:64:5:2", "decimal:128:x:2", "timestamp:h:-", "time32:ns",
           "dict:string:float:false", "dict:string", "fixed_size_binary:-1",
           "fixed_size_binary:9999999999", "fixed_size_list:float", "fixed_size_list:float:-3",
           "fixed_size_list:fixed_size_list:double:2000000000:2000000000", nested + "int8"}) {
    EXPECT_THAT(ParseLogicalType(text), IsError(ErrorCode::Corruption)) << text.substr(0, 80);
  }
}

TEST(Schema, ProjectListsTheColumnsThereAre) {
  const auto schema = Schema::FromArrow(
      *arrow::schema({arrow::field("a", arrow::int8()), arrow::field("b", arrow::int8())}));
  ASSERT_THAT(schema, IsOk());
  const auto projected = schema->Project({"b"});
  ASSERT_THAT(projected, IsOk());
  EXPECT_EQ(projected->fields()[0].id, 1);
  EXPECT_THAT(schema->Project({"c"}), IsError(ErrorCode::ColumnNotFound));
  EXPECT_THAT(schema->Project({"c"}), HasErrorMessage("a, b"));
}

}  // namespace
}  // namespace lance::file
