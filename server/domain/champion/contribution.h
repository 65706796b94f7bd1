#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee {
class Zone;
}  // namespace perigee

namespace perigee::domain {

// Values are those of perigee.v1.Contribution.State.
enum class ContributionState : std::uint8_t {
  kSubmitted = 1,
  kInReview,
  kChangesAsked,
  kAccepted,
  kRejected,
  kWithdrawn
};
enum class ContributionMove : std::uint8_t {
  kStartReview = 1,
  kAskForChanges,
  kRevise,
  kAccept,
  kAcceptByRule,
  kReject,
  kWithdraw
};
// Lower case, as refusals show them.
std::string_view NameOf(ContributionState state);
std::string_view NameOf(ContributionMove move);

// A kind of contributions, such as a talk.
struct ContributionKind {
  std::string id;
  std::string display_name;
  std::int64_t credit = 1;    // That an accepted contribution is worth.
  std::string activity_type;  // Of the activities that it becomes.
  bool trusted = false;       // Accepted when it is submitted.
  bool retired = false;       // Nothing is handed in any more.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 28;
  static constexpr std::string_view kTable = "contribution_kind";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<ContributionKind>();

// What a member did elsewhere and hands in.
struct Contribution {
  std::string id;
  MemberKey member;  // Who hands it in.
  std::string kind;
  ContributionState state = ContributionState::kSubmitted;
  std::string date;  // The day in the programme's zone, `2026-11-30`.
  std::int64_t claimed_reach = 0;
  std::string title;
  std::string link;       // May be empty.
  std::string same_link;  // The link as NormalizeLink leaves it.
  std::string evidence;
  std::string reason;       // Of asking for changes, or of the rejection.
  std::int64_t credit = 0;  // That was split. 0: it is not accepted.
  bool by_rule = false;     // It was accepted because its kind is trusted.
  Time create_time{};
  std::optional<Time> decide_time;
  std::optional<Time> credit_time;  // While shares wait to be recorded as activities.
  Revision revision = 0;

  static constexpr int kNumber = 27;
  static constexpr std::string_view kTable = "contribution";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Contribution>();

// An author of a contribution. The first is the member who hands it in.
struct ContributionShare {
  std::string contribution;
  std::int32_t index = 0;
  MemberKey member;
  std::int64_t weight = 1;
  std::int64_t share = 0;  // Of the credit, once the contribution is accepted.
  bool declined = false;   // The member is no author any more.
  Revision activity = 0;   // That records the share. 0: none does.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 29;
  static constexpr std::string_view kTable = "contribution_share";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<ContributionShare>();

inline constexpr std::int64_t kCreditMax = 1'000'000;
inline constexpr std::int64_t kWeightMax = 1000;
inline constexpr std::size_t kCoAuthorsMax = 20;
inline constexpr std::size_t kContributionTitleBytesMax = 200;
inline constexpr std::size_t kLinkBytesMax = 1000;
inline constexpr std::size_t kEvidenceBytesMax = 2000;
inline constexpr int kContributionYearsMax = 2;  // How old a contribution may be.

// The table of moves.
std::span<const Step<ContributionState, ContributionMove>> ContributionMoves();
// Makes the move. kIllegalMove.
absl::Status Make(ContributionMove move, Time now, Contribution& contribution);
// Whether nothing moves it any more and it does not count: its link may be handed in again.
bool IsGone(const Contribution& contribution);
// Whether nothing moves it any more.
bool IsDecided(const Contribution& contribution);

// kInvalidField for a field outside the limits of contribution.proto. Fills in the credit and the
// type first.
absl::Status NormalizeKind(ContributionKind& kind);
// The same for what a member states, except the date. Sets same_link.
absl::Status NormalizeContribution(Contribution& contribution);
// The link in the form in which two of them are compared (contribution.proto). kInvalidField,
// naming `field`, if it is no web address.
absl::StatusOr<std::string> NormalizeLink(std::string_view field, std::string_view link);

// The day of a text such as `2026-11-30`. kInvalidField, naming `field`.
absl::StatusOr<absl::CivilDay> ParseDay(std::string_view field, std::string_view text);
std::string FormatDay(absl::CivilDay day);
// kInvalidField, naming `field`, unless the day is today in the zone or within the last years.
absl::Status CheckAge(std::string_view field, absl::CivilDay day, const Zone& zone, Time now);

// Splits the credit among the authors who did not decline, of whom there must be one. Each share is
// its exact part by weight rounded down; the rest goes one by one to the largest remainders, ties
// to the lowest index.
void SplitCredit(std::int64_t credit, std::span<ContributionShare> authors);

}  // namespace perigee::domain
