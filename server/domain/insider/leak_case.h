#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.LeakCase.State.
enum class LeakCaseState : std::uint8_t { kReported = 1, kTriage, kConfirmed, kUnfounded };
enum class LeakCaseMove : std::uint8_t { kStartTriage = 1, kNameSuspect, kConfirm, kDismiss };
// Lower case, as refusals show them.
std::string_view NameOf(LeakCaseState state);
std::string_view NameOf(LeakCaseMove move);

// What staff think and decide about something that got out. Nothing but people moves it: a trace
// (canary_trace.h) writes nothing, and a decision does nothing to anybody.
struct LeakCase {
  Revision id = 0;    // At which it was reported.
  MemberKey suspect;  // Whom a person named. Nil: nobody, and in a case that was unfounded.
  std::string item;   // Empty: it is not known what got out.
  LeakCaseState state = LeakCaseState::kReported;
  std::string summary;         // What got out, where, and how it was found.
  std::string suspect_reason;  // Why the suspect is one.
  std::string reason;          // Of the last move, except of naming.
  // Pseudonyms of principals. Nil: nobody yet, or nobody signs in.
  MemberKey reported_by;
  MemberKey named_by;   // Who named the suspect.
  MemberKey judged_by;  // Who made the decision.
  Time create_time{};
  std::optional<Time> decide_time;
  Revision revision = 0;

  static constexpr int kNumber = 50;
  static constexpr std::string_view kTable = "leak_case";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<LeakCase>();

inline constexpr std::size_t kLeakSummaryBytesMax = 4000;
inline constexpr std::size_t kLeakReasonBytesMax = 2000;

// kInvalidField (`summary`) outside the limits.
absl::Status CheckLeakSummary(std::string_view summary);

// The table of moves.
std::span<const Step<LeakCaseState, LeakCaseMove>> LeakCaseMoves();

// Makes a move of the person `by`. kInvalidField (`reason`) without a reason, except for the start
// of the triage, or for one that is too long; kIllegalMove. A case that is unfounded keeps no
// suspect.
absl::Status StartTriage(std::string reason, LeakCase& leak);
absl::Status Decide(bool confirm, std::string reason, const MemberKey& by, Time now,
                    LeakCase& leak);
// Names a suspect in the place of another one. A nil suspect takes the name back, also without a
// reason.
absl::Status NameSuspect(const MemberKey& suspect, std::string reason, const MemberKey& by,
                         LeakCase& leak);

}  // namespace perigee::domain
