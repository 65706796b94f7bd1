#include "server/adapters/sql/journal/commit_feed.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/ports/telemetry.h"

namespace perigee::sql {
namespace {

domain::Revision RevisionOf(const WrittenEntry& written) { return written.entry->revision; }

}  // namespace

void CommitFeed::Keep(const WrittenEntries& written) {
  if (!followed_) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [program, entries] : written) {
      const auto recent = recent_.try_emplace(program).first;
      for (const WrittenEntry& entry : entries) {
        KeepOne(recent, entry);
      }
    }
    while (!order_.empty() && (order_.size() > limits_.entries_max || bytes_ > limits_.bytes_max)) {
      DropOldest();
    }
  }
  const std::lock_guard telling(listeners_->mutex);
  for (const auto& [number, listener] : listeners_->before_answers) {
    for (const auto& [program, entries] : written) {
      listener(program, RevisionOf(entries.back()));
    }
  }
}

void CommitFeed::KeepOne(std::map<std::string, Recent>::iterator program,
                         const WrittenEntry& written) {
  Recent& recent = program->second;
  // A restored store may have come to this revision before, with another entry.
  while (!recent.empty() && RevisionOf(recent.back()) >= RevisionOf(written)) {
    bytes_ -= recent.back().bytes;
    recent.pop_back();
  }
  recent.push_back(written);
  order_.push_back(program);
  bytes_ += written.bytes;
}

void CommitFeed::DropOldest() {
  Recent& recent = order_.front()->second;
  order_.pop_front();
  if (!recent.empty()) {
    bytes_ -= recent.front().bytes;
    recent.pop_front();
  }
}

void CommitFeed::Tell(const std::string& program, domain::Revision head) {
  // A known head is no news. This check is before the lock, so that a listener may tell a known
  // head without waiting for itself.
  {
    const std::lock_guard lock(mutex_);
    if (!IsNews(program, head)) {
      return;
    }
  }
  // Held over both steps, because the writer and the watch of other servers tell heads at the same
  // time, and listeners must hear of them in order.
  const std::lock_guard telling(listeners_->mutex);
  if (!Note(program, head)) {
    return;
  }
  if (telemetry_ != nullptr && head == 0) {
    telemetry_->ProgramDeleted(program);
  } else if (telemetry_ != nullptr) {
    telemetry_->JournalHead(program, head);
  }
  for (const auto& [number, listener] : listeners_->by_number) {
    listener(program, head);
  }
}

bool CommitFeed::Note(const std::string& program, domain::Revision head) {
  const std::lock_guard lock(mutex_);
  if (!IsNews(program, head)) {
    return false;
  }
  heads_[program] = head;
  if (head == 0) {
    if (const auto recent = recent_.find(program); recent != recent_.end()) {
      for (const WrittenEntry& entry : recent->second) {
        bytes_ -= entry.bytes;
      }
      recent->second.clear();  // The programme itself stays: order_ refers to it.
    }
  }
  return true;
}

bool CommitFeed::IsNews(const std::string& program, domain::Revision head) const {
  const auto known = heads_.find(program);
  return known == heads_.end() || (head == 0 ? known->second != 0 : head > known->second);
}

std::shared_ptr<void> CommitFeed::Add(Listener listener, Listener before_answers) {
  const std::lock_guard lock(listeners_->mutex);
  const std::uint64_t number = ++listeners_->last_number;
  listeners_->by_number.emplace(number, std::move(listener));
  if (before_answers != nullptr) {
    listeners_->before_answers.emplace(number, std::move(before_answers));
  }
  followed_ = true;
  return {nullptr, [listeners = listeners_, number](void*) {
            const std::lock_guard end_lock(listeners->mutex);
            listeners->by_number.erase(number);
            listeners->before_answers.erase(number);
          }};
}

std::optional<std::vector<ports::JournalEntryPtr>> CommitFeed::After(const std::string& program,
                                                                     domain::Revision after) const {
  const std::lock_guard lock(mutex_);
  const auto recent = recent_.find(program);
  if (recent == recent_.end() || recent->second.empty()) {
    return std::nullopt;
  }
  const Recent& entries = recent->second;
  const auto head = heads_.find(program);
  if (head != heads_.end() && head->second > std::max(after, RevisionOf(entries.back()))) {
    return std::nullopt;  // Another server wrote the newest ones.
  }
  std::vector<ports::JournalEntryPtr> newer;
  // From the newest on, because followers are seldom far behind.
  for (auto it = entries.rbegin(); it != entries.rend() && RevisionOf(*it) > after; ++it) {
    if (!newer.empty() && RevisionOf(*it) + 1 != newer.back()->revision) {
      return std::nullopt;
    }
    newer.push_back(it->entry);
  }
  if (!newer.empty() && newer.back()->revision != after + 1) {
    return std::nullopt;
  }
  std::ranges::reverse(newer);
  return newer;
}

}  // namespace perigee::sql
