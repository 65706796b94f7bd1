#include "server/adapters/sql/unit_runner.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/request_secret.h"
#include "server/adapters/sql/member/erasure.h"
#include "server/adapters/sql/program/deletion.h"
#include "server/adapters/sql/sql_leases.h"
#include "server/adapters/sql/working_reader.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/ports/due_reader.h"

namespace perigee::sql {
namespace {

using std::chrono::microseconds;

constexpr int kTriesMax = 8;
constexpr microseconds kFirstPause{1000};
constexpr microseconds kPauseMax{100'000};

// Sleeps for a random time whose upper bound doubles with each try, so that two transactions that
// collided do not collide again.
void Pause(int tries) {
  thread_local std::minstd_rand random{std::random_device()()};
  const microseconds longest = std::min(kPauseMax, kFirstPause * (1 << tries));
  std::this_thread::sleep_for(
      microseconds(std::uniform_int_distribution<std::int64_t>(0, longest.count())(random)));
}

}  // namespace

std::vector<absl::StatusOr<ports::Outcome>> UnitRunner::Run(
    std::span<const ports::Unit* const> units) {
  written_.clear();
  deleted_.clear();
  Outcomes outcomes;
  outcomes.reserve(units.size());
  absl::Status failed = RunTogether(units, outcomes);
  const auto goes_on = [&] {
    return key_store_.ran_out() ||
           (ReasonOf(failed) != Reason::kStoreUnavailable && ReasonOf(failed) != Reason::kConflict);
  };
  while (units.size() > 1 && outcomes.size() < units.size() && goes_on()) {
    failed = RunTogether(units.subspan(outcomes.size(), 1), outcomes);
    if (!failed.ok() && goes_on()) {
      outcomes.emplace_back(failed);
    }
  }
  while (outcomes.size() < units.size()) {
    outcomes.emplace_back(failed);
  }
  return outcomes;
}

absl::Status UnitRunner::RunTogether(std::span<const ports::Unit* const> units,
                                     Outcomes& outcomes) {
  const std::size_t before = outcomes.size();
  absl::Status failed;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    // Most units need no new key, so a failure does not matter yet.
    const absl::Status provided = key_store_.Provide(units.size());
    failed = TryTogether(units, outcomes);
    if (failed.ok()) {
      for (auto& [program, entries] : pending_) {
        std::ranges::move(entries, std::back_inserter(written_[program]));
      }
      const std::set<std::string> just_deleted = pending_deleted_;
      deleted_.merge(pending_deleted_);
      // Nobody can read the texts any more in any case. After a failure the erasure is still due.
      if (key_store_.Destroy(doomed_).ok()) {
        GoOnDeleting(just_deleted);
      }
      return failed;
    }
    outcomes.erase(outcomes.begin() + static_cast<std::ptrdiff_t>(before), outcomes.end());
    if (key_store_.ran_out()) {
      PERIGEE_RETURN_IF_ERROR(provided);
      continue;
    }
    // A programme that does not exist cannot be locked, so another server may just have made it.
    const bool made_elsewhere =
        tries == 0 && units.size() == 1 && missing_ && ReasonOf(failed) == Reason::kAlreadyExists;
    if (ReasonOf(failed) != Reason::kConflict && !made_elsewhere) {
      return failed;
    }
    Pause(tries);
  }
  return failed;
}

// Whatever fails here is still due, and is done later.
void UnitRunner::GoOnDeleting(const std::set<std::string>& programs) {
  for (const std::string& program : programs) {
    ports::Unit unit;
    unit.program = program;
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
      const ports::Due due = Deletion::AfterItsKeys(program);
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::Due> still_due,
                               reader.due().StillDue({&due, 1}));
      ports::Decision decision;
      if (!still_due.empty()) {
        decision.deletion = due;
      }
      return decision;
    };
    const ports::Unit* const only = &unit;
    Outcomes ignored;
    static_cast<void>(TryTogether({&only, 1}, ignored));
  }
}

absl::Status UnitRunner::TryTogether(std::span<const ports::Unit* const> units,
                                     Outcomes& outcomes) {
  pending_.clear();
  pending_deleted_.clear();
  doomed_.clear();
  half_written_ = false;
  PERIGEE_RETURN_IF_ERROR(connection_.BeginWrite());
  absl::Status status = RunAll(units, outcomes);
  if (status.ok()) {
    const auto start = std::chrono::steady_clock::now();
    status = connection_.Commit();
    commit_time_ = std::chrono::steady_clock::now() - start;
  } else {
    connection_.Rollback();
  }
  set_.End(status.ok());
  return status;
}

absl::Status UnitRunner::RunAll(std::span<const ports::Unit* const> units, Outcomes& outcomes) {
  PERIGEE_RETURN_IF_ERROR(Prepare(units));
  WorkingReader reader(connection_, set_);
  for (const ports::Unit* unit : units) {
    outcomes.push_back(RunOne(*unit, reader));
    PERIGEE_RETURN_IF_ERROR(connection_.Broken());
    if (half_written_) {
      return outcomes.back().status();
    }
  }
  return set_.Flush();
}

absl::Status UnitRunner::Prepare(std::span<const ports::Unit* const> units) {
  std::set<std::string> programs;
  std::vector<RequestName> requests;
  std::map<std::string, std::vector<const ports::Lookups*>> expected;
  for (const ports::Unit* unit : units) {
    programs.insert(unit->program);
    expected[unit->program].push_back(&unit->lookups);
    if (unit->request.has_value()) {
      requests.push_back({unit->program, unit->by, RequestSecret(unit->request->id).id_hash()});
    }
  }
  requests_.clear();
  set_.Begin(programs);
  JournalRepository journal(connection_);
  std::map<std::string, JournalHead> heads;
  PERIGEE_RETURN_IF_ERROR(journal.LockHeads(programs, heads));
  PERIGEE_RETURN_IF_ERROR(journal.AskRequests(requests, requests_));
  for (const auto& [program, lookups] : expected) {
    PERIGEE_RETURN_IF_ERROR(set_.Find(program)->Ask(lookups));
  }
  PERIGEE_RETURN_IF_ERROR(connection_.Sync());
  missing_ = std::ranges::any_of(heads, [](const auto& head) { return head.second.revision == 0; });
  for (const auto& [program, head] : heads) {
    if (!set_.Lock(program, head)) {
      PERIGEE_RETURN_IF_ERROR(set_.Find(program)->Ask(expected[program]));
    }
  }
  return connection_.Sync();
}

absl::StatusOr<ports::Outcome> UnitRunner::RunOne(const ports::Unit& unit, WorkingReader& reader) {
  if (unit.request.has_value()) {
    const RequestSecret secret(unit.request->id);
    const auto first = requests_.find({unit.program, unit.by, secret.id_hash()});
    if (first != requests_.end()) {
      if (first->second.content != secret.ContentHash(unit.request->content)) {
        return Error(Reason::kRequestIdReused,
                     "the request id was used before with other content: make a new one",
                     {{"request_id", unit.request->id.Hex()}});
      }
      if (!first->second.answer.has_value()) {
        return Error(Reason::kRequestAnswerErased,
                     "the request was done, and its answer was erased with a member that it names: "
                     "read what it changed",
                     {{"request_id", unit.request->id.Hex()}});
      }
      std::optional<std::string> answer = secret.OpenAnswer(*first->second.answer);
      if (!answer.has_value()) {
        return Error(Reason::kInternal, "the answer to the request cannot be read");
      }
      return ports::Outcome{first->second.revision, *std::move(answer), true};
    }
  }
  if (unit.lease.has_value()) {
    PERIGEE_RETURN_IF_ERROR(CheckHeld(connection_, *unit.lease));
  }
  const JournalHead head = set_.Find(unit.program)->head();
  if (head.closed && !unit.in_closed) {
    return domain::ProgramClosed(unit.program);
  }
  if (unit.cursor.has_value()) {
    PERIGEE_RETURN_IF_ERROR(
        JournalRepository(connection_).CheckCursor(unit.program, *unit.cursor, head.revision));
  }
  const Time now = std::max(unit.now, head.time);
  PERIGEE_ASSIGN_OR_RETURN(ports::Decision decision, unit.decide(reader, {head.revision + 1, now}));
  const auto* made = decision.changes.records.Last<domain::Program>();
  const bool writes = !decision.changes.Empty() || decision.draft.has_value() ||
                      decision.erasure.has_value() || decision.deletes_program;
  if (made != nullptr ? made->id != unit.program : writes && head.revision == 0) {
    return Error(Reason::kInternal, "a unit of work changed a programme that is not its own");
  }
  half_written_ = true;
  PERIGEE_RETURN_IF_ERROR(Write(unit, now, decision));
  half_written_ = false;
  return ports::Outcome{decision.made_at.value_or(set_.Find(unit.program)->head().revision),
                        std::move(decision.answer), decision.made_at.has_value()};
}

absl::Status UnitRunner::Write(const ports::Unit& unit, Time now, ports::Decision& decision) {
  if (decision.deletes_program) {
    // What earlier units of the transaction have not written yet is not needed any more.
    set_.Delete(unit.program);
    pending_deleted_.insert(unit.program);
    std::erase_if(requests_,
                  [&](const auto& known) { return known.first.program == unit.program; });
    return Deletion(connection_).Begin(unit.program, doomed_);
  }
  if (decision.deletion.has_value()) {
    return Deletion(connection_).GoOn(*decision.deletion, doomed_);
  }
  WorkingProgram& program = *set_.Find(unit.program);
  const JournalHead& head = program.head();
  if (decision.draft.has_value()) {
    PERIGEE_RETURN_IF_ERROR(BoardRepository(connection_).Write(unit.program, *decision.draft, now));
  }
  if (decision.erasure.has_value()) {
    program.ForgetRows();
    PERIGEE_RETURN_IF_ERROR(Erasure(connection_).GoOn(*decision.erasure));
    if (const auto member = MemberOfErasureKey(decision.erasure->key)) {
      PERIGEE_RETURN_IF_ERROR(Doom(unit.program, *member));
    }
  }
  const bool changed = !decision.changes.Empty();
  RequestName name{unit.program, unit.by, {}};
  Remembered remembered;
  if (unit.request.has_value()) {
    const RequestSecret secret(unit.request->id);
    name.id_hash = secret.id_hash();
    remembered.content = secret.ContentHash(unit.request->content);
    remembered.answer = secret.SealAnswer(decision.answer);
  }
  if (changed) {
    EntryCause cause{unit.by, {}, unit.method};
    if (unit.request.has_value()) {
      cause.request = domain::ProveRequest(name.id_hash, remembered.content, *remembered.answer);
    }
    const std::vector<domain::MemberKey> erased = decision.changes.erased;
    PERIGEE_ASSIGN_OR_RETURN(WrittenEntry written,
                             program.Write(cause, std::move(decision.changes), now));
    for (const domain::MemberKey& member : erased) {
      PERIGEE_RETURN_IF_ERROR(Doom(unit.program, member));
    }
    pending_[unit.program].push_back(std::move(written));
  }
  if (unit.cursor.has_value()) {
    PERIGEE_RETURN_IF_ERROR(JournalRepository(connection_).Put(unit.program, *unit.cursor));
  }
  if (unit.request.has_value()) {
    remembered.revision = head.revision;
    PERIGEE_RETURN_IF_ERROR(
        JournalRepository(connection_).Remember(name, remembered, changed, now));
    requests_[name] = std::move(remembered);
  }
  return absl::OkStatus();
}

absl::Status UnitRunner::Doom(const std::string& program, const domain::MemberKey& member) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> slot,
                           TextKeyRepository(connection_).Doomed(program, member));
  if (slot.has_value()) {
    doomed_.push_back(*slot);
  }
  return absl::OkStatus();
}

}  // namespace perigee::sql
