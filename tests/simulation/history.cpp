#include "tests/simulation/history.h"

#include <numeric>

#include "tests/simulation/random.h"

namespace perigee::simulation {
namespace {

struct Likely {
  const char* name = nullptr;
  std::uint32_t weight = 0;
  bool always = false;  // Other actions may be missing in a seed.
};

constexpr std::array<Likely, kActions> kLikely = {{
    {"add-member", 2, true},
    {"suspend", 2},
    {"reinstate", 3},
    {"change-member", 3},
    {"erase-member", 3},
    {"put-rule", 4, true},
    {"record", 30, true},
    {"record-again", 5},
    {"post", 16, true},
    {"capture", 5},
    {"void", 3},
    {"reverse", 8},
    {"put-board", 4, true},
    {"redefine-board", 2},
    {"delete-board", 1},
    {"close-period", 2},
    {"amend-period", 2},
    {"close-program", 1},
    {"reopen-program", 6, true},
    {"set-terms", 3},
    {"nominate", 4},
    {"judge-nomination", 9},
    {"appoint", 4},
    {"move-appointment", 5},
    {"propose-ask", 5},
    {"move-ask", 8},
    {"set-ask-terms", 2},
    {"thank", 6},
    {"withdraw-thanks", 3},
    {"redeem", 6},
    {"move-redemption", 8},
    {"contribute", 4},
    {"move-contribution", 7},
    {"set-badge", 3},
    {"grant-badge", 4},
    {"revoke-badge", 4},
    {"set-scheme", 3},
    {"lock-tier", 4},
    {"unlock-tier", 4},
    {"retry", 8},
    {"commit", 24, true},
    {"project", 28, true},
    {"catch-up", 8, true},
    {"follow", 28, true},
    {"follow-rules", 16, true},
    {"wake", 6, true},
    {"expire", 4},
    {"close-periods", 3},
    {"delete-program", 1},
    {"read", 36, true},
    {"wait", 8, true},
    {"turn-back", 2},
    {"break-store", 5},
    {"break-cache", 8},
    {"interleave", 12},
    {"crash", 2},
}};

// Without members little can happen.
constexpr std::array<Action, 8> kBeginnings = {
    Action::kAddMember, Action::kPutBoard, Action::kAddMember, Action::kPutRule,
    Action::kAddMember, Action::kPutRule,  Action::kRecord,    Action::kPutBoard};

Step Chance(Action action, Random& random) {
  Step step{action, {}};
  for (std::uint16_t& n : step.n) {
    n = static_cast<std::uint16_t>(random.Below(1000));
  }
  return step;
}

// A third of the worlds have all machines, a third the books alone, and a third one machine besides
// the books. Where all machines move, each moves rarely.
std::optional<Machine> DrawTheme(Random& random) {
  switch (random.Below(3)) {
    case 0:
      return std::nullopt;
    case 1:
      return Machine::kBooks;
    default:
      return static_cast<Machine>(1 + random.Below(kMachines - 1));
  }
}

}  // namespace

const char* NameOf(Action action) { return kLikely[static_cast<std::size_t>(action)].name; }

const char* NameOf(Machine machine) {
  static constexpr std::array<const char*, kMachines> kNames = {
      "books",       "nominations",   "appointments", "asks", "thanks",
      "redemptions", "contributions", "badges",       "tiers"};
  return kNames[static_cast<std::size_t>(machine)];
}

Machine MachineOf(Action action) {
  switch (action) {
    case Action::kNominate:
    case Action::kJudgeNomination:
      return Machine::kNominations;
    case Action::kAppoint:
    case Action::kMoveAppointment:
      return Machine::kAppointments;
    case Action::kProposeAsk:
    case Action::kMoveAsk:
    case Action::kSetAskTerms:
      return Machine::kAsks;
    case Action::kThank:
    case Action::kWithdrawThanks:
      return Machine::kThanks;
    case Action::kRedeem:
    case Action::kMoveRedemption:
      return Machine::kRedemptions;
    case Action::kContribute:
    case Action::kMoveContribution:
      return Machine::kContributions;
    case Action::kSetBadge:
    case Action::kGrantBadge:
    case Action::kRevokeBadge:
      return Machine::kBadges;
    case Action::kSetScheme:
    case Action::kLockTier:
    case Action::kUnlockTier:
      return Machine::kTiers;
    default:
      return Machine::kBooks;
  }
}

History Draw(std::uint64_t seed, int steps) {
  Random random(seed);
  History history;
  history.theme = DrawTheme(random);
  std::array<std::uint32_t, kActions> weights{};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::uint32_t luck = random.Below(4);  // 0 leaves an optional action out.
    weights[i] = kLikely[i].weight * (kLikely[i].always ? luck + 1 : luck);
    const Machine machine = MachineOf(static_cast<Action>(i));
    if (history.theme && machine != Machine::kBooks) {
      weights[i] = machine == *history.theme ? kLikely[i].weight * 4 : 0;
    }
  }
  const std::uint32_t sum = std::accumulate(weights.begin(), weights.end(), 0U);
  history.season = static_cast<int>(random.Below(2));
  history.steps.reserve(static_cast<std::size_t>(steps));
  for (int i = 0; i < steps; ++i) {
    if (static_cast<std::size_t>(i) < kBeginnings.size()) {
      history.steps.push_back(Chance(kBeginnings[static_cast<std::size_t>(i)], random));
      continue;
    }
    std::uint32_t at = random.Below(sum);
    std::size_t action = 0;
    while (at >= weights[action]) {
      at -= weights[action++];
    }
    history.steps.push_back(Chance(static_cast<Action>(action), random));
  }
  return history;
}

}  // namespace perigee::simulation
