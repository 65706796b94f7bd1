#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/jobs/member/erasing.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/due_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

std::vector<ports::Due> ErasuresDue(ports::Store& store) {
  std::vector<ports::Due> due;
  EXPECT_THAT(store.Read([&](ports::StoreReader& reader) {
    due = reader.due().List({}, 100).value();
    return absl::OkStatus();
  }),
              IsOk());
  std::erase_if(due, [](const ports::Due& one) { return one.kind != ports::DueKind::kErasure; });
  return due;
}

std::int64_t CountMemos(ports::Store& store, domain::Revision revision) {
  std::int64_t memos = 0;
  EXPECT_THAT(store.Read([&](ports::StoreReader& reader) {
    const auto transfers = reader.ledger().TransfersOf(kProgram, revision).value();
    memos = std::ranges::count_if(
        transfers, [](const domain::Transfer& transfer) { return !transfer.memo.empty(); });
    return absl::OkStatus();
  }),
              IsOk());
  return memos;
}

domain::TransferDraft Gift(const domain::AccountRef& from, const domain::AccountRef& to) {
  domain::TransferDraft draft;
  draft.debit = from;
  draft.credit = to;
  draft.amount = 1;
  draft.memo = "thank you";
  return draft;
}

// A unit of a request. It counts how often it decides, and answers `answer`.
ports::Unit Asked(std::uint32_t request, int& decided, std::string answer,
                  const ports::Decide& decide) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.request = Request(request);
  unit.decide = [&decided, answer = std::move(answer), decide](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    ++decided;
    absl::StatusOr<ports::Decision> decision = decide(reader, context);
    if (decision.ok()) {
      decision->answer = answer;
    }
    return decision;
  };
  return unit;
}

}  // namespace

TEST_P(StoreConformance, AnErasureGoesOnInPortionsAcrossRestarts) {
  constexpr int kGifts = 2 * ports::kErasedAtOnce + 50;
  MakeProgram();
  domain::Changes changes;
  domain::Activity activity = MakeActivity("e1", 2);
  activity.object = "ada's post";
  changes.records.Put(activity);
  ASSERT_THAT(WriteChanges(changes), IsOk());
  Grant(ada_, kGifts, kStart, kSpendable);
  const Outcome given = WriteLedger([&](domain::LedgerUnit& ledger) {
    for (int i = 0; i < kGifts; ++i) {
      EXPECT_THAT(
          ledger.Post(Gift(MemberAccount(ada_, kSpendable), MemberAccount(bob_, kSpendable))),
          IsOk());
    }
    return ledger
        .Post(Gift(MemberAccount(bob_, kSpendable),
                   ProgramAccount(domain::kSpentAccount, kSpendable)))
        .status();
  });
  ASSERT_THAT(given, IsOk());
  ASSERT_EQ(CountMemos(*store_, given->revision), kGifts + 1);

  domain::Changes erase;
  erase.erased = {ada_};
  ASSERT_THAT(WriteChanges(erase), IsOk());
  const domain::Revision head = Head();
  // From the first unit on nothing of ada can be read, whatever rows are still there.
  EXPECT_EQ(CountMemos(*store_, given->revision), 1);  // This memo is bob's own.
  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.members().Find(kProgram, "ada").value(), std::nullopt);
    EXPECT_EQ(reader.activities().Find(kProgram, 2).value()->object, "");
    return absl::OkStatus();
  }),
              IsOk());

  const jobs::DueHandler erasing = jobs::MemberErasing();
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  int portions = 0;
  for (Reopen(); !ErasuresDue(*store_).empty(); Reopen()) {
    ASSERT_LT(++portions, 10);
    ASSERT_THAT(erasing.end(*store_, unit, ErasuresDue(*store_)), IsOk());
  }
  EXPECT_EQ(portions, 2);
  EXPECT_EQ(CountMemos(*store_, given->revision), 1);
  EXPECT_EQ(Head(), head);
}

TEST_P(StoreConformance, AnErasureThatEndedIsNotDoneAgain) {
  MakeProgram();
  domain::Changes changes;
  changes.erased = {ada_};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  // Only this unit can see that the key was destroyed.
  EXPECT_THAT(jobs::MemberErasing().end(*store_, unit, ErasuresDue(*store_)), IsOk());
  EXPECT_THAT(ErasuresDue(*store_), testing::IsEmpty());
  const ports::Due gone{kStart, kProgram, ports::DueKind::kErasure, "gone"};
  EXPECT_THAT(jobs::MemberErasing().end(*store_, unit, {&gone, 1}), IsOk());
}

TEST_P(StoreConformance, AnErasureForgetsAnswersThatNameTheMember) {
  MakeProgram();
  int decided = 0;
  const auto nothing = [](ports::StoreReader&, const ports::UnitContext&) {
    return absl::StatusOr<ports::Decision>(ports::Decision{});
  };
  const auto put = [](auto make) {
    return [make](ports::StoreReader&,
                  const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      ports::Decision decision;
      decision.changes.records.Put(make(context.revision));
      return decision;
    };
  };
  const auto asset = [](domain::Revision revision) {
    return domain::Asset{.id = "gold", .display_name = "Gold", .revision = revision};
  };
  const auto give = [](const domain::MemberKey& member) {
    return LedgerUnitOf([member](domain::LedgerUnit& ledger) {
             return ledger
                 .Post(Gift(ProgramAccount(domain::kIssuedAccount, kSpendable),
                            MemberAccount(member, kSpendable)))
                 .status();
           })
        .decide;
  };
  std::vector<ports::Unit> named;
  named.push_back(Asked(10, decided, "ada's activity", put([](domain::Revision revision) {
                          return MakeActivity("e1", revision);
                        })));
  named.push_back(Asked(11, decided, "ada's transfer", give(ada_)));
  named.push_back(Asked(12, decided, "nothing changed", nothing));
  named.push_back(Asked(13, decided, "done by ada", put(asset)));
  named.back().by = {domain::PrincipalKind::kMember, ada_};
  std::vector<ports::Unit> others;
  others.push_back(Asked(14, decided, "bob's transfer", give(bob_)));
  others.push_back(Asked(15, decided, "an asset", put(asset)));
  others.push_back(Asked(16, decided, "erased", [&](auto&&...) {
    ports::Decision decision;
    decision.changes.erased = {ada_};
    return absl::StatusOr<ports::Decision>(std::move(decision));
  }));
  for (const auto* units : {&named, &others}) {
    for (const ports::Unit& unit : *units) {
      ASSERT_THAT(Write(unit), IsOk());
    }
  }
  const domain::Revision head = Head();
  ASSERT_EQ(decided, 7);

  Reopen();
  for (const ports::Unit& unit : named) {
    EXPECT_THAT(Write(unit), HasReason(Reason::kRequestAnswerErased));
  }
  for (const ports::Unit& unit : others) {
    const Outcome again = Write(unit);
    ASSERT_THAT(again, IsOk());
    EXPECT_TRUE(again->replayed);
    EXPECT_NE(again->answer, "");
  }
  ports::Unit other_content = named.front();
  other_content.request = Request(10, "something else");
  EXPECT_THAT(Write(other_content), HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(decided, 7);
  EXPECT_EQ(Head(), head);
}

}  // namespace perigee::tests
