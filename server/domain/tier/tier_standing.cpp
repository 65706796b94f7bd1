#include "server/domain/tier/tier_standing.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "server/core/civil_time.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto TierStanding::Fields() {
  return std::tuple(
      Key(1, "id", &TierStanding::id), Owner(2, "member_key", &TierStanding::member),
      Plain(3, "scheme", &TierStanding::scheme), Plain(4, "level", &TierStanding::level),
      Plain(5, "since", &TierStanding::since), Plain(6, "review_time", &TierStanding::review_time),
      Plain(7, "notice_time", &TierStanding::notice_time),
      Plain(8, "below_since", &TierStanding::below_since),
      Plain(9, "lock_time", &TierStanding::lock_time),
      Plain(10, "lock_until", &TierStanding::lock_until),
      Personal(11, "lock_reason", &TierStanding::lock_reason),
      Plain(12, "news", &TierStanding::news), Plain(13, "news_time", &TierStanding::news_time),
      Plain(14, "earned", &TierStanding::earned),
      Plain(15, "rule_version", &TierStanding::rule_version),
      Due(16, "due_time", &TierStanding::due_time));
}
template <>
const RecordType& TypeOf<TierStanding>() {
  static const RecordTypeFor<TierStanding> kType;
  return kType;
}
namespace {

constexpr Duration Days(int days) { return std::chrono::hours(24) * days; }

Time NoticeDue(const TierScheme& scheme, const TierStanding& standing) {
  return standing.review_time - Days(scheme.notice_days);
}

void ClearNotice(TierStanding& standing) {
  standing.notice_time.reset();
  standing.below_since.reset();
}

void ClearLock(TierStanding& standing) {
  standing.lock_time.reset();
  standing.lock_until.reset();
  standing.lock_reason.clear();
}

// Puts the standing on a level, which is reviewed after its whole term.
void MoveTo(const TierScheme& scheme, const Zone& zone, int level, Time now,
            TierStanding& standing) {
  standing.level = level < 0 ? "" : scheme.levels[static_cast<std::size_t>(level)].id;
  standing.since = now;
  standing.review_time = ReviewAfter(scheme, zone, now);
  ClearNotice(standing);
}

TierNews Notice(Time now, TierStanding& standing) {
  if (standing.notice_time.has_value()) {
    return TierNews::kNone;
  }
  standing.notice_time = now;
  return TierNews::kNoticed;
}

// Of a member who earned too little for the level that they hold.
TierNews ReviewBelow(const TierScheme& scheme, const Zone& zone, int kept, Time now,
                     TierStanding& standing) {
  if (now < standing.review_time) {
    return now < NoticeDue(scheme, standing) ? TierNews::kNone : Notice(now, standing);
  }
  if (!standing.below_since.has_value()) {
    standing.below_since = now;
  }
  const TierNews news = Notice(now, standing);
  if (now < FallTime(scheme, standing)) {
    return news;
  }
  MoveTo(scheme, zone, kept, now, standing);
  return TierNews::kDemoted;
}

// Of a member who earned enough for the level that they hold.
TierNews ReviewKept(const TierScheme& scheme, const Zone& zone, Time now, TierStanding& standing) {
  const bool was_noticed = standing.notice_time.has_value();
  ClearNotice(standing);
  if (now < standing.review_time) {
    return was_noticed ? TierNews::kWithdrawn : TierNews::kNone;
  }
  standing.review_time = ReviewAfter(scheme, zone, now);
  return TierNews::kKept;
}

TierNews ReviewLevel(const TierScheme& scheme, const Zone& zone, std::int64_t earned,
                     TierOccasion occasion, Time now, TierStanding& standing) {
  const int held = FindLevel(scheme, standing.level);
  const int reached = LevelReached(scheme, earned);
  if (held < 0 && !standing.level.empty()) {
    MoveTo(scheme, zone, reached, now, standing);
    return TierNews::kReplaced;
  }
  if (reached > held) {
    MoveTo(scheme, zone, reached, now, standing);
    return TierNews::kPromoted;
  }
  if (held < 0) {
    return TierNews::kNone;
  }
  const int kept = LevelKept(scheme, held, earned);
  if (kept == held) {
    return ReviewKept(scheme, zone, now, standing);
  }
  if (occasion == TierOccasion::kParted) {
    MoveTo(scheme, zone, kept, now, standing);
    return TierNews::kDemoted;
  }
  return ReviewBelow(scheme, zone, kept, now, standing);
}

// When time alone may next change a standing that is as Review leaves it.
std::optional<Time> NextDue(const TierScheme& scheme, const TierStanding& standing, Time now) {
  if (scheme.retired) {
    return std::nullopt;
  }
  if (standing.lock_time.has_value()) {
    return standing.lock_until;
  }
  if (standing.level.empty()) {
    return std::nullopt;
  }
  if (standing.below_since.has_value()) {
    return FallTime(scheme, standing);
  }
  const Time notice_due = NoticeDue(scheme, standing);
  return now < notice_due ? notice_due : standing.review_time;
}

}  // namespace

TierStanding EmptyStanding(std::string_view scheme, const MemberKey& member) {
  TierStanding standing;
  standing.id = absl::StrCat(std::string(scheme), "/", member.Hex());
  standing.member = member;
  standing.scheme = scheme;
  return standing;
}

bool IsLocked(const TierStanding& standing, Time now) {
  return standing.lock_time.has_value() &&
         (!standing.lock_until.has_value() || now < *standing.lock_until);
}

TierStanding Review(const TierScheme& scheme, const Zone& zone, TierStanding standing,
                    std::int64_t earned, TierOccasion occasion, Time now) {
  if (!scheme.retired && !IsLocked(standing, now)) {
    ClearLock(standing);
    const TierNews news = ReviewLevel(scheme, zone, earned, occasion, now, standing);
    if (news != TierNews::kNone) {
      standing.news = news;
      standing.news_time = now;
      standing.earned = earned;
      standing.rule_version = scheme.rule_version;
    }
  }
  standing.due_time = NextDue(scheme, standing, now);
  return standing;
}

bool HasNews(const TierStanding& before, const TierStanding& after) {
  return after.news != TierNews::kNone &&
         (after.news != before.news || after.news_time != before.news_time);
}

TierStanding Join(const TierScheme& scheme, const MemberKey& head,
                  const std::vector<TierStanding>& standings) {
  const auto rank = [&](const TierStanding& standing) {
    return std::tuple(standing.lock_time.has_value(), FindLevel(scheme, standing.level),
                      standing.member == head);
  };
  const auto first = std::ranges::max_element(standings, {}, rank);
  TierStanding joined = EmptyStanding(scheme.id, head);
  if (first != standings.end()) {
    const std::string id = joined.id;
    joined = *first;
    joined.id = id;
    joined.member = head;
  }
  return joined;
}

void Lock(const TierScheme& scheme, const Zone& zone, const std::string& level,
          std::optional<Time> until, const std::string& reason, Time now, TierStanding& standing) {
  if (standing.level != level) {
    MoveTo(scheme, zone, FindLevel(scheme, level), now, standing);
  }
  ClearNotice(standing);
  standing.lock_time = now;
  standing.lock_until = until;
  standing.lock_reason = reason;
  standing.news = TierNews::kLocked;
  standing.news_time = now;
  standing.rule_version = scheme.rule_version;
  standing.due_time = NextDue(scheme, standing, now);
}

void Unlock(Time now, TierStanding& standing) {
  ClearLock(standing);
  standing.news = TierNews::kUnlocked;
  standing.news_time = now;
}

std::optional<Time> FallTime(const TierScheme& scheme, const TierStanding& standing) {
  if (!standing.notice_time.has_value()) {
    return std::nullopt;
  }
  return std::max(standing.below_since.value_or(standing.review_time) + Days(scheme.grace_days),
                  *standing.notice_time + Days(scheme.notice_days));
}

std::vector<std::string> TiersOf(const TierScheme& scheme, const TierStanding& standing) {
  std::vector<std::string> tiers;
  const int held = FindLevel(scheme, standing.level);
  for (int level = 0; level <= held; ++level) {
    tiers.push_back(
        absl::StrCat(scheme.id, "/", scheme.levels[static_cast<std::size_t>(level)].id));
  }
  return tiers;
}

}  // namespace perigee::domain
