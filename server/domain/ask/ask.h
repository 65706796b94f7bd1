#pragma once

#include <chrono>
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

// Values are those of perigee.v1.Ask.State.
enum class AskState : std::uint8_t {
  kProposed = 1,
  kReserved,
  kSent,
  kAccepted,
  kDeclined,
  kExpired,
  kDone,
  kThanked,
  kCancelled
};
enum class AskMove : std::uint8_t {
  kReserve = 1,
  kSend,
  kAccept,
  kDecline,
  kComplete,
  kThank,
  kCancel
};
// Lower case, as refusals show them.
std::string_view NameOf(AskState state);
std::string_view NameOf(AskMove move);

// How long an ask may wait for the next move: as a proposal, reserved but not sent, and sent but
// not answered.
inline constexpr auto kAskProposedFor = std::chrono::days(180);
inline constexpr auto kAskReservedFor = std::chrono::days(14);
inline constexpr auto kAskAnsweredWithin = std::chrono::days(30);

inline constexpr std::size_t kAskTextBytesMax = 2000;
inline constexpr std::size_t kAskReasonBytesMax = 2000;

// Something that a team of the programme asks of a member. It holds facts, and its state follows
// from these and the time: see StateOf.
struct Ask {
  std::string id;
  MemberKey member;
  std::string team;    // An id.
  std::string kind;    // An id, such as `review` or `talk`.
  std::string text;    // What the member is asked for.
  Time expire_time{};  // When it ends unless the next move is made before.
  std::optional<Time> reserve_time;
  std::optional<Time> send_time;
  std::optional<Time> answer_time;
  bool accepted = false;  // The answer.
  std::string reason;     // Of the answer. May be empty.
  std::optional<Time> done_time;
  std::optional<Time> thank_time;
  std::optional<Time> cancel_time;
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 21;
  static constexpr std::string_view kTable = "ask";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Ask>();

// The table of moves. Time alone moves proposed, reserved and sent → expired.
std::span<const Step<AskState, AskMove>> AskMoves();

// The state at `now`.
AskState StateOf(const Ask& ask, Time now);
// Whether the member knows of it.
bool IsKnownToMember(const Ask& ask);

// kInvalidField for a team, a kind or a text outside the limits of ask.proto.
absl::Status CheckAsk(std::string_view team, std::string_view kind, std::string_view text);

// kIllegalMove unless the move is open at `now`.
absl::Status CheckMove(const Ask& ask, AskMove move, Time now);
// Makes the move. `reason` is that of an answer. kIllegalMove.
absl::Status Make(AskMove move, std::string_view reason, Time now, Ask& ask);

}  // namespace perigee::domain
