#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/jobs/board/period_closer.h"
#include "server/jobs/health.h"
#include "server/jobs/ledger/expiry.h"
#include "server/jobs/repeating.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program_health.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Cadence;
using std::chrono::days;
using std::chrono::hours;

class LoopsTest : public testing::Test {
 protected:
  LoopsTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
  }
  domain::Account AccountOf(const std::string& member, const std::string& asset) {
    domain::Account account;
    programme.Read([&](ports::StoreReader& reader) {
      const domain::MemberKey key = reader.members().Find("demo", member).value()->key;
      account = reader.ledger().Books("demo").FindAccount({asset, key, ""}).value().value();
      return absl::OkStatus();
    });
    return account;
  }

  Programme programme;
};

TEST_F(LoopsTest, AHoldThatRanOutIsLetGoOnceAndNotBefore) {
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  const domain::AccountRef ada = AccountOf("ada", "access").ref;
  programme.Ledger([&](domain::LedgerUnit& ledger) {
    domain::TransferDraft draft;
    draft.debit = ada;
    draft.credit = {"access", {}, std::string(domain::kSpentAccount)};
    draft.amount = 4;
    draft.expire_time = programme.clock.Now() + hours(1);
    EXPECT_THAT(ledger.Post(draft), IsOk());
  });
  jobs::Expiry expiry(programme.store(), programme.clock, programme.leases());
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 6);

  programme.clock.Advance(hours(1));
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 10);
}

TEST_F(LoopsTest, LotsExpireAndCostNoRank) {
  domain::Board board = MakeBoard("givers", Cadence::kAllTime);
  board.asset = "access";
  programme.PutBoard(board);
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  programme.clock.Advance(days(366));
  jobs::Expiry expiry(programme.store(), programme.clock, programme.leases());
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Balance(), 0);
  programme.AddMember("cyd");
  ASSERT_EQ(programme.Served("givers").size(), 1U);
  EXPECT_EQ(programme.Served("givers").front().place.score.score, 10);
  EXPECT_EQ(programme.Served("givers"), programme.Truth("givers"));
}

TEST_F(LoopsTest, APeriodIsClosedWhenItsGraceIsOverAndOnlyOnce) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 3, programme.clock.Now());
  programme.Earn("bob", 5, programme.clock.Now());
  jobs::PeriodCloser closer(programme.store(), programme.clock, programme.leases());

  programme.clock.Set(*ParseTime("2026-11-23T23:59:59Z"));
  EXPECT_THAT(closer.RunOnce(), IsOk());
  EXPECT_THAT(programme.Results("daily", "2026-11-21"), testing::IsEmpty());

  programme.clock.Set(*ParseTime("2026-11-24T00:00:00Z"));
  EXPECT_THAT(closer.RunOnce(), IsOk());
  EXPECT_THAT(closer.RunOnce(), IsOk());
  jobs::PeriodCloser after_restart(programme.store(), programme.clock, programme.leases());
  EXPECT_THAT(after_restart.RunOnce(), IsOk());
  const auto results = programme.Results("daily", "2026-11-21");
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].version, 1);
  EXPECT_EQ(results[0].entry_count, 2);
  EXPECT_THAT(programme.Results("daily", "2026-11-22"), testing::IsEmpty());

  programme.clock.Advance(days(3));
  EXPECT_THAT(closer.RunOnce(), IsOk());
  for (const std::string period : {"2026-11-22", "2026-11-23", "2026-11-24"}) {
    EXPECT_EQ(programme.Results("daily", period).size(), 1U) << period;
  }
}

TEST_F(LoopsTest, OnlyWhoHoldsTheLeaseClosesAndOnceThoughTheOtherCarriesOn) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 3, programme.clock.Now());
  FakeSteadyClock steady_clock;
  SequenceIds ids;
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(ids.Random());  // Those are the programme's.
  }
  jobs::LeaseKeeper other_leases(
      {programme.store().leases(), steady_clock, ids},
      {.jobs = {std::string(jobs::Expiry::kJob), std::string(jobs::PeriodCloser::kJob)}},
      [](const jobs::LeaseKeeper::Change&) {});
  ASSERT_THAT(other_leases.RunOnce(), IsOk());
  jobs::PeriodCloser closer(programme.store(), programme.clock, programme.leases());
  jobs::PeriodCloser other(programme.store(), programme.clock, other_leases);
  programme.clock.Set(*ParseTime("2026-11-24T00:00:00Z"));
  const domain::Revision before = programme.head;
  EXPECT_THAT(other.RunOnce(), IsOk());
  EXPECT_THAT(programme.Results("daily", "2026-11-21"), testing::IsEmpty());

  // The holder is paused for so long that the other takes over, and does not know.
  steady_clock.Advance(std::chrono::seconds(7));
  ASSERT_THAT(other_leases.RunOnce(), IsOk());
  EXPECT_THAT(closer.RunOnce(), HasReason(Reason::kConflict));
  EXPECT_THAT(programme.Results("daily", "2026-11-21"), testing::IsEmpty());
  EXPECT_THAT(other.RunOnce(), IsOk());
  ASSERT_EQ(programme.Results("daily", "2026-11-21").size(), 1U);
  EXPECT_EQ(programme.Results("daily", "2026-11-21").front().revision, before + 1);
}

TEST_F(LoopsTest, AReversalAfterTheCloseLeavesTheResultAndThePresentPeriodAlone) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  const domain::TransferId earned = programme.Earn("ada", 3, programme.clock.Now());
  programme.clock.Advance(days(4));
  programme.Earn("bob", 1, programme.clock.Now());
  jobs::PeriodCloser closer(programme.store(), programme.clock, programme.leases());
  EXPECT_THAT(closer.RunOnce(), IsOk());
  const auto present = programme.Served("daily");
  const auto closed = programme.Results("daily", "2026-11-21");
  ASSERT_EQ(closed.size(), 1U);

  programme.Reverse(earned);

  EXPECT_EQ(programme.Served("daily"), present);
  EXPECT_THAT(programme.Served("daily", "2026-11-21"), testing::IsEmpty());
  EXPECT_EQ(programme.Results("daily", "2026-11-21").front().digest, closed.front().digest);
  programme.Read([&](ports::StoreReader& reader) {
    const domain::Board board = programme.Board("daily");
    const domain::Period period = *domain::PeriodById(board, Zone::Utc(), "2026-11-21");
    EXPECT_TRUE(*reader.boards().ScoresChangedSince("demo", "reputation", period.interval,
                                                    closed.front().revision));
    return absl::OkStatus();
  });
}

TEST_F(LoopsTest, HealthCountsWhatThereIs) {
  programme.Earn("ada", 3, programme.clock.Now());
  jobs::Health health(programme.store(), programme.clock, programme.telemetry);
  EXPECT_THAT(health.RunOnce(), IsOk());
  const ports::ProgramHealth told = programme.telemetry.health("demo");
  std::int64_t members = 0;
  for (const ports::MemberCount& count : told.members) {
    members += count.members;
  }
  EXPECT_EQ(members, 2);
  for (const ports::AssetTotals& asset : told.assets) {
    EXPECT_EQ(asset.imbalance, 0) << asset.asset;
    EXPECT_EQ(asset.issued, asset.asset == "reputation" ? 3 : 0) << asset.asset;
  }
}

TEST(RepeatingTest, ItGoesOnUntilItIsDestroyed) {
  ManualExecutor executor;
  int runs = 0;
  {
    const jobs::Repeating repeating(executor, std::chrono::milliseconds(5), [&] { ++runs; });
    EXPECT_EQ(executor.RunUpTo(std::chrono::milliseconds(4)), 0U);
    executor.RunUpTo(std::chrono::milliseconds(5));
    executor.RunUpTo(std::chrono::milliseconds(5));
    EXPECT_EQ(runs, 2);
  }
  executor.RunUpTo(std::chrono::milliseconds(5));
  EXPECT_EQ(runs, 2);
}

TEST(RepeatingTest, ItRestsLongerAfterWorkThatTookLong) {
  ManualExecutor executor;
  int runs = 0;
  const auto work = [&] {
    ++runs;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (std::chrono::steady_clock::now() < end) {
    }
  };
  const jobs::Repeating repeating(executor, std::chrono::milliseconds(5), work, 1000);
  executor.RunUpTo(std::chrono::milliseconds(5));
  executor.RunUpTo(std::chrono::milliseconds(1999));
  EXPECT_EQ(runs, 1);
  executor.RunUpTo(std::chrono::hours(1));
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace perigee::tests
