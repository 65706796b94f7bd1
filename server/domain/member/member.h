#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.StakeholderKind.
enum class StakeholderKind : std::uint8_t {
  kCustomer = 1,
  kEmployee,
  kPartner,
  kInfluencer,
  kCitizen,
  kDonor,
  kAlumni,
  kInvestor
};
enum class MemberType : std::uint8_t { kPerson = 1, kStaff, kBot };
enum class Standing : std::uint8_t { kGood = 1, kSuspended };

struct Member {
  MemberKey key;
  std::string id;
  std::string display_name;
  std::vector<StakeholderKind> kinds;  // Ascending, no doubles.
  std::vector<std::string> facets;     // Ascending, no doubles.
  MemberType type = MemberType::kPerson;
  Standing standing = Standing::kGood;
  bool board_opt_out = false;
  Time join_time{};
  Time create_time{};
  Time update_time{};
  Revision revision = 0;

  static constexpr int kNumber = 4;
  static constexpr std::string_view kTable = "member";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Member>();

inline constexpr std::size_t kFacetsMax = 64;

// kInvalidField for a field outside the limits of member.proto. Sorts kinds and facets first.
absl::Status NormalizeMember(Member& member);

// kMemberSuspended / kMemberNotSuspended if the member is already in that state.
absl::Status Suspend(Member& member, Time now);
absl::Status Reinstate(Member& member, Time now);

}  // namespace perigee::domain
