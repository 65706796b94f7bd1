#pragma once

#include <cstdint>

namespace perigee::domain {

// The journal sequence at which a change became true, from 1 in each programme; 0: never yet.
using Revision = std::int64_t;

}  // namespace perigee::domain
