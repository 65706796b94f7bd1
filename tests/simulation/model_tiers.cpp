#include "tests/simulation/model_tiers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/simulation/calendar.h"

namespace perigee::simulation {
namespace {

// What a member earned within the month that ends at `now`, which begins with a day.
std::int64_t EarnedAt(const Facts& facts, int member, Micros now) {
  const Micros month_before = MonthEarlier(kProgramZone, now);
  return facts.books.Scored(kTierAsset, member,
                            StartOfDay(kProgramZone, DayAt(kProgramZone, month_before)));
}

// A level that is reached at `now` is reviewed where a day begins.
Micros ReviewAfter(Micros now) {
  return StartOfDay(kProgramZone, DayAt(kProgramZone, MonthLater(kProgramZone, now)));
}

bool IsLocked(const ModelStanding& standing, Micros now) {
  return standing.lock && (!standing.lock_end || now < *standing.lock_end);
}

void Tell(TierNews news, Micros now, ModelStanding& standing) {
  standing.news = news;
  standing.news_time = now;
}

}  // namespace

std::vector<ModelTiers::Level> ModelTiers::Levels() const {
  std::vector<Level> levels;
  if (scheme_.silver != 0) {
    levels.push_back({"silver", scheme_.silver});
  }
  levels.push_back({"gold", scheme_.gold});
  return levels;
}

int ModelTiers::PlaceOf(const std::string& level) const {
  const std::vector<Level> levels = Levels();
  for (int place = 0; place < std::ssize(levels); ++place) {
    if (levels[static_cast<std::size_t>(place)].id == level) {
      return place;
    }
  }
  return -1;
}

int ModelTiers::Reached(std::int64_t earned) const {
  const std::vector<Level> levels = Levels();
  return static_cast<int>(std::ranges::count_if(
             levels, [&](const Level& level) { return level.at_least <= earned; })) -
         1;
}

int ModelTiers::Kept(int held, std::int64_t earned) const {
  const std::vector<Level> levels = Levels();
  int kept = -1;
  for (int place = 0; place <= held; ++place) {
    const std::int64_t at_least = levels[static_cast<std::size_t>(place)].at_least;
    kept = earned * 100 >= at_least * scheme_.low_water_percent ? place : kept;
  }
  return kept;
}

// Whoever was told falls when both are over: the grace after the review, and the notice.
Micros ModelTiers::FallOf(const ModelStanding& standing) const {
  return std::max(standing.below.value_or(standing.review) + scheme_.grace_days * kDay,
                  *standing.notice + scheme_.notice_days * kDay);
}

std::optional<Micros> ModelTiers::DueOf(const ModelStanding& standing, Micros now) const {
  if (scheme_.retired || (standing.level.empty() && !standing.lock)) {
    return std::nullopt;
  }
  if (standing.lock) {
    return standing.lock_end;
  }
  if (standing.below) {
    return FallOf(standing);
  }
  const Micros telling = standing.review - scheme_.notice_days * kDay;
  return now < telling ? telling : standing.review;
}

void ModelTiers::Move(int place, TierNews news, Micros now, ModelStanding& standing) const {
  standing.level = place < 0 ? "" : Levels()[static_cast<std::size_t>(place)].id;
  standing.since = now;
  standing.review = ReviewAfter(now);
  standing.notice.reset();
  standing.below.reset();
  Tell(news, now, standing);
}

void ModelTiers::ReviewBelow(int kept, Micros now, ModelStanding& standing) const {
  if (now < standing.review - scheme_.notice_days * kDay) {
    return;
  }
  if (standing.review <= now && !standing.below) {
    standing.below = now;
  }
  if (!standing.notice) {
    standing.notice = now;
    Tell(TierNews::kNoticed, now, standing);
  }
  if (standing.below && FallOf(standing) <= now) {
    Move(kept, TierNews::kDemoted, now, standing);
  }
}

ModelStanding ModelTiers::Reviewed(ModelStanding standing, std::int64_t earned, Micros now) const {
  if (!scheme_.retired && !IsLocked(standing, now)) {
    standing.lock.reset();
    standing.lock_end.reset();
    const int held = PlaceOf(standing.level);
    const int reached = Reached(earned);
    if (held < 0 && !standing.level.empty()) {
      Move(reached, TierNews::kReplaced, now, standing);
    } else if (reached > held) {
      Move(reached, TierNews::kPromoted, now, standing);
    } else if (const int kept = Kept(held, earned); kept < held) {
      ReviewBelow(kept, now, standing);
    } else if (held >= 0) {
      const bool was_told = standing.notice.has_value();
      standing.notice.reset();
      standing.below.reset();
      if (standing.review <= now) {
        standing.review = ReviewAfter(now);
        Tell(TierNews::kKept, now, standing);
      } else if (was_told) {
        Tell(TierNews::kWithdrawn, now, standing);
      }
    }
  }
  standing.due = DueOf(standing, now);
  return standing;
}

std::optional<ModelStanding> ModelTiers::Find(int member) const {
  const auto found = standings_.find(member);
  return found == standings_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ModelStanding> ModelTiers::ReviewedOf(int member, const Facts& facts,
                                                    Micros now) const {
  const std::optional<ModelStanding> before = Find(member);
  if (!facts.IsThere(member)) {
    return before;
  }
  const ModelStanding after =
      Reviewed(before.value_or(ModelStanding()), EarnedAt(facts, member, now), now);
  // Who never had a level has no standing.
  return before || after.news != TierNews::kNone ? std::optional(after) : std::nullopt;
}

std::optional<Reason> ModelTiers::Lock(const Operation& operation, Micros now) {
  const RecognitionOrder& order = operation.recognition;
  ModelStanding standing = Find(operation.member).value_or(ModelStanding());
  const std::string level = order.level == kAsItIs ? standing.level : order.level;
  const bool ends_before = order.until != 0 && order.until <= now;
  if ((!level.empty() && PlaceOf(level) < 0) || ends_before) {
    return Reason::kInvalidField;
  }
  if (standing.level != level) {
    Move(PlaceOf(level), TierNews::kLocked, now, standing);
  }
  standing.notice.reset();
  standing.below.reset();
  standing.lock = now;
  standing.lock_end = order.until == 0 ? std::nullopt : std::optional(order.until);
  Tell(TierNews::kLocked, now, standing);
  standing.due = DueOf(standing, now);
  standings_[operation.member] = standing;
  return std::nullopt;
}

std::optional<Reason> ModelTiers::Decide(const Operation& operation, const Facts& facts,
                                         Micros now) {
  if (operation.action == Action::kSetScheme) {
    if (scheme_ != operation.recognition.scheme) {
      due_ = now;
    }
    scheme_ = operation.recognition.scheme;
    return std::nullopt;
  }
  if (!facts.IsThere(operation.member)) {
    return Reason::kNotFound;
  }
  if (operation.action == Action::kLockTier) {
    return Lock(operation, now);
  }
  std::optional<ModelStanding> standing = Find(operation.member);
  if (!standing || !IsLocked(*standing, now)) {
    return Reason::kIllegalMove;
  }
  standing->lock.reset();
  standing->lock_end.reset();
  Tell(TierNews::kUnlocked, now, *standing);
  standings_[operation.member] = Reviewed(*standing, EarnedAt(facts, operation.member, now), now);
  return std::nullopt;
}

bool ModelTiers::Settle(const std::set<int>& reviewed, bool applied, const Facts& facts,
                        Micros now) {
  for (const int member : reviewed) {
    std::optional<ModelStanding> standing = ReviewedOf(member, facts, now);
    if (standing && !facts.IsThere(member)) {
      standing->due.reset();  // The standing of an erased member rests.
    }
    if (standing) {
      standings_[member] = *standing;
    }
  }
  if (!applied) {
    return true;
  }
  if (!due_ || *due_ > now) {
    return false;
  }
  due_.reset();
  for (int member = 0; member < kMembers; ++member) {
    // A view whose clock is behind leaves to the review what falls due.
    const std::optional<ModelStanding> standing = Find(member);
    const bool is_due = standing && standing->due && *standing->due <= now;
    if (!is_due && ReviewedOf(member, facts, now) != standing) {
      return false;
    }
  }
  return true;
}

void ModelTiers::NoteEarning(const std::set<int>& members, Micros now) {
  for (const int member : members) {
    if (member != kNobody) {
      earned_at_[member] = now;
    }
  }
}

std::string ModelTiers::Missed(const Facts& facts, Micros now) const {
  if (scheme_.retired || due_) {
    return "";
  }
  for (const auto& [member, last] : earned_at_) {
    const ModelStanding standing = Find(member).value_or(ModelStanding());
    if (!facts.IsThere(member) || IsLocked(standing, now) ||
        (standing.due && *standing.due <= now)) {
      continue;
    }
    // What was given away leaves the window too, and nobody looks then. So the member must have
    // earned a higher level on every day since.
    bool missed = true;
    for (Micros day = last; missed && day < now; day += kDay) {
      missed = Reached(EarnedAt(facts, member, day)) > PlaceOf(standing.level);
    }
    if (missed && Reached(EarnedAt(facts, member, now)) > PlaceOf(standing.level)) {
      return absl::StrCat("m", member, " on level '", standing.level, "'");
    }
  }
  return "";
}

bool ModelTiers::AnythingDue(Micros now) const {
  return (due_ && *due_ <= now) || std::ranges::any_of(standings_, [&](const auto& one) {
           return one.second.due && *one.second.due <= now;
         });
}

std::vector<Micros> ModelTiers::Instants() const {
  std::vector<Micros> instants;
  for (const auto& [member, standing] : standings_) {
    if (standing.due) {
      instants.push_back(*standing.due);
    }
  }
  return instants;
}

std::string ModelTiers::Line(int member) const {
  const std::optional<ModelStanding> found = Find(member);
  if (!found) {
    return "none";
  }
  return absl::StrCat("standing of m", member, " level '", found->level, "' since ", found->since,
                      " review ", found->review, " notice ", found->notice.value_or(0), " below ",
                      found->below.value_or(0), " lock ", found->lock.value_or(0), " until ",
                      found->lock_end.value_or(0), " news ", static_cast<int>(found->news), " at ",
                      found->news_time, " due ", found->due.value_or(0));
}

std::vector<std::string> ModelTiers::Lines() const {
  std::vector<std::string> lines;
  for (const auto& [member, standing] : standings_) {
    lines.push_back(Line(member));
  }
  return lines;
}

std::vector<std::string> ModelTiers::TiersOf(int member) const {
  std::vector<std::string> tiers;
  const std::vector<Level> levels = Levels();
  const int held = PlaceOf(Find(member).value_or(ModelStanding()).level);
  for (int place = 0; place <= held; ++place) {
    tiers.push_back(absl::StrCat(kScheme, "/", levels[static_cast<std::size_t>(place)].id));
  }
  std::ranges::sort(tiers);
  return tiers;
}

}  // namespace perigee::simulation
