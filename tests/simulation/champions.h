#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace perigee::simulation {

// What a programme offers its champions. Every programme has these from its beginning on, and each
// may get other terms later.
inline constexpr const char* kTitles[] = {"mvp", "guide"};
inline constexpr const char* kRewards[] = {"stage", "call", "seat"};
inline constexpr const char* kKinds[] = {"talk", "article"};
inline constexpr const char* kLinks[] = {"", "https://example.com/one", "https://example.com/two"};

struct TitleSpec {
  int seats = 1;
  int reviews = 1;
  int renewal_days = 10;
  bool retired = false;
};
struct RewardSpec {
  std::int64_t price = 2;
  std::optional<int> stock;
  bool needs_approval = false;
  bool four_eyes = false;
  bool for_champions = false;  // For those who have the first title.
  int hold_days = 2;
  bool retired = false;
};
struct KindSpec {
  std::int64_t credit = 10;
  bool trusted = false;
  bool retired = false;
};
// How much a member is asked, and may thank.
struct LimitSpec {
  int asks = 2;
  int ask_days = 20;
  int thanks = 2;
  bool thanks_by_month = false;
};

// The asset that a reward costs, the type of activities that a kind becomes, and whether members
// may propose themselves for a title.
inline const char* AssetOfReward(int reward) { return reward == 0 ? "acc" : "pts"; }
inline const char* TypeOfKind(int kind) { return kind == 0 ? "talk" : "t0"; }
inline bool TakesOwnWord(int title) { return title == 0; }

// What is done with a thing that is there.
enum class Deed : std::uint8_t {
  kNone,
  kStartReview,
  kReview,
  kDecide,
  kWithdraw,
  kRenew,
  kSuspend,
  kReinstate,
  kRevoke,
  kResign,
  kReserve,
  kSend,
  kAccept,
  kDecline,
  kComplete,
  kThank,
  kCancel,
  kApprove,
  kFulfil,
  kReject,
  kReturn,
  kAskForChanges,
  kRevise,
};

// The part of an operation that is of champions. Fields that its action does not need stay empty.
struct ChampionOrder {
  int place = 0;            // Of the title, reward or kind.
  std::int64_t target = 0;  // The revision that made the thing.
  Deed deed = Deed::kNone;
  int other = -1;   // The nominator, the judge, the receiver of thanks, or who withdraws.
  int level = 0;    // Of an ask: 0 is proposed, 1 reserved too, 2 sent too.
  int verdict = 0;  // Of a review: 1 for, 2 against, 3 recused. Of a decision: 1 for, 2 against.
  std::int64_t time = 0;  // When a term begins, or a pause ends. 0: now, or there is no pause.
  std::optional<int> limit;
  bool do_not_ask = false;
  bool pauses = false;                                // The member pauses, or ends a pause.
  std::vector<std::pair<int, std::int64_t>> authors;  // Each with a weight, the member first.
  std::int64_t day = 0;
  int link = 0;
  int terms = 0;  // Which terms change: 0 a title's, 1 a reward's, 2 a kind's, 3 the limits.
  TitleSpec title;
  RewardSpec reward;
  KindSpec kind;
  LimitSpec limits;
};

}  // namespace perigee::simulation
