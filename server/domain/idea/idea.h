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

// Values are those of perigee.v1.Idea.State.
enum class IdeaState : std::uint8_t { kNew = 1, kConsidered, kPlanned, kShipped, kDeclined };
enum class IdeaMove : std::uint8_t { kConsider = 1, kPlan, kShip, kDecline };
// Lower case, as refusals show them.
std::string_view NameOf(IdeaState state);
std::string_view NameOf(IdeaMove move);

// What a member wishes of the product. Its votes are records of their own and are counted when
// somebody asks, so that no count can differ from them.
struct Idea {
  Revision id = 0;   // At which it was handed in.
  MemberKey member;  // The author.
  std::string item;  // The insider item that it is about. Empty: none.
  IdeaState state = IdeaState::kNew;
  std::string title;
  std::string text;    // May be empty.
  std::string reason;  // Of the last move. May be empty, except of a decline.
  Time create_time{};
  std::optional<Time> decide_time;  // When it was shipped or declined.
  Revision promise = 0;             // Of thanks, made when it shipped. 0: none.
  Revision revision = 0;

  static constexpr int kNumber = 48;
  static constexpr std::string_view kTable = "idea";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Idea>();

// That a member is for an idea. It goes when it is taken back, and with its member.
struct IdeaVote {
  MemberKey member;
  Revision idea = 0;
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 49;
  static constexpr std::string_view kTable = "idea_vote";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<IdeaVote>();

inline constexpr std::size_t kIdeaTitleBytesMax = 200;
inline constexpr std::size_t kIdeaTextBytesMax = 4000;
inline constexpr std::size_t kIdeaReasonBytesMax = 2000;
// How many ideas of a person may wait for a decision, so that nobody fills the list alone.
inline constexpr int kOpenIdeasMax = 50;
// How long the brand has to thank for an idea that ships.
inline constexpr std::chrono::days kIdeaThanksDefault{30};
inline constexpr std::chrono::days kIdeaThanksMax{366};

// kInvalidField (`idea.title`, `idea.text`) outside the limits.
absl::Status CheckIdea(const Idea& idea);

// The table of moves.
std::span<const Step<IdeaState, IdeaMove>> IdeaMoves();
// Whether nothing moves it any more.
bool IsDecided(const Idea& idea);
// Makes the move. kInvalidField (`reason`) if it declines without a reason, or if the reason is too
// long; kIllegalMove.
absl::Status Make(IdeaMove move, const std::string& reason, Time now, Idea& idea);

// Whether a person may vote, or take a vote back: kIdeaDecided once the idea is decided, kOwnIdea
// for the author.
absl::Status CheckVote(const Idea& idea, bool is_author);

// What the brand owes to the author of an idea that ships, in words. Staff who do not know of items
// read it too, so it has no title of an idea about one.
std::string ThanksOwedFor(const Idea& idea);

}  // namespace perigee::domain
