#include "tests/simulation/model_badges.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/simulation/calendar.h"

namespace perigee::simulation {
namespace {

bool IsLive(const ModelGrant& grant) {
  return grant.state == BadgeState::kGranted || grant.state == BadgeState::kGrantedByStaff;
}

// What the member did of that type, in the order of its time.
std::vector<ModelDeed> DeedsOf(const Facts& facts, int member, const char* type) {
  std::vector<ModelDeed> deeds;
  std::ranges::copy_if(facts.deeds, std::back_inserter(deeds), [&](const ModelDeed& deed) {
    return deed.actor == member && deed.type == type;
  });
  std::ranges::sort(deeds, {},
                    [](const ModelDeed& deed) { return std::pair(deed.time, deed.revision); });
  return deeds;
}

// The deed with which the sum is reached.
std::optional<ModelDeed> Reaching(const std::vector<ModelDeed>& deeds, std::int64_t at_least) {
  std::int64_t sum = 0;
  for (const ModelDeed& deed : deeds) {
    sum += deed.quantity;
    if (sum >= at_least) {
      return deed;
    }
  }
  return std::nullopt;
}

// Whether so many days in a row have a deed that comes after `first`.
bool HasRow(const std::vector<ModelDeed>& deeds, const ModelDeed& first, int days) {
  std::set<std::int64_t> met;
  for (const ModelDeed& deed : deeds) {
    if (std::pair(deed.time, deed.revision) > std::pair(first.time, first.revision)) {
      met.insert(DayAt(kProgramZone, deed.time));
    }
  }
  return std::ranges::any_of(met, [&](std::int64_t day) {
    int row = 0;
    while (row < days && met.contains(day + row)) {
      ++row;
    }
    return row == days;
  });
}

}  // namespace

bool ModelBadges::HasEarned(int badge, int member, const Facts& facts) const {
  const BadgeSpec& spec = rules_[static_cast<std::size_t>(badge)].spec;
  if (badge == kLiked) {
    return facts.books.Scored(kLikedAsset, member, kEver) >= spec.at_least;
  }
  const std::optional<ModelDeed> first = Reaching(DeedsOf(facts, member, "t0"), spec.at_least);
  return first && (badge == kBusy || HasRow(DeedsOf(facts, member, "t1"), *first, spec.days));
}

std::optional<ModelGrant> ModelBadges::Find(Name name) const {
  const auto found = grants_.find(name);
  return found == grants_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ModelGrant> ModelBadges::Judged(Name name, const Facts& facts, Micros now) const {
  const Rule& rule = rules_[static_cast<std::size_t>(name.first)];
  std::optional<ModelGrant> grant = Find(name);
  if (rule.spec.retired || !facts.IsThere(name.second)) {
    return grant;
  }
  const bool earned = HasEarned(name.first, name.second, facts);
  if (!grant || grant->state == BadgeState::kRevoked) {
    if (earned) {
      const int regrants = grant ? grant->regrants + 1 : 0;
      grant = ModelGrant{BadgeState::kGranted, rule.version, now, 0, regrants};
    }
    return grant;
  }
  // What staff say stands against the rule.
  if (grant->state != BadgeState::kGranted) {
    return grant;
  }
  const bool is_of_earlier = grant->rule_version != rule.version;
  if (is_of_earlier ? rule.grandfather : name.first != kLiked) {
    return grant;
  }
  if (earned) {
    grant->rule_version = rule.version;
  } else {
    grant->state = BadgeState::kRevoked;
    grant->revoked = now;
  }
  return grant;
}

void ModelBadges::SetRule(const RecognitionOrder& order, Micros now, std::int64_t revision) {
  Rule& rule = rules_[static_cast<std::size_t>(order.badge)];
  const bool is_another = rule.spec.at_least != order.rule.at_least ||
                          (order.badge == kPath && rule.spec.days != order.rule.days);
  if (is_another) {
    rule.version = revision;
    rule.grandfather = order.grandfather;
  }
  if (is_another || (rule.spec.retired && !order.rule.retired)) {
    rule.due = now;
  }
  rule.spec = order.rule;
}

std::optional<Reason> ModelBadges::Decide(const Operation& operation, const People& people,
                                          Micros now, std::int64_t revision) {
  const RecognitionOrder& order = operation.recognition;
  if (operation.action == Action::kSetBadge) {
    SetRule(order, now, revision);
    return std::nullopt;
  }
  const Person& person = people[static_cast<std::size_t>(operation.member)];
  const Rule& rule = rules_[static_cast<std::size_t>(order.badge)];
  const Name name(order.badge, operation.member);
  std::optional<ModelGrant> grant = Find(name);
  if (!person.there) {
    return Reason::kNotFound;
  }
  if (operation.action == Action::kRevokeBadge) {
    if (!grant || !IsLive(*grant)) {
      return grant ? Reason::kIllegalMove : Reason::kNotFound;
    }
    grant->state = BadgeState::kRevokedByStaff;
    grant->revoked = now;
  } else {
    if (rule.spec.retired || person.suspended) {
      return rule.spec.retired ? Reason::kBadgeRetired : Reason::kMemberSuspended;
    }
    if (grant && IsLive(*grant)) {
      return Reason::kIllegalMove;
    }
    const int regrants = grant ? grant->regrants + 1 : 0;
    grant = ModelGrant{BadgeState::kGrantedByStaff, rule.version, now, 0, regrants};
  }
  grants_[name] = *grant;
  return std::nullopt;
}

void ModelBadges::Erase(int member) {
  std::erase_if(grants_, [&](const auto& one) { return one.first.second == member; });
}

bool ModelBadges::Settle(const std::set<Name>& judged, const std::set<int>& applied,
                         const Facts& facts, Micros now) {
  for (const Name& name : judged) {
    if (const std::optional<ModelGrant> grant = Judged(name, facts, now)) {
      grants_[name] = *grant;
    }
  }
  for (const int badge : applied) {
    Rule& rule = rules_[static_cast<std::size_t>(badge)];
    if (!rule.due || *rule.due > now) {
      return false;
    }
    rule.due.reset();
    for (int member = 0; member < kMembers; ++member) {
      if (Judged({badge, member}, facts, now) != Find({badge, member})) {
        return false;
      }
    }
  }
  return true;
}

std::string ModelBadges::Missed(const Facts& facts, Micros now) const {
  for (int badge = 0; badge < std::ssize(kBadges); ++badge) {
    // Until the rule is applied to everybody, it is not known what it will change.
    if (rules_[static_cast<std::size_t>(badge)].due) {
      continue;
    }
    for (int member = 0; member < kMembers; ++member) {
      if (Judged({badge, member}, facts, now) != Find({badge, member})) {
        return absl::StrCat("badge ", kBadges[badge], " of m", member);
      }
    }
  }
  return "";
}

bool ModelBadges::AnythingDue(Micros now) const {
  return std::ranges::any_of(rules_,
                             [&](const Rule& rule) { return rule.due && *rule.due <= now; });
}

std::string ModelBadges::Line(Name name) const {
  const std::optional<ModelGrant> grant = Find(name);
  return !grant ? "none"
                : absl::StrCat("badge ", kBadges[name.first], " of m", name.second, " state ",
                               static_cast<int>(grant->state), " by the rule of ",
                               grant->rule_version, " since ", grant->granted, " until ",
                               grant->revoked, " regrants ", grant->regrants);
}

std::vector<std::string> ModelBadges::Lines() const {
  std::vector<std::string> lines;
  for (const auto& [name, grant] : grants_) {
    lines.push_back(Line(name));
  }
  return lines;
}

std::vector<std::string> ModelBadges::BadgesOf(int member) const {
  std::vector<std::string> badges;
  for (const auto& [name, grant] : grants_) {
    if (name.second == member && IsLive(grant)) {
      badges.emplace_back(kBadges[name.first]);
    }
  }
  return badges;
}

}  // namespace perigee::simulation
