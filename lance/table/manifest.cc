#include "lance/table/manifest.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "lance/table/wire/fragment_wire.h"
#include "table.pb.h"

namespace lance::table {
namespace {

constexpr size_t kTailBytes = 16;  // [offset of the manifest:u64][major:u16][minor:u16]["LANC"]
constexpr size_t kLengthBytes = 4;
constexpr std::string_view kMagic = "LANC";
constexpr uint16_t kManifestMinor = 2;
constexpr size_t kLargestInlineTransaction = 20 << 20;
constexpr int64_t kLatestSecond = 9'000'000'000;  // nanoseconds of it still fit 64 bits

// The bytes behind a length word at `offset`; they must end before `end`.
Result<Bytes> SectionAt(Bytes file, uint64_t offset, uint64_t end, std::string_view what) {
  LANCE_CHECK_BYTES(RangeFits(offset, kLengthBytes, end), "the ", what,
                    " is said to begin at byte ", offset, ", expected before byte ", end);
  const uint32_t length = LoadUnaligned<uint32_t>(file.data() + offset);
  LANCE_CHECK_BYTES(RangeFits(offset + kLengthBytes, length, end), "the ", what, " at byte ",
                    offset, " is said to be ", length, " bytes long, but only ",
                    end - offset - kLengthBytes, " follow");
  return file.subspan(offset + kLengthBytes, length);
}

struct ManifestBytes {
  uint64_t offset = 0;  // of the length word
  Bytes message;
};

Result<ManifestBytes> FindMessage(Bytes file) {
  LANCE_CHECK_BYTES(file.size() >= kTailBytes + kLengthBytes, "the manifest has ", file.size(),
                    " bytes, expected at least ", kTailBytes + kLengthBytes);
  const uint64_t end = file.size() - kTailBytes;
  const uint8_t* tail = file.data() + end;
  LANCE_CHECK_BYTES(AsText(file.last(kMagic.size())) == kMagic, "at byte ",
                    file.size() - kMagic.size(), ": expected the magic bytes \"LANC\"");
  const uint16_t major = LoadUnaligned<uint16_t>(tail + 8);
  LANCE_CHECK_BYTES(major == 0, "at byte ", end + 8, ": manifest of major version ", major,
                    ", expected 0");
  ManifestBytes out;
  out.offset = LoadUnaligned<uint64_t>(tail);
  ARROW_ASSIGN_OR_RAISE(out.message, SectionAt(file, out.offset, end, "manifest message"));
  LANCE_CHECK_BYTES(out.offset + kLengthBytes + out.message.size() == end,
                    "the manifest message at byte ", out.offset, " is ", out.message.size(),
                    " bytes long, expected ", end - out.offset - kLengthBytes, " up to the tail");
  LANCE_CHECK_BYTES(out.message.size() <= INT32_MAX, "the manifest message has ",
                    out.message.size(), " bytes, expected less than 2 GiB");
  return out;
}

Status ReadSections(Bytes file, uint64_t end, const spec::Manifest& wire, Manifest* out) {
  if (wire.has_index_section()) {
    ARROW_ASSIGN_OR_RAISE(const Bytes section,
                          SectionAt(file, wire.index_section(), end, "index section"));
    out->index_section = AsText(section);
  }
  if (wire.has_transaction_section() || wire.has_transaction_section_old()) {
    const uint64_t offset = wire.has_transaction_section() ? wire.transaction_section()
                                                           : wire.transaction_section_old();
    ARROW_ASSIGN_OR_RAISE(const Bytes section, SectionAt(file, offset, end, "transaction"));
    out->inline_transaction = AsText(section);
  }
  return Status::OK();
}

Result<TimePoint> TimeFromWire(const spec::Timestamp& wire) {
  LANCE_CHECK_BYTES(wire.seconds() >= -kLatestSecond && wire.seconds() <= kLatestSecond &&
                        wire.nanos() >= 0 && wire.nanos() < 1'000'000'000,
                    "the timestamp of ", wire.seconds(), " s and ", wire.nanos(),
                    " ns is out of range");
  const auto since_epoch =
      std::chrono::seconds(wire.seconds()) + std::chrono::nanoseconds(wire.nanos());
  return TimePoint(std::chrono::duration_cast<TimePoint::duration>(since_epoch));
}

// The version that tables without a data_format had.
std::string AssumedFileVersion(const Manifest& manifest) {
  for (const Fragment& fragment : manifest.fragments) {
    for (const DataFile& file : fragment.files) {
      if (file.major == 0 && file.minor < 3) return "0.1";
      if (file.major == 0) return "2.0";
      return internal::Concat(file.major, ".", file.minor);
    }
  }
  return (manifest.writer_flags & kLegacyV2Format) != 0 ? "2.2" : "0.1";
}

Status CheckBases(const Manifest& manifest) {
  std::set<uint32_t> known;
  for (const BasePath& base : manifest.base_paths) known.insert(base.id);
  const auto is_known = [&known](std::optional<uint32_t> id) {
    return !id.has_value() || known.contains(*id);
  };
  for (const Fragment& fragment : manifest.fragments) {
    for (const DataFile& file : fragment.files) {
      LANCE_CHECK_BYTES(is_known(file.base_id), "fragment ", fragment.id, ": data file '",
                        file.path, "' lies in base ", file.base_id.value_or(0),
                        ", which the manifest does not list");
    }
    if (!fragment.deletions.has_value()) continue;
    LANCE_CHECK_BYTES(is_known(fragment.deletions->base_id), "fragment ", fragment.id,
                      ": its deletion file lies in base ", fragment.deletions->base_id.value_or(0),
                      ", which the manifest does not list");
  }
  return Status::OK();
}

Status ReadContent(const spec::Manifest& wire, Manifest* out) {
  std::vector<const spec::Field*> fields;
  for (const spec::Field& field : wire.fields()) fields.push_back(&field);
  const std::map<std::string, std::string> metadata(wire.schema_metadata().begin(),
                                                    wire.schema_metadata().end());
  ARROW_ASSIGN_OR_RAISE(out->schema, file::Schema::FromWire(fields, metadata));

  out->fragments.reserve(static_cast<size_t>(wire.fragments_size()));
  for (const spec::DataFragment& fragment : wire.fragments()) {
    ARROW_ASSIGN_OR_RAISE(Fragment converted, FragmentFromWire(fragment));
    out->fragments.push_back(std::move(converted));
  }
  // Old releases did not keep them sorted.
  std::stable_sort(out->fragments.begin(), out->fragments.end(),
                   [](const Fragment& a, const Fragment& b) { return a.id < b.id; });
  const auto twice =
      std::adjacent_find(out->fragments.begin(), out->fragments.end(),
                         [](const Fragment& a, const Fragment& b) { return a.id == b.id; });
  LANCE_CHECK_BYTES(twice == out->fragments.end(), "there are two fragments with id ", twice->id);
  for (const spec::BasePath& base : wire.base_paths()) {
    BasePath& converted = out->base_paths.emplace_back();
    converted.id = base.id();
    if (base.has_name()) converted.name = base.name();
    converted.is_dataset_root = base.is_dataset_root();
    converted.path = base.path();
  }
  return CheckBases(*out);
}

void ReadPlainFields(const spec::Manifest& wire, Manifest* out) {
  out->version = wire.version();
  out->reader_flags = wire.reader_feature_flags();
  out->writer_flags = wire.writer_feature_flags();
  if (wire.has_max_fragment_id()) out->max_fragment_id = wire.max_fragment_id();
  out->transaction_file = wire.transaction_file();
  if (wire.has_writer_version()) {
    out->writer = WriterVersion{wire.writer_version().library(), wire.writer_version().version()};
  }
  out->next_row_id = wire.next_row_id();
  out->config.insert(wire.config().begin(), wire.config().end());
  out->table_metadata.insert(wire.table_metadata().begin(), wire.table_metadata().end());
  if (wire.has_branch()) out->branch = wire.branch();

  spec::Manifest carried;
  if (wire.has_max_allocated_field_id()) {
    carried.set_max_allocated_field_id(wire.max_allocated_field_id());
  }
  *carried.mutable_clusterings() = wire.clusterings();
  carried.set_max_clustering_id(wire.max_clustering_id());
  out->carried_fields = SerializeMessage(carried);
}

void AppendSection(std::string_view bytes, std::string* out) {
  const uint32_t length = static_cast<uint32_t>(bytes.size());
  out->append(reinterpret_cast<const char*>(&length), sizeof(length));
  out->append(bytes);
}

void WriteTime(TimePoint time, spec::Timestamp* out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  out->set_seconds(seconds.time_since_epoch().count());
  out->set_nanos(static_cast<int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds).count()));
}

void WriteContent(const Manifest& manifest, spec::Manifest* out) {
  std::vector<spec::Field> fields;
  manifest.schema.ToWire(&fields);
  for (spec::Field& field : fields) *out->add_fields() = std::move(field);
  for (const auto& [key, value] : manifest.schema.metadata()) {
    (*out->mutable_schema_metadata())[key] = value;
  }
  for (const Fragment& fragment : manifest.fragments) {
    FragmentToWire(fragment, out->add_fragments());
  }
  for (const BasePath& base : manifest.base_paths) {
    spec::BasePath* converted = out->add_base_paths();
    converted->set_id(base.id);
    if (base.name.has_value()) converted->set_name(*base.name);
    converted->set_is_dataset_root(base.is_dataset_root);
    converted->set_path(base.path);
  }
}

void WritePlainFields(const Manifest& manifest, spec::Manifest* out) {
  out->set_version(manifest.version);
  WriteTime(manifest.timestamp, out->mutable_timestamp());
  out->set_reader_feature_flags(manifest.reader_flags);
  out->set_writer_feature_flags(manifest.writer_flags);
  if (manifest.max_fragment_id.has_value()) out->set_max_fragment_id(*manifest.max_fragment_id);
  out->set_transaction_file(manifest.transaction_file);
  if (manifest.writer.has_value()) {
    out->mutable_writer_version()->set_library(manifest.writer->library);
    out->mutable_writer_version()->set_version(manifest.writer->version);
  }
  out->set_next_row_id(manifest.next_row_id);
  out->mutable_data_format()->set_file_format("lance");
  out->mutable_data_format()->set_version(manifest.data_format_version);
  out->mutable_config()->insert(manifest.config.begin(), manifest.config.end());
  out->mutable_table_metadata()->insert(manifest.table_metadata.begin(),
                                        manifest.table_metadata.end());
  if (manifest.branch.has_value()) out->set_branch(*manifest.branch);
}

}  // namespace

uint64_t Fragment::num_rows() const {
  if (!deletions.has_value()) return physical_rows;
  return physical_rows - std::min(physical_rows, deletions->num_deleted_rows);
}

uint64_t Manifest::num_rows() const {
  uint64_t out = 0;
  for (const Fragment& fragment : fragments) out += fragment.num_rows();
  return out;
}

Result<encoding::FormatVersion> Manifest::file_version() const {
  const std::string& text = data_format_version;
  if (text == "0.1") return encoding::FormatVersion{0, 1};
  const bool known = text == "2.0" || text == "2.1" || text == "2.2" || text == "2.3";
  if (!known)
    return Unsupported("data files of version '", text, "', known are 0.1 and 2.0 to 2.3");
  return encoding::FormatVersion{2, static_cast<uint16_t>(text[2] - '0')};
}

Result<std::shared_ptr<const Manifest>> ParseManifest(Bytes file) {
  ARROW_ASSIGN_OR_RAISE(const ManifestBytes found, FindMessage(file));
  spec::Manifest wire;
  LANCE_CHECK_BYTES(
      wire.ParseFromArray(found.message.data(), static_cast<int>(found.message.size())), "at byte ",
      found.offset + kLengthBytes, ": ", found.message.size(), " bytes are no Manifest message");
  auto out = std::make_shared<Manifest>();
  ReadPlainFields(wire, out.get());
  LANCE_CHECK_BYTES(out->version > 0, "the manifest message at byte ", found.offset,
                    " is of version 0, expected 1 or more");
  ARROW_ASSIGN_OR_RAISE(out->timestamp, TimeFromWire(wire.timestamp()));
  ARROW_RETURN_NOT_OK(ReadContent(wire, out.get()));
  out->data_format_version =
      wire.has_data_format() ? wire.data_format().version() : AssumedFileVersion(*out);
  ARROW_RETURN_NOT_OK(ReadSections(file, found.offset, wire, out.get()));
  return out;
}

Result<std::string> SerializeManifest(const Manifest& manifest, std::string_view transaction) {
  // Offsets may be 0: a present field counts, not its value.
  std::string out;
  spec::Manifest wire;
  (void)wire.MergeFromString(manifest.carried_fields);
  WritePlainFields(manifest, &wire);
  WriteContent(manifest, &wire);
  if (!manifest.index_section.empty()) {
    LANCE_REQUIRE(manifest.index_section.size() <= INT32_MAX, "the index section has ",
                  manifest.index_section.size(), " bytes, which a manifest cannot hold");
    wire.set_index_section(out.size());
    AppendSection(manifest.index_section, &out);
  }
  if (!transaction.empty() && transaction.size() <= kLargestInlineTransaction) {
    wire.set_transaction_section(out.size());
    AppendSection(transaction, &out);
  }
  const uint64_t offset = out.size();
  LANCE_REQUIRE(wire.ByteSizeLong() <= INT32_MAX, "the manifest of ", wire.ByteSizeLong(),
                " bytes is larger than the format allows (2 GiB)");
  AppendSection(SerializeMessage(wire), &out);
  out.append(reinterpret_cast<const char*>(&offset), sizeof(offset));
  const uint16_t versions[] = {0, kManifestMinor};
  out.append(reinterpret_cast<const char*>(versions), sizeof(versions));
  out.append(kMagic);
  return out;
}

}  // namespace lance::table
