#pragma once

#include <string_view>
#include <vector>

#include "server/core/time.h"
#include "server/domain/member/member.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// That somebody was here and left, by an erasure. It leads to nobody: the pseudonyms are those that
// the activities keep. Gravity needs it for dates before.
struct Departure {
  std::vector<MemberKey> members;  // All that were the person.
  Time join_time{};
  Time leave_time{};
  bool staff = false;
  Revision revision = 0;

  static constexpr int kNumber = 31;
  static constexpr std::string_view kTable = "departure";
  static constexpr bool kAppendOnly = true;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Departure>();

// Whether such a member works for the programme, and so is counted apart. Holders of a role also
// do.
bool IsStaff(MemberType type, const std::vector<StakeholderKind>& kinds);

}  // namespace perigee::domain
