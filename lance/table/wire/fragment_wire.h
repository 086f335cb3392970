// Fragments as messages of the wire, both ways, and deterministic serialization.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>

#include "lance/table/manifest.h"
#include "table.pb.h"

namespace lance::table {

/// Serialize with map entries in the order of their keys: the same message gives the same bytes.
std::string SerializeMessage(const google::protobuf::MessageLite& message);

/// Corruption, naming the fragment, when numbers do not go together.
Result<Fragment> FragmentFromWire(const spec::DataFragment& wire);
void FragmentToWire(const Fragment& fragment, spec::DataFragment* wire);

}  // namespace lance::table
