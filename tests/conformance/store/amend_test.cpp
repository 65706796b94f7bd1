#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/board/amend_due.h"
#include "server/use_cases/board/close_period.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using std::chrono::days;

constexpr Time kLater = kStart + days(9);

// A board of the day kStart, its final results, and what happens after them.
class Daily {
 public:
  explicit Daily(ports::Store& store) : store_(store) {
    board_.id = "daily";
    board_.display_name = "Of the day";
    board_.asset = kAsset;
    board_.cadence = domain::Cadence::kDay;
    board_.time_zone = "UTC";
    board_.create_time = kStart;
    Redefine([](domain::Board&) {});
  }

  void Redefine(const std::function<void(domain::Board&)>& change) {
    change(board_);
    Write([&](ports::StoreReader&, const ports::UnitContext& unit) {
      board_.revision = board_.epoch = unit.revision;
      board_.created = board_.created == 0 ? unit.revision : board_.created;
      ports::Decision decision;
      decision.changes.boards = {board_};
      return decision;
    });
  }
  void Put(domain::Member member) {
    Write([&](ports::StoreReader&, const ports::UnitContext& unit) {
      member.revision = unit.revision;
      ports::Decision decision;
      decision.changes.records.Put(member);
      return decision;
    });
  }
  domain::Member Member(const domain::MemberKey& key) const {
    domain::Member member;
    EXPECT_THAT(store_.Read([&](ports::StoreReader& reader) {
      member = reader.members().FindByKeys(kProgram, {&key, 1}).value().front();
      return absl::OkStatus();
    }),
                IsOk());
    return member;
  }
  void Change(const domain::MemberKey& key, const std::function<void(domain::Member&)>& change) {
    domain::Member member = Member(key);
    change(member);
    Put(std::move(member));
  }
  void Suspend(const domain::MemberKey& key) {
    Change(key, [](domain::Member& member) { member.standing = domain::Standing::kSuspended; });
  }
  void Reinstate(const domain::MemberKey& key) {
    Change(key, [](domain::Member& member) { member.standing = domain::Standing::kGood; });
  }
  void MakeFinal(std::optional<std::string> amend_reason = std::nullopt) {
    use_cases::ResultOrder order;
    order.period = kPeriod;
    order.amend_reason = std::move(amend_reason);
    Write([&](ports::StoreReader& reader, const ports::UnitContext& unit) {
      return use_cases::MakeFinalAtOnce(reader, unit, order);
    });
  }
  // The members and scores of the newest result.
  std::vector<std::pair<domain::MemberKey, std::int64_t>> Newest() const {
    std::vector<std::pair<domain::MemberKey, std::int64_t>> newest;
    EXPECT_THAT(store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const use_cases::StoredPeriod stored,
                               use_cases::RequirePeriod(reader, kPeriod, kLater, "name"));
      PERIGEE_ASSIGN_OR_RETURN(
          const auto entries,
          reader.boards().ResultEntries(kProgram, stored.results.back().digest, 0, 100));
      for (const domain::ResultEntry& entry : entries) {
        newest.emplace_back(entry.member, entry.score.score);
      }
      return absl::OkStatus();
    }),
                IsOk());
    return newest;
  }
  // Compared with what an amendment would say.
  bool AmendDue() const {
    bool due = false;
    EXPECT_THAT(store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const use_cases::StoredPeriod stored,
                               use_cases::RequirePeriod(reader, kPeriod, kLater, "name"));
      PERIGEE_ASSIGN_OR_RETURN(due, use_cases::AmendDue(reader, kProgram, stored));
      const auto amended =
          use_cases::MakeFinalAtOnce(reader, {1'000'000, kLater}, {kPeriod, "to compare"});
      EXPECT_EQ(due, ReasonOf(amended.status()) != Reason::kNothingToAmend);
      return absl::OkStatus();
    }),
                IsOk());
    return due;
  }

 private:
  void Write(ports::Decide decide) {
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kLater;
    unit.decide = std::move(decide);
    ASSERT_THAT(use_cases::WriteAndWait(store_, std::move(unit)), IsOk());
  }

  inline static const use_cases::PeriodRef kPeriod{kProgram, "daily", "2023-11-14"};
  ports::Store& store_;
  domain::Board board_;
};

}  // namespace

TEST_P(StoreConformance, ASuspensionMakesAnAmendmentDueUntilTheReturn) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  Grant(bob_, 3);
  daily.MakeFinal();
  EXPECT_FALSE(daily.AmendDue());
  daily.Suspend(bob_);
  EXPECT_TRUE(daily.AmendDue());
  daily.Reinstate(bob_);
  EXPECT_FALSE(daily.AmendDue());
}

TEST_P(StoreConformance, AReturnAfterTheAmendmentMakesAnotherOneDue) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  Grant(bob_, 3);
  daily.MakeFinal();
  daily.Suspend(bob_);
  daily.MakeFinal("suspended");
  EXPECT_FALSE(daily.AmendDue());
  daily.Reinstate(bob_);
  EXPECT_TRUE(daily.AmendDue());
}

TEST_P(StoreConformance, HidingScopeTypeAndErasureMakeAnAmendmentDue) {
  MakeProgram();
  Daily daily(*store_);
  daily.Redefine([](domain::Board& board) {
    board.facet = "team";
    board.kind = domain::StakeholderKind::kPartner;
  });
  const auto join = [](domain::Member& member) {
    member.facets = {"team"};
    member.kinds = {domain::StakeholderKind::kPartner};
  };
  daily.Change(ada_, join);
  daily.Change(bob_, join);
  Grant(ada_, 5);
  Grant(bob_, 3);
  daily.MakeFinal();
  const std::vector<std::function<void(domain::Member&)>> changes = {
      [](domain::Member& member) { member.board_opt_out = true; },
      [](domain::Member& member) { member.type = domain::MemberType::kStaff; },
      [](domain::Member& member) { member.facets.clear(); },
      [](domain::Member& member) { member.kinds.clear(); },
  };
  for (const auto& change : changes) {
    const domain::Member before = daily.Member(ada_);
    EXPECT_FALSE(daily.AmendDue());
    daily.Change(ada_, change);
    EXPECT_TRUE(daily.AmendDue());
    daily.Change(ada_, [&](domain::Member& member) { member = before; });
  }
  domain::Changes erase;
  erase.erased = {bob_};
  ASSERT_THAT(WriteChanges(erase), IsOk());
  EXPECT_TRUE(daily.AmendDue());
  daily.MakeFinal("erased");
  EXPECT_FALSE(daily.AmendDue());
}

TEST_P(StoreConformance, MembersWhoWereNeverOnTheBoardMakeNoAmendmentDue) {
  MakeProgram();
  Daily daily(*store_);
  const domain::MemberKey cyd = NumberedId(3);
  domain::Member staff = MakeMember(3, "cyd", Head() + 1);
  staff.type = domain::MemberType::kStaff;
  daily.Put(staff);
  daily.Put(MakeMember(4, "dan", Head() + 1));
  Grant(ada_, 5);
  Grant(cyd, 4);
  daily.MakeFinal();
  daily.Suspend(cyd);
  daily.Suspend(NumberedId(4));
  Grant(cyd, 2);
  EXPECT_FALSE(daily.AmendDue());
  daily.Reinstate(cyd);
  daily.Change(cyd, [](domain::Member& member) { member.type = domain::MemberType::kPerson; });
  EXPECT_TRUE(daily.AmendDue());
}

TEST_P(StoreConformance, OnlyAnotherScoreMakesAnAmendmentDue) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  const domain::TransferId taken_back = Grant(bob_, 3);
  daily.MakeFinal();
  daily.Change(ada_, [](domain::Member& member) { member.display_name = "Ada L"; });
  Grant(ada_, 1, kStart + days(2));
  EXPECT_FALSE(daily.AmendDue());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Reverse(taken_back, 0, "").status();
              }),
              IsOk());
  EXPECT_TRUE(daily.AmendDue());
  Grant(bob_, 3);
  EXPECT_FALSE(daily.AmendDue()) << "the same score at the same time";
  Grant(bob_, 1);
  EXPECT_TRUE(daily.AmendDue());
}

TEST_P(StoreConformance, ARedefinedBoardMakesAnAmendmentDueIfItShowsOthers) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  Grant(bob_, 5);
  daily.MakeFinal();
  daily.Redefine([](domain::Board& board) { board.scheme = domain::Scheme::kOrdinal; });
  EXPECT_TRUE(daily.AmendDue());
  daily.Redefine([](domain::Board& board) { board.scheme = domain::Scheme::kCompetition; });
  EXPECT_FALSE(daily.AmendDue());
}

TEST_P(StoreConformance, AMergeMakesAnAmendmentDueUntilItIsUndone) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  Grant(bob_, 3);
  daily.MakeFinal();
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_TRUE(daily.AmendDue());
  ASSERT_THAT(SetHead(bob_, {}), IsOk());
  EXPECT_FALSE(daily.AmendDue());

  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  daily.MakeFinal("merged");
  EXPECT_FALSE(daily.AmendDue());
  EXPECT_THAT(daily.Newest(), testing::ElementsAre(testing::Pair(ada_, 8)));
  Grant(bob_, 1);
  EXPECT_TRUE(daily.AmendDue());
  daily.MakeFinal("more of bob");
  EXPECT_THAT(daily.Newest(), testing::ElementsAre(testing::Pair(ada_, 9)));

  ASSERT_THAT(SetHead(bob_, {}), IsOk());
  EXPECT_TRUE(daily.AmendDue());
  daily.MakeFinal("parted");
  EXPECT_THAT(daily.Newest(), testing::ElementsAre(testing::Pair(ada_, 5), testing::Pair(bob_, 4)));
}

TEST_P(StoreConformance, PersonsWithoutAPlaceNowAreComparedWithTheirResultToo) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  Grant(bob_, 3);
  // None of the two has a place now. What they had is the score of another person.
  daily.MakeFinal();
  daily.Suspend(ada_);
  daily.MakeFinal("suspended");
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_TRUE(daily.AmendDue());
  daily.MakeFinal("merged");
  EXPECT_FALSE(daily.AmendDue());
  daily.Reinstate(ada_);
  daily.MakeFinal("reinstated");
  ASSERT_THAT(SetHead(bob_, {}), IsOk());
  daily.Suspend(ada_);
  daily.Suspend(bob_);
  EXPECT_TRUE(daily.AmendDue());

  daily.Reinstate(ada_);
  daily.Reinstate(bob_);
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_FALSE(daily.AmendDue()) << "as the newest result says";
  domain::Changes erase;
  erase.erased = {bob_, ada_};
  ASSERT_THAT(WriteChanges(erase), IsOk());
  EXPECT_TRUE(daily.AmendDue());
}

TEST_P(StoreConformance, AMergeThatChangesNoScoreMakesNoAmendmentDue) {
  MakeProgram();
  Daily daily(*store_);
  Grant(ada_, 5);
  Grant(bob_, 3, kStart + days(2));
  daily.MakeFinal();
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_FALSE(daily.AmendDue());
  // Ada had bob's score then, so that the members' scores of then say nothing.
  const domain::TransferId later = Grant(bob_, 2);
  EXPECT_TRUE(daily.AmendDue());
  daily.MakeFinal("more");
  ASSERT_THAT(SetHead(bob_, {}), IsOk());
  daily.Suspend(bob_);
  EXPECT_TRUE(daily.AmendDue());
  Grant(ada_, 2);
  EXPECT_FALSE(daily.AmendDue());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Reverse(later, 0, "").status();
              }),
              IsOk());
  EXPECT_FALSE(daily.AmendDue());
}

TEST_P(StoreConformance, OneOfManyChangedMembersMakesAnAmendmentDue) {
  MakeProgram();
  Daily daily(*store_);
  // More than are looked at one by one, all with one score.
  constexpr std::uint32_t kLast = 700;
  const auto put_all = [&](bool anew) {
    domain::Changes changes;
    for (std::uint32_t n = 10; n <= kLast; ++n) {
      domain::Member member = MakeMember(n, absl::StrCat("m", n), Head() + 1);
      member.facets = {anew ? "new" : "old"};
      changes.records.Put(member);
    }
    ASSERT_THAT(WriteChanges(changes), IsOk());
  };
  put_all(false);
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                for (std::uint32_t n = 10; n <= kLast; ++n) {
                  domain::GrantDraft draft;
                  draft.member = MemberAccount(NumberedId(n));
                  draft.amount = 1;
                  draft.effective_time = kStart;
                  if (absl::Status status = ledger.Grant(draft).status(); !status.ok()) {
                    return status;
                  }
                }
                return absl::OkStatus();
              }),
              IsOk());
  daily.MakeFinal();
  daily.Suspend(NumberedId(kLast));
  EXPECT_TRUE(daily.AmendDue());
  daily.Reinstate(NumberedId(kLast));
  EXPECT_FALSE(daily.AmendDue());
  put_all(true);
  EXPECT_FALSE(daily.AmendDue());
  daily.Suspend(NumberedId(kLast));
  EXPECT_TRUE(daily.AmendDue());
}

}  // namespace perigee::tests
