#include "server/use_cases/board/boards.h"

#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/use_cases/programme_reader.h"

namespace perigee::tests {
namespace {

using domain::Board;

class BoardsTest : public testing::Test {
 protected:
  BoardsTest() { programme.PutBoard(MakeBoard("daily", domain::Cadence::kDay)); }

  use_cases::DecidedBoard Update(std::function<void(Board&)> change) {
    return Decide(programme, [&](ports::StoreReader& reader, const ports::UnitContext& unit) {
      return use_cases::UpdateBoard(reader, unit, "demo", "daily", {std::move(change)});
    });
  }

  Programme programme;
};

TEST_F(BoardsTest, OnlyAChangeOfSchemeOrScopeBeginsAnEpoch) {
  const domain::Revision epoch = programme.Board("daily").epoch;
  const auto renamed = Update([](Board& board) { board.display_name = "Today"; });
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->value.epoch, epoch);
  EXPECT_EQ(renamed->value.revision, kUnit.revision);
  const auto same = Update([](Board& board) { board.scheme = domain::Scheme::kCompetition; });
  EXPECT_EQ(same->value.epoch, epoch);
  for (void (*change)(Board&) :
       {+[](Board& board) { board.scheme = domain::Scheme::kDense; },
        +[](Board& board) { board.facet = "cyclist"; },
        +[](Board& board) { board.kind = domain::StakeholderKind::kDonor; }}) {
    EXPECT_EQ(Update(change)->value.epoch, kUnit.revision);
  }
}

TEST_F(BoardsTest, ABoardOutOfOrderIsRefused) {
  EXPECT_THAT(Update([](Board& board) { board.facet = "Not An Id"; }),
              IsInvalidField("board.facet"));
}

}  // namespace
}  // namespace perigee::tests
