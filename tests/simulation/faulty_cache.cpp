#include "tests/simulation/faulty_cache.h"

#include <utility>

namespace perigee::simulation {
namespace {

absl::Status Away() { return absl::UnavailableError("the cache is away"); }

}  // namespace

void FaultyCache::Flush() {
  for (const ports::PeriodKey& key : keys_) {
    static_cast<void>(boards_.Drop(key));
  }
  keys_.clear();
}

void FaultyCache::Snapshot() {
  snapshot_.clear();
  for (const ports::PeriodKey& key : keys_) {
    absl::StatusOr<ports::PeriodCopy> all = boards_.ReadAll(key);
    if (all.ok()) {
      snapshot_[key] = *std::move(all);
    }
  }
}

void FaultyCache::Restore() {
  Flush();
  for (const auto& [key, kept] : snapshot_) {
    keys_.insert(key);
    static_cast<void>(boards_.Replace(key, kept.mark, kept.places));
  }
}

void FaultyCache::Deliver() {
  while (!late_.empty()) {
    const std::function<void()> change = std::move(late_.front());
    late_.pop_front();
    change();
  }
}

void FaultyCache::Heal() {
  down_ = false;
  calls_to_fault_ = 0;
  interrupt_ = nullptr;
  Deliver();
}

bool FaultyCache::Admit(const std::function<void()>& change, bool* answered) {
  if (const auto interrupt = std::exchange(interrupt_, nullptr)) {
    interrupt();
  }
  *answered = true;
  if (down_) {
    ++faults_;
    return false;
  }
  if (calls_to_fault_ == 0 || --calls_to_fault_ > 0) {
    return true;
  }
  ++faults_;
  if (fault_ == Fault::kAnswerLost) {
    *answered = false;
    return true;
  }
  if (fault_ == Fault::kLate && change) {
    late_.push_back(change);
  }
  return false;
}

bool FaultyCache::Link::Answers() {
  bool answered = true;
  return cache_.Admit(nullptr, &answered) && answered;
}

absl::Status FaultyCache::Link::Told(const std::function<absl::Status()>& change) {
  bool answered = true;
  if (!cache_.Admit([change] { static_cast<void>(change()); }, &answered)) {
    return Away();
  }
  const absl::Status changed = change();
  return answered ? changed : Away();
}

absl::StatusOr<ports::Mark> FaultyCache::Link::Marked(const ports::PeriodKey& key) {
  return Answers() ? cache_.boards_.Marked(key) : Away();
}

absl::Status FaultyCache::Link::Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                                        std::vector<domain::Place> places) {
  return Told([&cache = cache_, key, mark, places = std::move(places)] {
    cache.keys_.insert(key);
    return cache.boards_.Replace(key, mark, places);
  });
}

absl::Status FaultyCache::Link::Apply(const ports::PeriodKey& key, const ports::Mark& from,
                                      const ports::Mark& to,
                                      std::span<const ports::ScoreChange> changes) {
  std::vector<ports::ScoreChange> kept(changes.begin(), changes.end());
  return Told([&cache = cache_, key, from, to, kept = std::move(kept)]() -> absl::Status {
    if (cache.compares_marks_) {
      return cache.boards_.Apply(key, from, to, kept);
    }
    const absl::StatusOr<ports::Mark> mark = cache.boards_.Marked(key);
    return mark.ok() ? cache.boards_.Apply(key, *mark, to, kept) : mark.status();
  });
}

absl::Status FaultyCache::Link::Drop(const ports::PeriodKey& key) {
  return Told([&cache = cache_, key] { return cache.boards_.Drop(key); });
}

absl::StatusOr<ports::PeriodCopy> FaultyCache::Link::ReadAll(const ports::PeriodKey& key) {
  return Answers() ? cache_.boards_.ReadAll(key) : Away();
}

}  // namespace perigee::simulation
