#include "lance/encoding/page/layers.h"

namespace lance::encoding::page {
namespace {

bool IsItemLayer(Layer layer) {
  return layer == Layer::kAllValidItem || layer == Layer::kNullableItem;
}

bool HasNullLevel(Layer layer) {
  return layer == Layer::kNullableItem || layer == Layer::kNullableList ||
         layer == Layer::kNullAndEmptyList;
}

bool HasEmptyLevel(Layer layer) {
  return layer == Layer::kEmptyableList || layer == Layer::kNullAndEmptyList;
}

}  // namespace

CanonicalLevels MakeCanonicalLevels(const LeafShape& shape) {
  CanonicalLevels out;
  out.meanings = {{-1, false}, {0, false}};
  out.max_visible = 1;
  bool below_lists = true;
  for (size_t i = 0; i < shape.ancestors.size(); ++i) {
    const int layer = static_cast<int>(i) + 1;
    const bool is_list = shape.ancestors[i] == AncestorKind::kList;
    if (is_list) below_lists = false;
    out.meanings.push_back({layer, false});
    if (below_lists) ++out.max_visible;
    if (is_list) out.meanings.push_back({layer, true});
  }
  return out;
}

Result<PageLayers> MakePageLayers(std::span<const Layer> layers, const LeafShape& shape) {
  LANCE_CHECK_BYTES(layers.size() == shape.ancestors.size() + 1, "a page has ", layers.size(),
                    " layers but its column has ", shape.ancestors.size() + 1);
  PageLayers out;
  out.to_canonical.push_back(0);
  uint16_t canonical = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool is_list = i > 0 && shape.ancestors[i - 1] == AncestorKind::kList;
    LANCE_CHECK_BYTES(is_list != IsItemLayer(layers[i]), "layer ", i, " of a page is of kind ",
                      static_cast<int>(layers[i]), " but the column has a ",
                      is_list ? "list" : "struct or value", " there");
    if (is_list && out.num_lists++ == 0) {
      out.max_visible = static_cast<uint16_t>(out.to_canonical.size() - 1);
    }
    ++canonical;
    if (HasNullLevel(layers[i])) out.to_canonical.push_back(canonical);
    if (!is_list) continue;
    ++canonical;
    if (HasEmptyLevel(layers[i])) out.to_canonical.push_back(canonical);
  }
  out.max_def = static_cast<uint16_t>(out.to_canonical.size() - 1);
  if (out.num_lists == 0) out.max_visible = out.max_def;
  out.has_def = out.max_def > 0;
  out.is_canonical = out.to_canonical.back() == out.max_def;
  return out;
}

}  // namespace lance::encoding::page
