// Bounds of filters, so that neither text nor bytes from outside can exhaust the stack or memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lance::query {

/// Levels of a tree. Chains of AND and OR are one level, however long.
inline constexpr int kMaxFilterDepth = 200;
/// Nodes of a tree that comes as bytes.
inline constexpr size_t kMaxFilterNodes = 1 << 20;
/// Bytes of SQL text.
inline constexpr size_t kMaxFilterTextBytes = 16 << 20;

}  // namespace lance::query
