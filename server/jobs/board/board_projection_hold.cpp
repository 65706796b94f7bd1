// The in-process cache of BoardProjection: how periods enter and leave it.

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/board/projection_pass.h"
#include "server/ports/clock.h"
#include "server/ports/executor.h"
#include "server/ports/member/member_directory.h"
#include "server/ports/telemetry.h"

namespace perigee::jobs {
namespace {

using State = HeldPeriod::State;

constexpr std::chrono::seconds kBuildPatience{30};

// Called with the programme's mutex held.
void LetGo(ProjectedProgram& program, const PeriodPtr& period, ports::Boards& memory) {
  const auto it = program.periods.find(period->key);
  const bool made_anew = it != program.periods.end() && it->second != period;
  if (!made_anew) {
    if (it != program.periods.end()) {
      program.periods.erase(it);
      program.asked.clear();
    }
    // A period that became gone while it was built is in the cache all the same. A period that is
    // missing already is as good as dropped, so the answer does not matter.
    static_cast<void>(memory.Drop(period->key));
  }
  period->state = State::kGone;
}

bool IsBuilt(const HeldPeriod& period) {
  return period.state == State::kReady || period.state == State::kResting;
}

// Whether many readers are likely: the present period, or the previous one while it is open. Called
// with the programme's mutex held.
bool IsPresent(const HeldPeriod& period, Time now) {
  const BoardDefinition& of = *period.definition;
  return period.period.present.Contains(now) ||
         (!period.final &&
          domain::NextPeriod(of.board, of.zone, period.period).present.Contains(now));
}

}  // namespace

absl::Status BoardProjection::HoldPeriod(const ProgramPtr& program, const DefinitionPtr& definition,
                                         const domain::Period& period) {
  const domain::Board& board = definition->board;
  const ports::PeriodKey key{program->id, board.id, board.epoch, period.id, board.scheme};
  PeriodPtr held;
  bool build = false;
  {
    const std::lock_guard lock(program->mutex);
    PeriodPtr& slot = program->periods[key];
    if (slot == nullptr) {
      slot = std::make_shared<HeldPeriod>(key, definition, period);
      build = true;
    }
    held = slot;
    held->last_use = ++program->uses;
    held->last_read = clock_.Now();
    if (held->state == State::kResting) {
      held->state = held->through < program->projected ? State::kCatchingUp : State::kReady;
    }
  }
  if (build) {
    Build(program, held);
    MakeRoom(program);
    Share(program);
  }
  std::unique_lock lock(program->mutex);
  const bool built = program->moved.wait_for(lock, kBuildPatience,
                                             [&] { return held->state != State::kBuilding; });
  if (!built) {
    return Error(Reason::kStoreUnavailable, "the board is still being built");
  }
  if (held->state == State::kCatchingUp) {
    // Advances on this thread, after any running pass. So the reader learns why the period cannot
    // move on, and does not wait for another thread's next try.
    const domain::Revision head = program->projected;
    lock.unlock();
    return Advance(program->id, head);
  }
  return held->state == State::kGone ? held->failure : absl::OkStatus();
}

void BoardProjection::Build(const ProgramPtr& program, const PeriodPtr& period) {
  const auto started = std::chrono::steady_clock::now();
  domain::Revision copies_since = 0;
  {
    const std::lock_guard lock(program->mutex);
    copies_since = program->copies_since;
  }
  const absl::StatusOr<Filled> filled = Fill(*period, copies_since);
  const bool defined = filled.ok() && filled->defined;
  if (filled.ok() && !defined) {
    // The store is ahead of the projection, which must reach the new definition first. If it
    // cannot, the next reader comes here again.
    static_cast<void>(Advance(program->id, kEndOfJournal));
  }
  {
    const std::lock_guard lock(program->mutex);
    if (program->forgotten) {
      directory_.ForgetProgram(program->id);  // The build may have taught it old names.
    }
    if (!defined || period->state == State::kGone || program->forgotten) {
      period->failure = filled.status();
      LetGo(*program, period, memory_);
    } else {
      period->mark = filled->mark;
      period->through = filled->mark.revision;
      period->version = ++versions_;
      period->state = period->through < program->projected ? State::kCatchingUp : State::kReady;
    }
  }
  program->moved.notify_all();
  telemetry_.BoardRebuilt("memory", std::chrono::steady_clock::now() - started);
}

absl::StatusOr<BoardProjection::Filled> BoardProjection::Fill(const HeldPeriod& period,
                                                              domain::Revision copies_since) {
  const ports::PeriodKey& key = period.key;
  std::optional<ports::PeriodCopy> copy = shared_ ? shared_->Fetch(key) : std::nullopt;
  if (copy && copy->mark.revision < copies_since) {
    copy.reset();
  }
  Filled filled;
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto definitions, ReadDefinitions(reader, key.program));
    const auto it = definitions.find(key.board);
    filled.defined = it != definitions.end() && it->second->board.epoch == key.epoch;
    if (!filled.defined) {
      return absl::OkStatus();
    }
    if (copy) {
      filled.mark = copy->mark;
      LearnLater(key.program, copy->places);
      return memory_.Replace(key, filled.mark, std::move(copy->places));
    }
    PERIGEE_ASSIGN_OR_RETURN(filled.mark, ReadMark(reader, key.program));
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::Place> places,
        ReadPlaces(reader, key.program, period, filled.mark.revision, directory_));
    return memory_.Replace(key, filled.mark, std::move(places));
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return filled;
}

// Reads that come before the names are loaded ask for the names that they need.
void BoardProjection::LearnLater(const std::string& program,
                                 const std::vector<domain::Place>& places) {
  std::vector<std::string> ids;
  ids.reserve(places.size());
  for (const domain::Place& place : places) {
    ids.push_back(place.member_id);
  }
  static_cast<void>(executor_.Submit([this, program, ids = std::move(ids)] {
    static_cast<void>(
        directory_.Load(program, std::vector<std::string_view>(ids.begin(), ids.end())));
  }));
}

void BoardProjection::MakeRoom(const ProgramPtr& program) {
  const Time now = clock_.Now();
  std::vector<PeriodPtr> past;
  {
    const std::lock_guard lock(program->mutex);
    for (const auto& [key, period] : program->periods) {
      if (IsBuilt(*period) && !IsPresent(*period, now)) {
        past.push_back(period);
      }
    }
    std::ranges::sort(past, {}, &HeldPeriod::last_use);
    past.resize(past.size() - std::min(past.size(), options_.past_periods_max));
    for (const PeriodPtr& period : past) {
      LetGo(*program, period, memory_);
    }
  }
  if (shared_) {
    for (const PeriodPtr& period : past) {
      shared_->Drop(period->key);
    }
  }
}

void BoardProjection::Share(const ProgramPtr& program) {
  if (!shared_) {
    return;
  }
  const Time now = clock_.Now();
  std::vector<PeriodPtr> come;
  std::vector<PeriodPtr> gone;
  {
    const std::lock_guard lock(program->mutex);
    program->shared_at = now;
    for (const auto& [key, period] : program->periods) {
      if (IsBuilt(*period) && period->shared != IsPresent(*period, now)) {
        period->shared = !period->shared;
        (period->shared ? come : gone).push_back(period);
      }
    }
  }
  for (const PeriodPtr& period : come) {
    shared_->Keep(period->key, period->definition->board.asset);
  }
  for (const PeriodPtr& period : gone) {
    shared_->Drop(period->key);
  }
}

void BoardProjection::Forget(const ProgramPtr& program, const PeriodPtr& period) {
  const std::lock_guard lock(program->mutex);
  LetGo(*program, period, memory_);
}

void BoardProjection::ForgetProgram(const std::string& program) {
  ProgramPtr known;
  {
    const std::lock_guard lock(mutex_);
    ++deletions_;
    if (const auto node = programs_.extract(program)) {
      known = node.mapped();
    }
  }
  if (known == nullptr) {
    directory_.ForgetProgram(program);
    return;
  }
  std::map<std::string, DefinitionPtr> boards;
  {
    const std::lock_guard pass_lock(known->applying);
    const std::lock_guard lock(known->mutex);
    known->forgotten = true;
    for (const auto& [key, period] : std::exchange(known->periods, {})) {
      period->state = State::kGone;
      static_cast<void>(memory_.Drop(key));
    }
    known->asked.clear();
    boards.swap(known->boards);
    directory_.ForgetProgram(program);
  }
  known->moved.notify_all();
  waits_.Reached(program, kEndOfJournal);
  if (shared_) {
    shared_->Forget(program);
  }
  for (const auto& [board, definition] : boards) {
    listeners_.Notify(program, board);
  }
}

}  // namespace perigee::jobs
