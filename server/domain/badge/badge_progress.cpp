#include "server/domain/badge/badge_progress.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/badge/badge_rule.h"

namespace perigee::domain {
namespace {

std::string GroupOfDay(absl::CivilDay day) { return absl::FormatCivilTime(day); }

// When so many whole days have passed.
Time AfterWholeDays(const Zone& zone, Time from, int days) {
  // Midnight ends a day, so that the days are whole from it on.
  absl::CivilDay day = zone.DayOf(from - Duration(1));
  for (int i = 0; i <= days; ++i) {
    day = zone.DayAfter(day);
  }
  return zone.StartOf(day);
}

// One fact as it counts for one criterion of a stage.
struct Count {
  Time time{};
  TransferId id;  // Of a transfer; an activity has only the revision.
  std::size_t stage = 0;
  std::size_t criterion = 0;
  std::int64_t amount = 0;
  std::string group;
  std::string fact;
  Revision activity = 0;
  bool imported = false;

  auto Order() const { return std::tie(time, id, stage, criterion); }
};

// All that counts for a person, in order.
class Counts {
 public:
  Counts(const BadgeRule& rule, const Zone& zone, std::span<const MemberKey> person)
      : rule_(rule), zone_(zone), person_(person) {}

  void Add(const Activity& activity) {
    Count count;
    count.time = activity.occur_time;
    count.id = {activity.revision, 0};
    count.fact = absl::StrCat(activity.revision);
    count.activity = activity.revision;
    count.imported = activity.imported;
    AddEach(count, activity.object, [&](const BadgeCriterion& criterion) -> std::int64_t {
      const auto term = std::ranges::find(criterion.terms, activity.type, &BadgeTerm::type);
      return term != criterion.terms.end() && Has(activity, criterion.role)
                 ? term->weight * activity.quantity
                 : 0;
    });
  }

  void Add(const Transfer& transfer) {
    std::int64_t amount = 0;
    for (const ScoreEffect& effect : ScoreEffects(transfer)) {
      amount += IsPerson(effect.member) ? effect.score : 0;
    }
    Count count;
    count.time = transfer.effective_time;
    count.id = transfer.id;
    count.fact = FormatTransferId(transfer.id);
    count.activity = transfer.activity.value_or(0);
    AddEach(count, "", [&](const BadgeCriterion& criterion) -> std::int64_t {
      return criterion.asset == transfer.debit.asset ? amount : 0;
    });
  }

  std::vector<Count> Take() && {
    std::ranges::sort(counts_, {}, &Count::Order);
    return std::move(counts_);
  }

 private:
  bool IsPerson(const MemberKey& member) const {
    return !member.IsNil() && std::ranges::find(person_, member) != person_.end();
  }
  bool Has(const Activity& activity, BadgeRole role) const {
    return role == BadgeRole::kActor ? IsPerson(activity.actor)
                                     : IsPerson(activity.recipient) && !IsPerson(activity.actor);
  }
  // Adds the count to each criterion by which it amounts to something.
  template <class AmountFor>
  void AddEach(Count count, const std::string& object, AmountFor amount_for) {
    if (!rule_.Window().Contains(count.time)) {
      return;
    }
    for (count.stage = 0; count.stage < rule_.stages.size(); ++count.stage) {
      const BadgeStage& stage = rule_.stages[count.stage];
      for (count.criterion = 0; count.criterion < stage.criteria.size(); ++count.criterion) {
        count.amount = amount_for(stage.criteria[count.criterion]);
        const std::optional<std::string> group =
            count.amount == 0 ? std::nullopt : GroupOf(stage, count.time, object);
        if (group.has_value()) {
          count.group = *group;
          counts_.push_back(count);
        }
      }
    }
  }
  // nullopt: the fact is in no group.
  std::optional<std::string> GroupOf(const BadgeStage& stage, Time time,
                                     const std::string& object) const {
    switch (stage.group) {
      case BadgeGroup::kNone:
        return std::string();
      case BadgeGroup::kDay:
        return GroupOfDay(zone_.DayOf(time));
      case BadgeGroup::kObject:
        break;
    }
    return object.empty() ? std::nullopt : std::optional(object);
  }

  const BadgeRule& rule_;
  const Zone& zone_;
  const std::span<const MemberKey> person_;
  std::vector<Count> counts_;
};

// A moment in the order of facts. A transfer has the moment of the activity that made it.
using Moment = std::pair<Time, Revision>;
Moment MomentOf(const Count& count) { return {count.time, count.id.revision}; }

// The sums of one group.
struct Sums {
  std::vector<std::int64_t> of;  // By criterion.
  bool met = false;
  std::size_t since = 0;  // The count with which it was met.
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
  std::map<std::string, Sums> groups;
  Row row;
  std::optional<BadgeStageEvidence> met;
};

// Goes through the counts of a person, stage by stage.
class Walk {
 public:
  Walk(const BadgeRule& rule, const Zone& zone, std::vector<Count> counts)
      : rule_(rule), zone_(zone), counts_(std::move(counts)) {
    Open({rule_.Window().start, 0});
    for (std::size_t at = 0; at < counts_.size(); ++at) {
      EndAttemptUntil(counts_[at].time);
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

  // Whether the count is one of the stage that was opened last.
  bool IsOf(const Count& count) const {
    return count.stage + 1 == open_.size() && count.time < open_.back().end &&
           MomentOf(count) > open_.back().after;
  }

  void Take(std::size_t at) {
    const Count& count = counts_[at];
    OpenStage& open = open_.back();
    // A row goes on after it met the stage.
    if (!IsOf(count) || (open.met.has_value() && !Wanted().IsStreak())) {
      return;
    }
    Sums& sums = open.groups[count.group];
    sums.of.resize(Wanted().criteria.size());
    sums.of[count.criterion] += count.amount;
    const bool was_met = sums.met;
    sums.met = IsMet(sums) || (was_met && rule_.keeps);
    if (was_met || !sums.met) {
      return;
    }
    sums.since = at;
    if (Wanted().IsStreak()) {
      Lengthen(open.row, zone_.DayOf(count.time));
    }
    if (rule_.keeps && !open.met.has_value() &&
        (!Wanted().IsStreak() || open.row.length >= Wanted().days_in_a_row)) {
      Meet(at);
    }
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

  // By a day that was met, which is later than those before.
  void Lengthen(Row& row, absl::CivilDay day) const {
    if (row.length == 0 || zone_.DayAfter(row.last) != day) {
      row.first = day;
      row.length = 0;
    }
    row.last = day;
    row.longest = std::max(row.longest, ++row.length);
  }

  // By the group of that count.
  void Meet(std::size_t at) {
    const Count& count = counts_[at];
    OpenStage& open = open_.back();
    open.met = BadgeStageEvidence{
        count.time,
        Wanted().IsStreak() ? GroupOfDay(open.row.first) + "/" + count.group : count.group,
        FactsUpTo(at + 1, count.group)};
    if (open_.size() < rule_.stages.size()) {
      Open(MomentOf(count));
      return;
    }
    evidence_ = BadgeEvidence{{}, count.activity, count.imported};
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

  // The facts of the newest stage that count in that group, up to the count `end`. Of a row: of all
  // its days.
  std::vector<std::string> FactsUpTo(std::size_t end, const std::string& group) const {
    return Wanted().IsStreak() ? FactsOfRow() : FactsOfGroup(end, group);
  }

  std::vector<std::string> FactsOfRow() const {
    const OpenStage& open = open_.back();
    std::vector<std::string> facts;
    const auto first =
        open.row.length == 0 ? open.groups.end() : open.groups.find(GroupOfDay(open.row.first));
    for (auto day = open.groups.end(); day != first && facts.size() < kBadgeEvidenceMax;) {
      --day;
      if (day->second.met) {
        facts.push_back(counts_[day->second.since].fact);
      }
    }
    std::ranges::reverse(facts);
    return facts;
  }

  std::vector<std::string> FactsOfGroup(std::size_t end, const std::string& group) const {
    std::vector<std::string> facts;
    // Each criterion has its share, so that many facts of one leave room for those of another.
    const std::size_t criteria = Wanted().criteria.size();
    std::vector<std::size_t> room(criteria, kBadgeEvidenceMax / criteria);
    for (std::size_t i = end; i-- > 0;) {
      const Count& count = counts_[i];
      if (!IsOf(count) || count.group != group || count.amount <= 0 || room[count.criterion] == 0 ||
          std::ranges::find(facts, count.fact) != facts.end()) {
        continue;
      }
      --room[count.criterion];
      facts.push_back(count.fact);
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
    if (open.met.has_value()) {
      progress.group = open.met->group;
      progress.facts = open.met->facts;
    } else {
      progress.group = GroupToShow(stage, open, now);
      if (!stage.IsStreak() || progress.row.length > 0) {
        progress.facts = FactsUpTo(counts_.size(), progress.group);
      }
    }
    const auto sums =
        open.groups.find(stage.IsStreak() ? GroupOfDay(zone_.DayOf(now)) : progress.group);
    progress.sums = sums == open.groups.end() ? std::vector<std::int64_t>() : sums->second.of;
    progress.sums.resize(stage.criteria.size());
    return progress;
  }

  std::string GroupToShow(const BadgeStage& stage, const OpenStage& open, Time now) const {
    if (stage.group == BadgeGroup::kDay) {
      return GroupOfDay(zone_.DayOf(now));
    }
    const auto lacks = [&](const auto& group) {
      std::int64_t missing = 0;
      for (std::size_t i = 0; i < stage.criteria.size(); ++i) {
        missing += std::max<std::int64_t>(0, stage.criteria[i].at_least - group.second.of[i]);
      }
      return missing;
    };
    const auto nearest = std::ranges::min_element(open.groups, {}, lacks);
    return nearest == open.groups.end() ? "" : nearest->first;
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
  const std::vector<Count> counts_;
  std::vector<OpenStage> open_;  // The stages of this attempt, in order.
  std::optional<BadgeEvidence> evidence_;
};

Walk WalkThrough(const BadgeRule& rule, const Zone& zone, std::span<const MemberKey> person,
                 std::span<const Activity> activities, std::span<const Transfer> transfers) {
  Counts counts(rule, zone, person);
  for (const Activity& activity : activities) {
    counts.Add(activity);
  }
  for (const Transfer& transfer : transfers) {
    counts.Add(transfer);
  }
  return Walk(rule, zone, std::move(counts).Take());
}

}  // namespace

std::optional<BadgeEvidence> Evaluate(const BadgeRule& rule, const Zone& zone,
                                      std::span<const MemberKey> person,
                                      std::span<const Activity> activities,
                                      std::span<const Transfer> transfers) {
  if (rule.stages.empty()) {
    return std::nullopt;
  }
  return WalkThrough(rule, zone, person, activities, transfers).evidence();
}

BadgeProgress Progress(const BadgeRule& rule, const Zone& zone, std::span<const MemberKey> person,
                       std::span<const Activity> activities, std::span<const Transfer> transfers,
                       Time now) {
  if (rule.stages.empty()) {
    return {};
  }
  return WalkThrough(rule, zone, person, activities, transfers).At(now);
}

}  // namespace perigee::domain
