#include "server/domain/badge/badge_progress.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "server/domain/badge/badge_rule.h"
#include "server/domain/board/board.h"

namespace perigee::domain {
namespace {

// When so many whole days have passed.
Time AfterWholeDays(const Zone& zone, Time from, int days) {
  // Midnight ends a day, so that the days are whole from it on.
  absl::CivilDay day = zone.DayOf(from - Duration(1));
  for (int i = 0; i <= days; ++i) {
    day = zone.DayAfter(day);
  }
  return zone.StartOf(day);
}

// An activity or a transfer of the person.
struct Fact {
  Time time{};
  TransferId id;                       // Of a transfer; an activity has only the revision.
  const Activity* activity = nullptr;  // This or `transfer`.
  BadgeRole role = BadgeRole::kActor;  // Of the person in the activity.
  const Transfer* transfer = nullptr;
  absl::int128 earned = 0;  // With the transfer.

  auto Order() const { return std::tie(time, id); }
};

std::string IdOf(const Fact& fact) {
  return fact.activity != nullptr ? absl::StrCat(fact.id.revision) : FormatTransferId(fact.id);
}

absl::int128 AmountOf(const Fact& fact, const BadgeCriterion& criterion) {
  if (fact.transfer != nullptr) {
    return criterion.asset == fact.transfer->debit.asset ? fact.earned : 0;
  }
  if (criterion.role != fact.role) {
    return 0;
  }
  const auto term = std::ranges::find(criterion.terms, fact.activity->type, &BadgeTerm::type);
  return term == criterion.terms.end()
             ? 0
             : absl::int128(term->weight) * absl::int128(fact.activity->quantity);
}

// The person's facts within the window of the rule, in order. What an activity earned comes after
// it.
std::vector<Fact> FactsOf(const BadgeRule& rule, std::span<const MemberKey> person,
                          std::span<const Activity> activities,
                          std::span<const Transfer> transfers) {
  const auto is_person = [&](const MemberKey& member) {
    return !member.IsNil() && std::ranges::find(person, member) != person.end();
  };
  std::vector<Fact> facts;
  for (const Activity& activity : activities) {
    const bool acts = is_person(activity.actor);
    if (acts || is_person(activity.recipient)) {
      Fact& fact = facts.emplace_back();
      fact.time = activity.occur_time;
      fact.id.revision = activity.revision;
      fact.activity = &activity;
      fact.role = acts ? BadgeRole::kActor : BadgeRole::kRecipient;
    }
  }
  for (const Transfer& transfer : transfers) {
    Fact& fact = facts.emplace_back();
    fact.time = transfer.effective_time;
    fact.id = transfer.id;
    fact.transfer = &transfer;
    for (const ScoreEffect& effect : ScoreEffects(transfer)) {
      fact.earned += is_person(effect.member) ? effect.score : 0;
    }
  }
  std::erase_if(facts, [&](const Fact& fact) { return !rule.Window().Contains(fact.time); });
  std::ranges::stable_sort(facts, {}, &Fact::Order);
  return facts;
}

// A moment in the order of facts. A transfer has the moment of the activity that made it.
using Moment = std::pair<Time, Revision>;
Moment MomentOf(const Fact& fact) { return {fact.time, fact.id.revision}; }

// A day or an object, as the stage has it. Of kNone neither.
using Group = std::pair<absl::CivilDay, std::string_view>;

std::string NameOf(const BadgeStage& stage, const Group& group) {
  return stage.group == BadgeGroup::kDay ? absl::FormatCivilTime(group.first)
                                         : std::string(group.second);
}

// The sums of one group.
struct Sums {
  std::vector<absl::int128> of;  // By criterion.
  bool met = false;
  std::size_t since = 0;  // The fact with which it was met.
};

// A row of days, alive or not.
struct Row {
  absl::CivilDay first;
  absl::CivilDay last;
  int length = 0;
  int longest = 0;
};

// A stage that is open, or was met in this attempt.
struct OpenStage {
  Moment after;  // What comes later counts
  Time end{};    // until this time.
  std::map<Group, Sums> groups;
  Row row;
  Group group;  // That met it.
  std::optional<BadgeStageEvidence> met;
};

// Goes through the facts of a person, stage by stage.
class Walk {
 public:
  Walk(const BadgeRule& rule, const Zone& zone, std::vector<Fact> facts)
      : rule_(rule), zone_(zone), facts_(std::move(facts)) {
    Open({rule_.Window().start, 0});
    for (std::size_t at = 0; at < facts_.size(); ++at) {
      EndAttemptUntil(facts_[at].time);
      Take(at);
    }
    if (!rule_.keeps) {
      MeetLasting();
    }
  }

  const std::optional<BadgeEvidence>& evidence() const { return evidence_; }

  BadgeProgress At(Time now) {
    EndAttemptUntil(now);
    BadgeProgress progress;
    progress.evidence = evidence_;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      progress.stages.push_back(StageAt(rule_.stages[i], open_[i], now));
    }
    progress.stages.resize(rule_.stages.size());
    return progress;
  }

 private:
  // What the stage that was opened last asks for.
  const BadgeStage& Wanted() const { return rule_.stages[open_.size() - 1]; }

  void Open(Moment after) {
    const BadgeStage& stage = rule_.stages[open_.size()];
    OpenStage& open = open_.emplace_back();
    open.after = after;
    open.end = rule_.Window().end;
    if (stage.within_days > 0) {
      const Time from = open_.size() == 1 ? rule_.Window().start : after.first;
      open.end = std::min(open.end, AfterWholeDays(zone_, from, stage.within_days));
    }
  }

  // A new attempt begins when a later stage than the first was not met in time, and the first is
  // still open.
  void EndAttemptUntil(Time time) {
    const Time end = open_.back().end;
    if (open_.size() > 1 && !open_.back().met.has_value() && end <= time &&
        end < open_.front().end) {
      open_.clear();
      Open({end, 0});
    }
  }

  // Whether the fact lies within the stage that was opened last.
  bool IsWithin(const Fact& fact) const {
    return fact.time < open_.back().end && MomentOf(fact) > open_.back().after;
  }

  // nullopt: the fact is in no group of the stage that was opened last.
  std::optional<Group> GroupOf(const Fact& fact) const {
    switch (Wanted().group) {
      case BadgeGroup::kNone:
        return Group();
      case BadgeGroup::kDay:
        return Group(zone_.DayOf(fact.time), {});
      case BadgeGroup::kObject:
        break;
    }
    return fact.activity == nullptr || fact.activity->object.empty()
               ? std::nullopt
               : std::optional(Group({}, fact.activity->object));
  }

  void Take(std::size_t at) {
    const Fact& fact = facts_[at];
    OpenStage& open = open_.back();
    // A row goes on after it met the stage.
    if (!IsWithin(fact) || (open.met.has_value() && !Wanted().IsStreak())) {
      return;
    }
    Sums* sums = Count(fact);
    if (sums == nullptr) {
      return;
    }
    const bool was_met = sums->met;
    sums->met = IsMet(*sums) || (was_met && rule_.keeps);
    if (was_met || !sums->met) {
      return;
    }
    sums->since = at;
    if (Wanted().IsStreak()) {
      Lengthen(zone_.DayOf(fact.time));
    }
    if (rule_.keeps && !open.met.has_value() &&
        (!Wanted().IsStreak() || open.row.length >= Wanted().days_in_a_row)) {
      Meet(at);
    }
  }

  // Adds the fact to the sums of its group. Null if it counts for nothing.
  Sums* Count(const Fact& fact) {
    const std::vector<BadgeCriterion>& criteria = Wanted().criteria;
    const std::optional<Group> group = GroupOf(fact);
    Sums* sums = nullptr;
    for (std::size_t i = 0; group.has_value() && i < criteria.size(); ++i) {
      const absl::int128 amount = AmountOf(fact, criteria[i]);
      if (amount != 0) {
        sums = &open_.back().groups[*group];
        sums->of.resize(criteria.size());
        sums->of[i] += amount;
      }
    }
    return sums;
  }

  bool IsMet(const Sums& sums) const {
    const std::vector<BadgeCriterion>& criteria = Wanted().criteria;
    for (std::size_t i = 0; i < criteria.size(); ++i) {
      if (sums.of[i] < criteria[i].at_least) {
        return false;
      }
    }
    return true;
  }

  // By a day that was met.
  void Lengthen(absl::CivilDay day) {
    OpenStage& open = open_.back();
    if (open.row.length == 0 || day > open.row.last) {
      Append(day, open.row);
      return;
    }
    // Where clocks go back over midnight, a day comes again after the next has begun.
    open.row = {};
    for (const auto& [group, sums] : open.groups) {
      if (sums.met) {
        Append(group.first, open.row);
      }
    }
  }

  void Append(absl::CivilDay day, Row& row) const {
    if (row.length == 0 || zone_.DayAfter(row.last) != day) {
      row.first = day;
      row.length = 0;
    }
    row.last = day;
    row.longest = std::max(row.longest, ++row.length);
  }

  // By the group of that fact.
  void Meet(std::size_t at) {
    const Fact& fact = facts_[at];
    OpenStage& open = open_.back();
    open.group = GroupOf(fact).value_or(Group());
    open.met = BadgeStageEvidence{
        fact.time,
        Wanted().IsStreak()
            ? absl::FormatCivilTime(open.row.first) + "/" + absl::FormatCivilTime(open.row.last)
            : NameOf(Wanted(), open.group),
        FactsUpTo(at + 1, open.group)};
    if (open_.size() < rule_.stages.size()) {
      Open(MomentOf(fact));
      return;
    }
    evidence_ = fact.activity != nullptr
                    ? BadgeEvidence{{}, fact.activity->revision, fact.activity->imported}
                    : BadgeEvidence{{}, fact.transfer->activity.value_or(0), false};
    for (const OpenStage& stage : open_) {
      evidence_->stages.push_back(*stage.met);
    }
  }

  // Of a rule that does not keep: by the group whose sums are reached for the longest time.
  void MeetLasting() {
    std::optional<std::size_t> first;
    for (const auto& [group, sums] : open_.back().groups) {
      if (sums.met && (!first.has_value() || sums.since < *first)) {
        first = sums.since;
      }
    }
    if (first.has_value()) {
      Meet(*first);
    }
  }

  // The facts of the newest stage that count in that group, up to the fact `end`. Of a row: of all
  // its days.
  std::vector<std::string> FactsUpTo(std::size_t end, const Group& group) const {
    return Wanted().IsStreak() ? FactsOfRow() : FactsOfGroup(end, group);
  }

  std::vector<std::string> FactsOfRow() const {
    const OpenStage& open = open_.back();
    std::vector<std::string> facts;
    const auto first =
        open.row.length == 0 ? open.groups.end() : open.groups.find(Group(open.row.first, {}));
    for (auto day = open.groups.end(); day != first && facts.size() < kBadgeEvidenceMax;) {
      --day;
      if (day->second.met) {
        facts.push_back(IdOf(facts_[day->second.since]));
      }
    }
    std::ranges::reverse(facts);
    return facts;
  }

  std::vector<std::string> FactsOfGroup(std::size_t end, const Group& group) const {
    std::vector<std::string> facts;
    // Each criterion has its share, so that many facts of one leave room for those of another.
    const std::vector<BadgeCriterion>& criteria = Wanted().criteria;
    std::vector<std::size_t> room(criteria.size(), kBadgeEvidenceMax / criteria.size());
    const auto takes = [&](const Fact& fact) {
      for (std::size_t i = 0; i < criteria.size(); ++i) {
        if (room[i] > 0 && AmountOf(fact, criteria[i]) > 0) {
          --room[i];
          return true;
        }
      }
      return false;
    };
    // What came before the stage is not looked at.
    for (std::size_t i = end; i-- > 0 && MomentOf(facts_[i]) > open_.back().after;) {
      if (IsWithin(facts_[i]) && GroupOf(facts_[i]) == group && takes(facts_[i])) {
        facts.push_back(IdOf(facts_[i]));
      }
    }
    std::ranges::reverse(facts);
    return facts;
  }

  BadgeStageProgress StageAt(const BadgeStage& stage, const OpenStage& open, Time now) const {
    BadgeStageProgress progress;
    progress.is_open = true;
    progress.window = {open.after.first, open.end};
    progress.met = open.met;
    progress.row = RowAt(open, now);
    const Group group = open.met.has_value() ? open.group : GroupToShow(stage, open, now);
    if (open.met.has_value()) {
      progress.group = open.met->group;
      progress.facts = open.met->facts;
    } else {
      progress.group = NameOf(stage, group);
      if (!stage.IsStreak() || progress.row.length > 0) {
        progress.facts = FactsUpTo(facts_.size(), group);
      }
    }
    progress.sums.resize(stage.criteria.size());
    const auto sums = open.groups.find(stage.IsStreak() ? Today(now) : group);
    if (sums != open.groups.end()) {
      std::ranges::transform(sums->second.of, progress.sums.begin(), ClampScore);
    }
    return progress;
  }

  Group Today(Time now) const { return {zone_.DayOf(now), {}}; }

  Group GroupToShow(const BadgeStage& stage, const OpenStage& open, Time now) const {
    if (stage.group == BadgeGroup::kDay) {
      return Today(now);
    }
    const auto lacks = [&](const auto& group) {
      absl::int128 missing = 0;
      for (std::size_t i = 0; i < stage.criteria.size(); ++i) {
        missing += std::max<absl::int128>(0, stage.criteria[i].at_least - group.second.of[i]);
      }
      return missing;
    };
    const auto nearest = std::ranges::min_element(open.groups, {}, lacks);
    return nearest == open.groups.end() ? Group() : nearest->first;
  }

  BadgeRow RowAt(const OpenStage& open, Time now) const {
    BadgeRow row;
    if (open.row.length == 0) {
      return row;
    }
    row.longest = open.row.longest;
    row.last_day = open.row.last;
    const absl::CivilDay next = zone_.DayAfter(open.row.last);
    const Time end = std::min(open.end, zone_.StartOf(zone_.DayAfter(next)));
    if (now < end) {
      row.length = open.row.length;
      row.until = end;
    }
    return row;
  }

  const BadgeRule& rule_;
  const Zone& zone_;
  const std::vector<Fact> facts_;
  std::vector<OpenStage> open_;  // The stages of this attempt, in order.
  std::optional<BadgeEvidence> evidence_;
};

}  // namespace

std::optional<BadgeEvidence> Evaluate(const BadgeRule& rule, const Zone& zone,
                                      std::span<const MemberKey> person,
                                      std::span<const Activity> activities,
                                      std::span<const Transfer> transfers) {
  if (rule.stages.empty()) {
    return std::nullopt;
  }
  return Walk(rule, zone, FactsOf(rule, person, activities, transfers)).evidence();
}

BadgeProgress Progress(const BadgeRule& rule, const Zone& zone, std::span<const MemberKey> person,
                       std::span<const Activity> activities, std::span<const Transfer> transfers,
                       Time now) {
  if (rule.stages.empty()) {
    return {};
  }
  return Walk(rule, zone, FactsOf(rule, person, activities, transfers)).At(now);
}

}  // namespace perigee::domain
