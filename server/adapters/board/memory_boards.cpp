#include "server/adapters/board/memory_boards.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace perigee::adapters {

using ports::Mark;
using ports::PeriodCopy;
using ports::PeriodKey;
using ports::Slice;

namespace {

absl::Status NotHeld() { return absl::NotFoundError("the period is not held"); }

std::size_t CountOf(int limit) { return static_cast<std::size_t>(std::max(limit, 0)); }

}  // namespace

std::shared_ptr<MemoryBoards::Held> MemoryBoards::FindHeld(const PeriodKey& key) {
  const std::shared_lock lock(mutex_);
  const auto found = periods_.find(key);
  return found == periods_.end() ? nullptr : found->second;
}

template <class Read>
auto MemoryBoards::Reading(const PeriodKey& key, const Read& read)
    -> absl::StatusOr<decltype(read(std::declval<const Held&>()))> {
  const std::shared_ptr<Held> held = FindHeld(key);
  if (held == nullptr) {
    return NotHeld();
  }
  const std::shared_lock lock(held->mutex);
  if (held->ranking == nullptr) {
    return NotHeld();
  }
  return read(*held);
}

absl::StatusOr<Mark> MemoryBoards::Marked(const PeriodKey& key) {
  return Reading(key, [](const Held& held) { return held.mark; });
}

absl::Status MemoryBoards::Replace(const PeriodKey& key, const Mark& mark,
                                   std::vector<domain::Place> places) {
  auto ranking = std::make_unique<Ranking>(key.scheme);
  if (!ranking->Fill(std::move(places))) {
    return absl::InvalidArgumentError("a member stands twice in one period");
  }
  std::shared_ptr<Held> held;
  {
    const std::unique_lock lock(mutex_);
    std::shared_ptr<Held>& slot = periods_[key];
    if (slot == nullptr) {
      slot = std::make_shared<Held>();
    }
    held = slot;
  }
  // The old ranking is freed by this thread after the lock, not by a reader.
  const std::unique_lock lock(held->mutex);
  if (held->ranking != nullptr && held->mark.revision > mark.revision) {
    return absl::AbortedError("the period stands at a later revision");
  }
  held->mark = mark;
  held->ranking.swap(ranking);
  return absl::OkStatus();
}

absl::Status MemoryBoards::Apply(const PeriodKey& key, const Mark& from, const Mark& to,
                                 std::span<const ports::ScoreChange> changes) {
  const std::shared_ptr<Held> held = FindHeld(key);
  if (held == nullptr) {
    return NotHeld();
  }
  const std::unique_lock lock(held->mutex);
  if (held->ranking == nullptr) {
    return NotHeld();
  }
  if (held->mark != from) {
    return absl::AbortedError("the period does not stand where the batch starts");
  }
  for (const ports::ScoreChange& change : changes) {
    held->ranking->Set(change.member_id, change.score);
  }
  held->mark = to;
  return absl::OkStatus();
}

absl::Status MemoryBoards::Drop(const PeriodKey& key) {
  std::shared_ptr<Held> held;
  {
    const std::unique_lock lock(mutex_);
    const auto found = periods_.find(key);
    if (found == periods_.end()) {
      return absl::OkStatus();
    }
    held = std::move(found->second);
    periods_.erase(found);
  }
  std::unique_ptr<Ranking> ranking;
  const std::unique_lock lock(held->mutex);
  held->ranking.swap(ranking);
  return absl::OkStatus();
}

absl::StatusOr<PeriodCopy> MemoryBoards::ReadAll(const PeriodKey& key) {
  return Reading(key, [](const Held& held) { return PeriodCopy{held.mark, held.ranking->All()}; });
}

absl::StatusOr<Slice> MemoryBoards::Top(const PeriodKey& key,
                                        const std::optional<domain::Place>& after, int limit) {
  return Reading(key, [&](const Held& held) {
    const Ranking& ranking = *held.ranking;
    return Slice{ranking.Places(after ? ranking.IndexAfter(*after) : 0, CountOf(limit)),
                 static_cast<std::int64_t>(ranking.size()), held.mark};
  });
}

absl::StatusOr<Slice> MemoryBoards::Around(const PeriodKey& key, const std::string& member_id,
                                           int limit) {
  return Reading(key, [&](const Held& held) {
    const Ranking& ranking = *held.ranking;
    Slice slice{{}, static_cast<std::int64_t>(ranking.size()), held.mark};
    const std::optional<std::size_t> index = ranking.IndexOf(member_id);
    const std::size_t count = std::min(CountOf(limit), ranking.size());
    if (index && count > 0) {
      const std::size_t before = std::min(*index, (CountOf(limit) - 1) / 2);
      slice.places = ranking.Places(std::min(*index - before, ranking.size() - count), count);
    }
    return slice;
  });
}

absl::StatusOr<Slice> MemoryBoards::PlacesOf(const PeriodKey& key,
                                             std::span<const std::string> member_ids) {
  return Reading(key, [&](const Held& held) {
    const Ranking& ranking = *held.ranking;
    Slice slice{{}, static_cast<std::int64_t>(ranking.size()), held.mark};
    for (const std::string& member_id : member_ids) {
      if (const std::optional<std::size_t> index = ranking.IndexOf(member_id)) {
        slice.places.push_back(std::move(ranking.Places(*index, 1).front()));
      }
    }
    return slice;
  });
}

absl::StatusOr<domain::PlacesDigest> MemoryBoards::Digest(const PeriodKey& key, Mark* mark) {
  return Reading(key, [&](const Held& held) {
    *mark = held.mark;
    return held.ranking->Digest();
  });
}

}  // namespace perigee::adapters
