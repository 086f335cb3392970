#include "lance/file/explain.h"

#include <cstdio>

#include "lance/encoding/page_writer.h"

namespace lance::file {
namespace {

void CollectExplained(const SchemaField& field, std::vector<const SchemaField*>* out) {
  if (field.is_leaf_column()) return out->push_back(&field);
  for (const SchemaField& child : field.children) CollectExplained(child, out);
}

std::string ReasonOf(const encoding::PageExplanation& page, Goal goal) {
  if (page.candidates.empty()) return "there is nothing to choose: all values are null or one";
  if (page.candidates.size() == 1) return "no other encoding takes these values";
  const encoding::Candidate& best = page.candidates[page.chosen];
  const encoding::Candidate* second = nullptr;
  for (const encoding::Candidate& candidate : page.candidates) {
    if (&candidate == &best) continue;
    if (second == nullptr || candidate.cost < second->cost) second = &candidate;
  }
  char text[160];
  std::snprintf(text, sizeof(text), "%.1f %% of the bytes of %s, %+.1f ns a value to decode",
                100.0 * static_cast<double>(best.encoded_bytes) /
                    static_cast<double>(std::max<uint64_t>(second->encoded_bytes, 1)),
                second->name.c_str(), best.decode_ns_per_value - second->decode_ns_per_value);
  return "cheapest for '" + std::string(ToString(goal)) + "': " + text;
}

}  // namespace

Result<std::vector<EncodingExplanation>> ExplainColumn(
    const SchemaField& field, const std::vector<std::shared_ptr<arrow::Array>>& rows,
    FormatVersion version, Goal goal) {
  ARROW_ASSIGN_OR_RAISE(const auto paths, encoding::ListLeaves(*ToArrowField(field), version));
  std::vector<const SchemaField*> leaves;
  CollectExplained(field, &leaves);
  std::vector<EncodingExplanation> out;
  for (size_t i = 0; i < paths.size() && i < leaves.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(encoding::PageOptions options,
                          encoding::ParsePageOptions(leaves[i]->metadata));
    options.goal = goal;
    options.encode.version = version;
    ARROW_ASSIGN_OR_RAISE(const encoding::PageExplanation page,
                          encoding::ExplainPage(paths[i], rows, options));
    EncodingExplanation leaf;
    leaf.column = paths[i].name;
    leaf.layout = page.layout;
    leaf.num_values = page.num_values;
    leaf.plain_bytes = page.plain_bytes;
    leaf.reason = ReasonOf(page, goal);
    for (size_t c = 0; c < page.candidates.size(); ++c) {
      const encoding::Candidate& from = page.candidates[c];
      leaf.candidates.push_back({from.name, from.encoded_bytes, from.decode_ns_per_value,
                                 from.access_ns, from.cost, c == page.chosen});
    }
    out.push_back(std::move(leaf));
  }
  return out;
}

}  // namespace lance::file
