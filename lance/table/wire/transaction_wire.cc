#include "lance/table/wire/transaction_wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>
#include <utility>
#include <vector>

#include "lance/table/wire/fragment_wire.h"
#include "table.pb.h"

namespace lance::table {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr uint32_t kFirstOperation = 100;
constexpr uint32_t kLastOperation = 199;
constexpr std::array<std::string_view, 16> kOperationNames = {
    "Append",       "Delete",          "Overwrite",         "CreateIndex", "Rewrite",
    "Merge",        "Restore",         "ReserveFragments",  "Update",      "Project",
    "UpdateConfig", "DataReplacement", "UpdateMemWalState", "Clone",       "UpdateBases",
    "DataOverlay"};

// Number of the operation; kinds of newer releases are unknown to the generated parser, so the
// fields are walked by hand. 0 when there is none or the bytes are malformed.
uint32_t FindOperation(Bytes message) {
  google::protobuf::io::CodedInputStream input(message.data(), static_cast<int>(message.size()));
  uint32_t operation = 0;
  while (const uint32_t tag = input.ReadTag()) {
    const uint32_t number = static_cast<uint32_t>(WireFormatLite::GetTagFieldNumber(tag));
    if (number >= kFirstOperation && number <= kLastOperation) operation = number;
    if (!WireFormatLite::SkipField(&input, tag)) return 0;
  }
  return operation;
}

std::string OperationName(uint32_t operation) {
  if (operation == 0) return "Unknown";
  const uint32_t index = operation - kFirstOperation;
  if (index < kOperationNames.size()) return std::string(kOperationNames[index]);
  return internal::Concat("Unknown(", operation, ")");
}

}  // namespace

Result<OtherTransaction> ReadTransaction(Bytes message) {
  spec::Transaction wire;
  LANCE_CHECK_BYTES(message.size() <= INT32_MAX, "a transaction of ", message.size(),
                    " bytes, expected less than 2 GiB");
  LANCE_CHECK_BYTES(wire.ParseFromArray(message.data(), static_cast<int>(message.size())),
                    message.size(), " bytes are no Transaction message");
  OtherTransaction out;
  out.operation = FindOperation(message);
  out.summary.read_version = wire.read_version();
  out.summary.uuid = wire.uuid();
  out.summary.operation = OperationName(out.operation);
  out.summary.properties.insert(wire.transaction_properties().begin(),
                                wire.transaction_properties().end());
  out.preserves_nullability = (wire.has_merge() && wire.merge().preserves_nullability()) ||
                              (wire.has_project() && wire.project().preserves_nullability());
  return out;
}

Result<TransactionSummary> ParseTransaction(Bytes message) {
  ARROW_ASSIGN_OR_RAISE(OtherTransaction parsed, ReadTransaction(message));
  return std::move(parsed.summary);
}

std::string SerializeTransaction(const Transaction& transaction) {
  spec::Transaction wire;
  wire.set_read_version(transaction.read_version);
  wire.set_uuid(transaction.uuid);
  wire.mutable_transaction_properties()->insert(transaction.properties.begin(),
                                                transaction.properties.end());
  if (transaction.kind == OperationKind::kAppend) {
    auto* append = wire.mutable_append();
    for (const Fragment& fragment : transaction.fragments) {
      FragmentToWire(fragment, append->add_fragments());
    }
    return SerializeMessage(wire);
  }
  auto* overwrite = wire.mutable_overwrite();
  for (const Fragment& fragment : transaction.fragments) {
    FragmentToWire(fragment, overwrite->add_fragments());
  }
  std::vector<spec::Field> fields;
  transaction.schema.ToWire(&fields);
  for (spec::Field& field : fields) *overwrite->add_schema() = std::move(field);
  for (const auto& [key, value] : transaction.schema.metadata()) {
    (*overwrite->mutable_schema_metadata())[key] = value;
  }
  overwrite->mutable_config_upsert_values()->insert(transaction.config.begin(),
                                                    transaction.config.end());
  return SerializeMessage(wire);
}

}  // namespace lance::table
