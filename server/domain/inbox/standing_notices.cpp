#include "server/domain/inbox/standing_notices.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"

namespace perigee::domain {
namespace {

using Kind = InboxKind;

// Of a term that is not renewed: how long before its end the member is told.
constexpr std::chrono::days kEndingFor{14};

// The stages of an item that is open.
constexpr std::int64_t kOpened = 1;
constexpr std::int64_t kReleased = 2;

Notification At(Kind kind, Time time, std::string_view what, std::int64_t stage) {
  Notification notice;
  notice.kind = kind;
  notice.place.time = time;
  notice.place.standing = StandingKey(what);
  notice.place.stage = stage;
  return notice;
}

// The one that the person accepted last. Null: none.
const Acceptance* LastAccepted(std::span<const Acceptance> acceptances, Time now) {
  const Acceptance* last = nullptr;
  for (const Acceptance& one : acceptances) {
    if (one.accept_time.has_value() && *one.accept_time <= now &&
        (last == nullptr || *last->accept_time < *one.accept_time)) {
      last = &one;
    }
  }
  return last;
}

}  // namespace

void StandingNotices::Add(Notification notice) {
  const Time time = notice.place.time;
  if (time > now_) {
    ChangesAt(time);
    may_come_.push_back(notice.place.standing);
  } else if (now_ - time < kStandsFor) {
    may_come_.push_back(notice.place.standing);
    notices_.push_back(std::move(notice));
  }
}

void StandingNotices::ChangesAt(std::optional<Time> time) {
  if (time.has_value() && *time > now_) {
    next_ = std::min(next_, *time);
  }
}

void StandingNotices::Add(const Appointment& one) {
  // Whoever is suspended or has left is told by the entry that says so, and of no term any more.
  const Time left =
      std::min({one.suspend_time.value_or(kEndOfTime), one.revoke_time.value_or(kEndOfTime),
                one.resign_time.value_or(kEndOfTime)});
  const std::string what = absl::StrCat("appointments/", one.id);
  const auto add = [&](Kind kind, Time time, std::int64_t stage) {
    // What was past already when the appointment was made is no news.
    if (time > one.create_time && time < left) {
      Notification notice = At(kind, time, what, stage);
      notice.id = one.id;
      notice.about = one.title;
      Add(std::move(notice));
    }
  };
  add(Kind::kTermBegan, one.start_time, 1);
  ChangesAt(one.end_time);
  if (one.renewed_by.empty()) {
    const bool is_renewable = one.renewal_time < one.end_time;
    const Time ending =
        is_renewable ? one.renewal_time : std::max(one.start_time, one.end_time - kEndingFor);
    if (now_ < one.end_time) {
      add(Kind::kTermEnding, ending, 2);
    }
    add(Kind::kTermEnded, one.end_time, 3);
  }
}

void StandingNotices::Add(const Seat& claim, const Interval& seat_time) {
  if (seat_time.start == seat_time.end) {
    return;  // It never has a seat.
  }
  const std::string what = absl::StrCat("seats/", claim.id);
  const auto add = [&](Kind kind, Time time, std::int64_t stage) {
    Notification notice = At(kind, time, what, stage);
    notice.id = absl::StrCat(claim.id);
    Add(std::move(notice));
  };
  // Who has the seat at once was told so by the answer.
  if (seat_time.start > claim.create_time) {
    add(Kind::kSeatGranted, seat_time.start, 1);
  }
  // Who gives it back knows.
  if (seat_time.end < kEndOfTime && claim.give_back_time != seat_time.end) {
    add(Kind::kSeatEnded, seat_time.end, 2);
  }
  ChangesAt(seat_time.start);
  ChangesAt(seat_time.end);
}

void StandingNotices::Add(const InsiderItem& item, GateOutcome outcome, Time since,
                          std::optional<Time> version_time) {
  if (item.withdraw_time.has_value()) {
    return;
  }
  if (!item.agreement.empty()) {
    // It may be asked for again where the item closes for another reason meanwhile.
    may_come_.push_back(StandingKey(absl::StrCat("agreements/", item.agreement)));
  }
  const std::string open = absl::StrCat("items/", item.id);
  const std::string version = absl::StrCat("items/", item.id, "/version");
  ChangesAt(item.open_time);
  ChangesAt(item.close_time);
  for (const ItemRelease& release : item.releases) {
    ChangesAt(release.time);
  }
  if (!IsOpen(outcome)) {
    // It may be open again for a person who was told already.
    may_come_.push_back(StandingKey(open));
    may_come_.push_back(StandingKey(version));
    return;
  }
  const auto add = [&](Kind kind, Time time, const std::string& what, std::int64_t stage) {
    Notification notice = At(kind, std::min(time, now_), what, stage);
    notice.about = item.id;
    notice.version = item.version;
    Add(std::move(notice));
  };
  const bool is_released = outcome == GateOutcome::kReleased;
  add(is_released ? Kind::kItemReleased : Kind::kItemOpened, since, open,
      is_released ? kReleased : kOpened);
  if (version_time.has_value() && *version_time > since) {
    add(Kind::kItemVersion, *version_time, version, item.version);
  } else {
    may_come_.push_back(StandingKey(version));
  }
}

void StandingNotices::Add(const Agreement& agreement, std::span<const Acceptance> acceptances,
                          Time since) {
  const std::int64_t accepted = std::ranges::count_if(
      acceptances, [](const Acceptance& one) { return one.accept_time.has_value(); });
  Time time = since;
  if (const Acceptance* last = LastAccepted(acceptances, now_)) {
    if (StateOf(*last, agreement, now_) == AcceptanceState::kExpired) {
      time = std::max(time, *last->expire_time);
    }
  }
  // Each acceptance and each version that is required leads to a later stage.
  Notification notice =
      At(Kind::kAgreementNeeded, std::min(time, now_), absl::StrCat("agreements/", agreement.id),
         agreement.required_version + accepted);
  notice.about = agreement.id;
  notice.version = agreement.required_version;
  Add(std::move(notice));
}

void StandingNotices::Clean(InboxPosition& position) const {
  std::vector<std::uint64_t> may_come = may_come_;
  std::ranges::sort(may_come);
  position.KeepOnly(may_come);
}

void StandingNotices::TellAll(InboxPosition& position) const {
  Clean(position);
  for (const Notification& notice : notices_) {
    position.Tell(notice.place);
  }
}

bool IsAskedAnew(const Agreement& agreement, std::span<const Acceptance> acceptances, Time now) {
  const Acceptance* last = LastAccepted(acceptances, now);
  if (last == nullptr || IsBound(agreement, acceptances, now)) {
    return false;
  }
  const AcceptanceState state = StateOf(*last, agreement, now);
  return state == AcceptanceState::kSuperseded || state == AcceptanceState::kExpired;
}

}  // namespace perigee::domain
