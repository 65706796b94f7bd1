#include "server/services/champion/contribution_admin_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/contribution.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";

// In `acme`, ada has handed in an article.
class ContributionAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "ContributionAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Request>
  Request Named() {
    Request request;
    request.set_name(contribution);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ListContributionsResponse List(const std::string& who, v1::Contribution::State state) {
    v1::ListContributionsRequest request;
    request.set_parent(kAcme);
    request.set_state(state);
    return server.Must<v1::ListContributionsResponse>(server.Token(who), Rpc("ListContributions"),
                                                      request);
  }

  AccessServer server;
  const std::string contribution = kAcme + server.acme.contribution;
};

TEST_F(ContributionAdminServiceTest, FromTheReviewToTheActivity) {
  EXPECT_THAT(Call("ROLE_MODERATOR", "StartContributionReview",
                   Named<v1::StartContributionReviewRequest>()),
              HasReason(Reason::kPermissionDenied));
  ASSERT_EQ(List("ROLE_REVIEWER", v1::Contribution::STATE_SUBMITTED).contributions_size(), 1);
  EXPECT_THAT(Call("ROLE_REVIEWER", "AcceptContribution", Named<v1::AcceptContributionRequest>()),
              HasReason(Reason::kIllegalMove));
  ASSERT_THAT(
      Call("ROLE_REVIEWER", "StartContributionReview", Named<v1::StartContributionReviewRequest>()),
      IsOk());
  EXPECT_EQ(List("ROLE_REVIEWER", v1::Contribution::STATE_SUBMITTED).contributions_size(), 0);
  const auto all = List("ROLE_REVIEWER", v1::Contribution::STATE_UNSPECIFIED);
  ASSERT_EQ(all.contributions_size(), 1);
  EXPECT_EQ(all.contributions(0).title(), "On orbits");
  EXPECT_EQ(all.contributions(0).authors(0).member(), kAda);

  auto accept = Named<v1::AcceptContributionRequest>();
  accept.set_etag("stale");
  EXPECT_THAT(Call("ROLE_REVIEWER", "AcceptContribution", accept),
              HasReason(Reason::kEtagMismatch));
  accept.set_etag(all.contributions(0).etag());
  const auto accepted = server.Must<v1::Contribution>(server.Token("ROLE_REVIEWER"),
                                                      Rpc("AcceptContribution"), accept);
  EXPECT_EQ(accepted.state(), v1::Contribution::STATE_ACCEPTED);
  EXPECT_EQ(accepted.authors(0).share(), 1);
  // A retry of the same request changes nothing.
  EXPECT_EQ(
      server
          .Must<v1::Contribution>(server.Token("ROLE_REVIEWER"), Rpc("AcceptContribution"), accept)
          .revision(),
      accepted.revision());
  v1::GetActivityRequest activity;
  activity.set_name(accepted.authors(0).activity());
  const auto recorded = server.Must<v1::Activity>(server.Token("ROLE_REVIEWER"),
                                                  "ActivityAdminService/GetActivity", activity);
  EXPECT_EQ(recorded.actor(), kAda);
  EXPECT_EQ(recorded.type(), "article");
  EXPECT_EQ(recorded.source(), "contributions");

  v1::GetYearRequest year;
  year.set_name(kAda);
  year.set_start_date("2026-01-01");
  const auto seen =
      server.Must<v1::ChampionYear>(server.Token("ROLE_MODERATOR"), Rpc("GetYear"), year);
  ASSERT_EQ(seen.contributions_size(), 1);
  EXPECT_EQ(seen.contributions(0).state(), v1::Contribution::STATE_ACCEPTED);
  EXPECT_EQ(seen.contributions(0).share(), 1);
  EXPECT_NE(seen.appointments(0).title(), "");
}

TEST_F(ContributionAdminServiceTest, AReviewerWhoIsAnAuthorIsInvolved) {
  server.Identify(kAda, "ROLE_REVIEWER");
  EXPECT_THAT(
      Call("ROLE_REVIEWER", "StartContributionReview", Named<v1::StartContributionReviewRequest>()),
      HasReason(Reason::kInvolved));
}

TEST_F(ContributionAdminServiceTest, ChangesAreAskedForAndARejectionSaysWhy) {
  ASSERT_THAT(
      Call("ROLE_REVIEWER", "StartContributionReview", Named<v1::StartContributionReviewRequest>()),
      IsOk());
  auto ask = Named<v1::AskForChangesRequest>();
  EXPECT_THAT(Call("ROLE_REVIEWER", "AskForChanges", ask), IsInvalidField("reason"));
  ask.set_reason("Which orbits?");
  ASSERT_THAT(Call("ROLE_REVIEWER", "AskForChanges", ask), IsOk());
  v1::ReviseContributionRequest revise;
  revise.set_name(contribution);
  revise.set_member(kAda);
  *revise.mutable_contribution() =
      List("ROLE_REVIEWER", v1::Contribution::STATE_CHANGES_ASKED).contributions(0);
  EXPECT_EQ(revise.contribution().reason(), "Which orbits?");
  revise.mutable_contribution()->set_title("On low orbits");
  revise.set_request_id(server.NewRequestId());
  const auto revised = server.Must<v1::Contribution>(
      server.Token("ada"), "ContributionService/ReviseContribution", revise);
  EXPECT_EQ(revised.state(), v1::Contribution::STATE_SUBMITTED);
  EXPECT_EQ(revised.title(), "On low orbits");
  EXPECT_EQ(revised.name(), contribution);
  ASSERT_THAT(
      Call("ROLE_REVIEWER", "StartContributionReview", Named<v1::StartContributionReviewRequest>()),
      IsOk());
  auto reject = Named<v1::RejectContributionRequest>();
  EXPECT_THAT(Call("ROLE_REVIEWER", "RejectContribution", reject), IsInvalidField("reason"));
  reject.set_reason("An advertisement");
  const auto rejected = server.Must<v1::Contribution>(server.Token("ROLE_REVIEWER"),
                                                      Rpc("RejectContribution"), reject);
  EXPECT_EQ(rejected.state(), v1::Contribution::STATE_REJECTED);
  EXPECT_EQ(rejected.reason(), "An advertisement");
}

TEST_F(ContributionAdminServiceTest, KindsAreDefinedByAdmins) {
  v1::SetContributionKindRequest set;
  set.mutable_contribution_kind()->set_name(kAcme + "/contributionKinds/tool");
  set.mutable_contribution_kind()->set_display_name("Tool");
  set.mutable_contribution_kind()->set_credit(-1);
  set.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_REVIEWER", "SetContributionKind", set),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "SetContributionKind", set),
              IsInvalidField("contribution_kind.credit"));
  set.mutable_contribution_kind()->set_credit(20);
  const auto kind = server.Must<v1::ContributionKind>(server.Token("ROLE_PROGRAM_ADMIN"),
                                                      Rpc("SetContributionKind"), set);
  EXPECT_EQ(kind.credit(), 20);
  set.mutable_contribution_kind()->set_etag("stale");
  set.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "SetContributionKind", set),
              HasReason(Reason::kEtagMismatch));
}

}  // namespace
}  // namespace perigee::tests
