#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/champions.h"
#include "tests/simulation/history.h"
#include "tests/simulation/recognition.h"

namespace perigee::simulation {

// Plain values for both the server and the model. Times are microseconds since 1970. Members are
// numbers, named `m<number>`. Accounts are `<asset>/m<number>` or `<asset>/<account>`.
using Micros = std::int64_t;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;

using TransferName = std::pair<std::int64_t, int>;  // The revision and the index.

inline constexpr int kMembers = 5;
inline constexpr int kNobody = -1;
// Mostly one of three members, so that their changes meet.
inline int PersonFor(int n) { return n % 8 == 7 ? n / 8 % kMembers : n % 3; }
// `rep` cannot be spent, `acc` has lots of one month, `owe` may fall below zero, and `pts` is
// plain.
inline constexpr const char* kAssets[] = {"rep", "acc", "pts", "owe"};
inline constexpr const char* kZones[] = {"UTC", "America/New_York", "Europe/Berlin",
                                         "Australia/Lord_Howe"};
inline constexpr const char* kProgramZone = "America/New_York";
inline constexpr std::int64_t kCapLimit = 25;

struct Leg {
  std::string debit;
  std::string credit;
  std::int64_t amount = 0;
  std::optional<Micros> expire;
  std::optional<Micros> effective;
};

struct RuleGrant {
  std::string asset;
  bool to_recipient = false;
  std::int64_t amount = 0;
  bool per_quantity = false;
  bool capped = false;  // By kCapLimit a day for each asset.
  std::optional<std::int64_t> floor;
};

struct RuleVersion {
  std::string id;
  std::string type;
  std::vector<RuleGrant> grants;
  bool counts_self = false;
  bool disabled = false;
  std::optional<Micros> effective;
};

struct Event {
  std::string type;
  int actor = kNobody;
  int recipient = kNobody;
  std::int64_t quantity = 1;
  std::string id;
  std::optional<Micros> occur;
  bool device = false;
  bool operator==(const Event&) const = default;
};

enum class Rhythm : std::uint8_t { kAllTime, kDaily, kWeek, kMonth, kQuarter, kRolling };

struct BoardSpec {
  std::string id;
  std::string asset;
  Rhythm rhythm = Rhythm::kAllTime;
  int rolling_days = 0;
  std::string zone;
  int scheme = 0;  // 0: competition, 1: dense, 2: ordinal.
  bool facet = false;
  int kind = 0;  // 0 means every kind.
  int grace_hours = 1;
};

struct MemberSpec {
  bool opt_out = false;
  bool facet = false;
  int kind = 1;
};

// Whether a change is also made in a closed programme.
inline bool WorksInClosed(Action action) {
  return action == Action::kCloseProgram || action == Action::kReopenProgram ||
         action == Action::kEraseMember;
}

// One requested change. Fields that its action does not need stay empty.
struct Operation {
  Action action = Action::kAddMember;
  Micros now = 0;
  std::int64_t request = 0;  // 0 for records, which have a source event.
  int member = kNobody;
  MemberSpec spec;
  std::vector<Leg> legs;
  TransferName target;
  std::int64_t amount = 0;
  RuleVersion rule;
  Event event;
  BoardSpec board;
  std::string period;
  ChampionOrder champion;
  RecognitionOrder recognition;
};

// The content of an operation without its time and its id. A retry has the same content.
std::string Content(const Operation& operation);

}  // namespace perigee::simulation
