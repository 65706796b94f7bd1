// The writing half of BoardProjection: it moves periods on and checks them.

#include <algorithm>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/board/projection_pass.h"
#include "server/ports/clock.h"
#include "server/ports/member/member_directory.h"
#include "server/ports/telemetry.h"
#include "server/use_cases/board/standings.h"

namespace perigee::jobs {

using State = HeldPeriod::State;

namespace {

constexpr std::chrono::seconds kRestAfter{2};
constexpr std::chrono::milliseconds kPauseWhenNobodyLooks{100};
// Passes take at most about a tenth of a processor, unless this longest pause is too short for
// that.
constexpr int kPausePerPass = 10;
constexpr std::chrono::milliseconds kPauseMax{20};
constexpr std::chrono::seconds kBetweenShares{1};

}  // namespace

bool BoardProjection::LookedAt(const HeldPeriod& period) {
  return clock_.Now() - period.last_read < kRestAfter ||
         listeners_.Any(period.key.program, period.key.board);
}

ProjectionPass BoardProjection::Begin(const ProgramPtr& program, const HeldPeriod* verified) {
  const Time start = clock_.Now();
  ProjectionPass pass = BeginPass(
      program, [&](const HeldPeriod& period) { return &period == verified || LookedAt(period); },
      options_.rest_max);
  pass.start = start;
  return pass;
}

std::chrono::milliseconds BoardProjection::PauseOf(const std::string& program) {
  const ProgramPtr known = Known(program);
  if (known == nullptr || waits_.Any()) {
    return std::chrono::milliseconds(0);
  }
  return known->looked_at ? known->pause.load() : kPauseWhenNobodyLooks;
}

absl::Status BoardProjection::CatchUp(const std::string& program, domain::Revision head) {
  if (head == kDeleted) {
    ForgetProgram(program);
    return absl::OkStatus();
  }
  const absl::StatusOr<ProgramPtr> opened = Open(program);
  if (!opened.ok()) {
    return absl::IsNotFound(opened.status()) ? absl::OkStatus() : opened.status();
  }
  const std::lock_guard lock((*opened)->applying);
  if ((*opened)->old_names.empty()) {
    ProjectionPass pass = Begin(*opened);
    if (pass.from >= head) {
      return absl::OkStatus();
    }
    if (FeedPass(tools_, head, pass)) {
      FinishPass(pass);
      return absl::OkStatus();
    }
  }
  const absl::Status status = AdvanceByStore(*opened);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;  // The feed tells of the deletion.
}

absl::Status BoardProjection::Advance(const std::string& program, domain::Revision head) {
  absl::Status status = CatchUp(program, head);
  if (!status.ok()) {
    follower_->Retry(program, head);
  }
  return status;
}

absl::Status BoardProjection::AdvanceByStore(const ProgramPtr& program) {
  ProjectionPass pass = Begin(program);
  PERIGEE_RETURN_IF_ERROR(
      store_.Read([&](ports::StoreReader& reader) { return ReadPass(reader, tools_, pass); }));
  FinishPass(pass);
  return absl::OkStatus();
}

void BoardProjection::FinishPass(ProjectionPass& pass) {
  ProjectedProgram& program = *pass.program;
  // The names are read before listeners are called. While the store does not answer, the names are
  // old and the scores are right.
  const bool names_late = !program.old_names.empty();
  program.old_names.insert(pass.changed_members.begin(), pass.changed_members.end());
  const std::vector<domain::MemberKey> renamed(program.old_names.begin(), program.old_names.end());
  const bool named = renamed.empty() || directory_.Refresh(program.id, renamed).ok();
  if (named) {
    program.old_names.clear();
  } else {
    follower_->Retry(program.id, kEndOfJournal);
  }
  std::set<std::string> changed;
  std::vector<SharedBoards::Move> moves;
  std::vector<ports::PeriodKey> gone;
  bool again = false;
  bool share = false;
  {
    const std::lock_guard lock(program.mutex);
    for (ProjectionPass::Part& part : pass.parts) {
      part.changes.names_changed |= names_late && named;
      share |= part.period->state == State::kCatchingUp;
      FinishPart(pass, part, changed, moves);
    }
    if (pass.redefined) {
      Redefine(pass, changed);
    }
    program.projected = std::max(program.projected, pass.head.revision);
    program.has_merged = !program.merged.empty();
    program.next_term = std::min(program.next_term, pass.first_term);
    program.noted_term = std::min(program.noted_term, pass.first_term);
    if (pass.stranger_gone) {
      program.copies_since = pass.head.revision;
    }
    std::erase_if(program.periods, [&](const auto& item) {
      HeldPeriod& period = *item.second;
      period.final |=
          !pass.finals.empty() && pass.finals.contains({period.key.board, period.key.period});
      if (period.state == State::kReady && period.through < program.projected) {
        // The period was built during the pass, at an older head than the pass reached.
        period.state = State::kCatchingUp;
        again = true;
      }
      if (period.state != State::kGone) {
        return false;
      }
      static_cast<void>(memory_.Drop(period.key));
      gone.push_back(period.key);
      return true;
    });
    if (!gone.empty()) {
      program.asked.clear();
    }
    // Otherwise only time makes a period a past one.
    share |=
        !gone.empty() || !pass.finals.empty() || clock_.Now() - program.shared_at >= kBetweenShares;
  }
  const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(
      kPausePerPass * (clock_.Now() - pass.start));
  program.pause = std::clamp(pause, std::chrono::milliseconds(0), kPauseMax);
  program.moved.notify_all();
  waits_.Reached(program.id, pass.head.revision);
  telemetry_.Projected(program.id, "memory", pass.head.revision);
  if (shared_) {
    for (const ports::PeriodKey& key : gone) {
      shared_->Drop(key);
    }
    shared_->Follow(program.id, pass.head.revision, std::move(moves));
    if (share) {
      Share(pass.program);
    }
  }
  for (const std::string& board : changed) {
    listeners_.Notify(program.id, board);
  }
  if (again) {
    follower_->Look(program.id, pass.head.revision);
  }
}

void BoardProjection::FinishPart(const ProjectionPass& pass, ProjectionPass::Part& part,
                                 std::set<std::string>& changed,
                                 std::vector<SharedBoards::Move>& moves) {
  HeldPeriod& period = *part.period;
  period.moving = false;
  if (period.state == State::kGone) {
    return;
  }
  if (part.lost) {
    period.state = State::kGone;
    changed.insert(period.key.board);
    return;
  }
  // A period that was built meanwhile may be ahead of the entries from the feed.
  period.through = std::max(period.through, pass.head.revision);
  if (part.moved) {
    moves.push_back({period.key, period.mark, pass.head, std::move(part.changes.scores)});
    period.mark = pass.head;
  }
  if (part.changes.scores_changed || part.changes.names_changed ||
      period.state == State::kCatchingUp) {
    period.version = ++versions_;
    changed.insert(period.key.board);
  }
  period.state = State::kReady;
}

void BoardProjection::Redefine(const ProjectionPass& pass, std::set<std::string>& changed) {
  ProjectedProgram& program = *pass.program;
  const auto epoch_in = [](const std::map<std::string, DefinitionPtr>& boards,
                           const std::string& board) {
    const auto it = boards.find(board);
    return it == boards.end() ? domain::Revision{0} : it->second->board.epoch;
  };
  for (const auto& [board, definition] : program.boards) {
    if (epoch_in(pass.boards, board) != definition->board.epoch) {
      changed.insert(board);
    }
  }
  program.boards = pass.boards;
  for (const auto& [key, period] : program.periods) {
    if (epoch_in(program.boards, key.board) != key.epoch) {
      period->state = State::kGone;
    }
  }
}

absl::StatusOr<std::vector<BoardProjection::Comparison>> BoardProjection::Verify(
    const Query& query, domain::Revision* revision) {
  PERIGEE_ASSIGN_OR_RETURN(const Ready ready, MakeReady(query));
  const HeldPeriod& period = *ready.period;
  // No period moves meanwhile, so that all caches are compared at one revision.
  const std::lock_guard lock(ready.program->applying);
  ProjectionPass pass = Begin(ready.program, &period);
  std::vector<Comparison> comparisons;
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_RETURN_IF_ERROR(ReadPass(reader, tools_, pass));
    return CompareMemory(reader, period, pass, comparisons);
  });
  PERIGEE_RETURN_IF_ERROR(read);
  FinishPass(pass);
  *revision = pass.head.revision;
  const bool shared = [&] {
    const std::lock_guard program_lock(ready.program->mutex);
    return period.shared;
  }();
  if (shared) {
    std::optional<Comparison> comparison = shared_->Verify(
        period.key, period.definition->board.asset, pass.head.revision, comparisons.front().digest);
    if (comparison) {
      comparisons.push_back(*std::move(comparison));
    }
  }
  return comparisons;
}

absl::Status BoardProjection::CompareMemory(ports::StoreReader& reader, const HeldPeriod& period,
                                            ProjectionPass& pass,
                                            std::vector<Comparison>& comparisons) {
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<domain::Place> places,
      ReadPlaces(reader, pass.program->id, period, pass.head.revision, directory_));
  const domain::PlacesDigest truth = domain::DigestOf(places);
  ports::Mark mark;
  PERIGEE_ASSIGN_OR_RETURN(const domain::PlacesDigest held, memory_.Digest(period.key, &mark));
  comparisons.push_back({"store", true, truth});
  comparisons.push_back({"memory", held == truth, held});
  if (held != truth) {
    PERIGEE_RETURN_IF_ERROR(memory_.Replace(period.key, pass.head, std::move(places)));
    for (ProjectionPass::Part& part : pass.parts) {
      if (part.period.get() == &period) {
        part.moved = true;
        part.changes.scores_changed = true;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::jobs
