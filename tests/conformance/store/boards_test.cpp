#include <gmock/gmock.h>

#include "server/ports/board/board_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

domain::Board WeeklyBoard(domain::Revision revision) {
  domain::Board board;
  board.id = "weekly";
  board.display_name = "This week";
  board.asset = kAsset;
  board.cadence = domain::Cadence::kWeek;
  board.week_start = domain::WeekStart::kSunday;
  board.time_zone = "Europe/Berlin";
  board.scheme = domain::Scheme::kDense;
  board.facet = "cyclist";
  board.kind = domain::StakeholderKind::kPartner;
  board.grace_hours = 3;
  board.create_time = kStart;
  board.created = board.epoch = board.revision = revision;
  return board;
}

}  // namespace

TEST_P(StoreConformance, BoardsAreMadeChangedAndRemoved) {
  MakeProgram();
  domain::Changes changes;
  changes.boards = {WeeklyBoard(2)};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  changes.boards[0].scheme = domain::Scheme::kOrdinal;
  changes.boards[0].kind.reset();
  changes.boards[0].epoch = changes.boards[0].revision = 3;
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const auto boards = [&] {
    return Reading<std::vector<domain::Board>>(
        [](ports::StoreReader& reader) { return reader.boards().List(kProgram); });
  };
  ASSERT_EQ(boards().size(), 1U);
  const domain::Board board = boards()[0];
  EXPECT_EQ(board.display_name, "This week");
  EXPECT_EQ(board.cadence, domain::Cadence::kWeek);
  EXPECT_EQ(board.week_start, domain::WeekStart::kSunday);
  EXPECT_EQ(board.time_zone, "Europe/Berlin");
  EXPECT_EQ(board.scheme, domain::Scheme::kOrdinal);
  EXPECT_EQ(board.facet, "cyclist");
  EXPECT_EQ(board.kind, std::nullopt);
  EXPECT_EQ(board.grace_hours, 3);
  EXPECT_EQ(board.create_time, kStart);
  EXPECT_EQ(board.created, 2);
  EXPECT_EQ(board.epoch, 3);

  domain::Changes removal;
  removal.deleted_boards = {"weekly"};
  ASSERT_THAT(WriteChanges(removal), IsOk());
  EXPECT_TRUE(boards().empty());
}

TEST_P(StoreConformance, ABoardRemovedAndMadeAgainInOneUnitIsTheNewOne) {
  MakeProgram();
  domain::Changes changes;
  changes.boards = {WeeklyBoard(2)};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  changes.boards = {WeeklyBoard(3)};
  changes.boards[0].asset = "access";
  changes.deleted_boards = {"weekly"};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const auto boards = Reading<std::vector<domain::Board>>(
      [](ports::StoreReader& reader) { return reader.boards().List(kProgram); });
  ASSERT_EQ(boards.size(), 1U);
  EXPECT_EQ(boards[0].created, 3);
  EXPECT_EQ(boards[0].asset, "access");
}

TEST_P(StoreConformance, ResultsKeepTheirEntriesInOrderAndTheirVersions) {
  MakeProgram();
  domain::PeriodResult result;
  result.board = "weekly";
  result.board_created = 2;
  result.period = "2026-11-16";
  result.time = kStart;
  result.digest = "d1";
  result.entry_count = 3;
  result.revision = 2;
  result.entries = {
      {1, ada_, {9, kStart}}, {2, bob_, {5, kStart}}, {2, NumberedId(3), {5, kStart}}};
  domain::Changes changes;
  changes.results = {result};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  domain::PeriodResult amended = result;
  amended.version = 2;
  amended.reason = "came late";
  amended.revision = 3;
  amended.entry_count = 0;
  amended.entries.clear();
  changes.results = {amended};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  EXPECT_THAT(WriteChanges(changes), HasReason(Reason::kAlreadyExists));

  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    const auto heads = reader.boards().Results(kProgram, "weekly", 2, "2026-11-16").value();
    EXPECT_EQ(heads.size(), 2U);
    EXPECT_EQ(heads.at(0).digest, "d1");
    EXPECT_EQ(heads.at(0).entry_count, 3);
    EXPECT_TRUE(heads.at(0).entries.empty());
    EXPECT_EQ(heads.at(1).reason, "came late");
    EXPECT_EQ(heads.at(1).revision, 3);
    EXPECT_TRUE(reader.boards().Results(kProgram, "weekly", 3, "2026-11-16").value().empty());
    EXPECT_THAT(reader.boards().ResultEntries(kProgram, heads.at(0), 0, 2).value(),
                testing::ElementsAre(result.entries[0], result.entries[1]));
    EXPECT_THAT(reader.boards().ResultEntries(kProgram, heads.at(0), 2, 2).value(),
                testing::ElementsAre(result.entries[2]));
    EXPECT_TRUE(reader.boards().ResultEntries(kProgram, heads.at(0), 3, 2).value().empty());
    EXPECT_TRUE(reader.boards().ResultEntries(kProgram, heads.at(1), 0, 2).value().empty());
    return absl::OkStatus();
  }),
              IsOk());
}

}  // namespace perigee::tests
