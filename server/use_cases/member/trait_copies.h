#pragma once

#include <string>

#include "absl/status/status.h"

// The parameter types.
namespace perigee::domain {
struct Changes;
struct Member;
}  // namespace perigee::domain
namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Copies to `into` what `from` states of facets and kinds, now or later, and what it withdrew,
// except where `into` has a word of its own, also a withdrawal. The ids of the copies are those of
// the unit's revision. kInvalidField (`from`) if `into` would have more than a member may.
absl::Status CopyTraits(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const std::string& program, const domain::Member& from,
                        domain::Member& into, domain::Changes& changes);

// Takes away the copies that CopyTraits made at from.merge_revision, except those that were stated
// anew or withdrawn meanwhile. What was withdrawn meanwhile is withdrawn by `from` too.
absl::Status RemoveCopies(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, domain::Member& from, domain::Member& into,
                          domain::Changes& changes);

}  // namespace perigee::use_cases
