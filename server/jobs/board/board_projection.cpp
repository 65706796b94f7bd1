// The reading half of BoardProjection.

#include "server/jobs/board/board_projection.h"

#include <algorithm>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/jobs/board/projection_pass.h"
#include "server/jobs/programs.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_directory.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/member/terms.h"
#include "server/use_cases/board/standings.h"

namespace perigee::jobs {
namespace {

using State = HeldPeriod::State;

constexpr int kReadTries = 8;

absl::StatusOr<domain::Period> ResolvePeriod(const BoardDefinition& definition,
                                             const BoardProjection::Query& query) {
  if (query.period == "current") {
    return domain::PeriodAt(definition.board, definition.zone, query.now);
  }
  return domain::PeriodById(definition.board, definition.zone, query.period);
}

ports::PeriodKey KeyOf(const std::string& program, const domain::Board& board,
                       const domain::Period& period) {
  return {program, board.id, board.epoch, period.id, board.scheme};
}

domain::Revision Projected(ProjectedProgram& program) {
  const std::lock_guard lock(program.mutex);
  return program.projected;
}

absl::Status CheckReached(ProjectedProgram& program, domain::Revision revision) {
  if (Projected(program) >= revision) {
    return absl::OkStatus();
  }
  return Error(Reason::kRevisionNotReached,
               "the board has not reached revision " + std::to_string(revision),
               {{"revision", std::to_string(revision)}});
}

DefinitionPtr DefinitionIn(const ProjectedProgram& program, const std::string& board) {
  const auto it = program.boards.find(board);
  return it == program.boards.end() ? nullptr : it->second;
}

// Called with the programme's mutex held.
PeriodPtr AskedBefore(ProjectedProgram& program, const BoardProjection::Query& query) {
  const auto board = program.asked.find(query.board);
  if (board == program.asked.end()) {
    return nullptr;
  }
  const auto it = board->second.find(query.period);
  if (it == board->second.end() || it->second->state != State::kReady ||
      (query.period == "current" && !it->second->period.present.Contains(query.now))) {
    return nullptr;
  }
  return it->second;
}

// Called with the programme's mutex held. Null if the period is not held or not ready.
PeriodPtr HeldReady(ProjectedProgram& program, const BoardProjection::Query& query) {
  if (PeriodPtr period = AskedBefore(program, query)) {
    return period;
  }
  const DefinitionPtr definition = DefinitionIn(program, query.board);
  if (definition == nullptr) {
    return nullptr;
  }
  const absl::StatusOr<domain::Period> period = ResolvePeriod(*definition, query);
  if (!period.ok()) {
    return nullptr;
  }
  const auto it = program.periods.find(KeyOf(program.id, definition->board, *period));
  if (it == program.periods.end() || it->second->state != State::kReady) {
    return nullptr;
  }
  return program.asked[query.board][query.period] = it->second;
}

}  // namespace

BoardProjection::BoardProjection(Parts parts, Options options)
    : store_(parts.store),
      tools_{parts.feed, parts.memory, parts.directory},
      memory_(parts.memory),
      directory_(parts.directory),
      terms_(parts.terms),
      clock_(parts.clock),
      executor_(parts.executor),
      telemetry_(parts.telemetry),
      options_(std::move(options)),
      waits_(executor_) {
  const std::shared_ptr<Worker> worker = options_.make_worker();
  if (parts.shared != nullptr) {
    shared_.emplace(*parts.shared, memory_, store_, executor_, telemetry_, options_.retry_after,
                    options_.make_worker());
  }
  follower_.emplace(
      Follower::Parts{parts.feed, executor_, telemetry_},
      Follower::Options{"memory", options_.retry_after, worker,
                        [this](const std::string& program) { return PauseOf(program); }},
      [this](const std::string& program, domain::Revision head) { return CatchUp(program, head); });
  follower_->Start();
}

BoardProjection::~BoardProjection() { Stop(); }

void BoardProjection::Stop() {
  follower_->Stop();
  if (shared_) {
    shared_->Stop();
  }
  waits_.EndAll();
}

absl::Status BoardProjection::Start() {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(store_));
  for (const std::string& program : programs) {
    PERIGEE_RETURN_IF_ERROR(Open(program).status());
  }
  return absl::OkStatus();
}

ProgramPtr BoardProjection::Known(const std::string& program) {
  const std::lock_guard lock(mutex_);
  const auto it = programs_.find(program);
  return it == programs_.end() ? nullptr : it->second;
}

absl::StatusOr<ProgramPtr> BoardProjection::Open(const std::string& program) {
  for (;;) {
    std::uint64_t deletions = 0;
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = programs_.find(program); known != programs_.end()) {
        return known->second;
      }
      deletions = deletions_;
    }
    auto opened = std::make_shared<ProjectedProgram>(program);
    const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(opened->projected, reader.journal().Head(program));
      PERIGEE_ASSIGN_OR_RETURN(opened->boards, ReadDefinitions(reader, program));
      PERIGEE_ASSIGN_OR_RETURN(opened->merged, reader.members().Merged(program));
      opened->has_merged = !opened->merged.empty();
      return absl::OkStatus();
    });
    PERIGEE_RETURN_IF_ERROR(read);
    if (opened->projected == 0) {
      return NotFound(FormatName(kProgramPattern, {program}));
    }
    const std::lock_guard lock(mutex_);
    if (deletions == deletions_) {
      return programs_.try_emplace(program, opened).first->second;
    }
    // The view of the store may be from before the deletion.
  }
}

absl::StatusOr<DefinitionPtr> BoardProjection::RequireDefinition(ProgramPtr& program,
                                                                 const std::string& board) {
  for (const bool last : {false, true}) {
    {
      const std::lock_guard lock(program->mutex);
      if (DefinitionPtr definition = DefinitionIn(*program, board)) {
        return definition;
      }
    }
    if (!last) {
      // The board may have been made a moment ago. The store's present state decides.
      PERIGEE_RETURN_IF_ERROR(Advance(program->id, kEndOfJournal));
      PERIGEE_ASSIGN_OR_RETURN(program, Open(program->id));
    }
  }
  return NotFound(FormatName(kBoardPattern, {program->id, board}));
}

absl::Status BoardProjection::SettleTerms(ProjectedProgram& program, Time now) {
  const auto is_settled = [&] {
    const std::lock_guard lock(program.mutex);
    return now < program.next_term;
  };
  if (is_settled()) {
    return absl::OkStatus();
  }
  const std::lock_guard settling(program.settling);
  if (is_settled()) {
    return absl::OkStatus();
  }
  {
    const std::lock_guard lock(program.mutex);
    program.noted_term = kEndOfTime;
  }
  PERIGEE_ASSIGN_OR_RETURN(const Time next, terms_.Settle(program.id, now));
  // Somebody else may have settled what was due. Their entries may not be applied here yet.
  PERIGEE_RETURN_IF_ERROR(Advance(program.id, kEndOfJournal));
  const std::lock_guard lock(program.mutex);
  program.next_term = std::min(next, program.noted_term);
  return absl::OkStatus();
}

std::optional<BoardProjection::Ready> BoardProjection::FindReady(const Query& query) {
  const ProgramPtr program = Known(query.program);
  if (program == nullptr) {
    return std::nullopt;
  }
  const std::lock_guard lock(program->mutex);
  const PeriodPtr period =
      program->projected < query.min_revision || query.now >= program->next_term
          ? nullptr
          : HeldReady(*program, query);
  if (period == nullptr) {
    return std::nullopt;
  }
  period->last_use = ++program->uses;
  period->last_read = query.now;
  program->looked_at = true;
  return Ready{
      program, period, {period->version, program->projected}, period->moving, program->has_merged};
}

absl::StatusOr<BoardProjection::Ready> BoardProjection::MakeReady(const Query& query) {
  for (int i = 0; i < kReadTries; ++i) {
    PERIGEE_ASSIGN_OR_RETURN(ProgramPtr program, Open(query.program));
    PERIGEE_RETURN_IF_ERROR(SettleTerms(*program, query.now));
    if (std::optional<Ready> ready = FindReady(query)) {
      return *std::move(ready);
    }
    if (Projected(*program) < query.min_revision) {
      // The store's present state decides.
      PERIGEE_RETURN_IF_ERROR(Advance(program->id, kEndOfJournal));
      PERIGEE_RETURN_IF_ERROR(CheckReached(*program, query.min_revision));
    }
    PERIGEE_ASSIGN_OR_RETURN(const DefinitionPtr definition,
                             RequireDefinition(program, query.board));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Period period, ResolvePeriod(*definition, query));
    PERIGEE_RETURN_IF_ERROR(HoldPeriod(program, definition, period));
  }
  return Error(Reason::kStoreUnavailable, "the board changes faster than it can be built");
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Read(const Query& query, Ids member_ids,
                                                       ReadSlice read) {
  absl::Status lost;
  for (int i = 0; i < kReadTries; ++i) {
    std::optional<Ready> ready = FindReady(query);
    if (!ready) {
      if (query.at_once) {
        return WouldBlock();
      }
      PERIGEE_ASSIGN_OR_RETURN(ready, MakeReady(query));
    }
    const HeldPeriod& period = *ready->period;
    std::vector<std::string> heads;
    if (ready->has_merged) {
      PERIGEE_ASSIGN_OR_RETURN(heads, directory_.HeadsOf(query.program, member_ids, query.at_once));
    }
    absl::StatusOr<ports::Slice> slice =
        read(period.key, ready->has_merged ? Ids(heads) : member_ids);
    if (slice.ok()) {
      return ports::ViewSlice{std::move(slice->places), slice->total,
                              std::max(ready->state.revision, slice->mark.revision), period.period,
                              period.key.epoch};
    }
    // The period was dropped between the look and the read.
    lost = slice.status();
    Forget(ready->program, ready->period);
  }
  return lost;
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Top(const Query& query,
                                                      const std::optional<domain::Place>& after,
                                                      int limit) {
  return Read(query, {},
              [&](const ports::PeriodKey& key, Ids) { return memory_.Top(key, after, limit); });
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Around(const Query& query,
                                                         const std::string& member_id, int limit) {
  return Read(query, {&member_id, 1}, [&](const ports::PeriodKey& key, Ids ids) {
    return memory_.Around(key, ids.front(), limit);
  });
}

absl::StatusOr<ports::ViewSlice> BoardProjection::PlacesOf(
    const Query& query, std::span<const std::string> member_ids) {
  return Read(query, member_ids,
              [&](const ports::PeriodKey& key, Ids ids) { return memory_.PlacesOf(key, ids); });
}

absl::StatusOr<domain::Board> BoardProjection::Definition(const std::string& program,
                                                          const std::string& board) {
  PERIGEE_ASSIGN_OR_RETURN(ProgramPtr opened, Open(program));
  PERIGEE_ASSIGN_OR_RETURN(const DefinitionPtr definition, RequireDefinition(opened, board));
  return definition->board;
}

std::optional<BoardProjection::PeriodState> BoardProjection::StateOf(const Query& query) {
  const std::optional<Ready> ready = FindReady(query);
  return ready && !ready->moving ? std::optional(ready->state) : std::nullopt;
}

void BoardProjection::WhenReached(const std::string& program, domain::Revision revision,
                                  std::function<void()> then) {
  const ProgramPtr known = Known(program);
  if (known == nullptr || Projected(*known) >= revision) {
    then();
    return;
  }
  waits_.Add(program, revision, std::move(then));
  // Another server may have written the revision, and the word of that commit may be late.
  follower_->Look(program, revision);
  // The programme may have reached the revision meanwhile.
  waits_.Reached(program, Projected(*known));
}

std::shared_ptr<void> BoardProjection::Subscribe(const std::string& program,
                                                 const std::string& board,
                                                 std::function<void()> listener) {
  std::shared_ptr<void> listening = listeners_.Add(program, board, std::move(listener));
  if (const ProgramPtr known = Known(program)) {
    known->looked_at = true;
  }
  return listening;
}

}  // namespace perigee::jobs
