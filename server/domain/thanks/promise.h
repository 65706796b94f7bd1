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

// Values are those of perigee.v1.Promise.Kind.
enum class PromiseKind : std::uint8_t { kPromise = 1, kThanks };
// Values are those of perigee.v1.Promise.State.
enum class PromiseState : std::uint8_t { kOpen = 1, kOverdue, kKept, kCancelled };
enum class PromiseMove : std::uint8_t { kKeep = 1, kCancel };
// Lower case, as refusals show them.
std::string_view NameOf(PromiseState state);
std::string_view NameOf(PromiseMove move);

// What the brand owes to a member, until a time: a promise, or thanks.
struct Promise {
  Revision id = 0;   // At which it was made.
  MemberKey member;  // To whom.
  PromiseKind kind = PromiseKind::kPromise;
  std::string text;
  Time due_time{};
  MemberKey made_by;  // The principal's pseudonym. Nil: nobody signs in.
  Time create_time{};
  PromiseState state = PromiseState::kOpen;  // The last move's: see StateOf. Never kOverdue.
  std::optional<Time> end_time;              // When it was kept or cancelled.
  Revision thanks = 0;                       // That settled it. 0: none.
  Revision revision = 0;

  static constexpr int kNumber = 26;
  static constexpr std::string_view kTable = "promise";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Promise>();

inline constexpr std::size_t kPromiseTextBytesMax = 1000;

// Checks a promise that is about to be made. kInvalidField, naming `text` or `due_time`, for a text
// outside its limits and for a time that is not after `now`.
absl::Status CheckPromise(const Promise& promise, Time now);

// The table of moves.
std::span<const Step<PromiseState, PromiseMove>> PromiseMoves();
// The state at `now`: an open promise is overdue from its due time on.
PromiseState StateOf(const Promise& promise, Time now);
// Makes the move. kIllegalMove.
absl::Status Make(PromiseMove move, Time now, Promise& promise);

}  // namespace perigee::domain
