#include "server/domain/rule/rules.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/time/civil_time.h"
#include "server/core/checked.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Cap::Fields() {
  return std::tuple(Plain(1, "id", &Cap::id), Plain(2, "limit", &Cap::limit),
                    Plain(3, "window", &Cap::window), Plain(4, "net", &Cap::net));
}

auto Grant::Fields() {
  return std::tuple(Plain(1, "asset", &Grant::asset), Plain(2, "beneficiary", &Grant::beneficiary),
                    Plain(3, "amount", &Grant::amount),
                    Plain(4, "per_quantity", &Grant::per_quantity), Plain(5, "cap", &Grant::cap),
                    Plain(6, "floor", &Grant::floor));
}

auto Rule::Fields() {
  return std::tuple(
      Key(1, "id", &Rule::id), Key(2, "version", &Rule::version),
      Plain(3, "activity_type", &Rule::activity_type), Plain(4, "grants", &Rule::grants),
      Plain(5, "thanks", &Rule::thanks), Plain(6, "counts_self", &Rule::counts_self),
      Plain(7, "effective_time", &Rule::effective_time), Plain(8, "disabled", &Rule::disabled),
      Plain(9, "create_time", &Rule::create_time));
}
template <>
const RecordType& TypeOf<Rule>() {
  static const RecordTypeFor<Rule> kType;
  return kType;
}
namespace {

absl::Status CheckGrant(const Grant& grant, const std::string& field) {
  PERIGEE_RETURN_IF_ERROR(CheckId(field + ".asset", grant.asset));
  if (grant.amount == 0 || grant.amount > kGrantAmountMax || grant.amount < -kGrantAmountMax) {
    return InvalidField(field + ".amount",
                        "must be within ±" + std::to_string(kGrantAmountMax) + " and not 0");
  }
  if (grant.cap.has_value()) {
    PERIGEE_RETURN_IF_ERROR(CheckId(field + ".cap.id", grant.cap->id));
    if (grant.cap->limit < 0 || grant.cap->limit > kCapLimitMax) {
      return InvalidField(field + ".cap.limit", "must be 0 to " + std::to_string(kCapLimitMax));
    }
  }
  return absl::OkStatus();
}

// The start of the next version of the same rule.
Time EndOf(const Rule& version, std::span<const Rule> versions) {
  Time end = kEndOfTime;
  for (const Rule& other : versions) {
    if (other.id == version.id && other.version > version.version) {
      end = std::min(end, other.effective_time);
    }
  }
  return end;
}

// kInvalidField if `other`, in force until `end`, has the cap of `grant` with other terms.
absl::Status CheckSameCap(const Grant& grant, const std::string& field, const Rule& other,
                          Time end) {
  const auto contradicts = [&](const Grant& theirs) {
    return theirs.cap.has_value() && theirs.asset == grant.asset &&
           theirs.cap->id == grant.cap->id && theirs.cap != grant.cap;
  };
  if (!grant.cap.has_value() || std::ranges::none_of(other.grants, contradicts)) {
    return absl::OkStatus();
  }
  const std::string until = end == kEndOfTime ? "" : " until " + FormatTime(end);
  return InvalidField(field + ".cap", "must be stated as rule " + other.id + " states it" + until +
                                          ": rules agree on a cap while they are in force "
                                          "together, so change them together" +
                                          (until.empty() ? "" : ", or let this one start then"));
}

// The same for the versions of other rules that are in force together with the rule.
absl::Status CheckSharedCaps(const Rule& rule, std::span<const Rule> others) {
  for (const Rule& other : others) {
    const Time end = EndOf(other, others);
    const bool together = !rule.disabled && !other.disabled && other.effective_time < end &&
                          rule.effective_time < end;
    for (std::size_t i = 0; together && i < rule.grants.size(); ++i) {
      PERIGEE_RETURN_IF_ERROR(
          CheckSameCap(rule.grants[i], "grants[" + std::to_string(i) + "]", other, end));
    }
  }
  return absl::OkStatus();
}

// Nil if the activity does not name that beneficiary.
MemberKey BeneficiaryOf(const Activity& activity, Beneficiary beneficiary) {
  return beneficiary == Beneficiary::kActor ? activity.actor : activity.recipient;
}

absl::Status ApplyGrant(const Activity& activity, const Rule& rule, const Grant& grant,
                        const Zone& zone, LedgerUnit& ledger) {
  const MemberKey member = BeneficiaryOf(activity, grant.beneficiary);
  if (member.IsNil()) {
    return absl::OkStatus();
  }
  const auto amount = CheckedMultiply(grant.amount, grant.per_quantity ? activity.quantity : 1);
  if (!amount.has_value()) {
    return Error(Reason::kAmountOverflow, "the grant of rule " + rule.id + " does not fit 64 bits",
                 {{"rule", rule.id}});
  }
  GrantDraft draft;
  draft.member = {.asset = grant.asset, .member = member, .account = {}};
  draft.amount = *amount;
  if (grant.cap.has_value()) {
    draft.cap = CapKey{member, grant.asset, grant.cap->id,
                       CapWindowStart(grant.cap->window, zone, activity.occur_time)};
    draft.cap_limit = grant.cap->limit;
    draft.cap_is_net = grant.cap->net;
  }
  draft.floor = grant.floor;
  draft.effective_time = activity.occur_time;
  draft.activity = activity.revision;
  draft.rule = rule.id;
  draft.rule_version = rule.version;
  return ledger.Grant(draft).status();
}

}  // namespace

absl::Status ValidateRule(const Rule& rule, std::span<const Rule> others) {
  PERIGEE_RETURN_IF_ERROR(CheckId("name", rule.id));
  PERIGEE_RETURN_IF_ERROR(CheckId("activity_type", rule.activity_type));
  if (rule.grants.size() > kGrantsMax) {
    return InvalidField("grants", "must be at most " + std::to_string(kGrantsMax));
  }
  for (std::size_t i = 0; i < rule.grants.size(); ++i) {
    const std::string field = "grants[" + std::to_string(i) + "]";
    PERIGEE_RETURN_IF_ERROR(CheckGrant(rule.grants[i], field));
    PERIGEE_RETURN_IF_ERROR(CheckSameCap(rule.grants[i], field, rule, kEndOfTime));
  }
  return CheckSharedCaps(rule, others);
}

std::vector<const Rule*> RulesInForce(std::span<const Rule> versions, const std::string& type,
                                      Time time) {
  std::map<std::string_view, const Rule*> newest;
  for (const Rule& version : versions) {
    if (version.effective_time <= time) {
      const Rule*& known = newest[version.id];
      if (known == nullptr || known->version < version.version) {
        known = &version;
      }
    }
  }
  std::vector<const Rule*> in_force;
  for (const auto& [id, rule] : newest) {
    // Checked last: a version may be for another activity type than the version before it.
    if (!rule->disabled && rule->activity_type == type) {
      in_force.push_back(rule);
    }
  }
  return in_force;
}

Time CapWindowStart(CapWindow window, const Zone& zone, Time time) {
  const absl::CivilDay day = zone.DayOf(time);
  switch (window) {
    case CapWindow::kDay:
      return zone.StartOf(day);
    case CapWindow::kWeek:
      return zone.StartOf(absl::PrevWeekday(day + 1, absl::Weekday::monday));
    case CapWindow::kMonth:
      return zone.StartOf(absl::CivilDay(absl::CivilMonth(day)));
    case CapWindow::kAllTime:
      break;
  }
  return kBeginningOfTime;
}

absl::Status ApplyRules(const Activity& activity, std::span<const Rule> versions, const Zone& zone,
                        LedgerUnit& ledger, std::vector<Edge>& edges) {
  const bool self = activity.actor == activity.recipient;
  bool thanks = false;
  for (const Rule* rule : RulesInForce(versions, activity.type, activity.occur_time)) {
    if (self && !rule->counts_self) {
      continue;
    }
    thanks = thanks || rule->thanks;
    for (const Grant& grant : rule->grants) {
      PERIGEE_RETURN_IF_ERROR(ApplyGrant(activity, *rule, grant, zone, ledger));
    }
  }
  // Several rules may ask for thanks. The activity still draws only one edge.
  if (thanks && !self && !activity.actor.IsNil() && !activity.recipient.IsNil()) {
    edges.push_back({EdgeKind::kThanks, activity.actor, activity.recipient, activity.revision,
                     activity.occur_time});
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
