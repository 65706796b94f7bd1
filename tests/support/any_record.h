#pragma once

#include <cstdint>

#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"

namespace perigee::tests {

// A record of that kind, every field of which is drawn from `seed`; a few seeds share a key. All
// that it says of members is of `member`; what is due is due in 2026.
domain::RecordChange AnyRecord(const domain::RecordType& type, std::uint64_t seed,
                               const domain::MemberKey& member, std::int64_t revision);

// Puts one of each kind that tests do not write by hand, so that a new kind is tried as soon as it
// is in the list of all.
void PutOtherRecords(std::uint64_t seed, const domain::MemberKey& member, std::int64_t revision,
                     domain::RecordChanges& changes);

}  // namespace perigee::tests
