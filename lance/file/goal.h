// What data files shall be good at: the policy's goals, for rooms that do not know encodings.
#pragma once

#include "lance/encoding/policy.h"

namespace lance::file {

using encoding::Goal;
using encoding::ParseGoal;

}  // namespace lance::file
