#include "server/jobs/board/shared_boards.h"

#include <future>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "server/core/status_macros.h"
#include "server/jobs/board/score_changes.h"
#include "server/ports/executor.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/telemetry.h"
#include "server/use_cases/board/standings.h"

namespace perigee::jobs {
namespace {

// Beyond this gap, replacing a whole period costs less than finding the changes.
constexpr domain::Revision kGapMax = 5000;
constexpr int kMendTries = 4;
// How long moves wait for others. A copy serves servers that start, so it need not be newer.
constexpr std::chrono::milliseconds kBetweenSteps{100};
// Beyond this gap, catching up from the journal costs more than reading a large board from the
// store.
constexpr domain::Revision kFetchGapMax = 50'000;

}  // namespace

SharedBoards::SharedBoards(ports::BoardCopies& shared, ports::Boards& memory,
                           const ports::Store& store, ports::Executor& executor,
                           ports::Telemetry& telemetry, std::chrono::milliseconds retry_after,
                           std::shared_ptr<Worker> worker)
    : shared_(shared),
      memory_(memory),
      store_(store),
      executor_(executor),
      telemetry_(telemetry),
      retry_after_(retry_after),
      worker_(std::move(worker)) {
  worker_->Post([this] { Probe(); });
}

SharedBoards::~SharedBoards() { Stop(); }

void SharedBoards::Stop() { worker_->Stop(); }

std::optional<ports::PeriodCopy> SharedBoards::Fetch(const ports::PeriodKey& key) {
  if (!up_) {
    return std::nullopt;
  }
  const absl::StatusOr<ports::Mark> mark = shared_.Marked(key);
  if (absl::IsUnavailable(mark.status())) {
    Away();
  }
  if (!mark.ok() || !IsWorthIt(key, *mark)) {
    return std::nullopt;
  }
  absl::StatusOr<ports::PeriodCopy> copy = shared_.ReadAll(key);
  // The period may have moved on, or been replaced, since its mark was read.
  if (!copy.ok() || (copy->mark != *mark && !IsWorthIt(key, copy->mark))) {
    return std::nullopt;
  }
  return *std::move(copy);
}

bool SharedBoards::IsWorthIt(const ports::PeriodKey& key, const ports::Mark& mark) {
  bool worth = false;
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto hash, reader.journal().HashAt(key.program, mark.revision));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(key.program));
    worth = hash == mark.hash && head - mark.revision <= kFetchGapMax;
    return absl::OkStatus();
  });
  return read.ok() && worth;
}

void SharedBoards::Keep(const ports::PeriodKey& key, const std::string& asset) {
  {
    const std::lock_guard lock(mutex_);
    entries_[key].asset = asset;
  }
  worker_->Post([this, key] { Mend(key); });
}

bool SharedBoards::IsKnownAt(const ports::PeriodKey& key, const ports::Mark& mark) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(key);
  return it != entries_.end() && it->second.known == mark;
}

void SharedBoards::SetKnown(const ports::PeriodKey& key, std::optional<ports::Mark> known) {
  const std::lock_guard lock(mutex_);
  if (const auto it = entries_.find(key); it != entries_.end()) {
    it->second.known = known;
  }
}

void SharedBoards::Away() {
  {
    const std::lock_guard lock(mutex_);
    if (!up_.exchange(false)) {
      return;
    }
    for (auto& [key, entry] : entries_) {
      entry.known.reset();
    }
  }
  telemetry_.ProjectionFailed("redis");
  ProbeLater();
}

void SharedBoards::SayUp(bool up) {
  const std::lock_guard lock(mutex_);
  telemetry_.RedisUp(up);
  if (said_up_ == up) {
    return;
  }
  said_up_ = up;
  if (up) {
    spdlog::info("event=redis_up");
  } else {
    spdlog::warn("event=redis_away effect=\"reads do not notice\"");
  }
}

void SharedBoards::ProbeLater() {
  SayUp(false);
  executor_.After(retry_after_, [this, worker = std::weak_ptr(worker_)] {
    // The worker lives no longer than this object, and takes no work after it was stopped.
    if (const auto alive = worker.lock()) {
      alive->Post([this] { Probe(); });
    }
  });
}

void SharedBoards::Probe() {
  if (absl::IsUnavailable(shared_.Marked(ports::PeriodKey{}).status())) {
    ProbeLater();
    return;
  }
  // Set before the periods are listed: a period that is added later finds the cache up and is
  // mended.
  up_ = true;
  SayUp(true);
  for (const ports::PeriodKey& key : Keys()) {
    if (!up_) {
      return;
    }
    Mend(key);
  }
}

std::vector<ports::PeriodKey> SharedBoards::Keys() {
  std::vector<ports::PeriodKey> keys;
  const std::lock_guard lock(mutex_);
  keys.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    keys.push_back(key);
  }
  return keys;
}

void SharedBoards::Follow(const std::string& program, domain::Revision through,
                          std::vector<Move> moves) {
  {
    const std::lock_guard lock(mutex_);
    if (!up_) {
      return;  // Once the cache is back, all periods are mended from memory.
    }
    for (Move& move : moves) {
      AddWaiting(std::move(move));
    }
    const bool waited = !waiting_through_.empty();
    waiting_through_[program] = through;
    if (waited) {
      return;
    }
  }
  executor_.After(kBetweenSteps, [this, worker = std::weak_ptr(worker_)] {
    if (const auto alive = worker.lock()) {
      alive->Post([this] { FollowAll(); });
    }
  });
}

void SharedBoards::AddWaiting(Move move) {
  const auto [it, first] = waiting_.try_emplace(move.key, Waiting{move.from, move.to, {}});
  Waiting& waiting = it->second;
  if (!first && waiting.to != move.from) {
    // The period left the memory and came back, so what lies between the two moves is not known.
    waiting = {move.from, move.to, {}};
    if (const auto entry = entries_.find(move.key); entry != entries_.end()) {
      entry->second.known.reset();
    }
  }
  waiting.to = move.to;
  for (ports::ScoreChange& change : move.changes) {
    waiting.scores.insert_or_assign(std::move(change.member_id), change.score);
  }
}

void SharedBoards::FollowAll() {
  std::map<ports::PeriodKey, Waiting> waiting;
  std::map<std::string, domain::Revision> through;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    through.swap(waiting_through_);
  }
  for (const auto& [key, moves] : waiting) {
    FollowOne(key, moves);
  }
  if (up_) {
    for (const auto& [program, revision] : through) {
      telemetry_.Projected(program, "redis", revision);
    }
  }
}

void SharedBoards::FollowOne(const ports::PeriodKey& key, const Waiting& waiting) {
  bool lost = false;
  ports::Mark from = waiting.from;
  {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(key);
    if (!up_ || it == entries_.end() ||
        (it->second.known && it->second.known->revision >= waiting.to.revision)) {
      return;  // The period is not kept, or was copied from memory, which has these moves already.
    }
    lost = !it->second.known;
    if (!lost && it->second.known->revision >= from.revision) {
      // The copy may be part of the way already: another server moved it, or it was copied from
      // memory meanwhile. The step still fits, because it gives the final place of every member
      // that it names.
      from = *it->second.known;
    }
  }
  if (lost) {
    Mend(key);  // The obstacle that kept the period from being mended may be gone.
    return;
  }
  std::vector<ports::ScoreChange> changes;
  changes.reserve(waiting.scores.size());
  for (const auto& [member, score] : waiting.scores) {
    changes.push_back({member, score});
  }
  const absl::Status applied = shared_.Apply(key, from, waiting.to, changes);
  if (applied.ok()) {
    SetKnown(key, waiting.to);
  } else if (absl::IsUnavailable(applied)) {
    Away();
  } else {
    Mend(key);
  }
}

void SharedBoards::Mend(const ports::PeriodKey& key) {
  std::string asset;
  {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(key);
    if (!up_ || it == entries_.end()) {
      return;
    }
    asset = it->second.asset;
  }
  SetKnown(key, std::nullopt);
  for (int i = 0; i < kMendTries; ++i) {
    if (MendOnce(key, asset)) {
      return;
    }
  }
  Replace(key);
}

bool SharedBoards::MendOnce(const ports::PeriodKey& key, const std::string& asset) {
  const absl::StatusOr<ports::Mark> here = memory_.Marked(key);
  if (!here.ok()) {
    return true;  // Dropped meanwhile. When it is held again, its next move brings it back.
  }
  const absl::StatusOr<ports::Mark> there = shared_.Marked(key);
  if (absl::IsUnavailable(there.status())) {
    Away();
    return true;
  }
  if (!there.ok()) {
    return Replace(key);
  }
  if (*there == *here) {
    SetKnown(key, *there);
    return true;
  }
  const absl::StatusOr<Gap> gap = ReadGap(key, asset, *there);
  if (!gap.ok()) {
    return true;  // The store is away. The period is tried again at its next move.
  }
  if (gap->ours && there->revision > here->revision) {
    // Another server moved it on. It is right, and our projection will get there.
    SetKnown(key, *there);
    return true;
  }
  if (!gap->ours && absl::IsUnavailable(shared_.Drop(key))) {
    Away();
    return true;
  }
  if (!gap->ours || !gap->small) {
    return Replace(key);
  }
  return CloseGap(key, *there, *gap).value_or(false);
}

absl::StatusOr<SharedBoards::Gap> SharedBoards::ReadGap(const ports::PeriodKey& key,
                                                        const std::string& asset,
                                                        const ports::Mark& mark) {
  Gap gap;
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(auto hash, reader.journal().HashAt(key.program, mark.revision));
    gap.ours = hash == mark.hash;
    PERIGEE_ASSIGN_OR_RETURN(gap.head, reader.journal().Head(key.program));
    gap.small = gap.ours && gap.head - mark.revision <= kGapMax;
    if (!gap.small) {
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::JournalEntry> entries,
        reader.journal().Read(key.program, mark.revision, static_cast<int>(kGapMax)));
    Touches touches;
    for (const domain::JournalEntry& entry : entries) {
      NoteEntry(entry, asset, Interval{}, touches);
    }
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                             reader.members().Merged(key.program));
    NoteHeads(merged, touches);
    std::vector<domain::MemberKey> keys;
    for (const auto& [member, touch] : touches) {
      keys.push_back(member);
    }
    PERIGEE_ASSIGN_OR_RETURN(use_cases::MembersByKey members,
                             use_cases::ReadMembers(reader, key.program, keys));
    // A member who is gone from the store may still have a place under an id that is no longer
    // known.
    gap.small = members.size() == keys.size();
    for (const auto& [member_key, member] : members) {
      gap.member_ids.push_back(member.id);
    }
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return gap;
}

std::optional<bool> SharedBoards::CloseGap(const ports::PeriodKey& key, const ports::Mark& mark,
                                           const Gap& gap) {
  const absl::StatusOr<ports::Slice> now = memory_.PlacesOf(key, gap.member_ids);
  if (!now.ok() || now->mark.revision > gap.head) {
    return std::nullopt;
  }
  std::map<std::string, std::optional<domain::Score>> scores;
  for (const std::string& id : gap.member_ids) {
    scores[id] = std::nullopt;
  }
  for (const domain::RankedPlace& ranked : now->places) {
    scores[ranked.place.member_id] = ranked.place.score;
  }
  std::vector<ports::ScoreChange> changes;
  changes.reserve(scores.size());
  for (auto& [id, score] : scores) {
    changes.push_back({id, score});
  }
  const absl::Status applied = shared_.Apply(key, mark, now->mark, changes);
  if (applied.ok()) {
    SetKnown(key, now->mark);
    return true;
  }
  if (absl::IsUnavailable(applied)) {
    Away();
    return true;
  }
  return std::nullopt;
}

bool SharedBoards::Replace(const ports::PeriodKey& key) {
  const auto started = std::chrono::steady_clock::now();
  absl::StatusOr<ports::PeriodCopy> all = memory_.ReadAll(key);
  if (!all.ok()) {
    return true;
  }
  const absl::Status replaced = shared_.Replace(key, all->mark, std::move(all->places));
  if (replaced.ok()) {
    SetKnown(key, all->mark);
    telemetry_.BoardRebuilt("redis", std::chrono::steady_clock::now() - started);
  } else if (absl::IsUnavailable(replaced)) {
    Away();
  }
  return true;
}

void SharedBoards::Drop(const ports::PeriodKey& key) {
  {
    const std::lock_guard lock(mutex_);
    if (entries_.erase(key) == 0) {
      return;
    }
  }
  worker_->Post([this, key] {
    if (up_ && absl::IsUnavailable(shared_.Drop(key))) {
      Away();
    }
  });
}

void SharedBoards::Forget(const std::string& program) {
  std::vector<ports::PeriodKey> gone;
  {
    const std::lock_guard lock(mutex_);
    waiting_through_.erase(program);
    for (const auto& [key, entry] : entries_) {
      if (key.program == program) {
        gone.push_back(key);
      }
    }
  }
  for (const ports::PeriodKey& key : gone) {
    Drop(key);
  }
}

std::optional<ports::BoardView::Comparison> SharedBoards::Verify(
    const ports::PeriodKey& key, const std::string& asset, domain::Revision revision,
    const domain::PlacesDigest& expected) {
  {
    const std::lock_guard lock(mutex_);
    entries_[key].asset = asset;
  }
  auto answer = std::make_shared<std::promise<std::optional<ports::BoardView::Comparison>>>();
  auto future = answer->get_future();
  const bool posted = worker_->Post([this, key, revision, expected, answer] {
    absl::StatusOr<ports::PeriodCopy> copy;
    // Another server may move the period on in between.
    for (int i = 0; i < kMendTries && (i == 0 || (copy.ok() && !IsKnownAt(key, copy->mark))); ++i) {
      Mend(key);
      copy = shared_.ReadAll(key);
    }
    const absl::StatusOr<ports::Mark> here = memory_.Marked(key);
    if (absl::IsUnavailable(copy.status())) {
      Away();
    }
    if (absl::IsNotFound(copy.status())) {
      Replace(key);  // Damage that the mark does not show. Nothing else would mend it.
    }
    if (!up_ || !copy.ok() || !here.ok()) {
      answer->set_value(std::nullopt);
      return;
    }
    const domain::PlacesDigest digest = domain::DigestOf(copy->places);
    const bool known = IsKnownAt(key, copy->mark);
    if (known && copy->mark.revision > revision && digest != expected) {
      answer->set_value(std::nullopt);
      return;
    }
    // If another server moved the period over entries that change nothing in it, its mark is ahead
    // of the memory, and it is still right.
    ports::BoardView::Comparison comparison{"redis", known && digest == expected, digest};
    if (!comparison.equal) {
      Replace(key);
    }
    answer->set_value(std::move(comparison));
  });
  return posted ? future.get() : std::nullopt;
}

}  // namespace perigee::jobs
