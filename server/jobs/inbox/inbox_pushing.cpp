#include "server/jobs/inbox/inbox_pushing.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/delivery/device.h"
#include "server/domain/journal/entry_notices.h"
#include "server/domain/journal/journal.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/journal/entries.h"
#include "server/jobs/journal/follower.h"
#include "server/jobs/lease_keeper.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/inbox/inbox_pushes.h"

namespace perigee::jobs {
namespace {

using domain::Device;
using domain::MemberKey;
using std::chrono::milliseconds;

constexpr int kEntriesMax = 500;
constexpr int kDevicesAtOnce = 500;
// Over one view. While it is open, later writes pile up in the log.
constexpr std::size_t kLooksOfARun = 64;
// Few, because the writer looks at all of them again.
constexpr std::size_t kPersonsOfAUnit = 16;
constexpr milliseconds kRestMax{250};
constexpr std::chrono::seconds kRestAfterFailure{10};

}  // namespace

InboxPushing::InboxPushing(Parts parts)
    : parts_(parts),
      listening_(parts_.store.feed().Listen(
          [this](const std::string& program, domain::Revision head) { Hear(program, head); })) {}

void InboxPushing::Hear(const std::string& program, domain::Revision head) {
  const std::lock_guard lock(mutex_);
  Heard& heard = heard_[program];
  heard.deleted |= head == kDeleted;
  heard.head = head == kDeleted ? 0 : std::max(heard.head, head);
}

std::map<std::string, InboxPushing::Heard> InboxPushing::TakeHeard() {
  const std::lock_guard lock(mutex_);
  return std::exchange(heard_, {});
}

absl::Status InboxPushing::RunOnce() {
  std::map<std::string, Heard> heard = TakeHeard();
  const std::optional<ports::Lease> lease = parts_.leases.Held(DueLoop::kJob);
  if (!lease.has_value()) {
    programmes_.clear();
    began_ = false;
    const std::lock_guard lock(mutex_);
    next_ = kEndOfTime;
    return absl::OkStatus();
  }
  if (!began_) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(parts_.store));
    for (const std::string& program : programs) {
      heard[program].head = kEndOfJournal;
    }
    began_ = true;
  }
  absl::Status status;
  for (const auto& [program, news] : heard) {
    if (news.deleted) {
      programmes_.erase(program);
    }
    if (news.head == 0) {
      continue;
    }
    if (const absl::Status learnt = Learn(program); !learnt.ok()) {
      status.Update(learnt);
      programmes_.erase(program);
      Hear(program, news.head);
    }
  }
  Time next = kEndOfTime;
  for (auto& [program, programme] : programmes_) {
    status.Update(LookAtSome(*lease, program, programme));
    if (!programme.to_look.empty()) {
      next = kBeginningOfTime;
    }
    for (const auto& [head, person] : programme.persons) {
      next = std::min(next, person.again);
    }
  }
  const std::lock_guard lock(mutex_);
  next_ = status.ok() ? next : std::max<Time>(next, parts_.clock.Now() + kRestMax);
  return status;
}

milliseconds InboxPushing::Rest() {
  const std::lock_guard lock(mutex_);
  const Time now = parts_.clock.Now();
  if (next_ <= now) {
    return milliseconds(0);
  }
  return next_ >= now + kRestMax ? kRestMax : std::chrono::ceil<milliseconds>(next_ - now);
}

absl::Status InboxPushing::Learn(const std::string& program) {
  const auto found = programmes_.find(program);
  if (found == programmes_.end()) {
    return TakeUp(program, programmes_[program]);
  }
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::JournalEntryPtr> entries,
                             EntriesAfter(parts_.store, program, found->second.seen, kEntriesMax));
    if (entries.empty()) {
      return absl::OkStatus();
    }
    for (const ports::JournalEntryPtr& entry : entries) {
      Apply(*entry, found->second);
    }
  }
}

absl::Status InboxPushing::TakeUp(const std::string& program, Programme& programme) {
  return parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(programme.seen, reader.journal().Head(program));
    std::vector<Device> page;
    do {
      const std::optional<Device> last =
          page.empty() ? std::nullopt : std::optional<Device>(std::move(page.back()));
      PERIGEE_ASSIGN_OR_RETURN(
          page, reader.records().List<Device>(program, {}, last.has_value() ? &*last : nullptr,
                                              kDevicesAtOnce));
      for (const Device& device : page) {
        programme.to_look.insert(device.member);
      }
    } while (std::cmp_equal(page.size(), kDevicesAtOnce));
    return absl::OkStatus();
  });
}

void InboxPushing::Apply(const domain::JournalEntry& entry, Programme& programme) {
  const domain::InboxTouch touch = domain::TouchOf(entry);
  for (const auto& [head, person] : programme.persons) {
    const auto waits = [&, &person = person](const std::string& item) {
      return std::ranges::find(person.waits_for, item) != person.waits_for.end();
    };
    if (touch.everybody || std::ranges::any_of(touch.items, waits)) {
      programme.to_look.insert(head);
    }
  }
  for (const MemberKey& member : touch.members) {
    if (programme.head_of.contains(member)) {
      programme.to_look.insert(member);
    }
  }
  for (const Device* device : entry.changes.records.All<Device>()) {
    programme.to_look.insert(device->member);
  }
  programme.seen = entry.revision;
}

void InboxPushing::Forget(const MemberKey& member, Programme& programme) {
  const auto head = programme.head_of.find(member);
  if (head == programme.head_of.end()) {
    return;
  }
  const auto person = programme.persons.find(head->second);
  const std::vector<MemberKey> members = std::move(person->second.members);
  programme.persons.erase(person);
  for (const MemberKey& one : members) {
    programme.head_of.erase(one);
  }
}

void InboxPushing::Note(use_cases::PushLook look, Programme& programme) {
  const MemberKey head = look.members.front();
  for (const MemberKey& member : look.members) {
    Forget(member, programme);
    programme.to_look.erase(member);
  }
  for (const MemberKey& member : look.members) {
    programme.head_of[member] = head;
  }
  programme.persons[head] = {std::move(look.members), std::move(look.waits_for), look.again};
}

absl::Status InboxPushing::LookAtSome(const ports::Lease& lease, const std::string& program,
                                      Programme& programme) {
  const Time now = parts_.clock.Now();
  for (const auto& [head, person] : programme.persons) {
    if (person.again <= now) {
      programme.to_look.insert(head);
    }
  }
  std::vector<MemberKey> portion;
  for (const MemberKey& member : programme.to_look) {
    if (portion.size() == kLooksOfARun) {
      break;
    }
    portion.push_back(member);
  }
  if (portion.empty()) {
    return absl::OkStatus();
  }
  absl::Status status;
  std::vector<MemberKey> with_news;
  status.Update(parts_.store.Read([&](ports::StoreReader& reader) {
    use_cases::InboxGround ground(reader, program);
    absl::Status first;
    for (const MemberKey& member : portion) {
      if (programme.to_look.erase(member) == 0) {
        continue;  // Another member of the person was looked at.
      }
      absl::StatusOr<std::optional<use_cases::PushLook>> look =
          use_cases::LookToPush(ground, member, now);
      Forget(member, programme);
      if (!look.ok()) {
        first.Update(look.status());
        Note({{member}, {}, false, now + kRestAfterFailure}, programme);
      } else if (look->has_value()) {
        if ((*look)->has_news) {
          with_news.push_back((*look)->members.front());
        }
        Note(**std::move(look), programme);
      }
    }
    return first;
  }));
  for (std::size_t at = 0; at < with_news.size(); at += kPersonsOfAUnit) {
    const std::size_t size = std::min(kPersonsOfAUnit, with_news.size() - at);
    status.Update(Push(lease, program, std::span(with_news).subspan(at, size), programme));
  }
  return status;
}

absl::Status InboxPushing::Push(const ports::Lease& lease, const std::string& program,
                                std::span<const MemberKey> members, Programme& programme) {
  absl::Status status = Write(lease, program, members);
  if (status.ok()) {
    return status;
  }
  if (members.size() == 1) {
    if (const auto person = programme.persons.find(members.front());
        person != programme.persons.end()) {
      person->second.again = parts_.clock.Now() + kRestAfterFailure;
    }
    return status;
  }
  status = absl::OkStatus();
  for (const MemberKey& member : members) {
    status.Update(Push(lease, program, std::span(&member, 1), programme));
  }
  return status;
}

absl::Status InboxPushing::Write(const ports::Lease& lease, const std::string& program,
                                 std::span<const MemberKey> members) {
  ports::Unit unit;
  unit.program = program;
  unit.now = parts_.clock.Now();
  unit.lease = lease;
  unit.background = true;
  unit.in_closed = true;
  unit.by.kind = domain::PrincipalKind::kJob;
  unit.decide = [program, all = std::vector<MemberKey>(members.begin(), members.end())](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    ports::Decision decision;
    PERIGEE_ASSIGN_OR_RETURN(decision.changes, use_cases::PutPushes(reader, context, program, all));
    return decision;
  };
  return WriteAndWait(parts_.store, std::move(unit)).status();
}

}  // namespace perigee::jobs
