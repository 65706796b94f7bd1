#include "server/use_cases/inbox/inbox.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/audience/audience.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/seat.h"
#include "server/domain/journal/entry_notices.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/trait.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/champion/appointments.h"

namespace perigee::use_cases {
namespace {

using domain::GateOutcome;
using domain::InboxPlace;
using domain::InsiderItem;
using domain::ItemState;
using domain::MemberKey;
using domain::Notification;
using domain::Revision;
using domain::StandingNotices;

constexpr int kEntriesAtOnce = 50;
constexpr int kItemsAtOnce = 500;
// An audience that counts days or activities may let somebody in at any time.
constexpr std::chrono::minutes kCountedAnewAfter{5};

bool IsNewer(const Notification& left, const Notification& right) {
  return left.place > right.place;
}

}  // namespace

absl::StatusOr<const std::vector<InsiderItem>*> InboxGround::Items() {
  if (!items_.has_value()) {
    std::vector<InsiderItem> all;
    std::vector<InsiderItem> page;
    do {
      PERIGEE_ASSIGN_OR_RETURN(
          page, reader().records().List<InsiderItem>(
                    program(), {}, all.empty() ? nullptr : &all.back(), kItemsAtOnce));
      all.insert(all.end(), page.begin(), page.end());
    } while (std::cmp_equal(page.size(), kItemsAtOnce));
    items_ = std::move(all);
  }
  return &*items_;
}

absl::StatusOr<Time> InboxGround::VersionTime(const InsiderItem& item) {
  const auto known = version_times_.find(item.id);
  if (known != version_times_.end()) {
    return known->second;
  }
  domain::ItemVersion like;
  like.item = item.id;
  like.version = item.version;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::ItemVersion> version,
                           reader().records().Find(program(), like));
  const Time time = version.has_value() ? version->create_time : item.create_time;
  version_times_.emplace(item.id, time);
  return time;
}

absl::StatusOr<bool> InboxGround::CountsDays() {
  if (!counts_days_.has_value()) {
    bool counts = false;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<InsiderItem>* items, Items());
    for (const InsiderItem& item : *items) {
      if (item.withdraw_time.has_value() || !item.open_time.has_value()) {
        continue;
      }
      std::vector<std::string> audiences{item.audience};
      for (const domain::ItemRelease& release : item.releases) {
        audiences.push_back(release.audience);
      }
      for (const std::string& audience : audiences) {
        PERIGEE_ASSIGN_OR_RETURN(const domain::Audience compiled,
                                 domain::Audience::Compile("audience", audience));
        counts |= !compiled.IsTimeless();
      }
    }
    counts_days_ = counts;
  }
  return *counts_days_;
}

Inbox::Inbox(InboxGround& ground, PersonalGate gate) : ground_(ground), gate_(std::move(gate)) {}

absl::StatusOr<Inbox> Inbox::Of(InboxGround& ground, const domain::Member& member, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(ground.gates(), member, now));
  return Inbox(ground, std::move(gate));
}

absl::StatusOr<const StandingNotices*> Inbox::Standing() {
  if (!standing_.has_value()) {
    StandingNotices standing(now());
    PERIGEE_RETURN_IF_ERROR(AddTerms(standing));
    PERIGEE_RETURN_IF_ERROR(AddSeats(standing));
    PERIGEE_RETURN_IF_ERROR(AddItems(standing));
    PERIGEE_RETURN_IF_ERROR(AddAgreements(standing));
    PERIGEE_RETURN_IF_ERROR(AddPersonalTimes(standing));
    standing_ = std::move(standing);
  }
  return &*standing_;
}

absl::Status Inbox::AddTerms(StandingNotices& standing) {
  PERIGEE_ASSIGN_OR_RETURN(appointments_,
                           AppointmentsOf(ground_.reader(), ground_.program(), members()));
  for (const domain::Appointment& one : appointments_) {
    standing.Add(one);
  }
  PERIGEE_ASSIGN_OR_RETURN(acceptances_, AllRecordsOf<domain::Acceptance>(
                                             ground_.reader(), ground_.program(), members()));
  return absl::OkStatus();
}

absl::Status Inbox::AddSeats(StandingNotices& standing) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::Seat> own,
      AllRecordsOf<domain::Seat>(ground_.reader(), ground_.program(), members()));
  std::set<std::string> items;
  for (const domain::Seat& claim : own) {
    items.insert(claim.item);
  }
  for (const std::string& id : items) {
    InsiderItem like;
    like.id = id;
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<InsiderItem> item,
                             ground_.reader().records().Find(ground_.program(), like));
    if (!item.has_value()) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Seat>* claims,
                             ground_.gates()->ClaimsTo(id));
    const std::vector<Interval> times = domain::SeatTimes(*item, *claims);
    for (std::size_t i = 0; i < claims->size(); ++i) {
      const domain::Seat& claim = (*claims)[i];
      if (std::ranges::find(members(), claim.member) == members().end()) {
        continue;
      }
      standing.Add(claim, times[i]);
      if (times[i].Contains(now())) {
        seat_times_[id] = times[i];
      } else if (domain::StateOf(claim, times[i], now()) == domain::SeatState::kWaiting) {
        waits_for_.push_back(id);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Inbox::AddItems(StandingNotices& standing) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<InsiderItem>* items, ground_.Items());
  for (const InsiderItem& item : *items) {
    const ItemState state = domain::StateOf(item, now());
    if (state == ItemState::kDraft || state == ItemState::kScheduled ||
        state == ItemState::kWithdrawn) {
      standing.Add(item, GateOutcome::kNotOpen, now(), std::nullopt);  // Nobody's.
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(const GateOutcome outcome, gate_.Ask(item));
    Time since = now();
    std::optional<Time> version_time;
    if (domain::IsOpen(outcome)) {
      PERIGEE_ASSIGN_OR_RETURN(since, OpenSince(item, outcome));
      if (item.version > 1) {
        PERIGEE_ASSIGN_OR_RETURN(version_time, ground_.VersionTime(item));
      }
    } else if (outcome == GateOutcome::kNotBound) {
      PERIGEE_ASSIGN_OR_RETURN(const Time asked, InAudienceSince(item.audience, *item.open_time));
      const auto first = asked_since_.emplace(item.agreement, asked).first;
      first->second = std::min(first->second, asked);
    }
    standing.Add(item, outcome, since, version_time);
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool counts_days, ground_.CountsDays());
  if (counts_days) {
    standing.ChangesAt(now() + kCountedAnewAfter);
  }
  return absl::OkStatus();
}

absl::Status Inbox::AddAgreements(StandingNotices& standing) {
  std::map<std::string, std::vector<domain::Acceptance>> by_agreement;
  for (const auto& [agreement, since] : asked_since_) {
    by_agreement[agreement];
  }
  for (const domain::Acceptance& acceptance : acceptances_) {
    standing.ChangesAt(acceptance.expire_time);
    by_agreement[acceptance.agreement].push_back(acceptance);
  }
  for (const auto& [id, acceptances] : by_agreement) {
    domain::Agreement like;
    like.id = id;
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Agreement> agreement,
                             ground_.reader().records().Find(ground_.program(), like));
    if (!agreement.has_value() || agreement->version == 0) {
      continue;  // Nobody can accept it.
    }
    const bool is_anew = domain::IsAskedAnew(*agreement, acceptances, now());
    const auto asked = asked_since_.find(id);
    // Who left the agreement is not asked for it again.
    const bool has_left = std::ranges::any_of(acceptances, [&](const domain::Acceptance& one) {
      return one.withdraw_time.has_value() && one.version >= agreement->required_version;
    });
    if (!is_anew && (asked == asked_since_.end() || has_left)) {
      continue;
    }
    Time since = asked == asked_since_.end() ? agreement->create_time : asked->second;
    if (agreement->required_version > 1) {
      domain::AgreementVersion version;
      version.agreement = id;
      version.version = agreement->required_version;
      PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::AgreementVersion> required,
                               ground_.reader().records().Find(ground_.program(), version));
      if (required.has_value()) {
        since = std::max(since, required->create_time);
      }
    }
    standing.Add(*agreement, acceptances, since);
  }
  return absl::OkStatus();
}

absl::Status Inbox::AddPersonalTimes(StandingNotices& standing) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::Trait> traits,
      AllRecordsOf<domain::Trait>(ground_.reader(), ground_.program(), members()));
  for (const domain::Trait& trait : traits) {
    standing.ChangesAt(trait.due_time);
  }
  return absl::OkStatus();
}

absl::StatusOr<Time> Inbox::OpenSince(const InsiderItem& item, GateOutcome outcome) {
  if (outcome == GateOutcome::kReleased) {
    std::optional<Time> first;
    for (const domain::ItemRelease& release : item.releases) {
      if (!domain::HasCome(release, now())) {
        continue;
      }
      PERIGEE_ASSIGN_OR_RETURN(const bool is_theirs, gate_.IsIn(release.audience));
      if (!is_theirs) {
        continue;
      }
      PERIGEE_ASSIGN_OR_RETURN(const Time since, InAudienceSince(release.audience, release.time));
      first = std::min(first.value_or(kEndOfTime), since);
    }
    return first.value_or(now());
  }
  PERIGEE_ASSIGN_OR_RETURN(Time since, InAudienceSince(item.audience, *item.open_time));
  if (!item.agreement.empty()) {
    for (const domain::Acceptance& one : acceptances_) {
      if (one.agreement == item.agreement && one.accept_time.has_value() &&
          *one.accept_time <= now()) {
        since = std::max(since, *one.accept_time);
      }
    }
  }
  if (const auto seat = seat_times_.find(item.id); item.seats > 0 && seat != seat_times_.end()) {
    since = std::max(since, seat->second.start);
  }
  return since;
}

absl::StatusOr<Time> Inbox::InAudienceSince(const std::string& audience, Time since) {
  if (audience.empty()) {
    return since;
  }
  for (const domain::Appointment& one : appointments_) {
    // A term that began before it was written down counted from then on.
    const Time begin = std::max(one.start_time, one.create_time);
    if (begin <= since || begin > now() || !domain::IsLive(one, now())) {
      continue;
    }
    const auto [known, is_new] = was_in_.try_emplace({audience, begin}, true);
    if (is_new) {
      domain::Member before = gate_.member();
      std::vector<domain::Appointment> earlier;
      for (const domain::Appointment& other : appointments_) {
        if (std::max(other.start_time, other.create_time) < begin) {
          earlier.push_back(other);
        }
      }
      before.titles = LiveTitles(earlier, begin - Duration(1));
      PERIGEE_ASSIGN_OR_RETURN(const domain::Audience compiled,
                               domain::Audience::Compile("audience", audience));
      PERIGEE_ASSIGN_OR_RETURN(
          const domain::Judgement judged,
          JudgeMember(ground_.reader(), ground_.program(), compiled, before, now()));
      known->second = judged.is_in;
    }
    if (!known->second) {
      since = begin;
    }
  }
  return since;
}

absl::StatusOr<std::vector<Revision>> Inbox::Named(Revision after, Revision before, bool newest,
                                                   int limit) {
  std::vector<Revision> all;
  for (const MemberKey& member : members()) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<Revision> named,
        ground_.reader().journal().Naming(ground_.program(), member, after, before, newest, limit));
    all.insert(all.end(), named.begin(), named.end());
  }
  if (newest) {
    std::ranges::sort(all, std::ranges::greater());
  } else {
    std::ranges::sort(all);
  }
  all.erase(std::unique(all.begin(), all.end()), all.end());
  all.resize(std::min(all.size(), static_cast<std::size_t>(limit)));
  return all;
}

absl::StatusOr<std::vector<Notification>> Inbox::OfEntry(Revision revision) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                           ground_.reader().journal().Read(ground_.program(), revision - 1, 1));
  if (entries.empty() || entries.front().revision != revision) {
    return std::vector<Notification>();
  }
  return Shown(entries.front());
}

absl::StatusOr<bool> Inbox::IsShown(const Notification& notice) {
  if (notice.kind != domain::InboxKind::kIdeaMoved || notice.about.empty()) {
    return true;
  }
  InsiderItem like;
  like.id = notice.about;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<InsiderItem> item,
                           ground_.reader().records().Find(ground_.program(), like));
  if (!item.has_value()) {
    return false;
  }
  PERIGEE_ASSIGN_OR_RETURN(const GateOutcome outcome, gate_.Ask(*item));
  return domain::IsOpen(outcome);
}

absl::StatusOr<std::vector<Notification>> Inbox::Shown(const domain::JournalEntry& entry) {
  std::vector<Notification> shown;
  for (Notification& notice : domain::NoticesOf(entry, members())) {
    PERIGEE_ASSIGN_OR_RETURN(const bool is_shown, IsShown(notice));
    if (is_shown) {
      shown.push_back(std::move(notice));
    }
  }
  return shown;
}

absl::StatusOr<Inbox::OfEntries> Inbox::After(Revision after, Revision up_to, int limit) {
  if (after >= up_to) {
    return OfEntries{{}, up_to, false};  // As after each instant at which nothing was written.
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Revision> revisions,
                           Named(after, up_to + 1, false, limit));
  OfEntries found;
  found.more = std::cmp_equal(revisions.size(), limit);
  found.revision = found.more ? revisions.back() : up_to;
  for (const Revision revision : revisions) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Notification> notices, OfEntry(revision));
    std::ranges::move(notices, std::back_inserter(found.notices));
  }
  return found;
}

absl::StatusOr<std::optional<InboxPlace>> Inbox::Walk(const std::optional<InboxPlace>& before,
                                                      int looked_max, Visit visit) {
  PERIGEE_ASSIGN_OR_RETURN(const StandingNotices* standing, Standing());
  std::vector<Notification> waiting;
  for (const Notification& notice : standing->all()) {
    if (!before.has_value() || notice.place < *before) {
      waiting.push_back(notice);
    }
  }
  std::ranges::sort(waiting, IsNewer);
  auto next = waiting.begin();
  // Visits the standing ones that are above the place.
  const auto visit_down_to = [&](const InboxPlace& place) {
    for (; next != waiting.end() && next->place > place; ++next) {
      if (!visit(*next)) {
        return false;
      }
    }
    return true;
  };
  ports::JournalReader& journal = ground_.reader().journal();
  Revision below = 0;
  if (!before.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(below, journal.Head(ground_.program()));
  } else if (before->revision > 0) {
    below = before->revision;
  } else {
    PERIGEE_ASSIGN_OR_RETURN(below, journal.RevisionAt(ground_.program(), before->time));
  }
  ++below;
  for (int looked = 0;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Revision> revisions,
                             Named(0, below, true, kEntriesAtOnce));
    for (const Revision revision : revisions) {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                               journal.Read(ground_.program(), revision - 1, 1));
      if (entries.empty()) {
        return Error(Reason::kInternal,
                     "the journal of programme " + ground_.program() + " has a gap");
      }
      PERIGEE_ASSIGN_OR_RETURN(std::vector<Notification> notices, Shown(entries.front()));
      std::ranges::sort(notices, IsNewer);
      for (const Notification& notice : notices) {
        if ((!before.has_value() || notice.place < *before) &&
            (!visit_down_to(notice.place) || !visit(notice))) {
          return std::optional<InboxPlace>();
        }
      }
      below = revision;
      if (++looked == looked_max) {
        InboxPlace rest;  // Below all of the entry.
        rest.time = entries.front().time;
        rest.revision = revision;
        if (!visit_down_to(rest)) {
          return std::optional<InboxPlace>();
        }
        return std::optional(rest);
      }
    }
    if (std::cmp_less(revisions.size(), kEntriesAtOnce)) {
      InboxPlace end;
      end.time = kBeginningOfTime;
      visit_down_to(end);
      return std::optional<InboxPlace>();
    }
  }
}

absl::StatusOr<domain::InboxSettings> Inbox::Settings() {
  domain::InboxSettings like;
  like.member = members().front();
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::InboxSettings> found,
                           ground_.reader().records().Find(ground_.program(), like));
  return found.has_value() ? *std::move(found) : like;
}

absl::StatusOr<domain::InboxMark> Inbox::Mark() {
  domain::InboxMark like;
  like.member = members().front();
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::InboxMark> found,
                           ground_.reader().records().Find(ground_.program(), like));
  return found.has_value() ? *std::move(found) : like;
}

}  // namespace perigee::use_cases
