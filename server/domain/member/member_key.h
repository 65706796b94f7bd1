#pragma once

#include "server/core/uuid.h"

namespace perigee::domain {

// A member's pseudonym: random, and the only thing that append-only records know of a person.
using MemberKey = Uuid;

}  // namespace perigee::domain
