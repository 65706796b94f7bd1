// Compares the outcomes of changes with the model.

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/sql_reader.h"
#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/due_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/program/program_reader.h"
#include "tests/simulation/decisions.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {
namespace {

std::optional<TransferName> OriginalOf(const std::optional<domain::TransferId>& id) {
  return id ? std::optional(TransferName(id->revision, id->index)) : std::nullopt;
}

Move MoveOf(const domain::Transfer& transfer) {
  Move move;
  move.name = {transfer.id.revision, transfer.id.index};
  move.debit = NameOf(transfer.debit);
  move.credit = NameOf(transfer.credit);
  move.amount = transfer.amount;
  move.kind = static_cast<MoveKind>(transfer.kind);
  move.effective = ToMicros(transfer.effective_time);
  move.record = ToMicros(transfer.record_time);
  if (transfer.expire_time) {
    move.expire = ToMicros(*transfer.expire_time);
  }
  move.original = OriginalOf(transfer.original);
  if (transfer.cap) {
    move.cap = absl::StrCat(MemberOf(transfer.cap->member), " ", transfer.cap->asset, " ",
                            ToMicros(transfer.cap->window_start));
  }
  move.cut = transfer.cut_amount;
  move.debit_after = transfer.debit_balance_after;
  move.credit_after = transfer.credit_balance_after;
  return move;
}

// Removes what depends on the order within a unit.
void ForgetOrder(std::vector<Move>& moves) {
  for (Move& move : moves) {
    move.name.second = 0;
    move.debit_after = move.credit_after = 0;
  }
  std::ranges::sort(moves);
}

bool IsFault(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  return !status.ok() &&
         (!reason || *reason == Reason::kStoreUnavailable || *reason == Reason::kInternal);
}

std::string Said(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  return status.ok() ? "OK" : reason ? std::string(ReasonName(*reason)) : status.ToString();
}

std::string ExpectedOf(const Verdict& verdict) {
  return verdict.refusal ? std::string(ReasonName(*verdict.refusal)) : "OK";
}

}  // namespace

absl::Status World::Observe(const std::function<absl::Status(ports::StoreReader&)>& body) {
  PERIGEE_RETURN_IF_ERROR(observer_->BeginRead());
  absl::Status status;
  {
    sql::SqlReader reader(*observer_);
    status = body(reader);
  }
  observer_->Rollback();
  return status;
}

void World::Commit(int at) {
  Server& server = *servers_[static_cast<std::size_t>(at)];
  if (server.waiting.empty()) {
    return;
  }
  std::vector<Waiting> waiting = std::exchange(server.waiting, {});
  std::span<Waiting> rest(waiting);
  while (!rest.empty() && !report_.failure) {
    const auto in_portions = std::ranges::find_if(rest, MakesFinalInPortions, &Waiting::operation);
    const auto before = static_cast<std::size_t>(in_portions - rest.begin());
    if (before > 0) {
      CommitTogether(server, rest.first(before));
    } else {
      MakeFinal(server, rest.front());
    }
    rest = rest.subspan(std::max<std::size_t>(before, 1));
  }
  CompareHead();
}

void World::CommitTogether(Server& server, std::span<Waiting> waiting) {
  JudgeTime();
  std::vector<ports::Unit> units;
  for (Waiting& one : waiting) {
    units.push_back(std::move(one.unit));
  }
  const int faults_before = server.faults.happened;
  server.faults.lost = false;
  head_before_ = model_.head();
  const auto outcomes = server.store().Commit(std::move(units));
  for (std::size_t i = 0; i < waiting.size() && !report_.failure; ++i) {
    Note(absl::StrCat("  -> ", Said(outcomes[i].status()), " ",
                      outcomes[i].ok() ? outcomes[i]->answer : "",
                      outcomes[i].ok() && outcomes[i]->replayed ? " (replayed)" : ""));
    Judge(waiting[i].operation, outcomes[i], server.faults, faults_before);
  }
}

void World::MakeFinal(Server& server, const Waiting& waiting) {
  const int faults_before = server.faults.happened;
  server.faults.lost = false;
  JudgeTime();
  InterruptClosing(server, [] {});
  const absl::StatusOr<ports::Outcome> outcome =
      use_cases::MakeFinal(server.store(), OrderOf(waiting.operation), waiting.unit, kResultLimits);
  server.store().Interrupt(0, nullptr);
  Note(absl::StrCat("  -> made final: ", Said(outcome.status()), " ",
                    outcome.ok() ? outcome->answer : "",
                    outcome.ok() && outcome->replayed ? " (replayed)" : ""));
  // The lost answer may be that of a portion.
  domain::Revision head = 0;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(head, reader.journal().Head(kProgram));
    return absl::OkStatus();
  });
  server.faults.lost = server.faults.lost && read.ok() && head > model_.head();
  Judge(waiting.operation, outcome, server.faults, faults_before);
}

void World::InterruptClosing(Server& server, const std::function<void()>& judge_so_far) {
  if (!interrupt_) {
    return;
  }
  server.store().Interrupt(interrupt_before_,
                           [judge_so_far, interrupt = std::exchange(interrupt_, nullptr)] {
                             judge_so_far();
                             interrupt();
                           });
}

void World::Judge(const Operation& operation, const absl::StatusOr<ports::Outcome>& outcome,
                  const StoreFaults& faults, int faults_before) {
  const bool unanswered = IsFault(outcome.status());
  if (unanswered && faults.happened == faults_before) {
    Fail("a change fails only where the store does", outcome.status().ToString());
  }
  TallyOf(operation).faults += unanswered ? 1 : 0;
  if (unanswered && !faults.lost) {
    return;  // The change must have no effect then.
  }
  const Verdict verdict = model_.Apply(operation);
  if (!unanswered && !outcome.ok()) {
    ++TallyOf(operation).refusals;
    if (!verdict.refusal || ReasonOf(outcome.status()) != verdict.refusal) {
      Fail("a change is refused for the right reason",
           absl::StrCat(Said(outcome.status()), " where it should be ", ExpectedOf(verdict)));
    }
    return;
  }
  if (outcome.ok()) {
    ++TallyOf(operation).changes;
    // Until an erasure has ended, an answer may be there. A retry that is committed together with
    // the erasure may be seen as the earlier one of the two.
    if (verdict.refusal == Reason::kRequestAnswerErased && outcome->replayed &&
        outcome->answer == verdict.erased_answer &&
        (verdict.erased_at > head_before_ || IsErasing(kEndOfTime))) {
      return;
    }
    if (verdict.refusal) {
      Fail("what must be refused is refused",
           absl::StrCat("OK where it should be ", ExpectedOf(verdict)));
      return;
    }
    if (outcome->answer != verdict.answer || outcome->replayed != verdict.replayed) {
      Fail("an answer is right, and the same to each retry",
           absl::StrCat("'", outcome->answer, "' where it should be '", verdict.answer, "'"));
      return;
    }
  }
  if (verdict.changed) {
    CompareEntry(verdict, true);
  }
}

bool World::IsErasing(Time by) {
  bool erasing = false;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto due, reader.due().List({}, 1000));
    erasing = std::ranges::any_of(due, [&](const ports::Due& one) {
      return one.kind == ports::DueKind::kErasure && one.time <= by;
    });
    return absl::OkStatus();
  });
  return read.ok() && erasing;
}

void World::CompareEntry(const Verdict& verdict, bool in_order) {
  std::vector<domain::JournalEntry> entries;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(entries, reader.journal().Read(kProgram, model_.head() - 1, 1));
    return absl::OkStatus();
  });
  if (!read.ok() || entries.empty() || entries[0].revision != model_.head()) {
    Fail("what was acknowledged is in the journal", absl::StrCat("revision ", model_.head()));
    return;
  }
  if (ToMicros(entries[0].time) != model_.last_time()) {
    Fail("an entry has the time of its unit", FormatTime(entries[0].time));
  }
  std::vector<Move> made;
  for (const domain::Transfer& transfer : entries[0].changes.ledger.transfers) {
    made.push_back(MoveOf(transfer));
  }
  std::vector<Move> expected = verdict.moves;
  if (!in_order) {
    ForgetOrder(made);
    ForgetOrder(expected);
  }
  for (std::size_t i = 0; i < std::max(made.size(), expected.size()); ++i) {
    const std::string is = i < made.size() ? Text(made[i]) : "nothing";
    const std::string should_be = i < expected.size() ? Text(expected[i]) : "nothing";
    if (is != should_be) {
      Fail("transfers are what the rules of the ledger make them",
           absl::StrCat(is, "\n      where it should be\n      ", should_be));
    }
  }
  for (const domain::PeriodResult& result : entries[0].changes.results) {
    CompareResult(result);
  }
}

void World::CompareResult(const domain::PeriodResult& head) {
  std::vector<domain::ResultEntry> entries;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(entries,
                             reader.boards().ResultEntries(kProgram, head.digest, 0, 1000));
    return absl::OkStatus();
  });
  const std::vector<ModelResult>* const results =
      model_.FindResults(head.board_created, head.period);
  const auto version = static_cast<std::size_t>(head.version);
  if (!read.ok() || results == nullptr || results->size() < version) {
    Fail("results are made when they are due", absl::StrCat(head.board, " ", head.period));
    return;
  }
  const std::vector<PageRow>& rows = (*results)[version - 1].rows;
  bool equal = rows.size() == entries.size();
  for (std::size_t i = 0; equal && i < rows.size(); ++i) {
    equal = entries[i].rank == rows[i].rank && MemberOf(entries[i].member) == rows[i].member &&
            entries[i].score.score == rows[i].score &&
            ToMicros(entries[i].score.reach_time) == rows[i].reach;
  }
  if (!equal) {
    Fail("results say who stood where",
         absl::StrCat(head.board, " ", head.period, " version ", head.version));
  }
}

void World::CompareHead() {
  domain::Revision head = 0;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(head, reader.journal().Head(kProgram));
    return absl::OkStatus();
  });
  if (!read.ok() || head != model_.head()) {
    Fail("what was not acknowledged is not there, and what was is",
         absl::StrCat("the journal is at ", head, " where it should be at ", model_.head()));
  }
}

void World::Excuse(const absl::Status& status, const Server& server, int faults_before) {
  if (!status.ok() && (!IsFault(status) || server.faults.happened == faults_before)) {
    Fail("a job fails only where the store does", status.ToString());
  }
}

void World::Expire(Server& server) {
  const int faults_before = server.faults.happened;
  const absl::Status leased = server.TakeLease();
  const absl::Status ran = leased.ok() ? server.expiry().RunOnce() : leased;
  Note(absl::StrCat("expire -> ", Said(ran)));
  Excuse(ran, server, faults_before);
  JudgeTime();
  if (ran.ok() && (model_.books().AnythingDue(Now()) || model_.champions().AnythingDue(Now()) ||
                   model_.badges().AnythingDue(Now()) || model_.tiers().AnythingDue(Now()) ||
                   IsErasing(clock_.Now()))) {
    Fail("what has run out is ended", FormatTime(clock_.Now()));
  }
  CompareHead();
}

Verdict World::JudgeExpiry(const domain::JournalEntry& entry) {
  std::set<TransferName> holds;
  std::set<std::string> accounts;
  for (const domain::Transfer& transfer : entry.changes.ledger.transfers) {
    if (transfer.kind == domain::TransferKind::kTimeout) {
      holds.insert(OriginalOf(transfer.original).value_or(TransferName()));
    } else if (transfer.kind == domain::TransferKind::kLotExpiry) {
      accounts.insert(NameOf(transfer.debit));
    }
  }
  Verdict verdict;
  if (holds.empty() == accounts.empty()) {  // It is one or the other.
    verdict.refusal = Reason::kConflict;
    return verdict;
  }
  return model_.Expire(holds, accounts, Now());
}

void World::ClosePeriods(Server& server) {
  const int faults_before = server.faults.happened;
  const absl::Status leased = server.TakeLease();
  InterruptClosing(server, [this] { JudgeClosings(); });
  const absl::Status ran = leased.ok() ? server.closer().RunOnce() : leased;
  server.store().Interrupt(0, nullptr);
  Note(absl::StrCat("close periods -> ", Said(ran)));
  Excuse(ran, server, faults_before);
  JudgeClosings();
  CompareHead();
  for (const auto& [id, board] : model_.boards()) {
    Span span = SpanAt(board.spec, board.create_time);
    while (ran.ok() && span.end + board.spec.grace_hours * kHour <= Now()) {
      if (model_.FindResults(board.created, span.id) == nullptr) {
        Fail("every period gets its result", absl::StrCat(id, " ", span.id));
        return;
      }
      span = SpanAfter(board.spec, span);
    }
  }
}

void World::DeleteProgram(Server& server) {
  bool there = true;
  bool unended = true;
  const auto look = [&] {
    const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto program, reader.programs().Find(kProgram));
      there = program.has_value();
      PERIGEE_ASSIGN_OR_RETURN(unended, reader.programs().IsBeingDeleted(kProgram));
      return absl::OkStatus();
    });
    PERIGEE_CHECK(read.ok(), "the observer can read");
  };
  const auto mend = [&] { server.faults.Mend(); };
  const int faults_before = server.faults.happened;
  deaf_ = false;
  const auto write = [&](ports::Unit unit) {
    std::vector<ports::Unit> units;
    units.push_back(std::move(unit));
    return server.store().Commit(std::move(units)).front().status();
  };
  const absl::Status deleted = write(UnitToDelete(Now()));
  Note(absl::StrCat("delete the programme -> ", Said(deleted)));
  Excuse(deleted, server, faults_before);
  look();
  if (there) {
    return CompareHead();
  }
  while (unended && !report_.failure) {
    const int before = server.faults.happened;
    const absl::Status leased = server.TakeLease();
    const absl::Status ran = leased.ok() ? server.expiry().RunOnce() : leased;
    Note(absl::StrCat("  go on -> ", Said(ran)));
    Excuse(ran, server, before);
    mend();  // A store that stays away would be waited for without end.
    look();
  }
  mend();
  if (const absl::Status begun = write(UnitToBegin(Now())); !begun.ok()) {
    Fail("a deleted programme can be made anew", begun.ToString());
    return;
  }
  model_ = Model(Now(), 1);
  asked_.clear();
  events_.clear();
  // Until it hears of the deletion, a server may show the boards of the old programme.
  for (const auto& each : servers_) {
    each->store().Hear(kProgram, 0);
    each->store().Hear(kProgram, 1);
    each->projector().Run(1000);
    each->follower().Run(1000);
    each->rules().Run(1000);
  }
  CompareHead();
}

void World::JudgeClosings() {
  std::vector<domain::JournalEntry> entries;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(entries, reader.journal().Read(kProgram, model_.head(), 100'000));
    return absl::OkStatus();
  });
  for (const domain::JournalEntry& entry : entries) {
    Span span;
    const domain::PeriodResult* const result =
        entry.changes.results.size() == 1 ? entry.changes.results.data() : nullptr;
    const ModelBoard* const board = result == nullptr ? nullptr : model_.FindBoard(result->board);
    if (!read.ok() || board == nullptr || !FindSpan(board->spec, result->period, span)) {
      Fail("a period that is closed is one of a board", absl::StrCat(entry.revision));
      return;
    }
    const Verdict verdict = model_.Conclude(*board, span, Now());
    if (verdict.refusal) {
      Fail("results are made when they are due", absl::StrCat(board->spec.id, " ", span.id));
      return;
    }
    CompareEntry(verdict, true);
  }
}

}  // namespace perigee::simulation
