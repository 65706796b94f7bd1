#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
// What drives a member. Values are those of perigee.v1.Motive.
enum class Motive : std::uint8_t {
  kRecognition = 1,
  kAccess,
  kInfluence,
  kLearning,
  kBelonging,
  kHelping,
  kCareer,
  kRewards
};
enum class MemberType : std::uint8_t { kPerson = 1, kStaff, kBot };
enum class Standing : std::uint8_t { kGood = 1, kSuspended };

// Whether a pause that began and ends then has effect. Absent: it never began, or has no end.
inline bool IsPaused(const std::optional<Time>& begin, const std::optional<Time>& end, Time now) {
  return begin.has_value() && (!end.has_value() || now < *end);
}

struct Member {
  MemberKey key;
  std::string id;
  std::string display_name;
  // The kinds and facets of the moment: see Trait. Ascending, no doubles.
  std::vector<StakeholderKind> kinds;
  std::vector<std::string> facets;
  MemberType type = MemberType::kPerson;
  Standing standing = Standing::kGood;
  bool board_opt_out = false;
  Time join_time{};
  Time create_time{};
  Time update_time{};
  std::vector<Motive> motives;         // Ascending, no doubles.
  std::optional<Time> pause_time;      // When the pause began. Absent: there is none.
  std::optional<Time> pause_end_time;  // From then on the pause has no effect.
  std::string handle;                  // May be empty.
  std::string handle_key;              // CaselessKey of the handle: unique unless it is empty.
  // Who invited the member: nobody is their own inviter, directly or through others. Nil: no
  // member. That member may be gone.
  MemberKey inviter;
  // The member that is the same person, and stands for this one. Nil: not merged. See
  // MergedMembers.
  MemberKey merged_into;
  Revision merge_revision = 0;  // At which it was merged. 0: not merged.
  // The titles that the person has at the moment: see Appointment. Ascending, no doubles.
  std::vector<std::string> titles;
  // What the member agrees to be asked for: see LimitOf and MayBeAsked of ask_budget.h.
  std::optional<int> ask_limit;  // Absent: as many as the programme allows.
  bool do_not_ask = false;
  // The badges that the person has at the moment: see BadgeGrant. Ascending, no doubles.
  std::vector<std::string> badges;
  // The levels that the person has reached and keeps, as `scheme/level`: see TiersOf of
  // tier_standing.h. Ascending, no doubles.
  std::vector<std::string> tiers;
  Revision revision = 0;

  bool IsMerged() const { return !merged_into.IsNil(); }

  bool IsPaused(Time now) const { return domain::IsPaused(pause_time, pause_end_time, now); }

  static constexpr int kNumber = 4;
  static constexpr std::string_view kTable = "member";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Member>();

inline constexpr std::size_t kFacetsMax = 64;
inline constexpr std::size_t kHandleBytesMax = 64;

// kInvalidField for a field outside the limits of member.proto. Sorts kinds, facets and
// motives first, and sets handle_key.
absl::Status NormalizeMember(Member& member);

// kMemberSuspended / kMemberNotSuspended if the member is already in that state.
absl::Status Suspend(Member& member, Time now);
absl::Status Reinstate(Member& member, Time now);

// Begins a pause or gives the running one another end; without an end, it lasts until Resume.
// kInvalidField (`end_time`) for an end that is not in the future.
absl::Status Pause(Member& member, std::optional<Time> end, Time now);
void Resume(Member& member, Time now);

}  // namespace perigee::domain
