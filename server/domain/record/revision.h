#pragma once

#include <cstdint>

namespace perigee::domain {

// The journal sequence number of a change, from 1 in each programme. 0: never yet.
using Revision = std::int64_t;

}  // namespace perigee::domain
