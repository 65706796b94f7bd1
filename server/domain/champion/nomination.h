#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/champion/title.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.Nomination.State.
enum class NominationState : std::uint8_t {
  kDraft = 1,
  kSubmitted,
  kInReview,
  kAccepted,
  kDeclined,
  kWithdrawn,
  kExpired
};
enum class NominationMove : std::uint8_t {
  kSubmit = 1,
  kJoin,
  kStartReview,
  kReview,
  kAccept,
  kDecline,
  kWithdraw
};
// Lower case, as refusals show them.
std::string_view NameOf(NominationState state);
std::string_view NameOf(NominationMove move);

// How long a nomination may wait: as a draft, and again from its submission on.
inline constexpr auto kNominationOpenFor = std::chrono::days(180);

// The proposal that a member be given a title. Nominators add their voices to it.
struct Nomination {
  std::string id;
  MemberKey member;  // The nominee.
  std::string title;
  NominationState state = NominationState::kDraft;  // The last move's: see StateOf.
  Time expire_time{};
  std::string reason;  // Of the decision.
  Time create_time{};
  std::optional<Time> decide_time;
  Revision revision = 0;

  static constexpr int kNumber = 17;
  static constexpr std::string_view kTable = "nomination";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Nomination>();

// What one nominator says for a nominee.
struct NominationVoice {
  std::string id;
  std::string nomination;
  MemberKey member;     // The nominee.
  MemberKey nominator;  // Nil: staff.
  Nominator kind = Nominator::kStaff;
  std::vector<std::string> questions;  // Of the title, as they were.
  std::vector<std::string> answers;
  Time create_time{};
  std::string candidate_reason;  // Why the nominee was a candidate then: see CandidateReason.
  Revision revision = 0;

  static constexpr int kNumber = 18;
  static constexpr std::string_view kTable = "nomination_voice";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<NominationVoice>();

// Values are those of perigee.v1.NominationReview.Verdict.
enum class Verdict : std::uint8_t { kAccept = 1, kDecline, kRecused };

// What one reviewer says of a nomination.
struct NominationReview {
  std::string id;
  std::string nomination;
  MemberKey member;    // The nominee.
  MemberKey reviewer;  // A pseudonym of the principal. Nil: nobody signs in.
  Verdict verdict = Verdict::kRecused;
  std::string reason;
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 19;
  static constexpr std::string_view kTable = "nomination_review";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<NominationReview>();

// The table of moves.
std::span<const Step<NominationState, NominationMove>> NominationMoves();

// The state at `now`: what nobody has decided by its time has expired.
NominationState StateOf(const Nomination& nomination, Time now);
// Whether it waits for a decision, so that another voice joins it.
bool IsOpen(const Nomination& nomination, Time now);

// Makes the move. kIllegalMove.
absl::Status Make(NominationMove move, Time now, Nomination& nomination);

}  // namespace perigee::domain
