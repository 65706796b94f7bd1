#include "server/services/champion/contribution_service.h"

#include <string>
#include <vector>

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
const std::string kBob = kAcme + "/members/bob";
const std::string kArticle = kAcme + "/contributionKinds/article";

// In `acme`, ada has handed in an article at https://example.com/orbits.
class ContributionServiceTest : public testing::Test {
 protected:
  ContributionServiceTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  v1::SubmitContributionRequest Article(const std::string& member, const std::string& link) {
    v1::SubmitContributionRequest request;
    request.set_parent(member);
    request.mutable_contribution()->set_kind(kArticle);
    request.mutable_contribution()->set_title("On tides");
    request.mutable_contribution()->set_link(link);
    request.mutable_contribution()->set_date("2026-11-21");
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Contribution Submit(const std::string& who, const v1::SubmitContributionRequest& request) {
    return server.Must<v1::Contribution>(server.Token(who),
                                         "ContributionService/SubmitContribution", request);
  }
  std::vector<v1::Contribution> OwnOf(const std::string& who, const std::string& member,
                                      int page_size = 0) {
    v1::ListOwnContributionsRequest request;
    request.set_parent(member);
    request.set_page_size(page_size);
    std::vector<v1::Contribution> all;
    do {
      const auto answer = server.Must<v1::ListOwnContributionsResponse>(
          server.Token(who), "ContributionService/ListOwnContributions", request);
      all.insert(all.end(), answer.contributions().begin(), answer.contributions().end());
      request.set_page_token(answer.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  template <class Request>
  Request By(const std::string& name, const std::string& member) {
    Request request;
    request.set_name(name);
    request.set_member(member);
    request.set_request_id(server.NewRequestId());
    return request;
  }

  AccessServer server;
  const std::string contribution = kAcme + server.acme.contribution;
};

TEST_F(ContributionServiceTest, AuthorsSeeWhatWasHandedInAndOthersDoNot) {
  v1::SubmitContributionRequest request = Article(kBob, "https://example.com/tides");
  request.mutable_contribution()->add_authors()->set_member(kAda);
  v1::Contribution::Author& own = *request.mutable_contribution()->add_authors();
  own.set_member(kBob);
  own.set_weight(2);
  const v1::Contribution made = Submit("bob", request);
  EXPECT_EQ(made.state(), v1::Contribution::STATE_SUBMITTED);
  ASSERT_EQ(made.authors_size(), 2);
  EXPECT_EQ(made.authors(0).member(), kBob);
  EXPECT_EQ(made.authors(0).weight(), 2);
  EXPECT_EQ(made.authors(1).member(), kAda);
  ASSERT_EQ(OwnOf("ada", kAda).size(), 2U);
  EXPECT_EQ(OwnOf("ada", kAda, 1).size(), 2U);
  EXPECT_EQ(OwnOf("bob", kBob).size(), 1U);
  EXPECT_THAT(Call("ada", "ContributionService/DeclineCredit",
                   By<v1::DeclineCreditRequest>(made.name(), kBob)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("bob", "ContributionService/WithdrawContribution",
                   By<v1::WithdrawContributionRequest>(contribution, kBob)),
              HasReason(Reason::kNotFound));
  ASSERT_THAT(Call("ada", "ContributionService/DeclineCredit",
                   By<v1::DeclineCreditRequest>(made.name(), kAda)),
              IsOk());
  EXPECT_EQ(OwnOf("ada", kAda).size(), 1U);
  ASSERT_THAT(Call("bob", "ContributionService/WithdrawContribution",
                   By<v1::WithdrawContributionRequest>(made.name(), kBob)),
              IsOk());
  EXPECT_EQ(OwnOf("bob", kBob)[0].state(), v1::Contribution::STATE_WITHDRAWN);
}

TEST_F(ContributionServiceTest, ADuplicateDoesNotSayWhose) {
  v1::SubmitContributionRequest request = Article(kBob, "HTTPS://example.com/orbits/#part-2");
  const absl::Status others = Call("bob", "ContributionService/SubmitContribution", request);
  EXPECT_THAT(others, HasReason(Reason::kDuplicateContribution));
  EXPECT_EQ(others.ToString().find("ada"), std::string::npos);
  EXPECT_FALSE(MetadataOf(others).contains("resource_name"));
  request = Article(kAda, "https://example.com/orbits");
  const absl::Status own = Call("ada", "ContributionService/SubmitContribution", request);
  EXPECT_EQ(MetadataOf(own).at("resource_name"), contribution);
}

TEST_F(ContributionServiceTest, ARequestIsCheckedFieldByField) {
  const auto refused = [&](auto change) {
    v1::SubmitContributionRequest request = Article(kAda, "https://example.com/tides");
    change(*request.mutable_contribution());
    return Call("ada", "ContributionService/SubmitContribution", request);
  };
  EXPECT_THAT(refused([](v1::Contribution& one) { one.set_kind("article"); }),
              IsInvalidField("contribution.kind"));
  EXPECT_THAT(refused([](v1::Contribution& one) {
                one.set_kind("programs/umbrella/contributionKinds/article");
              }),
              IsInvalidField("contribution.kind"));
  EXPECT_THAT(refused([](v1::Contribution& one) { one.clear_title(); }),
              IsInvalidField("contribution.title"));
  EXPECT_THAT(refused([](v1::Contribution& one) { one.set_link("tides"); }),
              IsInvalidField("contribution.link"));
  EXPECT_THAT(refused([](v1::Contribution& one) { one.clear_link(); }),
              IsInvalidField("contribution.evidence"));
  EXPECT_THAT(refused([](v1::Contribution& one) { one.clear_date(); }),
              IsInvalidField("contribution.date"));
  EXPECT_THAT(refused([](v1::Contribution& one) { one.set_date("2026-11-22"); }),
              IsInvalidField("contribution.date"));
  EXPECT_THAT(refused([](v1::Contribution& one) { one.add_authors()->set_weight(1); }),
              IsInvalidField("contribution.authors"));
  EXPECT_THAT(refused([](v1::Contribution& one) {
                one.add_authors()->set_member(kBob);
                one.mutable_authors(0)->set_weight(1001);
              }),
              IsInvalidField("contribution.authors"));
  EXPECT_THAT(refused([](v1::Contribution& one) {
                for (int i = 0; i < 21; ++i) {
                  one.add_authors()->set_member(kBob);
                }
              }),
              IsInvalidField("contribution.authors"));
}

TEST_F(ContributionServiceTest, EverybodyListsKinds) {
  v1::ListContributionKindsRequest request;
  request.set_parent(kAcme);
  const auto kinds = server.Must<v1::ListContributionKindsResponse>(
      server.Token("bob"), "ContributionService/ListContributionKinds", request);
  ASSERT_EQ(kinds.contribution_kinds_size(), 1);
  EXPECT_EQ(kinds.contribution_kinds(0).name(), kArticle);
  EXPECT_EQ(kinds.contribution_kinds(0).credit(), 1);
  EXPECT_EQ(kinds.contribution_kinds(0).activity_type(), "article");
}

TEST_F(ContributionServiceTest, AYearIsOfOneselfAndHasItsDays) {
  v1::GetYearRequest request;
  request.set_name(kAda);
  EXPECT_THAT(Call("ada", "ContributionService/GetYear", request), IsInvalidField("start_date"));
  request.set_start_date("2026-01-01");
  const auto year =
      server.Must<v1::ChampionYear>(server.Token("ada"), "ContributionService/GetYear", request);
  EXPECT_EQ(year.member(), kAda);
  EXPECT_EQ(year.end_date(), "2027-01-01");
  ASSERT_EQ(year.contributions_size(), 1);
  EXPECT_EQ(year.contributions(0).kind(), kArticle);
  EXPECT_EQ(year.contributions(0).count(), 1);
  EXPECT_EQ(year.active_days(), 1);
  ASSERT_EQ(year.activities_size(), 1);
  EXPECT_EQ(year.activities(0).type(), "talk");
  ASSERT_EQ(year.earned_size(), 1);
  EXPECT_EQ(year.earned(0).amount(), 5);
  ASSERT_EQ(year.appointments_size(), 1);
  EXPECT_EQ(year.appointments(0).name(), kAda + server.acme.appointment);
  EXPECT_THAT(Call("bob", "ContributionService/GetYear", request), HasReason(Reason::kNotFound));
  for (const char* end : {"2026-01-01", "2028-01-02", "soon"}) {
    request.set_end_date(end);
    EXPECT_THAT(Call("ada", "ContributionService/GetYear", request), IsInvalidField("end_date"));
  }
}

TEST_F(ContributionServiceTest, AnExportHasTheTextsOfWhoWroteThemAlone) {
  v1::SubmitContributionRequest request = Article(kAda, "https://example.com/tides");
  request.mutable_contribution()->add_authors()->set_member(kBob);
  Submit("ada", request);
  const auto exported = [&](const std::string& who, const std::string& member) {
    v1::ExportMemberRequest ask;
    ask.set_name(member);
    std::string bytes;
    EXPECT_THAT(
        server.CallWith(server.Token(who), MethodNamed("MemberService/ExportMember"), ask, &bytes),
        IsOk());
    return bytes;
  };
  EXPECT_NE(exported("ada", kAda).find("On tides"), std::string::npos);
  const std::string bobs = exported("bob", kBob);
  EXPECT_EQ(bobs.find("On tides"), std::string::npos);
  EXPECT_NE(bobs.find("\"contribution_share\":[\n{"), std::string::npos);
}

}  // namespace
}  // namespace perigee::tests
