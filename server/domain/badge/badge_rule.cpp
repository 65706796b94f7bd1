#include "server/domain/badge/badge_rule.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"

namespace perigee::domain {
namespace {

absl::Status CheckTerms(const std::string& field, const std::vector<BadgeTerm>& terms) {
  if (terms.empty() || terms.size() > kBadgeTermsMax) {
    return InvalidField(
        field, absl::StrCat("must be 1 to ", kBadgeTermsMax, " terms where there is no asset"));
  }
  bool gains = false;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::string at = absl::StrCat(field, "[", i, "]");
    PERIGEE_RETURN_IF_ERROR(CheckId(at + ".activity_type", terms[i].type));
    const std::int64_t weight = terms[i].weight;
    if (weight == 0 || weight > kBadgeWeightMax || weight < -kBadgeWeightMax) {
      return InvalidField(at + ".weight",
                          absl::StrCat("must be within ±", kBadgeWeightMax, " and not 0"));
    }
    for (std::size_t other = 0; other < i; ++other) {
      if (terms[other].type == terms[i].type) {
        return InvalidField(at + ".activity_type", "must be named once in a criterion");
      }
    }
    gains |= weight > 0;
  }
  return gains ? absl::OkStatus() : InvalidField(field, "must have a weight above 0");
}

// One fact as it counts for one criterion.
struct Count {
  Time time{};
  TransferId id;  // Of a transfer; an activity has only the revision.
  std::size_t criterion = 0;
  std::int64_t amount = 0;
  std::string group;
  std::string fact;
  Revision activity = 0;
  bool imported = false;

  auto Order() const { return std::tie(time, id, criterion); }
};

class Counting {
 public:
  Counting(const BadgeRule& rule, const Zone& zone, std::span<const MemberKey> person)
      : rule_(rule), zone_(zone), person_(person) {}

  void Add(const Activity& activity) {
    const std::optional<std::string> group = GroupOf(activity.occur_time, activity.object);
    if (!group.has_value()) {
      return;
    }
    for (std::size_t i = 0; i < rule_.criteria.size(); ++i) {
      const BadgeCriterion& criterion = rule_.criteria[i];
      const auto term = std::ranges::find(criterion.terms, activity.type, &BadgeTerm::type);
      if (term != criterion.terms.end() && Has(activity, criterion.role)) {
        counts_.push_back({activity.occur_time,
                           {activity.revision, 0},
                           i,
                           term->weight * activity.quantity,
                           *group,
                           absl::StrCat(activity.revision),
                           activity.revision,
                           activity.imported});
      }
    }
  }

  void Add(const Transfer& transfer) {
    std::int64_t amount = 0;
    for (const ScoreEffect& effect : ScoreEffects(transfer)) {
      amount += IsPerson(effect.member) ? effect.score : 0;
    }
    const std::optional<std::string> group = GroupOf(transfer.effective_time, "");
    if (amount == 0 || !group.has_value()) {
      return;
    }
    for (std::size_t i = 0; i < rule_.criteria.size(); ++i) {
      if (rule_.criteria[i].asset == transfer.debit.asset) {
        counts_.push_back({transfer.effective_time, transfer.id, i, amount, *group,
                           FormatTransferId(transfer.id), transfer.activity.value_or(0), false});
      }
    }
  }

  std::optional<BadgeEvidence> Find() {
    std::ranges::sort(counts_, {}, &Count::Order);
    std::map<std::string, Sums> groups;
    for (std::size_t at = 0; at < counts_.size(); ++at) {
      const Count& count = counts_[at];
      Sums& sums = groups[count.group];
      sums.of.resize(rule_.criteria.size());
      sums.of[count.criterion] += count.amount;
      const bool met = IsMet(sums);
      if (met && !sums.met) {
        sums.since = at;
      }
      sums.met = met;
      if (met && rule_.keeps) {
        return EvidenceAt(at);
      }
    }
    std::optional<std::size_t> first;
    for (const auto& [group, sums] : groups) {
      if (sums.met && (!first.has_value() || sums.since < *first)) {
        first = sums.since;
      }
    }
    return first.has_value() ? std::optional(EvidenceAt(*first)) : std::nullopt;
  }

 private:
  struct Sums {
    std::vector<std::int64_t> of;  // By criterion.
    bool met = false;
    std::size_t since = 0;  // The count with which it was met.
  };

  bool IsPerson(const MemberKey& member) const {
    return !member.IsNil() && std::ranges::find(person_, member) != person_.end();
  }
  bool Has(const Activity& activity, BadgeRole role) const {
    return role == BadgeRole::kActor ? IsPerson(activity.actor)
                                     : IsPerson(activity.recipient) && !IsPerson(activity.actor);
  }
  // nullopt: the fact is in no group.
  std::optional<std::string> GroupOf(Time time, const std::string& object) const {
    switch (rule_.group) {
      case BadgeGroup::kNone:
        return std::string();
      case BadgeGroup::kDay:
        return absl::FormatCivilTime(zone_.DayOf(time));
      case BadgeGroup::kObject:
        break;
    }
    return object.empty() ? std::nullopt : std::optional(object);
  }
  bool IsMet(const Sums& sums) const {
    for (std::size_t i = 0; i < rule_.criteria.size(); ++i) {
      if (sums.of[i] < rule_.criteria[i].at_least) {
        return false;
      }
    }
    return true;
  }

  BadgeEvidence EvidenceAt(std::size_t at) const {
    const Count& last = counts_[at];
    BadgeEvidence evidence;
    evidence.group = last.group;
    evidence.earn_time = last.time;
    evidence.activity = last.activity;
    evidence.imported = last.imported;
    // Each criterion has its share, so that many facts of one leave room for those of another.
    std::vector<std::size_t> room(rule_.criteria.size(), kBadgeEvidenceMax / rule_.criteria.size());
    for (std::size_t i = at + 1; i-- > 0;) {
      const Count& count = counts_[i];
      if (count.group != last.group || count.amount <= 0 || room[count.criterion] == 0 ||
          std::ranges::find(evidence.facts, count.fact) != evidence.facts.end()) {
        continue;
      }
      --room[count.criterion];
      evidence.facts.push_back(count.fact);
    }
    std::ranges::reverse(evidence.facts);
    return evidence;
  }

  const BadgeRule& rule_;
  const Zone& zone_;
  const std::span<const MemberKey> person_;
  std::vector<Count> counts_;
};

}  // namespace

bool BadgeRule::LooksAt(std::string_view type) const {
  return std::ranges::any_of(criteria, [&](const BadgeCriterion& criterion) {
    return std::ranges::find(criterion.terms, type, &BadgeTerm::type) != criterion.terms.end();
  });
}

bool BadgeRule::LooksAtAsset(std::string_view asset) const {
  return !asset.empty() &&
         std::ranges::find(criteria, asset, &BadgeCriterion::asset) != criteria.end();
}

bool BadgeRule::LooksAtActivities() const {
  return std::ranges::any_of(
      criteria, [](const BadgeCriterion& criterion) { return criterion.asset.empty(); });
}

bool BadgeRule::LooksAtTransfers() const {
  return std::ranges::any_of(
      criteria, [](const BadgeCriterion& criterion) { return !criterion.asset.empty(); });
}

absl::Status CheckBadgeRule(const std::string& field, const BadgeRule& rule) {
  if (rule.criteria.size() > kBadgeCriteriaMax) {
    return InvalidField(field + ".criteria", absl::StrCat("must be at most ", kBadgeCriteriaMax));
  }
  for (std::size_t i = 0; i < rule.criteria.size(); ++i) {
    const BadgeCriterion& criterion = rule.criteria[i];
    const std::string at = absl::StrCat(field, ".criteria[", i, "]");
    if (criterion.asset.empty()) {
      PERIGEE_RETURN_IF_ERROR(CheckTerms(at + ".terms", criterion.terms));
    } else {
      PERIGEE_RETURN_IF_ERROR(CheckId(at + ".asset", criterion.asset));
      if (!criterion.terms.empty()) {
        return InvalidField(at + ".terms", "must be empty where there is an asset");
      }
      if (rule.group == BadgeGroup::kObject) {
        return InvalidField(at + ".asset", "must be empty in a rule by object");
      }
    }
    if (criterion.at_least < 1 || criterion.at_least > kBadgeAtLeastMax) {
      return InvalidField(at + ".at_least", absl::StrCat("must be 1 to ", kBadgeAtLeastMax));
    }
  }
  return absl::OkStatus();
}

std::optional<BadgeEvidence> Evaluate(const BadgeRule& rule, const Zone& zone,
                                      std::span<const MemberKey> person,
                                      std::span<const Activity> activities,
                                      std::span<const Transfer> transfers) {
  if (rule.criteria.empty()) {
    return std::nullopt;
  }
  Counting counting(rule, zone, person);
  for (const Activity& activity : activities) {
    counting.Add(activity);
  }
  for (const Transfer& transfer : transfers) {
    counting.Add(transfer);
  }
  return counting.Find();
}

}  // namespace perigee::domain
