#include "server/services/inbox/inbox_rounds.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "server/core/status_macros.h"
#include "server/domain/journal/journal.h"
#include "server/ports/clock.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"
#include "server/services/call.h"
#include "server/services/inbox/inbox_watch.h"
#include "server/use_cases/inbox/inbox.h"

namespace perigee::services {
namespace {

using std::chrono::milliseconds;

// The inboxes of a round. While a view is open, later writes pile up in the log.
constexpr std::size_t kLooksOfARound = 64;
// When the executor has no room.
constexpr milliseconds kLater{5};
// The clock may be set meanwhile, so no timer is longer.
constexpr milliseconds kLongest{1000};
// Whoever lags further looks at all inboxes instead.
constexpr int kEntriesMax = 1000;

}  // namespace

void InboxRounds::Hear(const std::string& program, domain::Revision head) {
  Lock lock(mutex_);
  const auto room = rooms_.find(program);
  if (room == rooms_.end()) {
    return;
  }
  if (head == 0) {
    room->second.seen = 0;
  }
  room->second.head = head;
  room->second.has_news = true;
  Start(lock);
}

void InboxRounds::Join(const std::string& program, const std::shared_ptr<InboxWatch>& watch) {
  const Lock lock(mutex_);
  Room& room = rooms_[program];
  room.all.insert(watch.get());
  room.fresh.insert(watch.get());
  Watched& watched = watched_[watch.get()];
  watched.watch = watch;
  watched.program = program;
}

void InboxRounds::Unlist(const Watched& watched, InboxWatch* watch) {
  Room& room = rooms_.at(watched.program);
  for (const domain::MemberKey& member : watched.members) {
    const auto of_member = room.by_member.find(member);
    of_member->second.erase(watch);
    if (of_member->second.empty()) {
      room.by_member.erase(of_member);
    }
  }
  for (const std::string& item : watched.items) {
    const auto of_item = room.by_item.find(item);
    // The items may have doubles.
    if (of_item != room.by_item.end()) {
      of_item->second.erase(watch);
      if (of_item->second.empty()) {
        room.by_item.erase(of_item);
      }
    }
  }
  room.fresh.erase(watch);
}

void InboxRounds::Leave(InboxWatch* watch) {
  const Lock lock(mutex_);
  const auto found = watched_.find(watch);
  if (found == watched_.end()) {
    return;
  }
  Unlist(found->second, watch);
  const auto room = rooms_.find(found->second.program);
  room->second.all.erase(watch);
  if (room->second.all.empty()) {
    rooms_.erase(room);
  }
  due_.erase({found->second.next, watch});
  watched_.erase(found);
}

void InboxRounds::Enqueue(const std::shared_ptr<InboxWatch>& watch) {
  Lock lock(mutex_);
  queue_.push_back(watch);
  Start(lock);
}

void InboxRounds::Expect(InboxWatch* watch, domain::Revision viewed,
                         const std::vector<domain::MemberKey>& members,
                         const std::vector<std::string>& items, Time next) {
  Lock lock(mutex_);
  const auto found = watched_.find(watch);
  if (found == watched_.end()) {
    return;
  }
  Watched& watched = found->second;
  if (Room& room = rooms_.at(watched.program); room.seen == 0) {
    room.seen = viewed;  // Views never go back, and who has not looked yet is woken by all news.
  }
  if (watched.members != members || watched.items != items) {
    Unlist(watched, watch);
    Room& room = rooms_.at(watched.program);
    for (const domain::MemberKey& member : members) {
      room.by_member[member].insert(watch);
    }
    for (const std::string& item : items) {
      room.by_item[item].insert(watch);
    }
    watched.members = members;
    watched.items = items;
  }
  due_.erase({watched.next, watch});
  watched.next = next;
  if (next != kEndOfTime) {
    due_.emplace(next, watch);
  }
  if (!running_) {
    Await(lock);
  }
}

void InboxRounds::Start(Lock&) {
  if (!running_) {
    running_ = true;
    Submit();
  }
}

void InboxRounds::Submit() {
  const auto round = [weak = weak_from_this()] {
    if (const auto rounds = weak.lock()) {
      rounds->Round();
    }
  };
  if (!call_.executor().Submit(round).ok()) {
    call_.executor().After(kLater, round);
  }
}

void InboxRounds::Round() {
  SpreadNews();
  WakeDue();
  LookAtSome();
  Rest();
}

void InboxRounds::Add(const Watches& watches, Woken& woken) const {
  for (InboxWatch* const watch : watches) {
    if (auto kept = watched_.at(watch).watch.lock()) {
      woken.push_back(std::move(kept));
    }
  }
}

void InboxRounds::Learn(News& news) const {
  if (news.seen == 0 || news.head == 0) {
    news.touch.everybody = true;
    return;
  }
  if (news.head <= news.seen) {
    news.head = news.seen;  // They were told late.
    return;
  }
  const auto add = [&](const domain::JournalEntry& entry) {
    domain::InboxTouch touch = domain::TouchOf(entry);
    news.touch.everybody |= touch.everybody;
    news.touch.members.insert(news.touch.members.end(), touch.members.begin(), touch.members.end());
    news.touch.items.insert(news.touch.items.end(), touch.items.begin(), touch.items.end());
    news.head = std::max(news.head, entry.revision);
  };
  if (const auto entries = call_.store().feed().After(news.program, news.seen)) {
    for (const ports::JournalEntryPtr& entry : *entries) {
      add(*entry);
    }
    return;
  }
  if (news.head - news.seen > kEntriesMax) {
    news.touch.everybody = true;
    return;
  }
  const absl::Status read = call_.store().Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                             reader.journal().Read(news.program, news.seen, kEntriesMax));
    for (const domain::JournalEntry& entry : entries) {
      add(entry);
    }
    return absl::OkStatus();
  });
  news.touch.everybody |= !read.ok();
}

void InboxRounds::SpreadNews() {
  std::vector<News> all;
  {
    const Lock lock(mutex_);
    for (auto& [program, room] : rooms_) {
      if (std::exchange(room.has_news, false)) {
        all.push_back({program, room.seen, room.head});
      }
    }
  }
  for (News& news : all) {
    Learn(news);
    Woken woken;
    {
      const Lock lock(mutex_);
      const auto found = rooms_.find(news.program);
      if (found == rooms_.end()) {
        continue;
      }
      Room& room = found->second;
      room.seen = news.head;
      if (news.touch.everybody) {
        Add(room.all, woken);
      } else {
        Watches touched = room.fresh;
        for (const domain::MemberKey& member : news.touch.members) {
          if (const auto of = room.by_member.find(member); of != room.by_member.end()) {
            touched.insert(of->second.begin(), of->second.end());
          }
        }
        for (const std::string& item : news.touch.items) {
          if (const auto of = room.by_item.find(item); of != room.by_item.end()) {
            touched.insert(of->second.begin(), of->second.end());
          }
        }
        Add(touched, woken);
      }
    }
    for (const std::shared_ptr<InboxWatch>& watch : woken) {
      watch->LookAgain();
    }
  }
}

void InboxRounds::WakeDue() {
  Woken woken;
  {
    const Lock lock(mutex_);
    const Time now = call_.clock().Now();
    while (!due_.empty() && due_.begin()->first <= now) {
      Watched& watched = watched_.at(due_.begin()->second);
      watched.next = kEndOfTime;
      due_.erase(due_.begin());
      if (auto watch = watched.watch.lock()) {
        woken.push_back(std::move(watch));
      }
    }
  }
  for (const std::shared_ptr<InboxWatch>& watch : woken) {
    watch->LookAgain();
  }
}

void InboxRounds::LookAtSome() {
  struct Looked {
    std::shared_ptr<InboxWatch> watch;
    absl::Status status;
  };
  std::vector<Looked> looks;
  {
    const Lock lock(mutex_);
    while (!queue_.empty() && looks.size() < kLooksOfARound) {
      if (auto watch = queue_.front().lock()) {
        looks.push_back({std::move(watch), absl::OkStatus()});
      }
      queue_.pop_front();
    }
    stats_.Waiting(queue_.size());
  }
  // What a caller may have is asked before the view is opened, because that may read the store too.
  std::vector<Looked> begun;
  for (Looked& look : looks) {
    if (std::optional<absl::Status> status = look.watch->BeginLook()) {
      begun.push_back({std::move(look.watch), *std::move(status)});
    }
  }
  if (begun.empty()) {
    return;
  }
  // Before the view: nothing is shown at an instant whose facts the view lacks.
  const Time now = call_.clock().Now();
  std::size_t looked = 0;
  const absl::Status read = call_.store().Read([&](ports::StoreReader& reader) {
    std::map<std::string, use_cases::InboxGround> grounds;
    for (; looked < begun.size(); ++looked) {
      Looked& look = begun[looked];
      if (look.status.ok()) {
        const std::string& program = look.watch->program_;
        const auto ground = grounds.try_emplace(program, reader, program).first;
        look.status = look.watch->Take(ground->second, now, kEndOfTime);
      }
    }
    return absl::OkStatus();
  });
  for (std::size_t i = 0; i < begun.size(); ++i) {
    const bool is_without_view = i >= looked && begun[i].status.ok();
    begun[i].watch->EndLook(is_without_view ? read : begun[i].status);
  }
}

void InboxRounds::Rest() {
  Lock lock(mutex_);
  const bool has_news =
      std::ranges::any_of(rooms_, [](const auto& room) { return room.second.has_news; });
  const bool is_due = !due_.empty() && due_.begin()->first <= call_.clock().Now();
  if (has_news || is_due || !queue_.empty()) {
    Submit();
    return;
  }
  running_ = false;
  Await(lock);
}

void InboxRounds::Await(Lock&) {
  if (due_.empty()) {
    return;
  }
  const Time now = call_.clock().Now();
  const Time until = std::min<Time>(due_.begin()->first, now + kLongest);
  // A timer that ends before has the rest to do.
  if (awaited_ > now && awaited_ <= until) {
    return;
  }
  awaited_ = until;
  // Rounded up: the timer must not end before the instant.
  const auto delay = std::chrono::ceil<milliseconds>(std::max<Duration>(until - now, Duration{0}));
  call_.executor().After(delay, [weak = weak_from_this(), until] {
    if (const auto rounds = weak.lock()) {
      Lock again(rounds->mutex_);
      // If another one is awaited since, that goes on, and this one has no successor. Otherwise
      // there would be one timer more for ever after each instant that comes before the awaited.
      if (rounds->awaited_ == until) {
        rounds->awaited_ = kEndOfTime;
      }
      rounds->Start(again);
    }
  });
}

}  // namespace perigee::services
