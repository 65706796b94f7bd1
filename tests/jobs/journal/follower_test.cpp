#include "server/jobs/journal/follower.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/journal/stored_projection.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Revision;
using jobs::Follower;
using jobs::StoredProjection;

class FollowerTest : public testing::Test {
 protected:
  std::unique_ptr<Follower> Follow(const std::string& name, Follower::CatchUp catch_up) {
    auto follower = std::make_unique<Follower>(
        Follower::Parts{programme.feed(), programme.executor, programme.telemetry},
        Follower::Options{.name = name}, std::move(catch_up));
    follower->Start();
    return follower;
  }
  Programme programme;
};

TEST_F(FollowerTest, AStuckFollowerHoldsNobodyBack) {
  // The writer goes on, and so does the other follower.
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future();
  std::atomic<Revision> reached{0};
  const auto stuck = Follow("stuck", [opened](const std::string&, Revision) {
    opened.wait();
    return absl::OkStatus();
  });
  const auto other = Follow("other", [&](const std::string&, Revision head) {
    reached = head;
    return absl::OkStatus();
  });
  programme.AddMember("ada");
  programme.PutBoard(MakeBoard("all", domain::Cadence::kAllTime));
  programme.Earn("ada", 5, programme.clock.Now());
  EXPECT_EQ(programme.Served("all").size(), 1U);
  EXPECT_TRUE(programme.Eventually([&] { return reached == programme.head; }));
  gate.set_value();
}

TEST_F(FollowerTest, AFailedFollowerIsCalledAgainForTheSameHead) {
  std::atomic<int> calls{0};
  std::atomic<bool> failing{true};
  std::atomic<Revision> asked{0};
  const auto follower = Follow("weak", [&](const std::string&, Revision head) {
    ++calls;
    asked = head;
    return failing ? Error(Reason::kStoreUnavailable, "not now") : absl::OkStatus();
  });
  programme.AddMember("ada");
  ASSERT_TRUE(programme.Eventually([&] { return calls >= 3 && asked == programme.head; }));
  EXPECT_GE(programme.telemetry.failed("weak"), 2);
  failing = false;
  const int before = calls;
  ASSERT_TRUE(programme.Eventually([&] { return calls > before; }));
  EXPECT_EQ(asked, programme.head);
}

TEST_F(FollowerTest, AFollowerThatPausesIsCalledOnceForManyEntries) {
  std::vector<Revision> calls;
  Follower follower({programme.feed(), programme.executor, programme.telemetry},
                    {.name = "slow",
                     .worker = std::make_shared<SerialWorker>(),
                     .pause = [](const std::string&) { return std::chrono::hours(1); }},
                    [&](const std::string&, Revision head) {
                      calls.push_back(head);
                      return absl::OkStatus();
                    });
  follower.Start();
  // Told after the follower.
  std::promise<void> told;
  const auto listening = programme.feed().Listen([&](const std::string&, Revision head) {
    if (head == 4) {
      told.set_value();
    }
  });
  programme.AddMember("ada");
  programme.AddMember("bob");
  ASSERT_EQ(programme.AddMember("cyd"), 4);
  told.get_future().wait();
  programme.executor.RunUpTo(std::chrono::hours(1));
  follower.Stop();  // Does what is posted first.
  EXPECT_THAT(calls, testing::ElementsAre(4));
}

// Gives each new member one point of `access`, once.
class WelcomeTest : public FollowerTest {
 protected:
  std::unique_ptr<StoredProjection> Welcome(ports::Store& store) {
    StoredProjection::Options options;
    options.follower.name = "welcome";
    options.concerns = [](const domain::JournalEntry& entry) {
      return entry.changes.records.Last<domain::Member>() != nullptr;
    };
    options.passed_over_max = 10;
    return std::make_unique<StoredProjection>(
        StoredProjection::Parts{store, programme.clock, programme.executor, programme.telemetry},
        std::move(options),
        [](ports::StoreReader& reader, const ports::UnitContext& unit,
           std::span<const ports::JournalEntryPtr> entries) -> absl::StatusOr<domain::Changes> {
          domain::LedgerUnit ledger(reader.ledger().Books("demo"), Zone::Utc(), unit.revision,
                                    unit.now);
          for (const ports::JournalEntryPtr& entry : entries) {
            for (const domain::Member* member : entry->changes.records.All<domain::Member>()) {
              domain::TransferDraft draft;
              draft.debit = {"access", {}, std::string(domain::kIssuedAccount)};
              draft.credit = {"access", member->key, ""};
              draft.amount = 1;
              PERIGEE_RETURN_IF_ERROR(ledger.Post(draft).status());
            }
          }
          domain::Changes changes;
          changes.ledger = ledger.Take();
          return changes;
        });
  }
  Revision Cursor() {
    Revision cursor = 0;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(cursor, reader.journal().Cursor("demo", "welcome"));
      return absl::OkStatus();
    });
    return cursor;
  }
  Revision Head() {
    Revision head = 0;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(head, reader.journal().Head("demo"));
      return absl::OkStatus();
    });
    return head;
  }
  // The number of welcomes of each member on the board.
  std::vector<std::int64_t> Welcomes() {
    std::vector<std::int64_t> welcomes;
    for (const domain::RankedPlace& ranked : programme.Truth("welcome")) {
      welcomes.push_back(ranked.place.score.score);
    }
    return welcomes;
  }
  void PutBoard() {
    domain::Board board = MakeBoard("welcome", domain::Cadence::kAllTime);
    board.asset = "access";
    programme.PutBoard(board);
  }
};

TEST_F(WelcomeTest, EachEntryCountsOnceOverFailuresAndRestarts) {
  PutBoard();
  FailingStore weak(programme.store());
  auto welcome = Welcome(weak);
  programme.AddMember("ada");
  ASSERT_TRUE(programme.Eventually([&] { return Welcomes().size() == 1; }));
  weak.FailWrite(1);
  weak.FailRead(2);
  programme.AddMember("bob");
  ASSERT_TRUE(programme.Eventually([&] { return Welcomes().size() == 2; }));
  EXPECT_GE(programme.telemetry.failed("welcome"), 1);
  welcome.reset();

  // The projection was not running, and now continues from its cursor.
  programme.AddMember("cyd");
  welcome = Welcome(programme.store());
  welcome->Look("demo", Head());
  ASSERT_TRUE(programme.Eventually([&] { return Welcomes().size() == 3; }));
  EXPECT_THAT(Welcomes(), testing::Each(1));
}

TEST_F(WelcomeTest, TwoServersCountEachEntryOnce) {
  PutBoard();
  const auto first = Welcome(programme.store());
  const auto second = Welcome(programme.store());
  for (int n = 0; n < 30; ++n) {
    programme.AddMember("m" + std::to_string(n));
  }
  ASSERT_TRUE(programme.Eventually([&] { return Welcomes().size() == 30; }));
  EXPECT_THAT(Welcomes(), testing::Each(1));
}

TEST_F(WelcomeTest, OtherEntriesMoveTheCursorSeldom) {
  PutBoard();
  programme.AddMember("ada");
  const auto welcome = Welcome(programme.store());
  welcome->Look("demo", programme.head);
  ASSERT_TRUE(programme.Eventually([&] { return Welcomes().size() == 1; }));
  const Revision before = Cursor();
  for (int n = 0; n < 9; ++n) {
    programme.Earn("ada", 1, programme.clock.Now());
    EXPECT_THAT(Cursor(), testing::AnyOf(before, before + 10));
  }
  programme.Earn("ada", 1, programme.clock.Now());
  EXPECT_TRUE(programme.Eventually([&] { return Cursor() >= before + 10; }));
  EXPECT_TRUE(programme.Eventually(
      [&] { return programme.telemetry.projected("welcome") == programme.head; }));
}

}  // namespace
}  // namespace perigee::tests
