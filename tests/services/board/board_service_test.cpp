#include "server/services/board/board_service.h"

#include <chrono>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/services/board/board_server.h"

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
  // ada earns 5, bob earns 5 a second later, and cyd earns 1.
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

TEST_F(BoardServiceTest, BoardsAreReadAndListedById) {
  v1::GetBoardRequest get;
  get.set_name("programs/acme/boards/daily");
  const auto board = Invoke(*server.boards, &Boards::GetBoard, get);
  ASSERT_THAT(board, IsOk());
  EXPECT_EQ(board->display_name(), "Board daily");
  get.set_name("programs/acme/boards/none");
  EXPECT_THAT(Invoke(*server.boards, &Boards::GetBoard, get), HasReason(Reason::kNotFound));
  get.set_name("daily");
  EXPECT_THAT(Invoke(*server.boards, &Boards::GetBoard, get), IsInvalidField("name"));

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

TEST_F(BoardServiceTest, ABoardReadForTheFirstTimeIsWhole) {
  EarnSome();
  ASSERT_THAT(server.CreateBoard("ever", v1::Board::CADENCE_ALL_TIME), IsOk());
  v1::ListEntriesRequest request;
  request.set_parent(PeriodOf("ever"));
  const auto page = Invoke(*server.boards, &Boards::ListEntries, request);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->total_size(), 3);
}

TEST_F(BoardServiceTest, APageTokenOutlivesChangesOfTheBoard) {
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

  // The token belongs to its day.
  server.clock.Advance(days(1));
  EXPECT_THAT(MembersOf(*server.List(PeriodOf("daily"), 2, first->next_page_token())),
              testing::ElementsAre("cyd"));
}

TEST_F(BoardServiceTest, TokensOfOtherListsAndDefinitionsAreRefused) {
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
}

TEST_F(BoardServiceTest, AWaitForARevisionHoldsNoThread) {
  EarnSome();
  ASSERT_THAT(server.List(PeriodOf("daily")), IsOk());
  v1::BatchGetEntriesRequest request;
  request.set_parent(PeriodOf("daily"));
  request.add_members(MemberOf("ada"));
  request.set_min_revision(server.head + 1);
  // There are more calls than threads.
  std::vector<std::future<absl::StatusOr<v1::ListEntriesResponse>>> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(std::async(std::launch::async, [&] {
      return Invoke(*server.boards, &Boards::BatchGetEntries, request);
    }));
  }
  v1::GetBoardRequest get;
  get.set_name("programs/acme/boards/daily");
  EXPECT_THAT(Invoke(*server.boards, &Boards::GetBoard, get), IsOk());
  server.Earn("ada", 1);
  for (auto& answer : waiting) {
    const absl::StatusOr<v1::ListEntriesResponse> batch = answer.get();
    ASSERT_THAT(batch, IsOk());
    EXPECT_EQ(batch->entries(0).score(), 6);
    EXPECT_GE(batch->revision(), request.min_revision());
  }

  request.set_min_revision(server.head + 1000);
  auto never = std::async(std::launch::async, [&] {
    return Invoke(*server.boards, &Boards::BatchGetEntries, request);
  });
  while (never.wait_for(seconds(0)) != std::future_status::ready) {
    server.waits.EndWaits();
  }
  EXPECT_THAT(never.get(), HasReason(Reason::kRevisionNotReached));
}

// The answer to a call that sends and receives bytes, with its metadata.
struct RawAnswer {
  grpc::Status status;
  std::multimap<std::string, std::string> initial_metadata;
};
RawAnswer CallRaw(BoardServer& server, const std::string& method, const std::string& bytes) {
  grpc::GenericStub stub(server.channel());
  grpc::ClientContext context;
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/perigee.v1.BoardService/" + method, {}, &request, &response,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  RawAnswer answer{done.get_future().get(), {}};
  for (const auto& [key, value] : context.GetServerInitialMetadata()) {
    answer.initial_metadata.emplace(std::string(key.data(), key.size()),
                                    std::string(value.data(), value.size()));
  }
  return answer;
}

TEST_F(BoardServiceTest, BytesThatAreNoRequestAreAnInvalidField) {
  const std::string not_utf8 = std::string("\x0a\x02") + "\xff\xff";
  for (const char* method : {"ListEntries", "ListEntriesAround", "BatchGetEntries"}) {
    for (const std::string& bytes : {std::string("\xff\xff\xff\xff"),
                                     std::string("\x0a\x7f"
                                                 "a"),
                                     not_utf8, std::string(100'000, '\xff')}) {
      const RawAnswer answer = CallRaw(server, method, bytes);
      EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
      EXPECT_THAT(FromWire(answer.status), IsInvalidField("request")) << method;
    }
    EXPECT_THAT(FromWire(CallRaw(server, method, "").status), testing::Not(IsOk())) << method;
  }
  EarnSome();
  EXPECT_THAT(server.List(PeriodOf("daily")), IsOk()) << "and the server goes on";
}

TEST_F(BoardServiceTest, AnUnknownFieldIsPassedOver) {
  EarnSome();
  v1::ListEntriesRequest request;
  request.set_parent(PeriodOf("daily"));
  // The bytes are field 1000, a number.
  const std::string later = request.SerializeAsString() + "\xc0\x3e\x07";
  EXPECT_TRUE(CallRaw(server, "ListEntries", later).status.ok());
}

TEST_F(BoardServiceTest, AKeptPageFollowsTheDayAndTheRevision) {
  EarnSome();
  ASSERT_EQ(server.List(PeriodOf("daily"))->total_size(), 3);
  // The page does not change, but it now also holds the new revision.
  server.AddMember("dee");
  const auto page = server.List(PeriodOf("daily"));
  EXPECT_EQ(page->total_size(), 3);
  EXPECT_GE(page->revision(), server.head);
  server.clock.Set(*ParseTime("2026-11-21T23:59:59.999999Z"));
  EXPECT_EQ(server.List(PeriodOf("daily"))->period(), PeriodOf("daily", "2026-11-21"));
  server.clock.Advance(std::chrono::microseconds(1));
  const auto next = server.List(PeriodOf("daily"));
  EXPECT_EQ(next->period(), PeriodOf("daily", "2026-11-22"));
  EXPECT_EQ(next->total_size(), 0);
  EXPECT_EQ(server.List(PeriodOf("daily", "2026-11-21"))->total_size(), 3);

  ASSERT_THAT(server.DeleteBoard("daily"), IsOk());
  EXPECT_THAT(server.List(PeriodOf("daily")), HasReason(Reason::kNotFound));
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

TEST_F(BoardServiceTest, ABatchKeepsItsOrderAndSkipsMissingMembers) {
  EarnSome();
  const auto batch = Batch({MemberOf("cyd"), MemberOf("nobody"), MemberOf("ada")});
  ASSERT_THAT(batch, IsOk());
  EXPECT_THAT(MembersOf(*batch), testing::ElementsAre("cyd", "ada"));
  EXPECT_EQ(batch->entries(0).rank(), 3);
  EXPECT_THAT(Batch({}), IsInvalidField("members"));
  EXPECT_THAT(Batch(std::vector<std::string>(1001, MemberOf("ada"))), IsInvalidField("members"));
  EXPECT_THAT(Batch({"programs/other/members/ada"}), IsInvalidField("members"));
}

TEST_F(BoardServiceTest, AnEntryIsExplainedByItsTransfers) {
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

TEST_F(BoardServiceTest, AMergedMemberIsExplainedAndFoundAsItsHead) {
  EarnSome();
  server.SetHead("bob", "ada");
  for (const std::string member : {"ada", "bob"}) {
    const auto explained = Explain(MemberOf(member));
    ASSERT_THAT(explained, IsOk());
    EXPECT_EQ(explained->entry().member(), MemberOf("ada"));
    EXPECT_EQ(explained->entry().score(), 10);
    EXPECT_EQ(explained->contributions_size(), 2);
  }
  const auto batch = Batch({MemberOf("bob"), MemberOf("cyd")});
  ASSERT_THAT(batch, IsOk());
  ASSERT_EQ(batch->entries_size(), 2);
  EXPECT_EQ(batch->entries(0).member(), MemberOf("ada"));
  server.SetHead("bob", "");
  EXPECT_EQ(Explain(MemberOf("bob"))->entry().score(), 5);
}

TEST_F(BoardServiceTest, AnExplanationFollowsTheLedgerNotTheBoard) {
  EarnSome();
  ASSERT_THAT(server.List(PeriodOf("daily")), IsOk());
  const auto board = server.view.Definition("acme", "daily");
  ASSERT_THAT(board, IsOk());
  const ports::PeriodKey key{"acme", "daily", board->epoch, "2026-11-21", board->scheme};
  const auto mark = server.memory.Marked(key);
  ASSERT_THAT(mark, IsOk());
  const std::vector<ports::ScoreChange> wrong = {{"ada", std::nullopt},
                                                 {"bob", domain::Score{99, server.clock.Now()}}};
  ASSERT_THAT(server.memory.Apply(key, *mark, *mark, wrong), IsOk());

  const auto ada = Explain(MemberOf("ada"));
  ASSERT_THAT(ada, IsOk());
  EXPECT_EQ(ada->entry().rank(), 1);
  EXPECT_EQ(ada->entry().score(), 5);
  const auto bob = Explain(MemberOf("bob"));
  ASSERT_THAT(bob, IsOk());
  EXPECT_EQ(bob->entry().score(), 5);
  EXPECT_EQ(bob->contributions_size(), 1);
}

TEST_F(BoardServiceTest, AFinalResultIsReadInPagesByItsVersion) {
  const domain::TransferId earned = server.Earn("ada", 9);
  EarnSome();
  const std::string today = PeriodOf("daily", "2026-11-21");
  server.clock.Advance(days(3));
  ASSERT_THAT(server.Close(today), IsOk());
  server.Reverse(earned);
  ASSERT_THAT(server.Amend(today, "taken back"), IsOk());

  auto page = ListResult(1, 2);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(MembersOf(*page), testing::ElementsAre("ada", "bob"));
  EXPECT_EQ(page->entries(0).score(), 14);
  EXPECT_EQ(page->total_size(), 3);
  page = ListResult(1, 2, page->next_page_token());
  EXPECT_THAT(MembersOf(*page), testing::ElementsAre("cyd"));
  EXPECT_EQ(page->next_page_token(), "");
  EXPECT_EQ(ListResult(2, 20)->entries(0).score(), 5);
  EXPECT_THAT(ListResult(3, 20), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
