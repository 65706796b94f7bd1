#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace perigee::simulation {

// What may happen next.
enum class Action : std::uint8_t {
  // Changes, asked of one of the servers; they wait there for a commit.
  kAddMember,
  kSuspend,
  kReinstate,
  kChangeMember,
  kPutRule,
  kRecord,
  kRecordAgain,
  kPost,
  kCapture,
  kVoid,
  kReverse,
  kPutBoard,
  kRedefineBoard,
  kDeleteBoard,
  kClosePeriod,
  kAmendPeriod,
  kRetry,
  // What servers do by themselves.
  kCommit,
  kProject,
  kCatchUp,
  kFollow,
  kWake,
  kExpire,
  kClosePeriods,
  // Questions.
  kRead,
  // The world.
  kWait,
  kTurnBack,
  kBreakStore,
  kBreakCache,
  kInterleave,
  kCrash,
};
inline constexpr int kActions = static_cast<int>(Action::kCrash) + 1;
const char* NameOf(Action action);

// One thing that happens. The numbers stand for all that was left to chance; what each means is the
// action's own, and every number means something, so that any part of a history is a history.
struct Step {
  Action action = Action::kCommit;
  std::array<std::uint16_t, 6> n{};
  bool operator==(const Step&) const = default;
};
struct History {
  int season = 0;  // 0: it begins before clocks go forward, 1: before they go back.
  std::vector<Step> steps;
  bool operator==(const History&) const = default;
};

// The history of a seed. Which actions are likely, and which do not happen at all, is drawn too:
// histories that lack something reach what balanced ones never do.
History Draw(std::uint64_t seed, int steps);

}  // namespace perigee::simulation
