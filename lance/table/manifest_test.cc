#include "lance/table/manifest.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "lance/base/testing/matchers.h"

namespace lance::table {
namespace {

using lance::testing::HasErrorMessage;
using lance::testing::IsError;
using lance::testing::IsOk;

// Version 2 of a table that the official library 14.0.2 created and appended to.
std::string GoldenManifest() {
  std::ifstream in("lance/table/testdata/append.manifest", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Manifest SomeManifest() {
  Manifest out;
  out.version = 7;
  out.schema = file::Schema::FromArrow(*arrow::schema({arrow::field("a", arrow::int64()),
                                                       arrow::field("b", arrow::utf8())}))
                   .ValueOr(file::Schema());
  out.timestamp = TimePoint(std::chrono::seconds(1'700'000'000));
  out.data_format_version = "2.2";
  out.writer = WriterVersion{"somebody", "1.2"};
  return out;
}

Fragment SomeFragment(uint64_t id) {
  Fragment out;
  out.id = id;
  out.physical_rows = 10;
  DataFile& file = out.files.emplace_back();
  file.path = "f.lance";
  file.field_ids = {0, 1};
  file.column_indices = {0, 1};
  return out;
}

std::string Serialized(const Manifest& manifest) {
  auto bytes = SerializeManifest(manifest, "");
  EXPECT_THAT(bytes, IsOk());
  return bytes.ValueOr("");
}

TEST(Manifest, ReadsWhatTheOfficialWriterWrote) {
  const std::string bytes = GoldenManifest();
  const auto parsed = ParseManifest(AsBytes(bytes));
  ASSERT_THAT(parsed, IsOk());
  const Manifest& manifest = **parsed;
  EXPECT_EQ(manifest.version, 2u);
  EXPECT_EQ(manifest.schema.ToArrow()->ToString(), "c: int32");
  ASSERT_EQ(manifest.fragments.size(), 2u);
  EXPECT_EQ(manifest.fragments[1].id, 1u);
  EXPECT_EQ(manifest.fragments[1].files[0].field_ids, std::vector<int32_t>({0}));
  EXPECT_EQ(manifest.fragments[1].files[0].size_bytes, 342u);
  EXPECT_EQ(manifest.num_rows(), 6u);
  EXPECT_EQ(manifest.max_fragment_id, 1u);
  EXPECT_EQ(manifest.transaction_file, "1-23dc263a-076a-4651-9b2e-a7c8b49017f8.txn");
  EXPECT_EQ(manifest.writer->library, "lance");
  EXPECT_EQ(manifest.data_format_version, "2.2");
  EXPECT_EQ(manifest.inline_transaction.size(), 120u);
}

TEST(Manifest, WritesTheBytesOfTheOfficialWriter) {
  const std::string bytes = GoldenManifest();
  const auto parsed = ParseManifest(AsBytes(bytes));
  ASSERT_THAT(parsed, IsOk());
  const auto again = SerializeManifest(**parsed, (*parsed)->inline_transaction);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(*again, bytes);
}

TEST(Manifest, CarriesEverythingAcross) {
  Manifest manifest = SomeManifest();
  manifest.fragments = {SomeFragment(3), SomeFragment(5)};
  manifest.fragments[0].files[0].base_id = 0;
  manifest.fragments[1].deletions = DeletionFile{DeletionFile::Type::kBitmap, 6, 99, 4, {}};
  manifest.fragments[1].row_lineage = std::string("\x2a\x02\x0a\x00", 4);  // inline row ids
  manifest.reader_flags = 19;
  manifest.writer_flags = 27;
  manifest.max_fragment_id = 8;
  manifest.next_row_id = 1000;
  manifest.config = {{"k", "v"}};
  manifest.table_metadata = {{"owner", "me"}};
  manifest.base_paths = {{0, "away", true, "/elsewhere"}};
  manifest.branch = "side";
  manifest.index_section = "opaque";
  manifest.carried_fields = std::string("\xc0\x01\x05", 3);  // max_allocated_field_id

  const std::string bytes = Serialized(manifest);
  const auto parsed = ParseManifest(AsBytes(bytes));
  ASSERT_THAT(parsed, IsOk());
  const Manifest& back = **parsed;
  EXPECT_EQ(Serialized(back), bytes);
  EXPECT_EQ(back.timestamp, manifest.timestamp);
  EXPECT_EQ(back.fragments[0].files[0].base_id, 0u);
  EXPECT_EQ(back.fragments[1].deletions->id, 99u);
  EXPECT_EQ(back.fragments[1].num_rows(), 6u);
  EXPECT_EQ(back.fragments[1].row_lineage, manifest.fragments[1].row_lineage);
  EXPECT_EQ(back.base_paths[0].name, "away");
  EXPECT_EQ(back.branch, "side");
  EXPECT_EQ(back.index_section, "opaque");
  EXPECT_EQ(back.carried_fields, manifest.carried_fields);
}

TEST(Manifest, SortsFragmentsOfOldReleases) {
  Manifest manifest = SomeManifest();
  manifest.fragments = {SomeFragment(5), SomeFragment(1)};
  const std::string bytes = Serialized(manifest);
  const auto parsed = ParseManifest(AsBytes(bytes));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ((*parsed)->fragments[0].id, 1u);
}

TEST(Manifest, EveryTruncationIsCorruption) {
  const std::string bytes = GoldenManifest();
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THAT(ParseManifest(AsBytes(std::string_view(bytes).substr(0, length))),
                IsError(ErrorCode::Corruption))
        << length;
  }
}

TEST(Manifest, EveryFlippedByteIsAResultOrAnError) {
  const std::string bytes = GoldenManifest();
  int num_errors = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const uint8_t mask : {0x01, 0x80, 0xFF}) {
      std::string broken = bytes;
      broken[i] = static_cast<char>(broken[i] ^ mask);
      const auto parsed = ParseManifest(AsBytes(broken));
      if (parsed.ok()) {
        (void)CheckWritable(**parsed);
        (void)(*parsed)->num_rows();
        continue;
      }
      ++num_errors;
      const ErrorCode code = GetErrorCode(parsed.status());
      EXPECT_TRUE(code == ErrorCode::Corruption || code == ErrorCode::Unsupported)
          << i << ": " << parsed.status().ToString();
    }
  }
  EXPECT_GT(num_errors, 100);
}

TEST(Manifest, SaysWhereAForgedLengthStands) {
  std::string bytes = GoldenManifest();
  bytes[0x7c] = '\xff';  // the length word of the message
  EXPECT_THAT(ParseManifest(AsBytes(bytes)), HasErrorMessage("at byte 124"));
  bytes = GoldenManifest();
  bytes[bytes.size() - 1] = 'K';
  EXPECT_THAT(ParseManifest(AsBytes(bytes)), HasErrorMessage("LANC"));
}

TEST(Manifest, RefusesFilesThatDoNotAddUp) {
  const auto broken = [](const auto& change) {
    Manifest manifest = SomeManifest();
    manifest.fragments = {SomeFragment(0)};
    change(&manifest.fragments[0]);
    const std::string bytes = Serialized(manifest);
    return ParseManifest(AsBytes(bytes)).status();
  };
  EXPECT_THAT(broken([](Fragment* f) { f->files[0].path = "../../etc/passwd"; }),
              IsError(ErrorCode::Corruption));
  EXPECT_THAT(broken([](Fragment* f) { f->files[0].column_indices = {0}; }),
              IsError(ErrorCode::Corruption));
  EXPECT_THAT(broken([](Fragment* f) { f->files[0].column_indices = {1, 1}; }),
              HasErrorMessage("column 1 twice"));
  EXPECT_THAT(broken([](Fragment* f) { f->files[0].base_id = 3; }), HasErrorMessage("base 3"));
  EXPECT_THAT(broken([](Fragment* f) { f->physical_rows = 1ULL << 40; }),
              IsError(ErrorCode::Corruption));
  EXPECT_THAT(broken([](Fragment* f) { f->deletions = DeletionFile{{}, 1, 1, 11, {}}; }),
              HasErrorMessage("11 of its 10 rows"));
  EXPECT_THAT(broken([](Fragment* f) { f->files[0].column_indices = {-1, 0}; }), IsOk());
}

TEST(FeatureFlags, NamesUnknownFlagsByBit) {
  Manifest manifest = SomeManifest();
  manifest.reader_flags = manifest.writer_flags = 64 | (1ULL << 40) | kDeletionFiles;
  const Status status = CheckReadable(manifest);
  EXPECT_THAT(status, IsError(ErrorCode::Unsupported));
  EXPECT_THAT(status, HasErrorMessage("bit 6 (data overlay files), bit 40 (not known"));
}

TEST(FeatureFlags, ReadsMoreThanItWrites) {
  Manifest manifest = SomeManifest();
  manifest.reader_flags = manifest.writer_flags =
      kDeletionFiles | kStableRowIds | kBasePaths | kMixedFileVersions;
  EXPECT_THAT(CheckWritable(manifest), IsOk());
  manifest.reader_flags |= kSpilledRowLineage;
  manifest.writer_flags |= kSpilledRowLineage;
  EXPECT_THAT(CheckReadable(manifest), IsOk());
  EXPECT_THAT(CheckWritable(manifest), HasErrorMessage("bit 11"));
  manifest.reader_flags = 0;
  manifest.writer_flags = 32768;
  EXPECT_THAT(CheckReadable(manifest), IsOk());
  EXPECT_THAT(CheckWritable(manifest), IsError(ErrorCode::Unsupported));
}

TEST(FeatureFlags, RefusesAPairedFlagOfOneSide) {
  Manifest manifest = SomeManifest();
  manifest.writer_flags = kStableRowIds;
  EXPECT_THAT(CheckReadable(manifest), IsError(ErrorCode::Corruption));
}

TEST(FeatureFlags, RefusesLegacyDataFiles) {
  Manifest manifest = SomeManifest();
  manifest.fragments = {SomeFragment(0)};
  manifest.fragments[0].files[0].major = 0;
  manifest.fragments[0].files[0].minor = 1;
  EXPECT_THAT(CheckReadable(manifest), HasErrorMessage("0.1"));
  EXPECT_THAT(CheckReadable(manifest), HasErrorMessage("data_storage_version"));
}

TEST(ManifestName, UnderstandsBothSchemes) {
  EXPECT_EQ(ManifestPath(1, NamingScheme::kV2), "_versions/18446744073709551614.manifest");
  EXPECT_EQ(ManifestPath(12, NamingScheme::kV1), "_versions/12.manifest");
  EXPECT_EQ(ManifestPath(14522086942968158391U, NamingScheme::kV2),
            "_versions/d14522086942968158391.manifest");
  const auto newest = ParseManifestName("18446744073709551614.manifest");
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->version, 1u);
  EXPECT_EQ(newest->scheme, NamingScheme::kV2);
  EXPECT_EQ(ParseManifestName("12.manifest")->version, 12u);
  EXPECT_EQ(
      ParseManifestName(
          std::string_view(ManifestPath(1ULL << 40, NamingScheme::kV2)).substr(sizeof("_versions")))
          ->version,
      1ULL << 40);
}

TEST(ManifestName, IgnoresForeignNames) {
  for (const char* name :
       {"d9223372036854775809.manifest", "9223372036854775809.manifest", "0.manifest",
        "18446744073709551615.manifest", "007.manifest", "1.manifest#1", ".manifest",
        "18446744073709551614.manifest-2b9c", "latest_version_hint.json", ".tmp_x.manifest",
        "+1.manifest", "99999999999999999999.manifest", "00000000000000000001.manifest"}) {
    EXPECT_FALSE(ParseManifestName(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace lance::table
