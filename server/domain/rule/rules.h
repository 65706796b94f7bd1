#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/civil_time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.Grant.Beneficiary and perigee.v1.Cap.Window.
enum class Beneficiary : std::uint8_t { kActor = 1, kRecipient };
enum class CapWindow : std::uint8_t { kDay = 1, kWeek, kMonth, kAllTime };

struct Cap {
  std::string id;
  std::int64_t limit = 0;
  CapWindow window = CapWindow::kDay;
  bool net = false;  // Losses by grants that name the cap make room again.
  auto operator<=>(const Cap&) const = default;
  static auto Fields();
};

struct Grant {
  std::string asset;
  Beneficiary beneficiary = Beneficiary::kActor;
  std::int64_t amount = 0;
  bool per_quantity = false;
  std::optional<Cap> cap;
  std::optional<std::int64_t> floor;
  auto operator<=>(const Grant&) const = default;
  static auto Fields();
};

// One version of a rule.
struct Rule {
  std::string id;
  int version = 1;
  std::string activity_type;
  std::vector<Grant> grants;
  bool thanks = false;
  bool counts_self = false;
  Time effective_time = kBeginningOfTime;
  bool disabled = false;
  Time create_time{};
  Revision revision = 0;
  bool operator==(const Rule&) const = default;

  static constexpr int kNumber = 3;
  static constexpr std::string_view kTable = "rule";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Rule>();

inline constexpr std::size_t kGrantsMax = 8;
inline constexpr std::int64_t kGrantAmountMax = 1'000'000'000'000'000;
inline constexpr std::int64_t kCapLimitMax = 1'000'000'000'000'000'000;

// kInvalidField for a field outside the limits of program.proto, named as in the rule
// (`grants[0]`). `others` are all versions of the programme's other rules. While they and this
// rule, which is the newest version of its own, are in force together, they must agree on each cap
// of one asset and id.
absl::Status ValidateRule(const Rule& rule, std::span<const Rule> others);

// The version of each rule for `type` that is in force at `time`, without disabled ones, by rule
// id.
std::vector<const Rule*> RulesInForce(std::span<const Rule> versions, const std::string& type,
                                      Time time);

// The first instant of the cap's window that holds `time`.
Time CapWindowStart(CapWindow window, const Zone& zone, Time time);

// Applies the rules in force to one activity: grants into `ledger`, thanks into `edges`. `versions`
// are all versions of the programme's rules. If actor and recipient are the same member, a grant
// counts only where the rule says so.
absl::Status ApplyRules(const Activity& activity, std::span<const Rule> versions, const Zone& zone,
                        LedgerUnit& ledger, std::vector<Edge>& edges);

}  // namespace perigee::domain
