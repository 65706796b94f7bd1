#include "server/services/board_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/services/board_server.h"

namespace perigee::tests {
namespace {

using Boards = v1::BoardService::Stub;
using std::chrono::days;
using std::chrono::seconds;

std::vector<std::string> MembersOf(const v1::ListEntriesResponse& page) {
  std::vector<std::string> members;
  for (const v1::Entry& entry : page.entries()) {
    members.push_back(entry.member().substr(std::string("programs/acme/members/").size()));
  }
  return members;
}

class BoardServiceTest : public testing::Test {
 protected:
  BoardServiceTest() { EXPECT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY), IsOk()); }
  // ada 5, bob 5 a second later, cyd 1.
  void EarnSome() {
    server.Earn("ada", 5);
    server.clock.Advance(seconds(1));
    server.Earn("bob", 5);
    server.Earn("cyd", 1);
  }
  absl::StatusOr<v1::ListEntriesResponse> Around(const std::string& member, int page_size) {
    v1::ListEntriesAroundRequest request;
    request.set_parent(PeriodOf("daily"));
    request.set_member(member);
    request.set_page_size(page_size);
    request.set_min_revision(server.head);
    return Invoke(*server.boards, &Boards::ListEntriesAround, request);
  }
  absl::StatusOr<v1::ListEntriesResponse> Batch(const std::vector<std::string>& members) {
    v1::BatchGetEntriesRequest request;
    request.set_parent(PeriodOf("daily"));
    request.set_min_revision(server.head);
    for (const std::string& member : members) {
      request.add_members(member);
    }
    return Invoke(*server.boards, &Boards::BatchGetEntries, request);
  }
  absl::StatusOr<v1::ExplainEntryResponse> Explain(const std::string& member) {
    v1::ExplainEntryRequest request;
    request.set_parent(PeriodOf("daily"));
    request.set_member(member);
    return Invoke(*server.boards, &Boards::ExplainEntry, request);
  }
  absl::StatusOr<v1::ListEntriesResponse> ListResult(int version, int page_size,
                                                     const std::string& token = "") {
    v1::ListEntriesRequest request;
    request.set_parent(PeriodOf("daily", "2026-11-21"));
    request.set_result_version(version);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return Invoke(*server.boards, &Boards::ListEntries, request);
  }

  BoardServer server;
};

TEST_F(BoardServiceTest, ABoardIsMadeReadListedChangedAndRemoved) {
  v1::GetBoardRequest get;
  get.set_name("programs/acme/boards/daily");
  const auto board = Invoke(*server.boards, &Boards::GetBoard, get);
  ASSERT_THAT(board, IsOk());
  EXPECT_EQ(board->scheme(), v1::Board::SCHEME_COMPETITION);
  EXPECT_EQ(board->time_zone(), "UTC");
  EXPECT_EQ(board->grace_hours(), 48);

  EXPECT_THAT(server.CreateBoard("weekly", v1::Board::CADENCE_WEEK), IsOk());
  v1::ListBoardsRequest list;
  list.set_parent("programs/acme");
  list.set_page_size(1);
  auto page = Invoke(*server.boards, &Boards::ListBoards, list);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->boards(0).name(), "programs/acme/boards/daily");
  list.set_page_token(page->next_page_token());
  page = Invoke(*server.boards, &Boards::ListBoards, list);
  EXPECT_EQ(page->boards(0).name(), "programs/acme/boards/weekly");
  EXPECT_EQ(page->next_page_token(), "");

  v1::Board change = *board;
  change.set_display_name("Today");
  const auto changed = server.UpdateBoard(change, "display_name");
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->display_name(), "Today");
  EXPECT_THAT(server.UpdateBoard(change, "display_name"), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(server.UpdateBoard(*changed, "asset"), IsInvalidField("update_mask"));

  EXPECT_THAT(server.DeleteBoard("daily", board->etag()), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(server.DeleteBoard("daily", changed->etag()), IsOk());
  EXPECT_THAT(Invoke(*server.boards, &Boards::GetBoard, get), HasReason(Reason::kNotFound));
  EXPECT_THAT(server.List(PeriodOf("daily")), HasReason(Reason::kNotFound));
}

TEST_F(BoardServiceTest, BoardsThatCannotBeAreRefused) {
  EXPECT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY),
              HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(server.CreateBoard("Bad Id", v1::Board::CADENCE_DAY), IsInvalidField("board_id"));
  EXPECT_THAT(server.CreateBoard("new", v1::Board::CADENCE_UNSPECIFIED),
              IsInvalidField("board.cadence"));
  EXPECT_THAT(server.CreateBoard("new", v1::Board::CADENCE_ROLLING),
              IsInvalidField("board.rolling_days"));
  v1::CreateBoardRequest request;
  request.set_parent("programs/acme");
  request.set_board_id("new");
  request.mutable_board()->set_display_name("New");
  request.mutable_board()->set_asset("gold");
  request.mutable_board()->set_cadence(v1::Board::CADENCE_DAY);
  request.set_request_id(server.NewRequestId());
  const auto create = &v1::BoardAdminService::Stub::CreateBoard;
  EXPECT_THAT(Invoke(*server.admin, create, request), HasReason(Reason::kNotFound));
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_kind("KING");
  EXPECT_THAT(Invoke(*server.admin, create, request), IsInvalidField("board.kind"));
}

TEST_F(BoardServiceTest, EntriesComeRankedWithTheNamesMembersHaveNow) {
  EarnSome();
  auto page = server.List(PeriodOf("daily"));
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(MembersOf(*page), testing::ElementsAre("ada", "bob", "cyd"));
  EXPECT_EQ(page->entries(1).rank(), 1);
  EXPECT_EQ(page->entries(2).rank(), 3);
  EXPECT_EQ(page->entries(0).display_name(), "Member ada");
  EXPECT_EQ(page->total_size(), 3);
  EXPECT_EQ(page->period(), PeriodOf("daily", "2026-11-21"));
  EXPECT_GE(page->revision(), server.head);
  EXPECT_EQ(page->next_page_token(), "");

  server.Rename("ada", "Ada Lovelace");
  page = server.List(PeriodOf("daily"));
  EXPECT_EQ(page->entries(0).display_name(), "Ada Lovelace");
  EXPECT_GE(page->revision(), server.head);
}

TEST_F(BoardServiceTest, PagesTogetherAreTheWholeBoardAndATokenOutlivesMoves) {
  EarnSome();
  const auto first = server.List(PeriodOf("daily"), 2);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(MembersOf(*first), testing::ElementsAre("ada", "bob"));
  server.AddMember("dee");
  server.Earn("dee", 9);
  const auto second = server.List(PeriodOf("daily"), 2, first->next_page_token());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(MembersOf(*second), testing::ElementsAre("cyd"));
  EXPECT_EQ(second->total_size(), 4);
  EXPECT_EQ(second->next_page_token(), "");

  // The token stays with the day it is of.
  server.clock.Advance(days(1));
  EXPECT_THAT(MembersOf(*server.List(PeriodOf("daily"), 2, first->next_page_token())),
              testing::ElementsAre("cyd"));
}

TEST_F(BoardServiceTest, TokensOfOtherListsAndOfOlderDefinitionsAreRefused) {
  EarnSome();
  const auto first = server.List(PeriodOf("daily"), 1);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(server.List(PeriodOf("daily", "2026-11-21"), 1, first->next_page_token()),
              HasReason(Reason::kPageTokenInvalid));
  EXPECT_THAT(server.List(PeriodOf("daily"), 1, "made up"), HasReason(Reason::kPageTokenInvalid));
  v1::Board dense;
  dense.set_name("programs/acme/boards/daily");
  dense.set_scheme(v1::Board::SCHEME_DENSE);
  ASSERT_THAT(server.UpdateBoard(dense, "scheme"), IsOk());
  EXPECT_THAT(server.List(PeriodOf("daily"), 1, first->next_page_token()),
              HasReason(Reason::kPageTokenStale));
  EXPECT_EQ(server.List(PeriodOf("daily"))->entries(2).rank(), 2);
}

TEST_F(BoardServiceTest, MalformedReadsAreRefusedByField) {
  EXPECT_THAT(server.List("programs/acme/boards/daily"), IsInvalidField("parent"));
  EXPECT_THAT(server.List(PeriodOf("daily", "yesterday")), IsInvalidField("parent"));
  EXPECT_THAT(server.List(PeriodOf("daily"), -1), IsInvalidField("page_size"));
  EXPECT_THAT(server.List(PeriodOf("none")), HasReason(Reason::kNotFound));
  EXPECT_THAT(server.List("programs/none/boards/daily/periods/current"),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(server.GetPeriod(PeriodOf("daily", "yesterday")), IsInvalidField("name"));
  v1::ListEntriesRequest request;
  request.set_parent(PeriodOf("daily"));
  request.set_min_revision(-1);
  EXPECT_THAT(Invoke(*server.boards, &Boards::ListEntries, request),
              IsInvalidField("min_revision"));
  request.set_min_revision(0);
  request.set_result_version(-1);
  EXPECT_THAT(Invoke(*server.boards, &Boards::ListEntries, request),
              IsInvalidField("result_version"));
  request.set_result_version(1);
  EXPECT_THAT(Invoke(*server.boards, &Boards::ListEntries, request), HasReason(Reason::kNotFound));
  request.set_result_version(0);
  request.set_min_revision(server.head + 1000);
  EXPECT_THAT(Invoke(*server.boards, &Boards::ListEntries, request),
              HasReason(Reason::kRevisionNotReached));
}

TEST_F(BoardServiceTest, AroundAMemberIsAWindowOfTheBoard) {
  EarnSome();
  auto window = Around(MemberOf("bob"), 1);
  ASSERT_THAT(window, IsOk());
  EXPECT_THAT(MembersOf(*window), testing::ElementsAre("bob"));
  EXPECT_EQ(window->next_page_token(), "");
  window = Around(MemberOf("cyd"), 2);
  EXPECT_THAT(MembersOf(*window), testing::ElementsAre("bob", "cyd"));
  server.AddMember("dee");
  EXPECT_THAT(Around(MemberOf("dee"), 3), HasReason(Reason::kNotFound));
  EXPECT_THAT(Around(MemberOf("nobody"), 3), HasReason(Reason::kNotFound));
  EXPECT_THAT(Around("programs/other/members/ada", 3), IsInvalidField("member"));
  EXPECT_THAT(Around(MemberOf("ada"), -1), IsInvalidField("page_size"));
}

TEST_F(BoardServiceTest, ABatchKeepsTheOrderAskedAndLeavesOutWhoIsNotThere) {
  EarnSome();
  const auto batch = Batch({MemberOf("cyd"), MemberOf("nobody"), MemberOf("ada")});
  ASSERT_THAT(batch, IsOk());
  EXPECT_THAT(MembersOf(*batch), testing::ElementsAre("cyd", "ada"));
  EXPECT_EQ(batch->entries(0).rank(), 3);
  EXPECT_THAT(Batch({}), IsInvalidField("members"));
  EXPECT_THAT(Batch(std::vector<std::string>(1001, MemberOf("ada"))), IsInvalidField("members"));
  EXPECT_THAT(Batch({"programs/other/members/ada"}), IsInvalidField("members"));
}

TEST_F(BoardServiceTest, AnEntryIsExplainedByWhatMakesIt) {
  EarnSome();
  server.clock.Advance(seconds(1));
  const domain::TransferId undone = server.Earn("ada", 7);
  server.Reverse(undone);
  server.clock.Advance(seconds(1));
  server.Earn("ada", 2);
  const auto explained = Explain(MemberOf("ada"));
  ASSERT_THAT(explained, IsOk());
  EXPECT_EQ(explained->entry().rank(), 1);
  EXPECT_EQ(explained->entry().score(), 7);
  ASSERT_EQ(explained->contributions_size(), 2);
  EXPECT_EQ(explained->contributions(0).score(), 2);
  EXPECT_EQ(explained->contributions(1).score(), 5);
  server.AddMember("dee");
  EXPECT_THAT(Explain(MemberOf("dee")), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain(MemberOf("nobody")), HasReason(Reason::kNotFound));
}

TEST_F(BoardServiceTest, APeriodGoesFromOpenToFinalToAmended) {
  EarnSome();
  const std::string today = PeriodOf("daily", "2026-11-21");
  EXPECT_EQ(server.GetPeriod(PeriodOf("daily"))->name(), today);
  EXPECT_EQ(server.GetPeriod(today)->state(), v1::Period::STATE_OPEN);
  EXPECT_THAT(server.Close(today), HasReason(Reason::kPeriodNotOver));
  EXPECT_THAT(server.Close(PeriodOf("daily")), IsInvalidField("name"));
  EXPECT_THAT(server.Amend(today, "late"), HasReason(Reason::kPeriodNotFinal));

  server.clock.Advance(days(2));
  EXPECT_EQ(server.GetPeriod(today)->state(), v1::Period::STATE_CLOSING);
  EXPECT_THAT(server.Close(today), HasReason(Reason::kPeriodNotOver)) << "the grace runs";

  server.clock.Advance(days(1));
  const auto final = server.Close(today);
  ASSERT_THAT(final, IsOk());
  EXPECT_EQ(final->state(), v1::Period::STATE_FINAL);
  EXPECT_EQ(final->result_version(), 1);
  EXPECT_FALSE(final->amend_due());
  EXPECT_THAT(server.Close(today), HasReason(Reason::kPeriodFinal));
  EXPECT_THAT(server.Amend(today, "for nothing"), HasReason(Reason::kNothingToAmend));
  EXPECT_THAT(server.Amend(today, ""), IsInvalidField("reason"));
}

TEST_F(BoardServiceTest, WhatIsTakenBackLaterMakesAnAmendmentBesideTheResult) {
  const domain::TransferId earned = server.Earn("ada", 9);
  EarnSome();
  const std::string today = PeriodOf("daily", "2026-11-21");
  server.clock.Advance(days(3));
  ASSERT_THAT(server.Close(today), IsOk());
  server.Reverse(earned);
  EXPECT_TRUE(server.GetPeriod(today)->amend_due());
  const auto amended = server.Amend(today, "taken back");
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ(amended->state(), v1::Period::STATE_AMENDED);
  EXPECT_EQ(amended->result_version(), 2);
  EXPECT_EQ(amended->amend_reason(), "taken back");
  EXPECT_FALSE(server.GetPeriod(today)->amend_due());

  auto page = ListResult(1, 2);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(MembersOf(*page), testing::ElementsAre("ada", "bob"));
  EXPECT_EQ(page->entries(0).score(), 14);
  EXPECT_EQ(page->total_size(), 3);
  page = ListResult(1, 2, page->next_page_token());
  EXPECT_THAT(MembersOf(*page), testing::ElementsAre("cyd"));
  EXPECT_EQ(page->next_page_token(), "");
  EXPECT_EQ(ListResult(2, 20)->entries(0).score(), 5);
}

TEST_F(BoardServiceTest, VerifyComparesEachCacheWithTheStore) {
  EarnSome();
  ASSERT_THAT(server.List(PeriodOf("daily")), IsOk());
  v1::VerifyBoardRequest request;
  request.set_name(PeriodOf("daily"));
  const auto verified = Invoke(*server.admin, &v1::BoardAdminService::Stub::VerifyBoard, request);
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->store().count(), 3);
  EXPECT_EQ(verified->store().score_sum(), 11);
  ASSERT_EQ(verified->caches_size(), 1);
  EXPECT_TRUE(verified->caches(0).equal());
  EXPECT_EQ(verified->caches(0).digest(), verified->store().digest());
}

}  // namespace
}  // namespace perigee::tests
