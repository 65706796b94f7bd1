#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/ports/due_reader.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Cadence;

class DeletedProgrammeTest : public testing::Test {
 protected:
  // Fills the programme with a board of one member.
  void Fill(const std::string& display_name, std::int64_t amount) {
    programme.AddMember("ada");
    programme.ChangeMember("ada", [&](domain::Member& ada) { ada.display_name = display_name; });
    programme.PutBoard(MakeBoard("all", Cadence::kAllTime));
    programme.Earn("ada", amount, programme.clock.Now());
  }
  std::string NameOfAda() {
    std::string name;
    EXPECT_THAT(
        programme.directory().Show("demo", std::vector<std::string_view>{"ada"}, false,
                                   [&](std::size_t, std::string_view shown) { name = shown; }),
        IsOk());
    return name;
  }
  absl::Status Top() {
    ports::BoardView::Query query;
    query.program = "demo";
    query.board = "all";
    query.period = "current";
    query.now = programme.clock.Now();
    return programme.view().Top(query, std::nullopt, 10).status();
  }

  Programme programme;
};

TEST_F(DeletedProgrammeTest, ItsBoardsAndNamesGoAndItsWatchersAreCalled) {
  Fill("Ada", 5);
  ASSERT_EQ(programme.Served("all").size(), 1U);
  const ports::PeriodKey key{"demo", "all", programme.Board("all").epoch, "all-time",
                             domain::Scheme::kCompetition};
  EXPECT_THAT(programme.memory().Marked(key), IsOk());
  EXPECT_EQ(NameOfAda(), "Ada");
  std::atomic<int> called{0};
  const auto watching = programme.view().Subscribe("demo", "all", [&] { ++called; });

  programme.Delete();
  EXPECT_TRUE(programme.Eventually([&] { return called > 0; }));
  EXPECT_THAT(Top(), HasReason(Reason::kNotFound));
  EXPECT_TRUE(absl::IsNotFound(programme.memory().Marked(key).status()));
  EXPECT_EQ(programme.KnownNames({"ada"}), std::nullopt);
  EXPECT_EQ(NameOfAda(), "");
}

TEST_F(DeletedProgrammeTest, AProgrammeOfTheSameIdStartsAnew) {
  Fill("Ada", 5);
  for (int i = 0; i < 20; ++i) {
    programme.Earn("ada", 1, programme.clock.Now());
  }
  EXPECT_EQ(programme.Served("all").front().place.score.score, 25);
  programme.Delete();
  programme.DoWhatIsDue();
  programme.Make();
  EXPECT_EQ(programme.head, 1);
  EXPECT_TRUE(programme.Eventually([&] { return absl::IsNotFound(Top()); }));

  Fill("Ada II", 3);
  EXPECT_TRUE(programme.Eventually([&] { return Top().ok(); }));
  EXPECT_EQ(programme.Served("all").front().place.score.score, 3);
  EXPECT_EQ(programme.Served("all"), programme.Truth("all"));
  EXPECT_EQ(NameOfAda(), "Ada II");
}

// The rest of the rows must not come up as due things that fail.
TEST_F(DeletedProgrammeTest, WhatWasToFallDueIsNotTried) {
  programme.AddMember("ada");
  for (int i = 0; i < 2 * ports::kDeletedAtOnce; ++i) {
    programme.Earn("ada", 1, programme.clock.Now(), "access");
  }
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.clock.Advance(std::chrono::days(500));
  programme.Delete();
  programme.DoWhatIsDue();
  programme.Read([](ports::StoreReader& reader) {
    EXPECT_EQ(reader.due().List({}, 10).value().size(), 0U);
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace perigee::tests
