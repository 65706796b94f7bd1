#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace perigee::simulation {

// The kinds of steps.
enum class Action : std::uint8_t {
  // Changes that clients ask of a server; they wait there for a commit.
  kAddMember,
  kSuspend,
  kReinstate,
  kChangeMember,
  kEraseMember,
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
  kCloseProgram,
  kReopenProgram,
  kSetTerms,
  kNominate,
  kJudgeNomination,
  kAppoint,
  kMoveAppointment,
  kProposeAsk,
  kMoveAsk,
  kSetAskTerms,
  kThank,
  kWithdrawThanks,
  kRedeem,
  kMoveRedemption,
  kContribute,
  kMoveContribution,
  kSetBadge,
  kGrantBadge,
  kRevokeBadge,
  kSetScheme,
  kLockTier,
  kUnlockTier,
  kRetry,
  // Actions of the servers themselves.
  kCommit,
  kProject,
  kCatchUp,
  kFollow,
  kFollowRules,
  kWake,
  kExpire,
  kClosePeriods,
  kDeleteProgram,
  // Reads.
  kRead,
  // Changes of the world.
  kWait,
  kTurnBack,
  kBreakStore,
  kBreakCache,
  kInterleave,
  kCrash,
};
inline constexpr int kActions = static_cast<int>(Action::kCrash) + 1;
const char* NameOf(Action action);

// The machine that an action is of: what it moves.
enum class Machine : std::uint8_t {
  kBooks,  // Members, the ledger, boards and the programme.
  kNominations,
  kAppointments,
  kAsks,
  kThanks,
  kRedemptions,
  kContributions,
  kBadges,
  kTiers,
};
inline constexpr int kMachines = static_cast<int>(Machine::kTiers) + 1;
const char* NameOf(Machine machine);
Machine MachineOf(Action action);
inline bool IsOfChampions(Action action) {
  return action >= Action::kSetTerms && action <= Action::kMoveContribution;
}
inline bool IsOfRecognition(Action action) {
  return action >= Action::kSetBadge && action <= Action::kUnlockTier;
}

// One step. The numbers stand for all its random choices, and each action reads them in its own
// way. Every number is valid, so that any part of a history is a history.
struct Step {
  Action action = Action::kCommit;
  std::array<std::uint16_t, 6> n{};
  bool operator==(const Step&) const = default;
};
struct History {
  int season = 0;  // 0 begins before clocks go forward, 1 before they go back.
  // The one machine that moves besides the books. kBooks: they alone move. None: all move.
  std::optional<Machine> theme;
  std::vector<Step> steps;
  bool operator==(const History&) const = default;
};

// The history of a seed. The seed also decides its theme, and which actions are likely and which
// are missing: a history without some actions reaches states that a balanced one never does.
History Draw(std::uint64_t seed, int steps);

}  // namespace perigee::simulation
