#include "server/jobs/board_projection.h"

#include <algorithm>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/jobs/programs.h"
#include "server/jobs/projection_pass.h"
#include "server/ports/standings.h"

namespace perigee::jobs {
namespace {

using State = HeldPeriod::State;

constexpr int kReadTries = 8;
// A build of a large board takes longer than readers wait for a revision.
constexpr std::chrono::seconds kBuildPatience{30};

absl::StatusOr<domain::Period> SettlePeriod(const BoardDefinition& definition,
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

absl::Status BoardNotFound(const std::string& program, const std::string& board) {
  return NotFound(FormatName(kBoardPattern, {program, board}));
}

DefinitionPtr DefinitionIn(ProjectedProgram& program, const std::string& board) {
  const std::lock_guard lock(program.mutex);
  const auto it = program.boards.find(board);
  return it == program.boards.end() ? nullptr : it->second;
}

// Under the programme's mutex.
void LetGo(ProjectedProgram& program, const PeriodPtr& period, ports::Boards& memory) {
  const auto it = program.periods.find(period->key);
  if (it != program.periods.end() && it->second == period) {
    program.periods.erase(it);
    // An empty or missing period is what is wanted here, so the answer says nothing new.
    static_cast<void>(memory.Drop(period->key));
  }
  period->state = State::kGone;
}

}  // namespace

BoardProjection::BoardProjection(Parts parts, Options options)
    : store_(parts.store),
      memory_(parts.memory),
      directory_(parts.directory),
      clock_(parts.clock),
      executor_(parts.executor),
      telemetry_(parts.telemetry),
      options_(std::move(options)),
      worker_(options_.make_worker()) {
  if (parts.shared != nullptr) {
    shared_.emplace(*parts.shared, memory_, store_, executor_, telemetry_, options_.retry_after,
                    options_.make_worker());
  }
}

BoardProjection::~BoardProjection() { Stop(); }

void BoardProjection::Stop() {
  worker_->Stop();
  if (shared_) {
    shared_->Stop();
  }
}

absl::Status BoardProjection::Start() {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(store_));
  for (const std::string& program : programs) {
    PERIGEE_RETURN_IF_ERROR(Open(program).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<ProgramPtr> BoardProjection::Open(const std::string& program) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = programs_.find(program); it != programs_.end()) {
      return it->second;
    }
  }
  auto opened = std::make_shared<ProjectedProgram>(program);
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(opened->projected, reader.Head(program));
    PERIGEE_ASSIGN_OR_RETURN(opened->boards, ReadDefinitions(reader, program));
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  if (opened->projected == 0) {
    return NotFound(FormatName(kProgramPattern, {program}));
  }
  const std::lock_guard lock(mutex_);
  return programs_.try_emplace(program, opened).first->second;
}

absl::Status BoardProjection::AwaitRevision(const ProgramPtr& program, domain::Revision revision,
                                            Deadline deadline) {
  std::unique_lock lock(program->mutex);
  const bool reached =
      program->moved.wait_until(lock, deadline, [&] { return program->projected >= revision; });
  if (reached) {
    return absl::OkStatus();
  }
  return Error(Reason::kRevisionNotReached,
               "the board has not reached revision " + std::to_string(revision),
               {{"revision", std::to_string(revision)}});
}

absl::StatusOr<DefinitionPtr> BoardProjection::FindDefinition(const ProgramPtr& program,
                                                              const std::string& board,
                                                              Deadline deadline) {
  if (DefinitionPtr definition = DefinitionIn(*program, board)) {
    return definition;
  }
  // It may have been made a moment ago: what the store has by now decides.
  domain::Revision head = 0;
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(head, reader.Head(program->id));
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  Committed(program->id, head);
  PERIGEE_RETURN_IF_ERROR(AwaitRevision(program, head, deadline));
  if (DefinitionPtr definition = DefinitionIn(*program, board)) {
    return definition;
  }
  return BoardNotFound(program->id, board);
}

absl::StatusOr<BoardProjection::Ready> BoardProjection::Prepare(const Query& query,
                                                                Deadline deadline) {
  PERIGEE_ASSIGN_OR_RETURN(const ProgramPtr program, Open(query.program));
  PERIGEE_RETURN_IF_ERROR(AwaitRevision(program, query.min_revision, deadline));
  for (int i = 0; i < kReadTries; ++i) {
    PERIGEE_ASSIGN_OR_RETURN(const DefinitionPtr definition,
                             FindDefinition(program, query.board, deadline));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Period period, SettlePeriod(*definition, query));
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Ready> ready,
                             ReadyPeriod(program, definition, period, query.now));
    if (ready) {
      return *std::move(ready);
    }
  }
  return Error(Reason::kStoreUnavailable, "the board changes faster than it can be built");
}

absl::StatusOr<std::optional<BoardProjection::Ready>> BoardProjection::ReadyPeriod(
    const ProgramPtr& program, const DefinitionPtr& definition, const domain::Period& period,
    Time now) {
  const ports::PeriodKey key = KeyOf(program->id, definition->board, period);
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
  }
  if (build) {
    PERIGEE_RETURN_IF_ERROR(Build(program, held));
    MakeRoom(program, now);
  }
  std::unique_lock lock(program->mutex);
  const bool settled = program->moved.wait_for(lock, kBuildPatience, [&] {
    return held->state == State::kReady || held->state == State::kGone;
  });
  if (!settled) {
    return Error(Reason::kStoreUnavailable, "the board is still being built");
  }
  if (held->state == State::kGone) {
    PERIGEE_RETURN_IF_ERROR(held->failure);
    return std::nullopt;
  }
  return Ready{program, held, held->mark, program->projected, BelongsInFront(*held, now)};
}

absl::Status BoardProjection::Build(const ProgramPtr& program, const PeriodPtr& period) {
  const auto started = std::chrono::steady_clock::now();
  ports::Mark mark;
  bool defined = true;
  absl::Status status = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(mark, ReadMark(reader, program->id));
    PERIGEE_ASSIGN_OR_RETURN(const auto definitions, ReadDefinitions(reader, program->id));
    const auto it = definitions.find(period->key.board);
    defined = it != definitions.end() && it->second->board.epoch == period->key.epoch;
    if (!defined) {
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Place> places,
                             ReadPlaces(reader, program->id, *period, mark.revision));
    return memory_.Replace(period->key, mark, std::move(places));
  });
  if (status.ok() && !defined) {
    // The store is ahead of the projection here: let it come to the new definition first.
    Advance(program->id);
  }
  bool behind = false;
  {
    const std::lock_guard lock(program->mutex);
    if (!status.ok() || !defined || period->state == State::kGone) {
      period->failure = status;
      LetGo(*program, period, memory_);
    } else {
      period->mark = mark;
      period->through = mark.revision;
      period->version = ++versions_;
      behind = mark.revision < program->projected;
      period->state = behind ? State::kCatchingUp : State::kReady;
    }
  }
  program->moved.notify_all();
  telemetry_.BoardRebuilt("memory", std::chrono::steady_clock::now() - started);
  if (behind) {
    Advance(program->id);
  }
  return absl::OkStatus();
}

void BoardProjection::MakeRoom(const ProgramPtr& program, Time now) {
  const std::lock_guard lock(program->mutex);
  std::vector<PeriodPtr> past;
  for (const auto& [key, period] : program->periods) {
    if (period->state == State::kReady && !BelongsInFront(*period, now)) {
      past.push_back(period);
    }
  }
  std::ranges::sort(past, {}, &HeldPeriod::last_use);
  const std::size_t room = options_.past_periods_max;
  for (std::size_t i = 0; i + room < past.size(); ++i) {
    LetGo(*program, past[i], memory_);
    if (shared_) {
      shared_->Drop(past[i]->key);
    }
  }
}

bool BoardProjection::BelongsInFront(const HeldPeriod& period, Time now) {
  const BoardDefinition& of = *period.definition;
  return period.period.interval.Contains(now) ||
         (!period.final &&
          domain::NextPeriod(of.board, of.zone, period.period).interval.Contains(now));
}

absl::StatusOr<ports::Slice> BoardProjection::ReadReady(const Ready& ready,
                                                        const SharedBoards::ReadSlice& read) {
  if (shared_ && ready.in_front) {
    std::optional<ports::Slice> slice =
        shared_->Read(ready.period->key, ready.period->definition->board.asset, ready.mark, read);
    if (slice) {
      return *std::move(slice);
    }
  }
  return read(memory_, ready.period->key);
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Read(const Query& query,
                                                       const SharedBoards::ReadSlice& read) {
  const Deadline deadline = std::chrono::steady_clock::now() + query.patience;
  absl::Status lost;
  for (int i = 0; i < kReadTries; ++i) {
    PERIGEE_ASSIGN_OR_RETURN(const Ready ready, Prepare(query, deadline));
    absl::StatusOr<ports::Slice> slice = ReadReady(ready, read);
    if (!slice.ok()) {
      // Let go between the look and the read.
      lost = slice.status();
      Forget(ready.program, ready.period);
      continue;
    }
    return ports::ViewSlice{std::move(slice->places), slice->total,
                            std::max(ready.projected, slice->mark.revision), ready.period->period,
                            ready.period->key.epoch};
  }
  return lost;
}

void BoardProjection::Forget(const ProgramPtr& program, const PeriodPtr& period) {
  const std::lock_guard lock(program->mutex);
  LetGo(*program, period, memory_);
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Top(const Query& query,
                                                      const std::optional<domain::Place>& after,
                                                      int limit) {
  return Read(query, [&](ports::Boards& boards, const ports::PeriodKey& key) {
    return boards.Top(key, after, limit);
  });
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Around(const Query& query,
                                                         const std::string& member_id, int limit) {
  return Read(query, [&](ports::Boards& boards, const ports::PeriodKey& key) {
    return boards.Around(key, member_id, limit);
  });
}

absl::StatusOr<ports::ViewSlice> BoardProjection::Find(const Query& query,
                                                       std::span<const std::string> member_ids) {
  return Read(query, [&](ports::Boards& boards, const ports::PeriodKey& key) {
    return boards.Find(key, member_ids);
  });
}

absl::StatusOr<domain::Board> BoardProjection::Definition(const std::string& program,
                                                          const std::string& board) {
  PERIGEE_ASSIGN_OR_RETURN(const ProgramPtr opened, Open(program));
  PERIGEE_ASSIGN_OR_RETURN(
      const DefinitionPtr definition,
      FindDefinition(opened, board, std::chrono::steady_clock::now() + Query{}.patience));
  return definition->board;
}

absl::StatusOr<std::uint64_t> BoardProjection::Version(const Query& query) {
  ProgramPtr program;
  {
    const std::lock_guard lock(mutex_);
    const auto it = programs_.find(query.program);
    if (it == programs_.end()) {
      return NotFound(FormatName(kProgramPattern, {query.program}));
    }
    program = it->second;
  }
  const DefinitionPtr definition = DefinitionIn(*program, query.board);
  if (definition == nullptr) {
    return BoardNotFound(query.program, query.board);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Period period, SettlePeriod(*definition, query));
  const std::lock_guard lock(program->mutex);
  const auto it = program->periods.find(KeyOf(program->id, definition->board, period));
  if (it == program->periods.end() || it->second->state != State::kReady ||
      program->projected < query.min_revision) {
    return 0;
  }
  it->second->last_use = ++program->uses;
  return it->second->version;
}

std::shared_ptr<void> BoardProjection::Subscribe(const std::string& program,
                                                 const std::string& board,
                                                 std::function<void()> listener) {
  return listeners_.Add(program, board, std::move(listener));
}

}  // namespace perigee::jobs
