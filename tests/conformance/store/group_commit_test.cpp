#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/conformance/store/held_writer.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
TEST_P(StoreConformance, UnitsThatWaitTogetherStandOrFallAlone) {
  MakeProgram();
  std::vector<std::promise<Outcome>> promises(5);
  const auto write = [&](std::size_t i, ports::Unit unit) {
    store_->Write(std::move(unit), [&, i](Outcome outcome) { promises[i].set_value(outcome); });
  };
  const auto add_member = [](std::uint32_t n, const std::string& id) {
    return ports::Unit{kProgram, std::nullopt, kStart,
                       [n, id](ports::StoreReader&, const ports::UnitContext& unit) {
                         ports::Decision decision;
                         decision.changes.records.Put(MakeMember(n, id, unit.revision));
                         return absl::StatusOr<ports::Decision>(std::move(decision));
                       }};
  };
  HeldWriter hold(*store_);
  write(0, add_member(3, "cyd"));
  write(1, {kProgram, std::nullopt, kStart, [](ports::StoreReader&, const ports::UnitContext&) {
              return absl::StatusOr<ports::Decision>(Error(Reason::kConflict, "refused"));
            }});
  write(2, add_member(4, "ada"));  // Its write fails.
  write(3,
        {kProgram, std::nullopt, kStart, [](ports::StoreReader& reader, const ports::UnitContext&) {
           const auto earlier = reader.members().Find(kProgram, "cyd");
           return absl::StatusOr<ports::Decision>(
               ports::Decision{{}, earlier.ok() && earlier->has_value() ? "seen" : "missed"});
         }});
  write(4, add_member(5, "eve"));
  hold.LetGo();

  std::vector<Outcome> outcomes;
  for (std::promise<Outcome>& promise : promises) {
    outcomes.push_back(promise.get_future().get());
  }
  ASSERT_THAT(outcomes[0], IsOk());
  EXPECT_EQ(outcomes[0]->revision, 2);
  EXPECT_THAT(outcomes[1], HasReason(Reason::kConflict));
  EXPECT_THAT(outcomes[2], HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(outcomes[3], IsOk());
  EXPECT_EQ(outcomes[3]->answer, "seen");
  ASSERT_THAT(outcomes[4], IsOk());
  EXPECT_EQ(outcomes[4]->revision, 3);
  EXPECT_EQ(Head(), 3);
}

// The first unit's draft is written before the store finds that its erasure cannot be read. No
// statement fails there.
TEST_P(StoreConformance, AUnitThatFailsHalfWrittenLeavesNothing) {
  MakeProgram();
  const std::string digest(32, 'd');
  std::vector<std::promise<Outcome>> promises(2);
  HeldWriter hold(*store_);
  store_->Write(
      {kProgram, std::nullopt, kStart,
       [&](ports::StoreReader&, const ports::UnitContext&) {
         ports::Decision decision;
         decision.draft = ports::DraftPortion{digest, 0, {{1, ada_, {9, kStart}}}};
         decision.erasure = ports::Due{kStart, kProgram, ports::DueKind::kErasure, "no key"};
         return absl::StatusOr<ports::Decision>(std::move(decision));
       }},
      [&](Outcome outcome) { promises[0].set_value(std::move(outcome)); });
  store_->Write({kProgram, std::nullopt, kStart,
                 [](ports::StoreReader&, const ports::UnitContext& unit) {
                   ports::Decision decision;
                   decision.changes.records.Put(MakeMember(3, "cyd", unit.revision));
                   return absl::StatusOr<ports::Decision>(std::move(decision));
                 }},
                [&](Outcome outcome) { promises[1].set_value(std::move(outcome)); });
  hold.LetGo();
  EXPECT_THAT(promises[0].get_future().get(), HasReason(Reason::kInternal));
  EXPECT_THAT(promises[1].get_future().get(), IsOk());
  EXPECT_EQ(Head(), 2);
  EXPECT_THAT(Reading<std::vector<std::string>>([](ports::StoreReader& reader) {
                return reader.boards().DraftsBefore(kProgram, kStart + std::chrono::hours(1));
              }),
              testing::IsEmpty());
}

TEST_P(StoreConformance, ARequestSentTwiceAtOnceTakesEffectOnce) {
  MakeProgram();
  std::vector<std::promise<Outcome>> promises(2);
  HeldWriter hold(*store_);
  for (std::promise<Outcome>& promise : promises) {
    store_->Write({kProgram, Request(9), kStart,
                   [](ports::StoreReader&, const ports::UnitContext& unit) {
                     ports::Decision decision;
                     decision.changes.records.Put(MakeMember(3, "cyd", unit.revision));
                     return absl::StatusOr<ports::Decision>(std::move(decision));
                   }},
                  [&](Outcome outcome) { promise.set_value(outcome); });
  }
  hold.LetGo();
  const Outcome first = promises[0].get_future().get();
  const Outcome second = promises[1].get_future().get();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(second->revision, first->revision);
  EXPECT_EQ(Head(), 2);
}

TEST_P(StoreConformance, AFullQueueIsRefusedAtOnce) {
  MakeProgram();
  Reopen(2);
  HeldWriter hold(*store_);
  std::vector<std::promise<Outcome>> promises(2);
  const auto nothing = [](ports::StoreReader&, const ports::UnitContext&) {
    return absl::StatusOr<ports::Decision>(ports::Decision{});
  };
  for (std::promise<Outcome>& promise : promises) {
    store_->Write({kProgram, std::nullopt, kStart, nothing},
                  [&](Outcome outcome) { promise.set_value(outcome); });
  }
  EXPECT_THAT(Write({kProgram, std::nullopt, kStart, nothing}), HasReason(Reason::kOverloaded));
  hold.LetGo();
  for (std::promise<Outcome>& promise : promises) {
    EXPECT_THAT(promise.get_future().get(), IsOk());
  }
}

TEST_P(StoreConformance, AFloodOfOneProgrammeHoldsUpNoOther) {
  MakeProgram();
  Reopen(4);
  HeldWriter hold(*store_);
  std::mutex mutex;
  std::vector<std::string> order;
  std::vector<std::promise<Outcome>> promises(6);
  const auto write = [&](std::size_t i, const std::string& program, bool background) {
    ports::Unit unit;
    unit.program = program;
    unit.now = kStart;
    unit.background = background;
    unit.decide = [&, program, background](ports::StoreReader&, const ports::UnitContext&) {
      const std::lock_guard lock(mutex);
      order.push_back(background ? "stream" : program);
      return absl::StatusOr<ports::Decision>(ports::Decision{});
    };
    store_->Write(std::move(unit),
                  [&promises, i](Outcome outcome) { promises[i].set_value(std::move(outcome)); });
  };
  for (std::size_t i = 0; i < 4; ++i) {
    write(i, kProgram, true);
  }
  write(4, kProgram, false);
  write(5, "another", false);
  std::promise<Outcome> refused;
  ports::Unit more;
  more.program = kProgram;
  more.now = kStart;
  more.background = true;
  store_->Write(std::move(more), [&](Outcome outcome) { refused.set_value(std::move(outcome)); });
  const Outcome refusal = refused.get_future().get();
  EXPECT_THAT(refusal, HasReason(Reason::kOverloaded));
  EXPECT_GT(std::stoi(MetadataOf(refusal.status())["retry_after_ms"]), 0);
  hold.LetGo();
  for (std::promise<Outcome>& promise : promises) {
    EXPECT_THAT(promise.get_future().get(), IsOk());
  }
  const std::vector<std::string> turns{"stream", kProgram, "another", "stream", "stream", "stream"};
  EXPECT_EQ(order, turns);
}

TEST_P(StoreConformance, AJobLetsTheOthersWriteFirstOnceItHadItsTurn) {
  MakeProgram();
  HeldWriter hold(*store_);
  std::mutex mutex;
  std::vector<std::string> order;
  std::vector<std::promise<Outcome>> promises(5);
  const auto write = [&](std::size_t i, const std::string& name, bool of_job) {
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kStart;
    unit.background = of_job;
    unit.by.kind = of_job ? domain::PrincipalKind::kJob : domain::PrincipalKind::kStaff;
    unit.decide = [&, name](ports::StoreReader&, const ports::UnitContext&) {
      const std::lock_guard lock(mutex);
      order.push_back(name);
      return absl::StatusOr<ports::Decision>(ports::Decision{});
    };
    store_->Write(std::move(unit),
                  [&promises, i](Outcome outcome) { promises[i].set_value(std::move(outcome)); });
  };
  write(0, "job", true);
  write(1, "job", true);
  for (std::size_t i = 2; i < promises.size(); ++i) {
    write(i, "other", false);
  }
  hold.LetGo();
  for (std::promise<Outcome>& promise : promises) {
    EXPECT_THAT(promise.get_future().get(), IsOk());
  }
  EXPECT_THAT(order, testing::ElementsAre("job", "other", "other", "other", "job"));
}

TEST_P(StoreConformance, AUnitThatIsNotAdmittedIsNotBegun) {
  MakeProgram();
  HeldWriter hold(*store_);
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.admit = [] { return Error(Reason::kDeadlinePassed, "too late"); };
  unit.decide = [](ports::StoreReader&, const ports::UnitContext&) {
    ADD_FAILURE() << "it was begun";
    return absl::StatusOr<ports::Decision>(ports::Decision{});
  };
  std::promise<Outcome> promise;
  store_->Write(std::move(unit), [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
  hold.LetGo();
  EXPECT_THAT(promise.get_future().get(), HasReason(Reason::kDeadlinePassed));
}

TEST_P(StoreConformance, AClosingStoreWritesTheUnitsThatWait) {
  MakeProgram();
  std::promise<Outcome> promise;
  {
    HeldWriter hold(*store_);
    store_->Write(LedgerUnitOf([&](domain::LedgerUnit& ledger) {
                    domain::GrantDraft draft;
                    draft.member = MemberAccount(ada_);
                    draft.amount = 3;
                    draft.effective_time = kStart;
                    return ledger.Grant(draft).status();
                  }),
                  [&](Outcome outcome) { promise.set_value(outcome); });
    hold.LetGo();
  }
  Reopen();
  EXPECT_THAT(promise.get_future().get(), IsOk());
  EXPECT_EQ(Head(), 2);
}

TEST_P(StoreConformance, AUnitsTimeNeverGoesBack) {
  MakeProgram();
  Time seen{};
  const auto unit_at = [&](Time now) {
    return ports::Unit{kProgram, std::nullopt, now,
                       [&](ports::StoreReader&, const ports::UnitContext& unit) {
                         seen = unit.now;
                         ports::Decision decision;
                         decision.changes.records.Put(MakeMember(1, "ada", unit.revision));
                         return absl::StatusOr<ports::Decision>(std::move(decision));
                       }};
  };
  ASSERT_THAT(Write(unit_at(kStart + std::chrono::hours(1))), IsOk());
  ASSERT_THAT(Write(unit_at(kStart)), IsOk());
  EXPECT_EQ(seen, kStart + std::chrono::hours(1));
  const auto entries = Reading<std::vector<domain::JournalEntry>>(
      [](ports::StoreReader& reader) { return reader.journal().Read(kProgram, 1, 10); });
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].time, entries[1].time);
}

}  // namespace perigee::tests
