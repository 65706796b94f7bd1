#include <gmock/gmock.h>

#include "server/domain/member/member.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
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

namespace {

const std::string kDigest(64, 'd');
const std::string kNobody(64, 'e');

domain::PeriodResult WeeklyResult(domain::Revision revision) {
  domain::PeriodResult result;
  result.board = "weekly";
  result.board_created = 2;
  result.period = "2026-11-16";
  result.time = kStart;
  result.digest = kDigest;
  result.entry_count = 3;
  result.revision = revision;
  return result;
}

}  // namespace

TEST_P(StoreConformance, ResultsKeepTheirEntriesInOrderAndTheirVersions) {
  MakeProgram();
  const std::vector<domain::ResultEntry> entries = {
      {1, ada_, {9, kStart}}, {2, bob_, {5, kStart}}, {2, NumberedId(3), {5, kStart}}};
  ASSERT_THAT(WriteDraft({kDigest, 0, entries}), IsOk());
  domain::Changes changes;
  changes.results = {WeeklyResult(2)};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  domain::PeriodResult amended = WeeklyResult(3);
  amended.version = 2;
  amended.reason = "came late";
  amended.digest = kNobody;
  amended.entry_count = 0;
  changes.results = {amended};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  EXPECT_THAT(WriteChanges(changes), HasReason(Reason::kAlreadyExists));

  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    ports::BoardReader& boards = reader.boards();
    const auto heads = boards.Results(kProgram, "weekly", 2, "2026-11-16").value();
    EXPECT_EQ(heads.size(), 2U);
    EXPECT_EQ(heads.at(0).digest, kDigest);
    EXPECT_EQ(heads.at(0).entry_count, 3);
    EXPECT_EQ(heads.at(1).reason, "came late");
    EXPECT_EQ(heads.at(1).revision, 3);
    EXPECT_TRUE(boards.Results(kProgram, "weekly", 3, "2026-11-16").value().empty());
    EXPECT_THAT(boards.ResultEntries(kProgram, kDigest, 0, 2).value(),
                testing::ElementsAre(entries[0], entries[1]));
    EXPECT_THAT(boards.ResultEntries(kProgram, kDigest, 2, 2).value(),
                testing::ElementsAre(entries[2]));
    EXPECT_TRUE(boards.ResultEntries(kProgram, kDigest, 3, 2).value().empty());
    EXPECT_TRUE(boards.ResultEntries(kProgram, kNobody, 0, 2).value().empty());
    EXPECT_EQ(boards.CountResultEntries(kProgram, kDigest).value(), 3);
    EXPECT_EQ(boards.CountResultEntries(kProgram, kNobody).value(), 0);
    EXPECT_TRUE(boards.DraftsBefore(kProgram, kStart + std::chrono::hours(1)).value().empty());
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreConformance, ADraftGrowsAndShrinksAndMovesNoHead) {
  MakeProgram();
  const domain::ResultEntry first{1, ada_, {9, kStart}};
  const domain::ResultEntry second{2, bob_, {5, kStart}};
  const domain::ResultEntry third{3, NumberedId(3), {4, kStart}};
  const auto head = [&] {
    return Reading<domain::Revision>(
        [](ports::StoreReader& reader) { return reader.journal().Head(kProgram); });
  };
  const auto there = [&] {
    return Reading<std::vector<domain::ResultEntry>>([](ports::StoreReader& reader) {
      return reader.boards().ResultEntries(kProgram, kDigest, 0, 10);
    });
  };
  const auto drafts = [&](Time before) {
    return Reading<std::vector<std::string>>(
        [&](ports::StoreReader& reader) { return reader.boards().DraftsBefore(kProgram, before); });
  };
  const domain::Revision before = head();
  ASSERT_THAT(WriteDraft({kDigest, 0, {first}}), IsOk());
  ASSERT_THAT(WriteDraft({kDigest, 1, {second, third}}), IsOk());
  EXPECT_THAT(there(), testing::ElementsAre(first, second, third));
  EXPECT_THAT(drafts(kStart), testing::IsEmpty());
  EXPECT_THAT(drafts(kStart + std::chrono::seconds(1)), testing::ElementsAre(kDigest));

  ASSERT_THAT(WriteDraft({kDigest, 1, {third}}), IsOk());
  EXPECT_THAT(there(), testing::ElementsAre(first, third));
  ASSERT_THAT(WriteDraft({kDigest, 1, {}}), IsOk());
  EXPECT_THAT(there(), testing::ElementsAre(first));
  EXPECT_THAT(drafts(kStart + std::chrono::seconds(1)), testing::ElementsAre(kDigest));
  ASSERT_THAT(WriteDraft({kDigest, 0, {}}), IsOk());
  EXPECT_THAT(there(), testing::IsEmpty());
  EXPECT_THAT(drafts(kStart + std::chrono::hours(1)), testing::IsEmpty());
  EXPECT_EQ(head(), before);
}

TEST_P(StoreConformance, ADraftOfAMissingProgrammeIsRefused) {
  EXPECT_THAT(WriteDraft({kDigest, 0, {{1, ada_, {9, kStart}}}}), HasReason(Reason::kInternal));
}

}  // namespace perigee::tests
