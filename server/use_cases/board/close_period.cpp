#include "server/use_cases/board/close_period.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/journal.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/use_cases/board/computed_result.h"
#include "server/use_cases/board/standings.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::use_cases {
namespace {

constexpr int kReadAtOnce = 5000;

using ComputedPtr = std::shared_ptr<const ComputedResult>;

// The answer of the last unit if it may not make the result final yet. Stays in this file: it has
// no Reason.
absl::Status NotOfThePresent() {
  return absl::AbortedError("the result is not of the present state");
}
bool IsNotOfThePresent(const absl::Status& status) {
  return absl::IsAborted(status) && !ReasonOf(status).has_value();
}

absl::Status Refusal(Reason reason, const PeriodRef& period, std::string_view what) {
  const std::string name = period.Name();
  return Error(reason, name + std::string(what), {{"resource_name", name}});
}

// The period, if it may get that result now.
absl::StatusOr<StoredPeriod> RequireDue(ports::StoreReader& reader, const ResultOrder& order,
                                        Time now) {
  PERIGEE_ASSIGN_OR_RETURN(StoredPeriod stored, RequirePeriod(reader, order.period, now, "name"));
  if (order.board_created.value_or(stored.board.created) != stored.board.created) {
    return Refusal(Reason::kNotFound, order.period, " is of a board that is gone");
  }
  if (order.amend_reason.has_value()) {
    if (stored.results.empty()) {
      return Refusal(Reason::kPeriodNotFinal, order.period, " has no final result");
    }
    return stored;
  }
  if (!stored.results.empty()) {
    return Refusal(Reason::kPeriodFinal, order.period, " is final");
  }
  if (now < stored.period.interval.end + std::chrono::hours(stored.board.grace_hours)) {
    return Refusal(Reason::kPeriodNotOver, order.period, " has not ended with its grace");
  }
  return stored;
}

// Whether a changed member comes onto the board or goes off it. `member` is null if it no longer
// exists.
absl::StatusOr<bool> Moves(ports::StoreReader& reader, const std::string& program,
                           const ComputedResult& computed, const domain::MemberKey& key,
                           const domain::Member* member) {
  const bool stands = std::ranges::binary_search(computed.members, key);
  const bool may_stand = member != nullptr && domain::IsEligible(computed.board, *member);
  if (stands || !may_stand) {
    return stands != may_stand;
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const std::optional<domain::Score> score,
      reader.boards().FindScore(program, computed.board.asset, key, computed.period.interval, 0));
  return score.has_value();
}

bool ChangesScores(const ComputedResult& computed, const domain::JournalEntry& entry) {
  return std::ranges::any_of(entry.changes.ledger.transfers, [&](const domain::Transfer& transfer) {
    return transfer.credit.asset == computed.board.asset &&
           computed.period.interval.Contains(transfer.effective_time) &&
           !domain::ScoreEffects(transfer).empty();
  });
}

// Whether these entries change the standings.
absl::StatusOr<bool> Change(ports::StoreReader& reader, const std::string& program,
                            const ComputedResult& computed,
                            std::span<const domain::JournalEntry> entries) {
  std::vector<domain::MemberKey> changed;
  for (const domain::JournalEntry& entry : entries) {
    if (ChangesScores(computed, entry)) {
      return true;
    }
    std::ranges::copy(domain::ChangedMembers(entry.changes), std::back_inserter(changed));
  }
  // The journal does not hold all fields of a member.
  PERIGEE_ASSIGN_OR_RETURN(const MembersByKey members, ReadMembers(reader, program, changed));
  for (const domain::MemberKey& key : changed) {
    const auto member = members.find(key);
    PERIGEE_ASSIGN_OR_RETURN(
        const bool moves,
        Moves(reader, program, computed, key, member == members.end() ? nullptr : &member->second));
    if (moves) {
      return true;
    }
  }
  return false;
}

// Whether the result is still right, by the journal from `through` on. Moves `through` past the
// entries that are read. A result that is more than `most` entries behind counts as not right (0:
// no limit).
absl::StatusOr<bool> StillRight(ports::StoreReader& reader, const std::string& program,
                                const ComputedResult& computed, domain::Revision& through,
                                int most) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards, reader.boards().List(program));
  const auto board = std::ranges::find(boards, computed.board.id, &domain::Board::id);
  if (board == boards.end() || board->created != computed.board.created ||
      board->epoch != computed.board.epoch) {
    return false;
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(program));
  if (most != 0 && head - through > most) {
    return false;
  }
  while (through < head) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                             reader.journal().Read(program, through, kReadAtOnce));
    if (entries.empty()) {
      return absl::InternalError("the journal ends before its head");
    }
    PERIGEE_ASSIGN_OR_RETURN(const bool change, Change(reader, program, computed, entries));
    if (change) {
      return false;
    }
    through = entries.back().revision;
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool other_persons, reader.boards().PersonsChangedSince(
                                                         program, computed.board.asset,
                                                         computed.period.interval, computed.head));
  return !other_persons;
}

// The decision that makes `computed`, whose entries are written, the period's newest result.
absl::StatusOr<ports::Decision> Conclude(const ResultOrder& order, StoredPeriod stored,
                                         const ComputedResult& computed,
                                         const ports::UnitContext& context) {
  if (order.amend_reason.has_value() && computed.digest == stored.results.back().digest) {
    return Refusal(Reason::kNothingToAmend, order.period, " is as its newest result says");
  }
  domain::PeriodResult result;
  result.board = stored.board.id;
  result.board_created = stored.board.created;
  result.period = stored.period.id;
  result.version = static_cast<int>(stored.results.size()) + 1;
  result.time = context.now;
  result.reason = order.amend_reason.value_or("");
  result.digest = computed.digest;
  result.entry_count = computed.size();
  result.revision = context.revision;
  ports::Decision decision;
  decision.changes.results.push_back(result);
  stored.results.push_back(std::move(result));
  if (order.answer) {
    decision.answer = order.answer(stored, context.now);
  }
  return decision;
}

// Up to `most` of the entries that are not written yet.
absl::StatusOr<std::optional<ports::DraftPortion>> NextPortion(ports::StoreReader& reader,
                                                               const std::string& program,
                                                               const ComputedResult& computed,
                                                               std::size_t most) {
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t written,
                           reader.boards().CountResultEntries(program, computed.digest));
  if (written >= computed.size()) {
    return std::nullopt;
  }
  std::span<const domain::ResultEntry> rest(computed.entries);
  rest = rest.subspan(static_cast<std::size_t>(written));
  rest = rest.first(std::min(most, rest.size()));
  return ports::DraftPortion{computed.digest, written, {rest.begin(), rest.end()}};
}

// The last unit. `computed` is null before there is a result: then the unit only makes its refusals
// and answers a repeated request.
absl::StatusOr<ports::Decision> DecideFinal(const ResultOrder& order,
                                            const ComputedResult* computed,
                                            domain::Revision through, int looked_through,
                                            ports::StoreReader& reader,
                                            const ports::UnitContext& context) {
  PERIGEE_ASSIGN_OR_RETURN(StoredPeriod stored, RequireDue(reader, order, context.now));
  if (computed == nullptr) {
    return NotOfThePresent();
  }
  const std::string& program = order.period.program;
  PERIGEE_ASSIGN_OR_RETURN(const bool right,
                           StillRight(reader, program, *computed, through, looked_through));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t written,
                           reader.boards().CountResultEntries(program, computed->digest));
  if (!right || written != computed->size()) {
    return NotOfThePresent();
  }
  return Conclude(order, std::move(stored), *computed, context);
}

// Another unit of the same caller, beside the last one. It does not carry the request.
ports::Unit UnitBeside(const ports::Unit& unit, ports::Decide decide) {
  ports::Unit beside;
  beside.program = unit.program;
  beside.now = unit.now;
  beside.lease = unit.lease;
  beside.admit = unit.admit;
  beside.by = unit.by;
  beside.in_closed = unit.in_closed;
  beside.background = true;
  beside.decide = std::move(decide);
  return beside;
}

// Compares the written entries with the computed ones.
absl::Status ReadBack(const ports::Store& store, const std::string& program,
                      const ComputedResult& computed) {
  std::span<const domain::ResultEntry> expected(computed.entries);
  std::int64_t at = 0;
  while (!expected.empty()) {
    // Each part gets its own view, because the store's log cannot start over while a view is open.
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(
          const std::vector<domain::ResultEntry> written,
          reader.boards().ResultEntries(program, computed.digest, at, kReadAtOnce));
      if (written.empty() || written.size() > expected.size() ||
          !std::ranges::equal(written, expected.first(written.size()))) {
        return Error(Reason::kInternal, "the entries written are not those of the result");
      }
      at += static_cast<std::int64_t>(written.size());
      expected = expected.subspan(written.size());
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

// Writes the entries that are not there yet. Another writer of the same entries only helps.
absl::Status WriteDraft(ports::Store& store, const ports::Unit& unit, const ComputedPtr& computed,
                        std::size_t portion) {
  for (int portions = 0;; ++portions) {
    const auto decide = [program = unit.program, computed, portion](
                            ports::StoreReader& reader,
                            const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
      ports::Decision decision;
      PERIGEE_ASSIGN_OR_RETURN(decision.draft, NextPortion(reader, program, *computed, portion));
      decision.answer = decision.draft.has_value() ? "wrote" : "";
      return decision;
    };
    PERIGEE_ASSIGN_OR_RETURN(const ports::Outcome outcome,
                             WriteAndWait(store, UnitBeside(unit, decide)));
    if (outcome.answer.empty()) {
      return portions == 0 ? absl::OkStatus() : ReadBack(store, unit.program, *computed);
    }
  }
}

absl::StatusOr<ComputedPtr> ComputeBeside(const ports::Store& store, const ResultOrder& order,
                                          Time now) {
  auto computed = std::make_shared<ComputedResult>();
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const StoredPeriod stored,
                             RequirePeriod(reader, order.period, now, "name"));
    PERIGEE_ASSIGN_OR_RETURN(*computed, ComputeResult(reader, order.period.program, stored));
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return computed;
}

// Writes the entries and then checks, beside the writer, whether the result is still right.
absl::StatusOr<bool> Prepare(ports::Store& store, const ports::Unit& unit,
                             const ComputedPtr& computed, domain::Revision& through,
                             std::size_t portion) {
  PERIGEE_RETURN_IF_ERROR(WriteDraft(store, unit, computed, portion));
  bool right = false;
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(right, StillRight(reader, unit.program, *computed, through, 0));
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return right;
}

// The closing may have gone on, or even ended, since the draft was found.
absl::Status RemoveDraft(ports::Store& store, const ports::Unit& unit, const std::string& digest,
                         Time before, std::size_t portion) {
  const auto decide = [program = unit.program, digest, before, portion](
                          ports::StoreReader& reader,
                          const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
    ports::Decision decision;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> left,
                             reader.boards().DraftsBefore(program, before));
    if (std::ranges::find(left, digest) == left.end()) {
      return decision;
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t written,
                             reader.boards().CountResultEntries(program, digest));
    const auto keep = std::max<std::int64_t>(0, written - static_cast<std::int64_t>(portion));
    decision.draft = ports::DraftPortion{digest, keep, {}};
    decision.answer = keep == 0 ? "" : "more";
    return decision;
  };
  bool more = true;
  while (more) {
    PERIGEE_ASSIGN_OR_RETURN(const ports::Outcome outcome,
                             WriteAndWait(store, UnitBeside(unit, decide)));
    more = !outcome.answer.empty();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ports::Decision> MakeFinalAtOnce(ports::StoreReader& reader,
                                                const ports::UnitContext& context,
                                                const ResultOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(StoredPeriod stored, RequireDue(reader, order, context.now));
  const std::string& program = order.period.program;
  PERIGEE_ASSIGN_OR_RETURN(const ComputedResult computed, ComputeResult(reader, program, stored));
  PERIGEE_ASSIGN_OR_RETURN(ports::Decision decision,
                           Conclude(order, std::move(stored), computed, context));
  PERIGEE_ASSIGN_OR_RETURN(decision.draft,
                           NextPortion(reader, program, computed, computed.entries.size()));
  return decision;
}

absl::StatusOr<ports::Outcome> MakeFinal(ports::Store& store, const ResultOrder& order,
                                         const ports::Unit& unit, const ResultLimits& limits) {
  ComputedPtr computed;
  domain::Revision through = 0;
  int looked_through = limits.looked_through;
  for (int times_computed = 0;; looked_through *= 2) {
    ports::Unit last = unit;
    last.decide = [&](ports::StoreReader& reader, const ports::UnitContext& context) {
      return DecideFinal(order, computed.get(), through, looked_through, reader, context);
    };
    absl::StatusOr<ports::Outcome> outcome = WriteAndWait(store, std::move(last));
    if (!IsNotOfThePresent(outcome.status())) {
      return outcome;
    }
    bool right = false;
    if (computed != nullptr) {
      PERIGEE_ASSIGN_OR_RETURN(right, Prepare(store, unit, computed, through, limits.portion));
    }
    while (!right && times_computed++ < limits.computed) {
      PERIGEE_ASSIGN_OR_RETURN(computed, ComputeBeside(store, order, unit.now));
      through = computed->head;
      PERIGEE_ASSIGN_OR_RETURN(right, Prepare(store, unit, computed, through, limits.portion));
    }
    if (!right) {
      ports::Unit at_once = unit;
      at_once.decide = [&](ports::StoreReader& reader, const ports::UnitContext& context) {
        return MakeFinalAtOnce(reader, context, order);
      };
      return WriteAndWait(store, std::move(at_once));
    }
  }
}

absl::Status RemoveDrafts(ports::Store& store, const ports::Unit& unit, Time before,
                          const ResultLimits& limits) {
  std::vector<std::string> drafts;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(drafts, reader.boards().DraftsBefore(unit.program, before));
    return absl::OkStatus();
  }));
  absl::Status first;
  for (const std::string& digest : drafts) {
    first.Update(RemoveDraft(store, unit, digest, before, limits.portion));
  }
  return first;
}

}  // namespace perigee::use_cases
