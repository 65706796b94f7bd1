#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Cadence;
using domain::Scheme;
using std::chrono::seconds;

// Boards that nobody has looked at for a while.
class RestingBoardTest : public testing::Test {
 protected:
  RestingBoardTest() {
    for (const std::string member : {"ada", "bob"}) {
      programme.AddMember(member);
    }
    programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
    programme.Earn("ada", 5, now());
    programme.Served("all");
    programme.clock.Advance(seconds(6));
  }
  Time now() { return programme.clock.Now(); }
  // The revision of the period in the process.
  domain::Revision Held() {
    return programme.memory()
        .Marked({"demo", "all", programme.Board("all").epoch, "all-time", Scheme::kCompetition})
        ->revision;
  }

  Programme programme;
};

TEST_F(RestingBoardTest, APeriodThatNobodyReadsIsNotMovedOnUntilItIsRead) {
  const domain::Revision before = Held();
  programme.Earn("bob", 7, now());
  programme.Earn("ada", 1, now());
  programme.Ask("all");  // Waits until the projection has passed both entries.
  EXPECT_EQ(Held(), before);

  EXPECT_EQ(programme.Served("all"), programme.Truth("all"));
  EXPECT_EQ(Held(), programme.head);
  programme.Earn("ada", 9, now());
  programme.Ask("all");
  EXPECT_EQ(Held(), programme.head) << "rests although it was read a moment ago";
}

TEST_F(RestingBoardTest, APeriodThatRestsWithoutNewEntriesIsReadAtOnce) {
  // The look for a board that is not there lets the other rest.
  const auto missing = programme.view().Top(programme.Ask("none"), std::nullopt, 1);
  EXPECT_TRUE(absl::IsNotFound(missing.status()));
  EXPECT_EQ(programme.Served("all"), programme.Truth("all"));
}

TEST_F(RestingBoardTest, APeriodCatchesUpWithoutTheStore) {
  programme.Earn("ada", 1, now());
  const auto query = programme.Ask("all");
  programme.boards_store().SetDown(true);
  const auto slice = programme.view().Top(query, std::nullopt, 1);
  ASSERT_THAT(slice, IsOk());
  EXPECT_EQ(slice->places.front().place.score.score, 6);
}

TEST_F(RestingBoardTest, AWatchedPeriodIsMovedOn) {
  std::atomic<int> changes{0};
  const auto listening = programme.view().Subscribe("demo", "all", [&] { ++changes; });
  programme.Earn("bob", 7, now());
  EXPECT_TRUE(programme.Eventually([&] { return changes == 1; }));
  EXPECT_EQ(Held(), programme.head);
}

TEST(RestingTest, APeriodThatRestedTooLongIsBuiltAnew) {
  Programme programme(nullptr, {.rest_max = 3});
  programme.AddMember("ada");
  programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
  programme.Earn("ada", 5, programme.clock.Now());
  programme.Served("all");
  const int built = programme.telemetry.rebuilt("memory");
  programme.clock.Advance(seconds(6));
  for (int i = 0; i < 6; ++i) {
    programme.Earn("ada", 1, programme.clock.Now());
    programme.Ask("all");
  }
  EXPECT_EQ(programme.Served("all"), programme.Truth("all"));
  EXPECT_EQ(programme.telemetry.rebuilt("memory"), built + 1);
}

}  // namespace
}  // namespace perigee::tests
