#include "server/services/explain/explain_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/explain.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/tier.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using ::testing::HasSubstr;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";
const std::string kPeriod = kAcme + "/boards/all/periods/all-time";

// In `acme`, ada and bob did one `talk` each, for 5 of reputation, and staff granted ada the badge
// `friend`. The scheme of tiers `loyalty` has bronze from 20.
class ExplainServiceTest : public testing::Test {
 protected:
  ExplainServiceTest() {
    v1::SetTierSchemeRequest set;
    set.mutable_scheme()->set_name(kAcme + "/tierSchemes/loyalty");
    set.mutable_scheme()->set_display_name("Loyalty");
    v1::TierLevel& level = *set.mutable_scheme()->add_levels();
    level.set_id("bronze");
    level.set_display_name("Bronze");
    level.set_at_least(20);
    set.set_request_id(server.NewRequestId());
    server.Must<v1::TierScheme>(server.Token("root"), "TierAdminService/SetTierScheme", set);
  }

  static v1::ExplainRequest Asking(const std::string& name, const std::string& member) {
    v1::ExplainRequest request;
    request.set_name(name);
    request.set_member(member);
    return request;
  }
  absl::Status Explain(const std::string& who, const std::string& name,
                       const std::string& member = "") {
    return server.CallWith(server.Token(who), MethodNamed("ExplainService/Explain"),
                           Asking(name, member));
  }
  v1::Explanation Must(const std::string& who, const std::string& name,
                       const std::string& member = "") {
    v1::Explanation explanation = server.Must<v1::Explanation>(
        server.Token(who), "ExplainService/Explain", Asking(name, member));
    std::int64_t sum = explanation.parts_left_out().amount();
    for (const v1::Explanation::Part& part : explanation.parts()) {
      sum += part.amount();
    }
    EXPECT_EQ(sum, explanation.value());
    return explanation;
  }
  void Talk(const std::string& member, const std::string& event) {
    v1::RecordActivityRequest request;
    request.set_parent(kAcme);
    request.mutable_activity()->set_type("talk");
    request.mutable_activity()->set_actor(member);
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id(event);
    server.Must<v1::RecordActivityResponse>(server.Token("root"),
                                            "ActivityAdminService/RecordActivity", request);
  }

  AccessServer server;
};

TEST_F(ExplainServiceTest, EachKindOfValueIsExplained) {
  const v1::Explanation balance = Must("ada", kAda + "/accounts/reputation");
  EXPECT_EQ(balance.name(), kAda + "/accounts/reputation");
  EXPECT_EQ(balance.value(), 5);
  EXPECT_EQ(balance.unit(), "reputation");
  ASSERT_EQ(balance.parts_size(), 1);
  EXPECT_EQ(balance.parts(0).source(), kAcme + server.acme.adas_transfer);
  EXPECT_EQ(balance.parts(0).text(), "The rule talk, because of an activity.");
  EXPECT_TRUE(balance.has_since_time());
  EXPECT_FALSE(balance.has_parts_left_out());

  const v1::Explanation orbit = Must("ada", kAda + "/orbit");
  EXPECT_EQ(orbit.value(), 1);
  EXPECT_EQ(orbit.text(), "exploring III");
  EXPECT_EQ(orbit.unit(), "index");
  EXPECT_GT(orbit.next_size(), 0);

  const v1::Explanation badge = Must("ada", kAda + "/badgeGrants/friend");
  EXPECT_EQ(badge.value(), 1);
  EXPECT_EQ(badge.text(), "Has Friend");

  const v1::Explanation tier = Must("ada", kAda + "/tierStandings/loyalty");
  EXPECT_EQ(tier.name(), kAda + "/tierStandings/loyalty");
  EXPECT_EQ(tier.value(), 5);
  EXPECT_EQ(tier.unit(), "reputation");
  EXPECT_EQ(tier.text(), "No level with 5 reputation");
  ASSERT_EQ(tier.parts_size(), 1);
  EXPECT_EQ(tier.parts(0).source(), kAcme + server.acme.adas_transfer);
  ASSERT_EQ(tier.next_size(), 1);
  EXPECT_EQ(tier.next(0).amount(), 15);
}

TEST_F(ExplainServiceTest, AnEntrySaysHowFarTheNextPlaceIs) {
  Talk(kAda, "second");
  const v1::Explanation first = Must("ada", kPeriod, kAda);
  EXPECT_EQ(first.name(), kPeriod);
  EXPECT_EQ(first.member(), kAda);
  EXPECT_EQ(first.value(), 10);
  EXPECT_EQ(first.text(), "Rank 1 with 10 reputation");
  EXPECT_EQ(first.parts_size(), 2);
  EXPECT_EQ(first.next_size(), 0);
  const v1::Explanation second = Must("root", kPeriod, kBob);
  EXPECT_EQ(second.text(), "Rank 2 with 5 reputation");
  ASSERT_EQ(second.next_size(), 1);
  EXPECT_EQ(second.next(0).amount(), 6);
  EXPECT_EQ(second.next(0).unit(), "reputation");
  EXPECT_THAT(second.next(0).text(), HasSubstr("goes past the next place"));
  EXPECT_FALSE(second.next(0).has_until_time());
}

TEST_F(ExplainServiceTest, MembersAskForTheirOwnValues) {
  for (const std::string end :
       {"/accounts/reputation", "/orbit", "/badgeGrants/friend", "/tierStandings/loyalty"}) {
    SCOPED_TRACE(end);
    EXPECT_THAT(Explain("ada", kAda + end), IsOk());
    EXPECT_THAT(Explain("ada", kBob + end), HasReason(Reason::kNotFound));
    EXPECT_THAT(Explain("ada", kAcme + "/members/none" + end), HasReason(Reason::kNotFound));
    EXPECT_THAT(Explain("ROLE_REVIEWER", kAda + end), IsOk());
    EXPECT_THAT(Explain("ROLE_ANALYST", kAda + end), HasReason(Reason::kPermissionDenied));
    EXPECT_THAT(Explain("stranger", kAda + end), HasReason(Reason::kNotFound));
  }
  EXPECT_THAT(Explain("ada", kPeriod, kAda), IsOk());
  EXPECT_THAT(Explain("ada", kPeriod, kBob), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain("ROLE_MODERATOR", kPeriod, kBob), IsOk());
}

TEST_F(ExplainServiceTest, WhatIsMissingIsNotFound) {
  EXPECT_THAT(Explain("root", kBob + "/badgeGrants/none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain("root", kAda + "/accounts/none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain("root", kAda + "/tierStandings/none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain("root", kAcme + "/boards/none/periods/all-time", kAda),
              HasReason(Reason::kNotFound));
}

TEST_F(ExplainServiceTest, OtherNamesAreRefused) {
  EXPECT_THAT(Explain("root", kAda), HasReason(Reason::kInvalidField));
  EXPECT_THAT(Explain("root", kPeriod), HasReason(Reason::kInvalidField));
  EXPECT_THAT(Explain("root", kPeriod, "programs/umbrella/members/ada"),
              HasReason(Reason::kInvalidField));
  EXPECT_THAT(Explain("root", kAda + "/orbit", kAda), HasReason(Reason::kInvalidField));
}

}  // namespace
}  // namespace perigee::tests
