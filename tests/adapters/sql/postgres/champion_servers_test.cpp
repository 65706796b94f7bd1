#include <algorithm>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/program/program.h"
#include "server/domain/reward/reward.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/use_cases/ask/asks.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/reward/redemptions.h"
#include "server/use_cases/reward/rewards.h"
#include "server/use_cases/thanks/thanks.h"
#include "tests/adapters/sql/postgres/postgres_servers.h"

namespace perigee::tests {
namespace {

// What is scarce stays so when two servers decide about it at once.
class ChampionServersTest : public PostgresServersTest {
 protected:
  // A programme with the default assets and the members m0, m1 …
  void Make(std::uint32_t members) {
    ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
    ASSERT_THAT(Write(*first_, UnitOf([&](auto&, const auto& unit) {
                  use_cases::Decided<int> decided;
                  decided.changes.records.PutAll(domain::DefaultAssets(kStart, unit.revision));
                  for (std::uint32_t i = 0; i < members; ++i) {
                    decided.changes.records.Put(MakeMember(1000 + i, IdOf(i), unit.revision));
                  }
                  return absl::StatusOr<use_cases::Decided<int>>(std::move(decided));
                })),
                IsOk());
  }
  static std::string IdOf(std::uint32_t i) { return "m" + std::to_string(i); }

  // Writes the units 0 to `count` at once, each second one at the other server, and returns how
  // many are done. The others must be refused for one of the reasons.
  int Race(std::uint32_t count, const std::vector<Reason>& reasons,
           const std::function<ports::Unit(std::uint32_t)>& unit_of) {
    std::vector<std::future<absl::Status>> answers;
    for (std::uint32_t i = 0; i < count; ++i) {
      answers.push_back(std::async(std::launch::async, [&, i] {
        return Write(i % 2 == 0 ? *first_ : *second_, unit_of(i)).status();
      }));
    }
    int done = 0;
    for (std::future<absl::Status>& answer : answers) {
      const absl::Status status = answer.get();
      done += status.ok() ? 1 : 0;
      EXPECT_TRUE(status.ok() || std::ranges::find(reasons, ReasonOf(status)) != reasons.end())
          << status;
    }
    ExpectWholeJournal("demo");
    return done;
  }
  void MakeTitle(int seats) {
    domain::Title title;
    title.id = "mvp";
    title.display_name = "MVP";
    title.seats = seats;
    title.reviews = 0;
    title.nominators = {domain::Nominator::kStaff};
    ASSERT_THAT(Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
                  return use_cases::CreateTitle(reader, unit, "demo", title);
                })),
                IsOk());
  }
};

// One of many deciders about four nominations decides, and takes the one seat.
TEST_F(ChampionServersTest, ANominationIsDecidedOnce) {
  Make(4);
  MakeTitle(1);
  std::vector<std::string> nominations;
  for (std::uint32_t n = 0; n < 4; ++n) {
    const auto made = Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
      return use_cases::Nominate(reader, unit, "demo", {"mvp", IdOf(n), "", {}, false});
    }));
    ASSERT_THAT(made, IsOk());
    nominations.push_back(std::to_string(made->revision));
    ASSERT_THAT(Write(*second_, UnitOf([&](auto& reader, const auto& unit) {
                  return use_cases::StartReview(reader, unit, "demo", nominations.back(), {});
                })),
                IsOk());
  }
  const int accepted = Race(40, {Reason::kIllegalMove, Reason::kNoSeatLeft}, [&](std::uint32_t i) {
    return UnitOf([&, i](auto& reader, const auto& unit) {
      return use_cases::DecideNomination(reader, unit, "demo", nominations[i / 2 % 4], {},
                                         {true, "because", std::nullopt, ""});
    });
  });
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM appointment"), "1");
}

TEST_F(ChampionServersTest, TheLastSeatIsTakenOnce) {
  Make(20);
  MakeTitle(1);
  const int appointed = Race(20, {Reason::kNoSeatLeft}, [](std::uint32_t i) {
    return UnitOf([i](auto& reader, const auto& unit) {
      return use_cases::Appoint(reader, unit, "demo", {"mvp", IdOf(i), std::nullopt});
    });
  });
  EXPECT_EQ(appointed, 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM appointment"), "1");
}

TEST_F(ChampionServersTest, AsksStayInTheBudget) {
  Make(1);
  ASSERT_THAT(Write(*first_, UnitOf([](auto& reader, const auto& unit) {
                return use_cases::SetAskTerms(reader, unit, "demo", "m0", {false, 2});
              })),
              IsOk());
  const int reserved = Race(100, {Reason::kAskBudgetSpent}, [](std::uint32_t) {
    return UnitOf([](auto& reader, const auto& unit) {
      return use_cases::ProposeAsk(reader, unit, "demo",
                                   {"m0", "events", "talk", "Speak", domain::AskState::kReserved});
    });
  });
  EXPECT_EQ(reserved, 2);
  EXPECT_EQ(Sql("SELECT count(*) FROM ask"), "2");
}

TEST_F(ChampionServersTest, ThanksStayInTheBudget) {
  Make(2);
  const int given = Race(50, {Reason::kThanksBudgetSpent}, [](std::uint32_t) {
    return UnitOf([](auto& reader, const auto& unit) {
      return use_cases::GiveThanks(reader, unit, "demo", {"m0", "m1", "thanks", "", 0});
    });
  });
  EXPECT_EQ(given, 3);
  EXPECT_EQ(Sql("SELECT count(*) FROM thanks"), "3");
}

TEST_F(ChampionServersTest, AStockIsRedeemedOnce) {
  constexpr std::uint32_t kMembers = 100;
  Make(kMembers);
  domain::Reward seat;
  seat.id = "seat";
  seat.display_name = "A seat";
  seat.asset = "access";
  seat.price = 40;
  seat.stock = 3;
  seat.hold_days = 30;
  ASSERT_THAT(Write(*first_, UnitOf([&](auto& reader, const auto& unit) {
                return use_cases::CreateReward(reader, unit, "demo", seat);
              })),
              IsOk());
  ASSERT_THAT(
      Write(*first_,
            UnitOf([&](auto& reader, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
              domain::LedgerUnit books(reader.ledger().Books("demo"), Zone::Utc(), unit.revision,
                                       unit.now);
              for (std::uint32_t i = 0; i < kMembers; ++i) {
                domain::TransferDraft draft;
                draft.debit = ProgramAccount(domain::kIssuedAccount, "access");
                draft.credit = MemberAccount(NumberedId(1000 + i), "access");
                draft.amount = 100;
                PERIGEE_RETURN_IF_ERROR(books.Post(draft).status());
              }
              use_cases::Decided<int> decided;
              decided.changes.ledger = books.Take();
              return decided;
            })),
      IsOk());
  const int redeemed = Race(kMembers, {Reason::kRewardOutOfStock}, [](std::uint32_t i) {
    return UnitOf([i](auto& reader, const auto& unit) {
      return use_cases::Redeem(reader, unit, "demo", IdOf(i), "seat");
    });
  });
  EXPECT_EQ(redeemed, 3);
  EXPECT_EQ(Sql("SELECT count(*) FROM redemption"), "3");
}

}  // namespace
}  // namespace perigee::tests
