#pragma once

#include <string_view>
#include <vector>

#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Somebody other than the members was shown personal data of theirs. The journal entry says who,
// when and by which RPC.
struct PersonalRead {
  // Whose data; none twice. Empty: of every member whom a stream showed.
  std::vector<MemberKey> members;
  Revision revision = 0;

  static constexpr int kNumber = 15;
  static constexpr std::string_view kTable = "personal_read";
  static constexpr bool kAppendOnly = true;
  static auto Fields();
};
template <>
const RecordType& TypeOf<PersonalRead>();

}  // namespace perigee::domain
