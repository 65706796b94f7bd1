#include "server/services/board/board_admin_service.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/services/board/board_server.h"

namespace perigee::tests {
namespace {

using Admin = v1::BoardAdminService::Stub;
using std::chrono::days;

class BoardAdminServiceTest : public testing::Test {
 protected:
  BoardAdminServiceTest() {
    EXPECT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY), IsOk());
  }

  // A request to make a weekly board `weekly` of reputation.
  v1::CreateBoardRequest Creation() {
    v1::CreateBoardRequest request;
    request.set_parent("programs/acme");
    request.set_board_id("weekly");
    request.mutable_board()->set_display_name("Weekly");
    request.mutable_board()->set_asset("reputation");
    request.mutable_board()->set_cadence(v1::Board::CADENCE_WEEK);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Create(const v1::CreateBoardRequest& request) const {
    return Invoke(*server.admin, &Admin::CreateBoard, request);
  }
  auto Verify(const std::string& period) const {
    v1::VerifyBoardRequest request;
    request.set_name(period);
    return Invoke(*server.admin, &Admin::VerifyBoard, request);
  }
  absl::StatusOr<v1::Board> Get(const std::string& id) const {
    v1::GetBoardRequest request;
    request.set_name("programs/acme/boards/" + id);
    return Invoke(*server.boards, &v1::BoardService::Stub::GetBoard, request);
  }
  static v1::Board Daily() {
    v1::Board board;
    board.set_name("programs/acme/boards/daily");
    return board;
  }

  BoardServer server;
  const std::string today = PeriodOf("daily", "2026-11-21");
};

TEST_F(BoardAdminServiceTest, ANewBoardTakesTheDefaults) {
  const auto made = Create(Creation());
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->name(), "programs/acme/boards/weekly");
  EXPECT_EQ(made->scheme(), v1::Board::SCHEME_COMPETITION);
  EXPECT_EQ(made->week_start(), v1::Board::WEEK_START_MONDAY);
  EXPECT_EQ(made->time_zone(), "UTC");
  EXPECT_EQ(made->grace_hours(), 48);
  EXPECT_EQ(Get("weekly")->SerializeAsString(), made->SerializeAsString());
}

TEST_F(BoardAdminServiceTest, CreateRefusesATakenIdAndAMissingAsset) {
  EXPECT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY),
              HasReason(Reason::kAlreadyExists));
  v1::CreateBoardRequest request = Creation();
  request.mutable_board()->set_asset("gold");
  EXPECT_THAT(Create(request), HasReason(Reason::kNotFound));
  request = Creation();
  request.set_parent("programs/none");
  EXPECT_THAT(Create(request), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get("weekly"), HasReason(Reason::kNotFound));
}

TEST_F(BoardAdminServiceTest, CreateRefusesEachFieldOutOfItsLimits) {
  using Request = v1::CreateBoardRequest;
  const std::vector<std::pair<std::string, std::function<void(Request&)>>> cases = {
      {"parent", [](Request& r) { r.set_parent("acme"); }},
      {"board_id", [](Request& r) { r.set_board_id("Bad Id"); }},
      {"request_id", [](Request& r) { r.clear_request_id(); }},
      {"request_id", [](Request& r) { r.set_request_id("once"); }},
      {"board.display_name", [](Request& r) { r.mutable_board()->clear_display_name(); }},
      {"board.display_name",
       [](Request& r) { r.mutable_board()->set_display_name(std::string(201, 'x')); }},
      {"board.asset", [](Request& r) { r.mutable_board()->clear_asset(); }},
      {"board.cadence", [](Request& r) { r.mutable_board()->clear_cadence(); }},
      {"board.cadence",
       [](Request& r) { r.mutable_board()->set_cadence(static_cast<v1::Board::Cadence>(9)); }},
      {"board.rolling_days", [](Request& r) { r.mutable_board()->set_rolling_days(7); }},
      {"board.rolling_days",
       [](Request& r) { r.mutable_board()->set_cadence(v1::Board::CADENCE_ROLLING); }},
      {"board.rolling_days",
       [](Request& r) {
         r.mutable_board()->set_cadence(v1::Board::CADENCE_ROLLING);
         r.mutable_board()->set_rolling_days(367);
       }},
      {"board.week_start",
       [](Request& r) { r.mutable_board()->set_week_start(static_cast<v1::Board::WeekStart>(9)); }},
      {"board.week_start",
       [](Request& r) {
         r.mutable_board()->set_cadence(v1::Board::CADENCE_DAY);
         r.mutable_board()->set_week_start(v1::Board::WEEK_START_SUNDAY);
       }},
      {"board.time_zone", [](Request& r) { r.mutable_board()->set_time_zone("Mars/Olympus"); }},
      {"board.scheme",
       [](Request& r) { r.mutable_board()->set_scheme(static_cast<v1::Board::Scheme>(9)); }},
      {"board.facet", [](Request& r) { r.mutable_board()->set_facet("Not An Id"); }},
      {"board.kind", [](Request& r) { r.mutable_board()->set_kind("KING"); }},
      {"board.grace_hours", [](Request& r) { r.mutable_board()->set_grace_hours(-1); }},
      {"board.grace_hours", [](Request& r) { r.mutable_board()->set_grace_hours(721); }},
  };
  for (const auto& [field, spoil] : cases) {
    v1::CreateBoardRequest request = Creation();
    spoil(request);
    EXPECT_THAT(Create(request), IsInvalidField(field)) << request.ShortDebugString();
  }
  EXPECT_THAT(Create(Creation()), IsOk());
}

TEST_F(BoardAdminServiceTest, AnUpdateChangesTheMaskedFieldsOnly) {
  v1::Board change = Daily();
  change.set_display_name("Today");
  change.set_facet("cyclist");
  const auto changed = server.UpdateBoard(change, "display_name");
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->display_name(), "Today");
  EXPECT_EQ(changed->facet(), "");
  EXPECT_EQ(Get("daily")->SerializeAsString(), changed->SerializeAsString());
}

TEST_F(BoardAdminServiceTest, AnUpdateJudgesOnlyTheMaskedFields) {
  v1::Board change = Daily();
  change.set_display_name("Today");
  change.set_kind("KING");
  EXPECT_THAT(server.UpdateBoard(change, "display_name"), IsOk());
  ASSERT_THAT(server.UpdateBoard(change, "scheme"), IsOk());
  EXPECT_EQ(Get("daily")->scheme(), v1::Board::SCHEME_COMPETITION);
}

TEST_F(BoardAdminServiceTest, UpdateRefuses) {
  v1::Board change = *Get("daily");
  const std::string old_etag = change.etag();
  change.set_display_name("Today");
  ASSERT_THAT(server.UpdateBoard(change, "display_name"), IsOk());
  EXPECT_THAT(server.UpdateBoard(change, "display_name"), HasReason(Reason::kEtagMismatch));
  change.clear_etag();
  EXPECT_THAT(server.UpdateBoard(change, "asset"), IsInvalidField("update_mask"));
  EXPECT_THAT(server.UpdateBoard(change, "nonsense"), IsInvalidField("update_mask"));

  using Board = v1::Board;
  const std::vector<std::pair<std::string, std::function<void(Board&)>>> cases = {
      {"display_name", [](Board& b) { b.clear_display_name(); }},
      {"scheme", [](Board& b) { b.set_scheme(static_cast<Board::Scheme>(9)); }},
      {"facet", [](Board& b) { b.set_facet("Not An Id"); }},
      {"kind", [](Board& b) { b.set_kind("KING"); }},
  };
  for (const auto& [field, spoil] : cases) {
    Board spoilt = Daily();
    spoil(spoilt);
    EXPECT_THAT(server.UpdateBoard(spoilt, field), IsInvalidField("board." + field));
  }
  change.set_name("daily");
  EXPECT_THAT(server.UpdateBoard(change, "display_name"), IsInvalidField("board.name"));
  change.set_name("programs/acme/boards/none");
  EXPECT_THAT(server.UpdateBoard(change, "display_name"), HasReason(Reason::kNotFound));
  change.set_name("programs/none/boards/daily");
  EXPECT_THAT(server.UpdateBoard(change, "display_name"), HasReason(Reason::kNotFound));
  change.set_kind("KING");
  EXPECT_THAT(server.UpdateBoard(change, "kind"), IsInvalidField("board.kind"));
  EXPECT_NE(Get("daily")->etag(), old_etag);
}

TEST_F(BoardAdminServiceTest, DeleteTakesTheBoardAwayOrRefuses) {
  const std::string etag = Get("daily")->etag();
  v1::Board change = Daily();
  change.set_display_name("Today");
  const auto changed = server.UpdateBoard(change, "display_name");
  ASSERT_THAT(changed, IsOk());
  EXPECT_THAT(server.DeleteBoard("daily", etag), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(server.DeleteBoard("Bad Id"), IsInvalidField("name"));
  EXPECT_THAT(server.DeleteBoard("none"), HasReason(Reason::kNotFound));

  const auto deleted = server.DeleteBoard("daily", changed->etag());
  ASSERT_THAT(deleted, IsOk());
  EXPECT_GT(deleted->revision(), changed->revision());
  EXPECT_THAT(Get("daily"), HasReason(Reason::kNotFound));
  EXPECT_THAT(server.List(PeriodOf("daily")), HasReason(Reason::kNotFound));
  EXPECT_THAT(server.DeleteBoard("daily"), HasReason(Reason::kNotFound));
}

TEST_F(BoardAdminServiceTest, ABoardMadeLaterUnderTheSameIdHasNoneOfTheResults) {
  server.Earn("ada", 9);
  server.clock.Advance(days(3));
  ASSERT_THAT(server.Close(today), IsOk());
  ASSERT_THAT(server.DeleteBoard("daily"), IsOk());
  ASSERT_THAT(server.CreateBoard("daily", v1::Board::CADENCE_DAY), IsOk());
  EXPECT_EQ(server.GetPeriod(today)->state(), v1::Period::STATE_CLOSING);
  EXPECT_THAT(server.Amend(today, "late"), HasReason(Reason::kPeriodNotFinal));
}

TEST_F(BoardAdminServiceTest, APeriodGoesFromOpenToFinal) {
  server.Earn("ada", 9);
  EXPECT_EQ(server.GetPeriod(PeriodOf("daily"))->name(), today);
  EXPECT_EQ(server.GetPeriod(today)->state(), v1::Period::STATE_OPEN);
  EXPECT_THAT(server.Close(today), HasReason(Reason::kPeriodNotOver));

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
}

TEST_F(BoardAdminServiceTest, AReversalAfterTheCloseAllowsAnAmendment) {
  const domain::TransferId earned = server.Earn("ada", 9);
  server.Earn("bob", 5);
  server.clock.Advance(days(3));
  EXPECT_THAT(server.Amend(today, "too early"), HasReason(Reason::kPeriodNotFinal));
  const auto final = server.Close(today);
  ASSERT_THAT(final, IsOk());
  EXPECT_THAT(server.Amend(today, "for nothing"), HasReason(Reason::kNothingToAmend));

  server.Reverse(earned);
  EXPECT_TRUE(server.GetPeriod(today)->amend_due());
  const auto amended = server.Amend(today, "taken back");
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ(amended->state(), v1::Period::STATE_AMENDED);
  EXPECT_EQ(amended->result_version(), 2);
  EXPECT_EQ(amended->amend_reason(), "taken back");
  EXPECT_NE(amended->result_digest(), final->result_digest());
  EXPECT_FALSE(server.GetPeriod(today)->amend_due());
  EXPECT_THAT(server.Amend(today, "again"), HasReason(Reason::kNothingToAmend));
}

TEST_F(BoardAdminServiceTest, ASuspensionAfterTheCloseAllowsAnAmendment) {
  server.Earn("ada", 9);
  server.Earn("bob", 5);
  server.clock.Advance(days(3));
  ASSERT_THAT(server.Close(today), IsOk());
  server.Suspend("bob");
  EXPECT_TRUE(server.GetPeriod(today)->amend_due());
  server.Reinstate("bob");
  EXPECT_FALSE(server.GetPeriod(today)->amend_due());
  EXPECT_THAT(server.Amend(today, "for nothing"), HasReason(Reason::kNothingToAmend));
  server.Suspend("cyd");
  EXPECT_FALSE(server.GetPeriod(today)->amend_due()) << "cyd was never on the board";

  server.Suspend("bob");
  ASSERT_THAT(server.Amend(today, "suspended"), IsOk());
  EXPECT_FALSE(server.GetPeriod(today)->amend_due());
  server.Reinstate("bob");
  EXPECT_TRUE(server.GetPeriod(today)->amend_due());
}

TEST_F(BoardAdminServiceTest, CloseAndAmendRefuseNamesOfNoPeriod) {
  for (const std::string& name : {PeriodOf("daily"), PeriodOf("daily", "yesterday"),
                                  PeriodOf("daily", "2026-11-31"), std::string("daily")}) {
    EXPECT_THAT(server.Close(name), IsInvalidField("name")) << name;
    EXPECT_THAT(server.Amend(name, "late"), IsInvalidField("name")) << name;
  }
  for (const std::string& name : {PeriodOf("none", "2026-11-21"),
                                  std::string("programs/none/boards/daily/periods/2026-11-21")}) {
    EXPECT_THAT(server.Close(name), HasReason(Reason::kNotFound)) << name;
    EXPECT_THAT(server.Amend(name, "late"), HasReason(Reason::kNotFound)) << name;
  }
  EXPECT_THAT(server.Amend(today, ""), IsInvalidField("reason"));
  EXPECT_THAT(server.Amend(today, std::string(501, 'x')), IsInvalidField("reason"));
  ASSERT_THAT(server.CreateBoard("ever", v1::Board::CADENCE_ALL_TIME), IsOk());
  EXPECT_THAT(server.Close(PeriodOf("ever", "all-time")), HasReason(Reason::kPeriodNotOver));
}

// Sends a request twice, and then other content under the same id.
template <class Request, class Response>
void ExpectTakesEffectOnce(Admin& stub,
                           grpc::Status (Admin::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                           const Request& request, const Request& other) {
  const auto first = Invoke(stub, method, request);
  ASSERT_THAT(first, IsOk());
  const auto again = Invoke(stub, method, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_THAT(Invoke(stub, method, other), HasReason(Reason::kRequestIdReused));
}

TEST_F(BoardAdminServiceTest, EveryChangeTakesEffectOnce) {
  const domain::TransferId earned = server.Earn("ada", 9);
  v1::CreateBoardRequest create = Creation();
  v1::CreateBoardRequest other_create = create;
  other_create.set_board_id("other");
  ExpectTakesEffectOnce(*server.admin, &Admin::CreateBoard, create, other_create);

  v1::UpdateBoardRequest update;
  *update.mutable_board() = *Get("weekly");
  update.mutable_board()->set_display_name("Of the week");
  update.set_request_id(server.NewRequestId());
  v1::UpdateBoardRequest other_update = update;
  other_update.mutable_board()->set_display_name("Other");
  ExpectTakesEffectOnce(*server.admin, &Admin::UpdateBoard, update, other_update);

  v1::DeleteBoardRequest erase;
  erase.set_name("programs/acme/boards/weekly");
  erase.set_request_id(server.NewRequestId());
  v1::DeleteBoardRequest other_erase = erase;
  other_erase.set_name("programs/acme/boards/daily");
  ExpectTakesEffectOnce(*server.admin, &Admin::DeleteBoard, erase, other_erase);

  server.clock.Advance(days(3));
  v1::ClosePeriodRequest close;
  close.set_name(today);
  close.set_request_id(server.NewRequestId());
  v1::ClosePeriodRequest other_close = close;
  other_close.set_name(PeriodOf("daily", "2026-11-22"));
  ExpectTakesEffectOnce(*server.admin, &Admin::ClosePeriod, close, other_close);

  server.Reverse(earned);
  v1::AmendPeriodRequest amend;
  amend.set_name(today);
  amend.set_reason("taken back");
  amend.set_request_id(server.NewRequestId());
  v1::AmendPeriodRequest other_amend = amend;
  other_amend.set_reason("other");
  ExpectTakesEffectOnce(*server.admin, &Admin::AmendPeriod, amend, other_amend);
  EXPECT_EQ(server.GetPeriod(today)->result_version(), 2);
}

TEST_F(BoardAdminServiceTest, VerifyComparesEachCacheWithTheStore) {
  server.Earn("ada", 7);
  server.Earn("bob", 4);
  ASSERT_THAT(server.List(PeriodOf("daily")), IsOk());
  const auto verified = Verify(PeriodOf("daily"));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->store().count(), 2);
  EXPECT_EQ(verified->store().score_sum(), 11);
  EXPECT_EQ(verified->revision(), server.head);
  ASSERT_EQ(verified->caches_size(), 1);
  EXPECT_TRUE(verified->caches(0).equal());
  EXPECT_EQ(verified->caches(0).digest(), verified->store().digest());
}

TEST_F(BoardAdminServiceTest, VerifyRefuses) {
  EXPECT_THAT(Verify("daily"), IsInvalidField("name"));
  EXPECT_THAT(Verify(PeriodOf("daily", "yesterday")), IsInvalidField("name"));
  EXPECT_THAT(Verify(PeriodOf("none")), HasReason(Reason::kNotFound));
  EXPECT_THAT(Verify("programs/none/boards/daily/periods/current"), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
