#include "server/services/board/places_after_write.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/services/board/board_server.h"

namespace perigee::tests {
namespace {

constexpr char kIssued[] = "programs/acme/assets/reputation/accounts/issued";
constexpr char kDaily[] = "programs/acme/boards/daily";

struct Gift {
  std::string member;
  std::int64_t amount;
};

// "ada 2 5": the member, the rank and the score.
std::vector<std::string> Shown(const v1::ListEntriesResponse& board) {
  std::vector<std::string> shown;
  for (const v1::Entry& entry : board.entries()) {
    shown.push_back(entry.member().substr(MemberOf("").size()) + " " +
                    std::to_string(entry.rank()) + " " + std::to_string(entry.score()));
  }
  return shown;
}

class PlacesAfterWriteTest : public testing::Test {
 protected:
  PlacesAfterWriteTest() {
    EXPECT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY), IsOk());
  }

  v1::PostTransfersRequest Request(const std::vector<Gift>& gifts,
                                   const std::vector<std::string>& boards = {kDaily}) {
    v1::PostTransfersRequest request;
    request.set_parent("programs/acme");
    request.set_request_id(server.NewRequestId());
    for (const Gift& gift : gifts) {
      v1::Transfer& transfer = *request.add_transfers();
      transfer.set_debit_account(kIssued);
      transfer.set_credit_account(MemberOf(gift.member) + "/accounts/reputation");
      transfer.set_amount(gift.amount);
    }
    request.mutable_boards()->Add(boards.begin(), boards.end());
    return request;
  }
  absl::StatusOr<v1::PostTransfersResponse> Post(const v1::PostTransfersRequest& request) {
    return Invoke(*server.capital, &v1::CapitalAdminService::Stub::PostTransfers, request);
  }

  BoardServer server;
};

TEST_F(PlacesAfterWriteTest, TransfersShowWhereTheirMembersStandAfterThem) {
  const auto first = Post(Request({{"ada", 5}, {"cyd", 1}}));
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->boards_size(), 1);
  EXPECT_THAT(Shown(first->boards(0)), testing::ElementsAre("ada 1 5", "cyd 2 1"));
  EXPECT_EQ(first->boards(0).period(), PeriodOf("daily", "2026-11-21"));
  EXPECT_EQ(first->boards(0).total_size(), 2);
  EXPECT_GE(first->boards(0).revision(), first->revision());

  const auto second = Post(Request({{"bob", 7}}));
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Shown(second->boards(0)), testing::ElementsAre("bob 1 7"));
  EXPECT_EQ(second->transfers_size(), 1);
}

TEST_F(PlacesAfterWriteTest, ARetryShowsTheSameTransfersAndThePlacesOfItsOwnTime) {
  const v1::PostTransfersRequest request = Request({{"ada", 5}});
  const auto first = Post(request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(Post(Request({{"bob", 7}})), IsOk());
  const auto again = Post(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->transfers(0).name(), first->transfers(0).name());
  EXPECT_THAT(Shown(again->boards(0)), testing::ElementsAre("ada 2 5"));
}

TEST_F(PlacesAfterWriteTest, AMergedMemberStandsWhereItsHeadDoes) {
  ASSERT_THAT(Post(Request({{"ada", 5}, {"bob", 1}})), IsOk());
  server.SetHead("bob", "ada");
  const auto made = Post(Request({{"bob", 2}}));
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Shown(made->boards(0)), testing::ElementsAre("ada 1 8"));
}

TEST_F(PlacesAfterWriteTest, ABoardThatDoesNotExistIsLeftOutAndNothingIsRefused) {
  const auto made = Post(Request({{"ada", 5}}, {"programs/acme/boards/none", kDaily}));
  ASSERT_THAT(made, IsOk());
  ASSERT_EQ(made->boards_size(), 1);
  EXPECT_EQ(made->boards(0).period(), PeriodOf("daily", "2026-11-21"));
}

TEST_F(PlacesAfterWriteTest, WrongNamesAreRefusedBeforeAnythingIsWritten) {
  EXPECT_THAT(Post(Request({{"ada", 5}}, {kDaily, "daily"})), IsInvalidField("boards[1]"));
  EXPECT_THAT(Post(Request({{"ada", 5}}, {"programs/other/boards/daily"})),
              IsInvalidField("boards[0]"));
  EXPECT_THAT(Post(Request({{"ada", 5}}, std::vector<std::string>(11, kDaily))),
              IsInvalidField("boards"));
  EXPECT_THAT(Post(Request(std::vector<Gift>(101, {"ada", 1}))), IsInvalidField("transfers"));
  EXPECT_EQ(server.List(PeriodOf("daily"))->total_size(), 0);
}

TEST_F(PlacesAfterWriteTest, AnActivityShowsItsMembers) {
  server.Earn("bob", 3);
  v1::RecordActivityRequest request;
  request.set_parent("programs/acme");
  request.add_boards(kDaily);
  v1::Activity& activity = *request.mutable_activity();
  activity.set_type("answer-accepted");
  activity.set_actor(MemberOf("ada"));
  activity.set_recipient(MemberOf("bob"));
  activity.set_object("answer/17");
  activity.set_source("forum.example");
  activity.set_source_event_id("1");
  for (const bool replayed : {false, true}) {
    const auto recorded =
        Invoke(*server.activities, &v1::ActivityAdminService::Stub::RecordActivity, request);
    ASSERT_THAT(recorded, IsOk());
    EXPECT_EQ(recorded->replayed(), replayed);
    ASSERT_EQ(recorded->boards_size(), 1);
    EXPECT_THAT(Shown(recorded->boards(0)), testing::ElementsAre("bob 1 3"));
  }
}

}  // namespace
}  // namespace perigee::tests
