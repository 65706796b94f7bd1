#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/jobs/program/deleting.h"
#include "server/ports/due_reader.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/program/programs.h"
#include "tests/conformance/store/held_writer.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

using domain::Revision;

ports::Unit UnitThat(ports::Decide decide, bool in_closed = false) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.in_closed = in_closed;
  unit.decide = std::move(decide);
  return unit;
}

// A change of state: use_cases::CloseProgram or ReopenProgram.
ports::Unit Move(decltype(use_cases::CloseProgram)* move) {
  return UnitThat(
      [move](ports::StoreReader& reader,
             const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        auto decided = move(reader, unit, kProgram);
        if (!decided.ok()) {
          return decided.status();
        }
        return ports::Decision{std::move(decided->changes), ""};
      },
      true);
}

ports::Unit DeleteUnit() {
  return UnitThat(
      [](ports::StoreReader& reader, const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
        if (absl::Status refusal = use_cases::CheckDeletable(reader, kProgram); !refusal.ok()) {
          return refusal;
        }
        ports::Decision decision;
        decision.answer = "deleted";
        decision.deletes_program = true;
        return decision;
      },
      true);
}

ports::Unit AddMember(std::uint32_t n, bool in_closed = false) {
  return UnitThat(
      [n](ports::StoreReader& reader,
          const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        const auto program = use_cases::RequireProgram(reader, kProgram);
        if (!program.ok()) {
          return program.status();
        }
        ports::Decision decision;
        decision.changes.records.Put(MakeMember(n, "m" + std::to_string(n), unit.revision));
        decision.answer = "made at " + std::to_string(unit.revision);
        return decision;
      },
      in_closed);
}

std::vector<ports::Due> DueNow(ports::Store& store) {
  std::vector<ports::Due> due;
  EXPECT_THAT(store.Read([&](ports::StoreReader& reader) {
    due = reader.due().List({}, 1000).value();
    return absl::OkStatus();
  }),
              IsOk());
  return due;
}

std::vector<ports::Due> DeletionsDue(ports::Store& store) {
  std::vector<ports::Due> due = DueNow(store);
  std::erase_if(due, [](const ports::Due& one) { return one.kind != ports::DueKind::kDeletion; });
  return due;
}

absl::Status RemovePortion(ports::Store& store) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.in_closed = true;
  return jobs::ProgramDeleting().end(store, unit, DeletionsDue(store));
}

}  // namespace

TEST_P(StoreConformance, AClosedProgrammeIsReadAndNotChanged) {
  MakeProgram();
  ports::Unit known = AddMember(3);
  known.request = Request(7);
  const Outcome first = Write(known);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Write(Move(use_cases::CloseProgram)), IsOk());
  EXPECT_THAT(Write(Move(use_cases::CloseProgram)), HasReason(Reason::kProgramClosed));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(Write(AddMember(4)), HasReason(Reason::kProgramClosed));
    const Outcome again = Write(known);
    ASSERT_THAT(again, IsOk());
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(Head(), 3);
    Reopen();
  }
  EXPECT_THAT(Write(AddMember(5, true)), IsOk());

  ASSERT_THAT(Write(Move(use_cases::ReopenProgram)), IsOk());
  EXPECT_THAT(Write(Move(use_cases::ReopenProgram)), HasReason(Reason::kProgramNotClosed));
  EXPECT_THAT(Write(AddMember(4)), IsOk());
  EXPECT_EQ(Head(), 6);
}

TEST_P(StoreConformance, OnlyAClosedProgrammeIsDeleted) {
  MakeProgram();
  EXPECT_THAT(Write(DeleteUnit()), HasReason(Reason::kProgramNotClosed));
  EXPECT_EQ(Head(), 1);
}

TEST_P(StoreConformance, ADeletedProgrammeIsGoneAtOnceAndItsRowsInPortions) {
  constexpr std::uint32_t kMembers = 2 * ports::kDeletedAtOnce + 50;
  MakeProgram();
  MakeProgram("other");
  domain::Changes changes;
  for (std::uint32_t n = 3; n <= kMembers; ++n) {
    changes.records.Put(MakeMember(n, "m" + std::to_string(n), 2));
  }
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const Outcome held = WriteLedger([&](domain::LedgerUnit& ledger) {
    domain::TransferDraft draft;
    draft.debit = ProgramAccount(domain::kIssuedAccount, kSpendable);
    draft.credit = MemberAccount(ada_, kSpendable);
    draft.amount = 1;
    draft.expire_time = kStart + std::chrono::hours(1);
    return ledger.Post(draft).status();
  });
  ASSERT_THAT(held, IsOk());
  ASSERT_THAT(Write(Move(use_cases::CloseProgram)), IsOk());

  const Outcome deleted = Write(DeleteUnit());
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(deleted->answer, "deleted");
  int portions = 0;
  for (Reopen(); !DeletionsDue(*store_).empty(); Reopen()) {
    ASSERT_LT(++portions, 20);
    EXPECT_THAT(Write(AddMember(4)), HasReason(Reason::kNotFound));
    EXPECT_THAT(store_->Read([](ports::StoreReader& reader) {
      EXPECT_EQ(reader.programs().Find(kProgram).value(), std::nullopt);
      EXPECT_EQ(reader.programs().List("", 10).value().size(), 1U);
      EXPECT_EQ(reader.journal().Heads().value().size(), 1U);
      EXPECT_EQ(reader.programs().IsBeingDeleted(kProgram).value(), true);
      EXPECT_EQ(reader.programs().IsBeingDeleted("other").value(), false);
      EXPECT_THAT(use_cases::CreateProgram(reader, {1, kStart}, {.id = kProgram}),
                  HasReason(Reason::kProgramBeingDeleted));
      EXPECT_THAT(use_cases::RequireMember(reader, kProgram, "ada"), HasReason(Reason::kNotFound));
      return absl::OkStatus();
    }),
                IsOk());
    ASSERT_THAT(RemovePortion(*store_), IsOk());
  }
  EXPECT_GE(portions, 4);  // Keys and members, each more than two portions.
  EXPECT_EQ(DueNow(*store_).size(), 0U);
  EXPECT_EQ(Head("other"), 1);
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.programs().IsBeingDeleted(kProgram).value(), false);
    EXPECT_EQ(reader.journal().Read(kProgram, 0, 10).value().size(), 0U);
    EXPECT_EQ(reader.members().Count(kProgram).value().size(), 0U);
    EXPECT_NE(reader.members().Find("other", "ada").value(), std::nullopt);
    return absl::OkStatus();
  }),
              IsOk());

  MakeProgram();
  EXPECT_EQ(Head(), 1);
  EXPECT_THAT(Write(AddMember(3)), IsOk());
}

TEST_P(StoreConformance, ADeletionForgetsRequestIds) {
  MakeProgram();
  ports::Unit unit = AddMember(3);
  unit.request = Request(7);
  ASSERT_THAT(Write(unit), IsOk());
  ASSERT_THAT(Write(Move(use_cases::CloseProgram)), IsOk());
  ports::Unit deletion = DeleteUnit();
  deletion.request = Request(8);
  ASSERT_THAT(Write(deletion), IsOk());
  EXPECT_THAT(Write(deletion), HasReason(Reason::kNotFound));
  EXPECT_THAT(DeletionsDue(*store_), testing::IsEmpty());

  MakeProgram();
  const Outcome anew = Write(unit);
  ASSERT_THAT(anew, IsOk());
  EXPECT_FALSE(anew->replayed);
}

TEST_P(StoreConformance, ADeletionAmongWaitingUnitsTakesThoseBeforeItAway) {
  MakeProgram();
  ASSERT_THAT(Write(Move(use_cases::CloseProgram)), IsOk());
  HeldWriter hold(*store_, true);
  std::vector<std::promise<Outcome>> promises(4);
  const auto write = [&](std::size_t i, ports::Unit unit) {
    store_->Write(std::move(unit), [&, i](Outcome outcome) { promises[i].set_value(outcome); });
  };
  ports::Unit give = LedgerUnitOf([&](domain::LedgerUnit& ledger) {
    domain::GrantDraft draft;
    draft.member = MemberAccount(ada_);
    draft.amount = 1;
    draft.effective_time = kStart;
    return ledger.Grant(draft).status();
  });
  give.in_closed = true;
  write(0, give);
  write(1, DeleteUnit());
  write(2, AddMember(3, true));
  write(3, DeleteUnit());
  hold.LetGo();
  EXPECT_THAT(promises[0].get_future().get(), IsOk());
  EXPECT_THAT(promises[1].get_future().get(), IsOk());
  EXPECT_THAT(promises[2].get_future().get(), HasReason(Reason::kNotFound));
  EXPECT_THAT(promises[3].get_future().get(), HasReason(Reason::kNotFound));

  MakeProgram();
  EXPECT_EQ(Reading<std::size_t>([&](ports::StoreReader& reader) -> absl::StatusOr<std::size_t> {
              return reader.ledger().AccountsOf(kProgram, ada_).value().size();
            }),
            0U);
}

TEST_P(StoreConformance, TheFeedTellsOfADeletionAndOfTheProgrammeAfterIt) {
  std::mutex mutex;
  std::condition_variable changed;
  Revision told = -1;
  const auto listening = store_->feed().Listen([&](const std::string& program, Revision head) {
    if (program == kProgram) {
      const std::lock_guard lock(mutex);
      told = head;
      changed.notify_all();
    }
  });
  // News follow the answers.
  const auto await = [&](Revision head) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(30), [&] { return told == head; });
  };
  MakeProgram();
  ASSERT_THAT(Write(AddMember(3)), IsOk());
  ASSERT_THAT(Write(Move(use_cases::CloseProgram)), IsOk());
  EXPECT_TRUE(await(3));
  ASSERT_THAT(Write(DeleteUnit()), IsOk());
  EXPECT_TRUE(await(0));
  const auto left = store_->feed().After(kProgram, 0);
  EXPECT_TRUE(!left.has_value() || left->empty());
  MakeProgram();
  EXPECT_TRUE(await(1));
  const auto news = store_->feed().After(kProgram, 0);
  EXPECT_TRUE(!news.has_value() || news->size() <= 1);
}

}  // namespace perigee::tests
