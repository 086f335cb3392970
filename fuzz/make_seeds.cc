// Makes the seed corpora of the fuzz targets:  make_seeds OUT [FILE...]
//
// Codec seeds come from our own encoders. FILEs are data files (.lance), manifests, transactions
// (.txn) and deletion files of any table; they are cut into the parts that the targets take, and of
// each kind of part the smallest is kept. tools/make_fuzz_seeds calls this for many tables.
#include <arrow/array.h>
#include <arrow/buffer.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include "encodings.pb.h"
#include "file.pb.h"
#include "fuzz/column_types.h"
#include "java/jni/schema_wire.h"
#include "lance/dataset/write.h"
#include "lance/encoding/codec.h"
#include "lance/encoding/page_reader.h"
#include "lance/encoding/testing/sample_values.h"
#include "lance/file/jsonb.h"
#include "lance/file/read/assemble.h"
#include "lance/file/reader.h"
#include "lance/file/statistics.h"
#include "lance/io/object_store.h"
#include "lance/query/expression.h"
#include "lance/table/manifest.h"
#include "table.pb.h"

namespace {

namespace encoding = lance::encoding;
namespace spec = lance::spec;
using lance::AsBytes;
using lance::AsText;
using lance::Bytes;
using lance::Status;

constexpr size_t kLargestSeed = 4096;
constexpr size_t kFooterBytes = 40;

template <typename T>
void Put(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// Keeps the smallest seed of each kind.
class Seeds {
 public:
  void Add(const std::string& target, const std::string& kind, std::string seed) {
    if (seed.size() > kLargestSeed) return;
    std::string& kept = by_kind_[{target, kind}];
    if (kept.empty() || seed.size() < kept.size()) kept = std::move(seed);
  }
  void Write(const std::filesystem::path& out) const {
    for (const auto& [place, seed] : by_kind_) {
      std::filesystem::create_directories(out / place.first);
      const size_t hash = std::hash<std::string>()(seed);
      std::ofstream file(out / place.first / ("seed-" + std::to_string(hash)), std::ios::binary);
      file.write(seed.data(), static_cast<std::streamsize>(seed.size()));
    }
  }

 private:
  std::map<std::pair<std::string, std::string>, std::string> by_kind_;
};

// ---- codecs ------------------------------------------------------------------------------------

struct EncodedPart {
  int context = 0;
  uint16_t count = 0;
  encoding::EncodingNode node;
  std::vector<Bytes> buffers;
};

void AddCodecSeed(size_t type, const EncodedPart& part, Seeds* seeds) {
  const auto message = encoding::SerializeEncoding(part.node);
  if (!message.ok()) return;
  std::string out;
  Put<uint8_t>(1, &out);  // version 2.2
  Put<uint8_t>(static_cast<uint8_t>(type), &out);
  Put<uint16_t>(part.count, &out);
  Put<uint8_t>(static_cast<uint8_t>(part.context), &out);
  Put<uint16_t>(static_cast<uint16_t>(message->size()), &out);
  Put<uint8_t>(static_cast<uint8_t>(part.buffers.size()), &out);
  for (size_t i = 0; i + 1 < part.buffers.size(); ++i) {
    Put<uint16_t>(static_cast<uint16_t>(part.buffers[i].size()), &out);
  }
  out += *message;
  for (const Bytes& buffer : part.buffers) out += AsText(buffer);
  seeds->Add("codec", std::to_string(part.context) + encoding::ToString(part.node), out);
  seeds->Add("encoding", encoding::ToString(part.node), *message);
}

Bytes BytesOf(const std::shared_ptr<arrow::Buffer>& buffer, uint64_t size) {
  return {buffer->data(), size};
}

void AddMiniBlock(size_t type, const encoding::MiniBlockValues& values, Seeds* seeds) {
  if (values.chunk_num_values.empty()) return;
  EncodedPart part{0, static_cast<uint16_t>(values.chunk_num_values[0]), values.encoding, {}};
  for (int i = 0; i < values.num_buffers; ++i) {
    part.buffers.push_back(BytesOf(values.data[i], values.sizes[i]));
  }
  AddCodecSeed(type, part, seeds);
}

void AddBlock(size_t type, uint16_t count, const encoding::BlockValues& values, Seeds* seeds) {
  const auto size = static_cast<uint64_t>(values.data->size());
  AddCodecSeed(type, {1, count, values.encoding, {BytesOf(values.data, size)}}, seeds);
}

void AddPerValue(size_t type, const encoding::PerValueValues& values, Seeds* seeds) {
  uint64_t size = values.bits_per_value / 8;
  if (!values.fixed) size = reinterpret_cast<const uint64_t*>(values.offsets->data())[1];
  AddCodecSeed(type, {2, 1, values.encoding, {BytesOf(values.data, size)}}, seeds);
}

void EncodeAll(size_t type, const encoding::ValueView& view, Seeds* seeds) {
  const auto count = static_cast<uint16_t>(view.num_values);
  for (const encoding::Codec* codec : encoding::AllCodecs()) {
    if (codec->encode_mini_block != nullptr) {
      if (auto made = codec->encode_mini_block(view, {}); made.ok()) {
        AddMiniBlock(type, *made, seeds);
        const auto wrapped = encoding::WrapGeneral(*made, {.scheme = 1 + codec->tag % 2});
        if (wrapped.ok()) AddMiniBlock(type, *wrapped, seeds);
      }
    }
    if (codec->encode_block != nullptr) {
      if (auto made = codec->encode_block(view, {}); made.ok()) {
        AddBlock(type, count, *made, seeds);
        const auto wrapped = encoding::WrapGeneral(*made, {.scheme = 1 + codec->tag % 2});
        if (wrapped.ok()) AddBlock(type, count, *wrapped, seeds);
      }
    }
    if (codec->encode_per_value != nullptr) {
      if (auto made = codec->encode_per_value(view, {}); made.ok()) AddPerValue(type, *made, seeds);
    }
  }
}

void AddCodecSeeds(Seeds* seeds) {
  const auto types = encoding::testing::SampleTypes();
  for (size_t type = 0; type < types.size(); ++type) {
    for (const auto style : encoding::testing::kStyles) {
      for (const int64_t count : {3, 64, 300}) {
        const auto sample = encoding::testing::SampleValues::Make(types[type], count, style);
        EncodeAll(type, sample.view(), seeds);
      }
    }
  }
}

// ---- data files --------------------------------------------------------------------------------

struct DataFileParts {
  Bytes file;
  uint16_t minor = 0;
  std::string descriptor;
  std::vector<spec::ColumnMetadata> columns;
};

Bytes RangeOf(Bytes table, size_t index, Bytes file) {
  const auto offset = lance::LoadUnaligned<uint64_t>(table.data() + 16 * index);
  return file.subspan(offset, lance::LoadUnaligned<uint64_t>(table.data() + 16 * index + 8));
}

// Files here are good: they were opened before.
DataFileParts CutDataFile(Bytes file) {
  const uint8_t* footer = file.data() + file.size() - kFooterBytes;
  const Bytes columns = file.subspan(lance::LoadUnaligned<uint64_t>(footer + 8));
  const Bytes globals = file.subspan(lance::LoadUnaligned<uint64_t>(footer + 16));
  DataFileParts out;
  out.file = file;
  out.minor = lance::LoadUnaligned<uint16_t>(footer + 34);
  out.descriptor = AsText(RangeOf(globals, 0, file));
  out.columns.resize(lance::LoadUnaligned<uint32_t>(footer + 28));
  for (size_t i = 0; i < out.columns.size(); ++i) {
    const Bytes message = RangeOf(columns, i, file);
    (void)out.columns[i].ParseFromArray(message.data(), static_cast<int>(message.size()));
  }
  return out;
}

// The number of the value type among those of the target; -1 when it is none of them.
int FindSampleType(const encoding::ValueType& wanted) {
  const auto types = encoding::testing::SampleTypes();
  for (size_t i = 0; i < types.size(); ++i) {
    const bool same_lists = std::equal(
        types[i].lists.begin(), types[i].lists.end(), wanted.lists.begin(), wanted.lists.end(),
        [](const auto& a, const auto& b) { return a.dimension == b.dimension; });
    if (types[i].kind == wanted.kind && types[i].bits == wanted.bits && same_lists) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

// How page_fuzz and column_fuzz name the version; the footer of 2.0 says (0, 3).
uint8_t MinorByte(const DataFileParts& parts) {
  return parts.minor == 1 ? 0 : parts.minor == 2 ? 1 : 2;
}
encoding::FormatVersion VersionOf(const DataFileParts& parts) {
  return {2, static_cast<uint16_t>(parts.minor == 3 ? 0 : parts.minor)};
}

std::string LayoutOf(const spec::Page& page) {
  spec::AnyMessage any;
  (void)any.ParseFromString(page.encoding().direct().encoding());
  return any.value();
}

void AddPageSeed(const DataFileParts& parts, const spec::Page& page, encoding::LeafShape shape,
                 Seeds* seeds) {
  const bool is_array = VersionOf(parts) < encoding::kVersion21;
  if (is_array) shape.ancestors.clear();
  const int type = FindSampleType(shape.values);
  const std::string layout = LayoutOf(page);
  if (type < 0 || page.length() > UINT16_MAX || shape.ancestors.size() > 4) return;
  std::string out;
  Put<uint8_t>(MinorByte(parts), &out);
  Put<uint8_t>(static_cast<uint8_t>(type), &out);
  Put<uint8_t>(static_cast<uint8_t>(shape.ancestors.size()), &out);
  auto kinds = static_cast<uint8_t>(is_array ? static_cast<int>(shape.role) : 0);
  for (size_t i = 0; i < shape.ancestors.size(); ++i) {
    kinds |= static_cast<uint8_t>(shape.ancestors[i] == encoding::AncestorKind::kList) << i;
  }
  Put<uint8_t>(kinds, &out);
  Put<uint16_t>(static_cast<uint16_t>(page.length()), &out);
  Put<uint16_t>(static_cast<uint16_t>(layout.size()), &out);
  Put<uint8_t>(static_cast<uint8_t>(page.buffer_sizes_size()), &out);
  for (const uint64_t size : page.buffer_sizes()) Put<uint16_t>(static_cast<uint16_t>(size), &out);
  out += layout;
  for (int i = 0; i < page.buffer_sizes_size(); ++i) {
    out += AsText(parts.file.subspan(page.buffer_offsets(i), page.buffer_sizes(i)));
  }
  const auto summary = encoding::SummarizePage(AsBytes(layout), VersionOf(parts));
  const std::string kind = summary.ok() ? summary->layout + summary->encoding : "other";
  seeds->Add("page", kind + std::to_string(kinds) + std::to_string(shape.ancestors.size()), out);
}

// A column by itself: its pages move to the start of the input.
void AddColumnSeed(const DataFileParts& parts, spec::ColumnMetadata column,
                   const lance::file::SchemaField& field, Seeds* seeds) {
  std::vector<spec::Field> fields;
  lance::file::Schema({field}, {}).ToWire(&fields);
  spec::FileDescriptor descriptor;
  for (const auto& each : fields) *descriptor.mutable_schema()->add_fields() = each;
  const int type = lance::fuzz::FindColumnType(descriptor.SerializeAsString());
  if (type < 0) return;
  std::string pages;
  std::string kinds;
  for (spec::Page& page : *column.mutable_pages()) {
    for (int i = 0; i < page.buffer_sizes_size(); ++i) {
      const Bytes bytes = parts.file.subspan(page.buffer_offsets(i), page.buffer_sizes(i));
      pages.resize(lance::AlignUp(pages.size(), 64), '\0');
      page.set_buffer_offsets(i, pages.size());
      pages += AsText(bytes);
    }
    if (const auto summary = encoding::SummarizePage(AsBytes(LayoutOf(page)), VersionOf(parts));
        summary.ok()) {
      kinds += summary->layout + summary->encoding;
    }
  }
  const std::string metadata = column.SerializeAsString();
  std::string out;
  Put<uint8_t>(MinorByte(parts), &out);
  Put<uint8_t>(static_cast<uint8_t>(type), &out);
  Put<uint16_t>(static_cast<uint16_t>(metadata.size()), &out);
  if (metadata.size() <= UINT16_MAX) seeds->Add("column", kinds, out + metadata + pages);
}

Status AddDataFile(Bytes bytes, Seeds* seeds) {
  ARROW_ASSIGN_OR_RAISE(auto store, lance::io::OpenStore("memory://seeds"));
  ARROW_RETURN_NOT_OK(store->Put("file.lance", bytes));
  ARROW_ASSIGN_OR_RAISE(auto object, store->Open("file.lance"));
  ARROW_ASSIGN_OR_RAISE(auto reader, lance::file::FileReader::Open(object));
  ARROW_ASSIGN_OR_RAISE(auto columns, reader->OwnColumns());
  const DataFileParts parts = CutDataFile(bytes);
  const std::string whole(AsText(bytes));
  const std::string size = std::to_string(bytes.size() / 700);
  seeds->Add("data_file", size, whole);
  seeds->Add(
      "footer", size,
      whole.substr(whole.size() - kFooterBytes) + whole.substr(0, whole.size() - kFooterBytes));
  seeds->Add("schema", size, std::string("\1\5", 2) + parts.descriptor);
  for (const auto& request : columns) {
    seeds->Add("logical_type", request.field.logical_type, request.field.logical_type);
    std::vector<encoding::LeafShape> shapes;
    ARROW_RETURN_NOT_OK(lance::file::AppendLeafShapes(request.field, &shapes));
    for (size_t i = 0; i < shapes.size(); ++i) {
      const auto& column = parts.columns[static_cast<size_t>(request.leaf_columns[i])];
      for (const auto& page : column.pages()) AddPageSeed(parts, page, shapes[i], seeds);
      if (shapes.size() == 1) AddColumnSeed(parts, column, request.field, seeds);
    }
  }
  const std::vector<bool> exact(columns.size(), true);
  if (auto wire = lance::jni::SerializeSchema(*reader->schema().ToArrow(), exact); wire.ok()) {
    seeds->Add("schema_wire", size, *wire);
  }
  return Status::OK();
}

// ---- tables ------------------------------------------------------------------------------------

Status AddManifest(Bytes file, Seeds* seeds) {
  ARROW_ASSIGN_OR_RAISE(const auto manifest, lance::table::ParseManifest(file));
  const std::string kind = std::to_string(manifest->reader_flags) + "/" +
                           std::to_string(manifest->writer_flags) + "/" +
                           std::to_string(std::min<size_t>(manifest->fragments.size(), 4));
  seeds->Add("manifest", kind, std::string(1, '\0') + std::string(AsText(file)));
  const auto offset = lance::LoadUnaligned<uint64_t>(file.data() + file.size() - 16);
  const Bytes message = file.subspan(offset + 4, file.size() - 20 - offset);
  seeds->Add("manifest", "message " + kind, "\1" + std::string(AsText(message)));
  if (!manifest->inline_transaction.empty()) {
    const auto parsed = lance::table::ParseTransaction(AsBytes(manifest->inline_transaction));
    if (parsed.ok()) seeds->Add("transaction", parsed->operation, manifest->inline_transaction);
  }
  lance::WrittenFragments fragments;
  for (const auto& fragment : manifest->fragments) {
    fragments.fragments.push_back(fragment);
    spec::DataFragment lineage;
    if (!lineage.ParseFromString(fragment.row_lineage) || !lineage.has_inline_row_ids()) continue;
    std::string out;
    Put<uint32_t>(static_cast<uint32_t>(fragment.physical_rows), &out);
    const std::string first = lineage.inline_row_ids().substr(2, 1);
    seeds->Add("row_ids", first, out + lineage.inline_row_ids());
  }
  seeds->Add("fragments", std::to_string(std::min<size_t>(fragments.fragments.size(), 3)),
             lance::SerializeFragments(fragments));
  return Status::OK();
}

void AddDeletions(Bytes file, bool is_bitmap, Seeds* seeds) {
  std::string out;
  Put<uint8_t>(is_bitmap ? 1 : 0, &out);
  Put<uint32_t>(1 << 23, &out);
  Put<uint32_t>(0, &out);
  const std::string head(AsText(file.first(std::min<size_t>(file.size(), 2))));
  seeds->Add("deletions", (is_bitmap ? "bitmap" : "arrow") + head, out + std::string(AsText(file)));
}

void AddTexts(Seeds* seeds) {
  for (const std::string sql :
       {"a > 5 AND b = 'x'", "NOT (a IS NULL OR c < 1.5e3)", "a IN (1, 2, NULL)", "b LIKE 'a%_\\%'",
        "cast(a as string) = '1'", "lower(b) = \"b\" or length(b) >= 3", "d = decimal '1.25'",
        "a between 1 and 2", "-a + 2 * (c - 1) / 3 <> 0", "b is not null", "`a` <=> 3",
        "c = date '2024-01-01'", "contains(b, 'x') and starts_with(b, x'00ff')"}) {
    seeds->Add("filter", sql, sql);
    const auto parsed = lance::query::ParseFilter(sql);
    if (parsed.ok()) seeds->Add("filter", sql + "#", lance::query::SerializeExpression(**parsed));
  }
  for (const std::string json :
       {R"({"branch":null,"version":3,"createdAt":"x","manifestSize":1})",
        R"({"version":18446744073709551615,"branch":"a/b","more":[{"x":[true,false,-1.5e3]}]})",
        R"({"a":"\"\\\/\b\f\n\r\t\u00e9"})"}) {
    seeds->Add("refs", json, json);
  }
  for (const std::string type :
       {"fixed_size_list:fixed_size_list:float:2:3", "fixed_size_binary:16", "decimal:256:40:-3",
        "dict:string:int32:true", "timestamp:ns:Europe/Berlin", "time32:ms", "duration:s",
        "fixed_size_list:lance.bfloat16:8", "fixed_size_list:dict:int32:int8:false:3"}) {
    seeds->Add("logical_type", type, type);
  }
}

void AddJson(Seeds* seeds) {
  for (const std::string text :
       {R"(null)", R"("a\u00e9\n")", R"([1,-2,3.5,1e300,true,false,null])",
        R"({"b":{"x":[{}]},"a":[18446744073709551615,-9223372036854775808,0]})"}) {
    seeds->Add("jsonb", text, text);
    std::string jsonb;
    if (lance::file::AppendJsonb(text, &jsonb).ok()) seeds->Add("jsonb", text + "#", jsonb);
  }
}

void AddStatistics(Seeds* seeds) {
  lance::file::ZoneSerializer numbers({lance::file::ValueOrder::kSigned, 2});
  lance::file::ZoneSerializer texts({lance::file::ValueOrder::kBytes, 0});
  const lance::file::ZoneStatistics number{10, 3, 0, std::string(2, '\1'), std::string(2, '\2')};
  const lance::file::ZoneStatistics text{10, 0, 0, "abc", "abd"};
  numbers.Add({&number, 1});
  texts.Add({&text, 1});
  const std::string columns[] = {numbers.Finish(), "", texts.Finish()};
  seeds->Add("statistics", "whole", lance::file::SerializeStatistics(columns, 10));
  for (const std::string& column : columns) {
    // The target adds the checksum itself.
    if (column.size() > 4) {
      seeds->Add("statistics", column,
                 std::string("\12\0", 2) + column.substr(0, column.size() - 4));
    }
  }
}

Status AddFile(const std::filesystem::path& path, Seeds* seeds) {
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)), {});
  const std::string extension = path.extension();
  if (extension == ".lance") return AddDataFile(AsBytes(content), seeds);
  if (extension == ".manifest") return AddManifest(AsBytes(content), seeds);
  if (extension == ".bin" || extension == ".arrow") {
    AddDeletions(AsBytes(content), extension == ".bin", seeds);
  }
  if (extension == ".txn") {
    ARROW_ASSIGN_OR_RAISE(const auto parsed, lance::table::ParseTransaction(AsBytes(content)));
    seeds->Add("transaction", parsed.operation, content);
  }
  return Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: make_seeds OUT [FILE...]\n";
    return 2;
  }
  Seeds seeds;
  AddCodecSeeds(&seeds);
  AddTexts(&seeds);
  AddStatistics(&seeds);
  AddJson(&seeds);
  for (int i = 2; i < argc; ++i) {
    if (Status status = AddFile(argv[i], &seeds); !status.ok()) {
      std::cerr << argv[i] << ": left out: " << status.message() << "\n";
    }
  }
  seeds.Write(argv[1]);
  return 0;
}
