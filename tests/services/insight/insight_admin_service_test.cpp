#include "server/services/insight/insight_admin_service.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "perigee/v1/insight.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/tier.pb.h"
#include "server/core/error.h"
#include "server/services/convert.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";

// In `acme`, ada is mvp, was asked and was thanked; bob is nominated and is owed thanks.
class InsightAdminServiceTest : public testing::Test {
 protected:
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed("InsightAdminService/" + method),
                           request);
  }
  static v1::GetInsightRequest Insight() {
    v1::GetInsightRequest request;
    request.set_parent(kAcme);
    return request;
  }
  v1::ProgramInsight Show() {
    return server.Must<v1::ProgramInsight>(server.Token("ROLE_ANALYST"),
                                           "InsightAdminService/GetInsight", Insight());
  }
  static v1::ListInsightMembersRequest Opening(v1::InsightFigure figure) {
    v1::ListInsightMembersRequest request;
    request.set_parent(kAcme);
    request.set_figure(figure);
    return request;
  }
  v1::ListInsightMembersResponse Open(const v1::ListInsightMembersRequest& request) {
    return server.Must<v1::ListInsightMembersResponse>(
        server.Token("ROLE_PROGRAM_ADMIN"), "InsightAdminService/ListInsightMembers", request);
  }
  void OptOut() {
    v1::UpdateSelfRequest request;
    request.mutable_member()->set_name(kAda);
    request.mutable_member()->set_board_opt_out(true);
    request.mutable_update_mask()->add_paths("board_opt_out");
    request.set_request_id(server.NewRequestId());
    server.Must<v1::Member>(server.Token("ada"), "MemberService/UpdateSelf", request);
  }

  AccessServer server;
};

TEST_F(InsightAdminServiceTest, AllNumbersAreShown) {
  const v1::ProgramInsight insight = Show();
  std::map<std::tuple<int, std::string, std::string>, std::int64_t> numbers;
  for (const v1::InsightNumber& number : insight.numbers()) {
    numbers[{number.figure(), number.title(), number.state()}] = number.count();
  }
  const std::map<std::tuple<int, std::string, std::string>, std::int64_t> expected = {
      {{v1::INSIGHT_FIGURE_CHAMPIONS, "mvp", "active"}, 1},
      {{v1::INSIGHT_FIGURE_NOMINATIONS, "mvp", "submitted"}, 1},
      {{v1::INSIGHT_FIGURE_THANKS_BY_BRAND, "", ""}, 1},
      {{v1::INSIGHT_FIGURE_OWED, "", "open"}, 1},
      {{v1::INSIGHT_FIGURE_ASKS, "", "sent"}, 1},
      {{v1::INSIGHT_FIGURE_IDEAS, "", "new"}, 1}};
  EXPECT_EQ(numbers, expected);
  EXPECT_EQ(insight.pull_ratio(), 1);
  EXPECT_EQ(insight.active_members(), 2);
}

TEST_F(InsightAdminServiceTest, TermsThatEndSoonAreCounted) {
  server.clock.Set(server.clock.Now() + std::chrono::days(300));
  v1::ListInsightMembersRequest request = Opening(v1::INSIGHT_FIGURE_TERMS_ENDING);
  request.set_title("mvp");
  const v1::ListInsightMembersResponse opened = Open(request);
  ASSERT_EQ(opened.members_size(), 1);
  EXPECT_EQ(opened.members(0).member(), kAda);
}

TEST_F(InsightAdminServiceTest, ANumberOpensToItsMembersWhoAgreedToBeSeen) {
  v1::ListInsightMembersRequest request = Opening(v1::INSIGHT_FIGURE_CHAMPIONS);
  request.set_title("mvp");
  request.set_state("active");
  v1::ListInsightMembersResponse opened = Open(request);
  ASSERT_EQ(opened.members_size(), 1);
  EXPECT_EQ(opened.members(0).member(), kAda);
  EXPECT_EQ(opened.members(0).display_name(), "Member ada");
  EXPECT_EQ(opened.members(0).count(), 1);
  EXPECT_EQ(opened.total_count(), 1);
  EXPECT_EQ(opened.left_out(), 0);
  OptOut();
  opened = Open(request);
  EXPECT_EQ(opened.members_size(), 0);
  EXPECT_EQ(opened.total_count(), 1);
  EXPECT_EQ(opened.left_out(), 1);
  EXPECT_EQ(Show().numbers(0).count(), 1);
  request.set_state("lapsed");
  EXPECT_EQ(Open(request).total_count(), 0);
}

TEST_F(InsightAdminServiceTest, ATierOpensToItsMembers) {
  v1::SetTierSchemeRequest set;
  set.mutable_scheme()->set_name(kAcme + "/tierSchemes/loyalty");
  set.mutable_scheme()->set_display_name("Loyalty");
  v1::TierLevel& level = *set.mutable_scheme()->add_levels();
  level.set_id("gold");
  level.set_display_name("Gold");
  level.set_at_least(1000);
  set.set_request_id(server.NewRequestId());
  server.Must<v1::TierScheme>(server.Token("root"), "TierAdminService/SetTierScheme", set);
  v1::LockTierStandingRequest lock;
  lock.set_name(kAda + "/tierStandings/loyalty");
  lock.set_level("gold");
  lock.set_reason("On leave");
  lock.set_request_id(server.NewRequestId());
  server.Must<v1::TierStanding>(server.Token("root"), "TierAdminService/LockTierStanding", lock);
  const v1::ProgramInsight insight = Show();
  const auto number =
      std::ranges::find(insight.numbers(), v1::INSIGHT_FIGURE_TIERS, &v1::InsightNumber::figure);
  ASSERT_NE(number, insight.numbers().end());
  EXPECT_EQ(number->title(), "loyalty");
  EXPECT_EQ(number->state(), "gold");
  EXPECT_EQ(number->count(), 1);
  v1::ListInsightMembersRequest request = Opening(v1::INSIGHT_FIGURE_TIERS);
  request.set_title("loyalty");
  request.set_state("gold");
  const v1::ListInsightMembersResponse opened = Open(request);
  ASSERT_EQ(opened.members_size(), 1);
  EXPECT_EQ(opened.members(0).member(), kAda);
  EXPECT_EQ(Open(Opening(v1::INSIGHT_FIGURE_TIER_NOTICES)).total_count(), 0);
}

TEST_F(InsightAdminServiceTest, WhoMayNotSeePersonalDataSeesNumbersOnly) {
  const v1::ListInsightMembersRequest list = Opening(v1::INSIGHT_FIGURE_ASKS);
  for (const char* who : {"ROLE_ANALYST", "ROLE_MODERATOR", "ROLE_REVIEWER"}) {
    EXPECT_THAT(Call(who, "GetInsight", Insight()), IsOk());
    EXPECT_THAT(Call(who, "ListInsightMembers", list), HasReason(Reason::kPermissionDenied));
  }
  EXPECT_THAT(Call("ada", "GetInsight", Insight()), HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("stranger", "GetInsight", Insight()), HasReason(Reason::kNotFound));
}

TEST_F(InsightAdminServiceTest, FieldsOutsideTheirLimitsAreRefused) {
  EXPECT_THAT(Call("root", "ListInsightMembers", Opening(v1::INSIGHT_FIGURE_UNSPECIFIED)),
              HasReason(Reason::kInvalidField));
  v1::GetInsightRequest request = Insight();
  *request.mutable_from_time() =
      services::ToTimestamp(server.clock.Now() + std::chrono::seconds(1));
  EXPECT_THAT(Call("root", "GetInsight", request), HasReason(Reason::kInvalidField));
  *request.mutable_from_time() = services::ToTimestamp(server.clock.Now() - std::chrono::days(367));
  EXPECT_THAT(Call("root", "GetInsight", request), HasReason(Reason::kInvalidField));
  request.set_parent("programs/none");
  request.clear_from_time();
  EXPECT_THAT(Call("root", "GetInsight", request), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
