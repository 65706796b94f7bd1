#pragma once

#include <cstdint>
#include <set>

#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"

namespace perigee::tests {

// A record of that kind, with every field drawn from `seed`; some seeds share a key. All its member
// fields are `member`, and due times are in 2026.
domain::RecordChange AnyRecord(const domain::RecordType& type, std::uint64_t seed,
                               const domain::MemberKey& member, std::int64_t revision);

// Puts one record of each kind that tests do not write by hand, nor the caller (`by_hand`). So a
// new kind is tested as soon as it is in the list of all kinds.
void PutOtherRecords(std::uint64_t seed, const domain::MemberKey& member, std::int64_t revision,
                     domain::RecordChanges& changes,
                     const std::set<const domain::RecordType*>& by_hand = {});

}  // namespace perigee::tests
