#include "server/services/champion/candidate_admin_service.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/candidate.pb.h"
#include "perigee/v1/champion.pb.h"
#include "perigee/v1/explain.pb.h"
#include "perigee/v1/member.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kAcme = "programs/acme";
const std::string kBob = kAcme + "/members/bob";
const std::string kHero = kAcme + "/titles/hero";

// In `acme`, the title `hero` wants one active day and 5 of reputation in 30 days. `ada` and `bob`
// did one talk each; ada has another title. `cyd` thanked bob.
class CandidateAdminServiceTest : public testing::Test {
 protected:
  CandidateAdminServiceTest() {
    v1::CreateTitleRequest create;
    create.set_parent(kAcme);
    create.set_title_id("hero");
    create.mutable_title()->set_display_name("Hero");
    create.mutable_title()->set_term_months(12);
    create.mutable_title()->add_nominators(v1::NOMINATOR_STAFF);
    Add(*create.mutable_title(), "presence", v1::CandidateCriterion::MEASURE_ACTIVE_DAYS, 1);
    Add(*create.mutable_title(), "capital", v1::CandidateCriterion::MEASURE_EARNED, 5)
        .set_asset("reputation");
    create.set_request_id(server.NewRequestId());
    hero = server.Must<v1::Title>(server.Token("root"), "ChampionAdminService/CreateTitle", create);
    Member("cyd");
  }
  static v1::CandidateCriterion& Add(v1::Title& title, const std::string& id,
                                     v1::CandidateCriterion::Measure measure,
                                     std::int64_t at_least) {
    v1::CandidateCriterion& criterion = *title.add_criteria();
    criterion.set_id(id);
    criterion.set_display_name(id);
    criterion.set_measure(measure);
    criterion.set_window_days(30);
    criterion.set_at_least(at_least);
    return criterion;
  }
  void Member(const std::string& id) {
    v1::CreateMemberRequest request;
    request.set_parent(kAcme);
    request.set_member_id(id);
    request.mutable_member()->set_display_name("Member " + id);
    request.set_request_id(server.NewRequestId());
    server.Must<v1::Member>(server.Token("root"), "MemberAdminService/CreateMember", request);
  }
  void Talk(const std::string& id, const std::string& event, const std::string& other = "") {
    v1::RecordActivityRequest request;
    request.set_parent(kAcme);
    request.mutable_activity()->set_type("talk");
    request.mutable_activity()->set_actor(kAcme + "/members/" + id);
    if (!other.empty()) {
      request.mutable_activity()->set_recipient(kAcme + "/members/" + other);
    }
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id(event);
    server.Must<v1::RecordActivityResponse>(server.Token("root"),
                                            "ActivityAdminService/RecordActivity", request);
  }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  v1::ListCandidatesResponse List(const std::string& who = "ROLE_REVIEWER") {
    v1::ListCandidatesRequest request;
    request.set_parent(kHero);
    return server.Must<v1::ListCandidatesResponse>(server.Token(who), kList, request);
  }
  std::vector<std::string> Listed() {
    const v1::ListCandidatesResponse response = List();
    std::vector<std::string> members;
    for (const v1::Candidate& one : response.candidates()) {
      members.push_back(one.member().substr(one.member().rfind('/') + 1));
    }
    return members;
  }
  static v1::ListCandidateInputsRequest InputsOf(const std::string& member,
                                                 const std::string& criterion) {
    v1::ListCandidateInputsRequest request;
    request.set_name(kHero + "/candidates/" + member);
    request.set_criterion(criterion);
    return request;
  }
  void Later(Duration by) { server.clock.Set(server.clock.Now() + by); }

  static constexpr char kList[] = "CandidateAdminService/ListCandidates";
  static constexpr char kInputs[] = "CandidateAdminService/ListCandidateInputs";
  AccessServer server;
  v1::Title hero;
};

TEST_F(CandidateAdminServiceTest, CandidatesHaveFiguresAndAReason) {
  const auto response = List();
  EXPECT_EQ(response.total_count(), 1);
  EXPECT_TRUE(response.has_measure_time());
  EXPECT_THAT(response.next_page_token(), IsEmpty());
  ASSERT_EQ(response.candidates_size(), 1);
  const v1::Candidate& bob = response.candidates(0);
  EXPECT_EQ(bob.name(), kHero + "/candidates/bob");
  EXPECT_EQ(bob.member(), kBob);
  EXPECT_EQ(bob.display_name(), "Member bob");
  EXPECT_EQ(bob.value(), 200);
  ASSERT_EQ(bob.figures_size(), 2);
  EXPECT_EQ(bob.figures(1).criterion(), "capital");
  EXPECT_EQ(bob.figures(1).figure(), 5);
  EXPECT_EQ(bob.figures(1).at_least(), 5);
  EXPECT_EQ(bob.figures(1).part(), 100);
  EXPECT_EQ(bob.reason(), "1 active day and 5 reputation earned in the last 30 days.");
}

TEST_F(CandidateAdminServiceTest, PagesGoByValueAndThenById) {
  Member("dan");
  Talk("cyd", "c1");
  Talk("dan", "d1");
  Talk("dan", "d2");
  v1::ListCandidatesRequest request;
  request.set_parent(kHero);
  request.set_page_size(1);
  std::vector<std::string> members;
  do {
    const auto page =
        server.Must<v1::ListCandidatesResponse>(server.Token("ROLE_PROGRAM_ADMIN"), kList, request);
    EXPECT_EQ(page.total_count(), 3);
    ASSERT_EQ(page.candidates_size(), 1);
    members.push_back(page.candidates(0).member());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(members, ElementsAre(kAcme + "/members/dan", kBob, kAcme + "/members/cyd"));
  request.set_page_token("none");
  EXPECT_THAT(Call("ROLE_REVIEWER", kList, request), HasReason(Reason::kPageTokenInvalid));
}

TEST_F(CandidateAdminServiceTest, ARankingIsMadeOnceAMinuteForEachStateOfTheTitle) {
  EXPECT_THAT(Listed(), ElementsAre("bob"));
  Talk("cyd", "c1");
  Later(std::chrono::seconds(59));
  EXPECT_THAT(Listed(), ElementsAre("bob"));
  Later(std::chrono::seconds(2));
  EXPECT_THAT(Listed(), ElementsAre("bob", "cyd"));
  v1::UpdateTitleRequest update;
  *update.mutable_title() = hero;
  update.mutable_title()->mutable_criteria(1)->set_at_least(6);
  update.mutable_update_mask()->add_paths("criteria");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "ChampionAdminService/UpdateTitle", update), IsOk());
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(CandidateAdminServiceTest, WhoWasSuspendedSinceIsNotShown) {
  EXPECT_THAT(Listed(), ElementsAre("bob"));
  server.Suspend(kBob);
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(CandidateAdminServiceTest, AFigureOpensToItsInputs) {
  const auto presence = server.Must<v1::ListCandidateInputsResponse>(
      server.Token("ROLE_REVIEWER"), kInputs, InputsOf("bob", "presence"));
  EXPECT_EQ(presence.member(), kBob);
  EXPECT_EQ(presence.figure(), 1);
  EXPECT_EQ(presence.left_out(), 0);
  ASSERT_EQ(presence.inputs_size(), 1);
  EXPECT_EQ(presence.inputs(0).source(), kAcme + server.acme.activity);
  EXPECT_EQ(presence.inputs(0).amount(), 1);
  EXPECT_THAT(presence.inputs(0).day(), StartsWith("20"));
  const auto capital = server.Must<v1::ListCandidateInputsResponse>(
      server.Token("ROLE_REVIEWER"), kInputs, InputsOf("bob", "capital"));
  ASSERT_EQ(capital.inputs_size(), 1);
  EXPECT_EQ(capital.inputs(0).source(), kAcme + server.acme.bobs_transfer);
  EXPECT_EQ(capital.inputs(0).amount(), 5);
}

TEST_F(CandidateAdminServiceTest, PersonsMetAreNamedPageByPage) {
  v1::UpdateTitleRequest update;
  *update.mutable_title() = hero;
  Add(*update.mutable_title(), "circle", v1::CandidateCriterion::MEASURE_MET, 1);
  update.mutable_update_mask()->add_paths("criteria");
  update.set_request_id(server.NewRequestId());
  server.Must<v1::Title>(server.Token("ROLE_PROGRAM_ADMIN"), "ChampionAdminService/UpdateTitle",
                         update);
  Talk("bob", "b1", "cyd");
  Talk("ada", "a1", "bob");
  Talk("bob", "b2", "cyd");
  v1::ListCandidateInputsRequest request = InputsOf("bob", "circle");
  request.set_page_size(1);
  std::vector<std::string> met;
  do {
    const auto page = server.Must<v1::ListCandidateInputsResponse>(server.Token("ROLE_REVIEWER"),
                                                                   kInputs, request);
    EXPECT_EQ(page.figure(), 2);
    ASSERT_EQ(page.inputs_size(), 1);
    met.push_back(page.inputs(0).source() + " " + page.inputs(0).display_name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(met, ::testing::UnorderedElementsAre(kAcme + "/members/ada Member ada",
                                                   kAcme + "/members/cyd Member cyd"));
}

TEST_F(CandidateAdminServiceTest, WhatIsMissingAndWhoIsLeftOutAnswerAlike) {
  for (const auto& request :
       {InputsOf("none", "presence"), InputsOf("ada", "presence"), InputsOf("bob", "none")}) {
    EXPECT_THAT(Call("ROLE_REVIEWER", kInputs, request), HasReason(Reason::kNotFound))
        << request.name() << " " << request.criterion();
  }
  EXPECT_THAT(Call("ROLE_REVIEWER", kInputs, InputsOf("cyd", "presence")), IsOk())
      << "who meets nothing";
  EXPECT_THAT(Call("ROLE_REVIEWER", kInputs, InputsOf("bob", "")), IsInvalidField("criterion"));
  v1::ListCandidatesRequest list;
  list.set_parent(kAcme + "/titles/none");
  EXPECT_THAT(Call("ROLE_REVIEWER", kList, list), HasReason(Reason::kNotFound));
  list.set_parent(kAcme);
  EXPECT_THAT(Call("ROLE_REVIEWER", kList, list), IsInvalidField("parent"));
}

TEST_F(CandidateAdminServiceTest, StaffAreNoCandidates) {
  ASSERT_THAT(List("root").candidates(), SizeIs(1));
  server.Identify(kBob, "ROLE_REVIEWER");
  v1::UpdateTitleRequest another;  // So that the ranking is made anew.
  another.mutable_title()->set_name(kHero);
  another.mutable_title()->set_seats(3);
  another.mutable_update_mask()->add_paths("seats");
  another.set_request_id(server.NewRequestId());
  server.Must<v1::Title>(server.Token("root"), "ChampionAdminService/UpdateTitle", another);
  EXPECT_THAT(List("root").candidates(), IsEmpty());
  EXPECT_THAT(Call("ROLE_REVIEWER", kInputs, InputsOf("bob", "presence")),
              HasReason(Reason::kNotFound));
  v1::ExplainRequest explain;
  explain.set_name(kHero + "/candidates/bob");
  EXPECT_THAT(Call("ROLE_REVIEWER", "ExplainService/Explain", explain),
              HasReason(Reason::kNotFound));
}

TEST_F(CandidateAdminServiceTest, StaffAloneHaveACandidateExplained) {
  server.Identify(kBob, "bob");
  v1::ExplainRequest request;
  request.set_name(kHero + "/candidates/bob");
  const auto explained = server.Must<v1::Explanation>(server.Token("ROLE_REVIEWER"),
                                                      "ExplainService/Explain", request);
  EXPECT_EQ(explained.value(), 200);
  EXPECT_EQ(explained.text(), "A candidate for Hero");
  EXPECT_EQ(explained.parts(0).amount() + explained.parts(1).amount(), 200);
  const absl::Status own = Call("bob", "ExplainService/Explain", request);
  request.set_name(kHero + "/candidates/none");
  const absl::Status missing = Call("bob", "ExplainService/Explain", request);
  EXPECT_THAT(own, HasReason(Reason::kNotFound));
  EXPECT_THAT(missing, HasReason(Reason::kNotFound));
  request.set_member(kBob);
  EXPECT_THAT(Call("ROLE_REVIEWER", "ExplainService/Explain", request), IsInvalidField("member"));
}

TEST_F(CandidateAdminServiceTest, ReviewersSeeWhyACandidateWasNominated) {
  v1::NominateRequest nominate;
  nominate.set_parent(kAcme);
  nominate.set_nominee(kAcme + "/members/cyd");
  nominate.set_title(kHero);
  nominate.set_from_candidates(true);
  nominate.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_MODERATOR", "ChampionService/Nominate", nominate),
              HasReason(Reason::kNotACandidate));
  nominate.set_member(kAcme + "/members/ada");
  EXPECT_THAT(Call("ada", "ChampionService/Nominate", nominate), IsInvalidField("from_candidates"));
  nominate.clear_member();
  nominate.set_nominee(kBob);
  const auto made = server.Must<v1::OwnNomination>(server.Token("ROLE_MODERATOR"),
                                                   "ChampionService/Nominate", nominate);
  v1::GetNominationRequest get;
  get.set_name(made.name());
  const auto seen = server.Must<v1::Nomination>(server.Token("ROLE_REVIEWER"),
                                                "ChampionAdminService/GetNomination", get);
  ASSERT_EQ(seen.voices_size(), 1);
  EXPECT_EQ(seen.voices(0).candidate_reason(),
            "1 active day and 5 reputation earned in the last 30 days.");
}

}  // namespace
}  // namespace perigee::tests
