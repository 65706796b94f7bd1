#include "server/services/badge/badge_admin_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/badge.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada and bob each talked once, and staff granted ada the badge `friend`, which has no
// rule.
class BadgeAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "BadgeAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Response>
  Response Must(const std::string& method, const google::protobuf::Message& request) {
    return server.Must<Response>(server.Token("ROLE_PROGRAM_ADMIN"), Rpc(method), request);
  }
  static v1::BadgeRule Talked(std::int64_t at_least) {
    v1::BadgeRule rule;
    v1::BadgeCriterion& criterion = *rule.add_stages()->add_criteria();
    criterion.add_terms()->set_activity_type("talk");
    criterion.set_at_least(at_least);
    return rule;
  }
  v1::CreateBadgeRequest Making(const v1::BadgeRule& rule) {
    v1::CreateBadgeRequest request;
    request.set_parent(kAcme);
    request.set_badge_id("talker");
    request.mutable_badge()->set_display_name("Talker");
    *request.mutable_badge()->mutable_rule() = rule;
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::TryBadgeRuleResponse Try(const v1::BadgeRule& rule, const std::string& badge = "",
                               int page_size = 0, const std::string& page_token = "") {
    v1::TryBadgeRuleRequest request;
    request.set_parent(kAcme);
    request.set_badge(badge);
    *request.mutable_rule() = rule;
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    return Must<v1::TryBadgeRuleResponse>("TryBadgeRule", request);
  }
  template <class Request>
  Request ByStaff(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_reason("Because");
    request.set_request_id(server.NewRequestId());
    return request;
  }

  AccessServer server;
};

TEST_F(BadgeAdminServiceTest, ABadgeIsShownAsItWasMade) {
  v1::BadgeRule rule = Talked(3);
  rule.set_revocable(true);
  const auto made = Must<v1::Badge>("CreateBadge", Making(rule));
  EXPECT_EQ(made.name(), kAcme + "/badges/talker");
  EXPECT_TRUE(made.rule().revocable());
  ASSERT_EQ(made.rule().stages_size(), 1);
  const v1::BadgeStage& stage = made.rule().stages(0);
  EXPECT_EQ(stage.group(), v1::BadgeStage::GROUP_NONE);
  EXPECT_EQ(stage.days_in_a_row(), 1);
  EXPECT_EQ(stage.criteria(0).role(), v1::BadgeCriterion::ROLE_ACTOR);
  EXPECT_EQ(stage.criteria(0).terms(0).weight(), 1);
  EXPECT_EQ(made.rule_version(), made.revision());
  EXPECT_TRUE(made.applying());
  v1::UpdateBadgeRequest update;
  update.mutable_badge()->set_name(made.name());
  update.mutable_badge()->set_description("Talks");
  update.mutable_badge()->set_etag("stale");
  update.mutable_update_mask()->add_paths("description");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "UpdateBadge", update), HasReason(Reason::kEtagMismatch));
  update.mutable_badge()->set_etag(made.etag());
  const auto changed = Must<v1::Badge>("UpdateBadge", update);
  EXPECT_EQ(changed.description(), "Talks");
  EXPECT_EQ(changed.rule_version(), made.rule_version());
  update.mutable_update_mask()->add_paths("applying");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "UpdateBadge", update), IsInvalidField("update_mask"));
}

TEST_F(BadgeAdminServiceTest, AChallengeIsShownAsItWasMade) {
  v1::BadgeRule rule = Talked(1);
  rule.mutable_start_time()->set_seconds(1'700'000'000);
  rule.mutable_end_time()->set_seconds(1'800'000'000);
  rule.mutable_stages(0)->set_display_name("Talk");
  rule.mutable_stages(0)->set_within_days(30);
  rule.mutable_stages(0)->set_days_in_a_row(1);
  rule.mutable_stages(0)->set_group(v1::BadgeStage::GROUP_NONE);
  v1::BadgeStage& row = *rule.add_stages() = rule.stages(0);
  row.set_group(v1::BadgeStage::GROUP_DAY);
  row.set_days_in_a_row(7);
  const auto made = Must<v1::Badge>("CreateBadge", Making(rule));
  for (int i = 0; i < 2; ++i) {
    rule.mutable_stages(i)->mutable_criteria(0)->set_role(v1::BadgeCriterion::ROLE_ACTOR);
    rule.mutable_stages(i)->mutable_criteria(0)->mutable_terms(0)->set_weight(1);
  }
  EXPECT_EQ(made.rule().DebugString(), rule.DebugString());
}

TEST_F(BadgeAdminServiceTest, RefusalsNameTheirField) {
  v1::CreateBadgeRequest request = Making(Talked(0));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateBadge", request),
              IsInvalidField("badge.rule.stages[0].criteria[0].at_least"));
  request = Making(Talked(1));
  request.mutable_badge()->mutable_rule()->mutable_stages(0)->mutable_criteria(0)->set_role(
      static_cast<v1::BadgeCriterion::Role>(9));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateBadge", request),
              IsInvalidField("badge.rule.stages[0].criteria[0].role"));
  request = Making(Talked(1));
  request.mutable_badge()->mutable_rule()->mutable_stages(0)->set_group(
      static_cast<v1::BadgeStage::Group>(9));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateBadge", request),
              IsInvalidField("badge.rule.stages[0].group"));
  request = Making(Talked(1));
  request.mutable_badge()->mutable_rule()->mutable_start_time()->set_seconds(-1'000'000'000'000);
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateBadge", request),
              IsInvalidField("badge.rule.start_time"));
  v1::TryBadgeRuleRequest trial;
  trial.set_parent(kAcme);
  *trial.mutable_rule() = Talked(0);
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "TryBadgeRule", trial),
              IsInvalidField("rule.stages[0].criteria[0].at_least"));
  *trial.mutable_rule() = Talked(1);
  trial.set_badge("programs/umbrella/badges/friend");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "TryBadgeRule", trial), IsInvalidField("badge"));
  trial.set_badge(kAcme + "/badges/none");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "TryBadgeRule", trial), HasReason(Reason::kNotFound));
  trial.clear_badge();
  trial.mutable_rule()->mutable_stages(0)->mutable_criteria(0)->clear_terms();
  trial.mutable_rule()->mutable_stages(0)->mutable_criteria(0)->set_asset("none");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "TryBadgeRule", trial), HasReason(Reason::kNotFound));
  auto grant = ByStaff<v1::GrantBadgeRequest>(kBob + "/badgeGrants/friend");
  grant.clear_reason();
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "GrantBadge", grant), IsInvalidField("reason"));
}

TEST_F(BadgeAdminServiceTest, ADryRunListsWhoWouldWinOverPagesOfOneRevision) {
  const v1::TryBadgeRuleResponse first = Try(Talked(1), "", 1);
  ASSERT_EQ(first.moves_size(), 1);
  EXPECT_EQ(first.moves(0).kind(), v1::BadgeMove::KIND_WIN);
  ASSERT_EQ(first.moves(0).evidence().stages_size(), 1);
  EXPECT_EQ(first.moves(0).evidence().stages(0).activities_size(), 1);
  EXPECT_EQ(first.moves(0).evidence().stages(0).meet_time().seconds(),
            first.moves(0).earn_time().seconds());
  ASSERT_FALSE(first.next_page_token().empty());
  v1::RecordActivityRequest more;
  more.set_parent(kAcme);
  more.mutable_activity()->set_type("talk");
  more.mutable_activity()->set_actor(kAda);
  more.mutable_activity()->set_source("test");
  more.mutable_activity()->set_source_event_id("more");
  server.Must<v1::RecordActivityResponse>(server.Token("root"),
                                          "ActivityAdminService/RecordActivity", more);
  const v1::TryBadgeRuleResponse second = Try(Talked(1), "", 1, first.next_page_token());
  ASSERT_EQ(second.moves_size(), 1);
  EXPECT_EQ(second.revision(), first.revision());
  EXPECT_NE(second.moves(0).member(), first.moves(0).member());
  EXPECT_TRUE(second.next_page_token().empty());
  EXPECT_EQ(Try(Talked(2)).moves_size(), 1);
  v1::TryBadgeRuleRequest other;
  other.set_parent(kAcme);
  *other.mutable_rule() = Talked(2);
  other.set_page_token(first.next_page_token());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "TryBadgeRule", other),
              HasReason(Reason::kPageTokenInvalid));
}

TEST_F(BadgeAdminServiceTest, ADryRunLeavesWhatStaffGranted) {
  const v1::TryBadgeRuleResponse moves = Try(Talked(1), kAcme + "/badges/friend");
  ASSERT_EQ(moves.moves_size(), 1);
  EXPECT_EQ(moves.moves(0).member(), kBob);
  EXPECT_EQ(moves.examined(), 2);
  EXPECT_EQ(Try(Talked(99), kAcme + "/badges/friend").moves_size(), 0);
}

TEST_F(BadgeAdminServiceTest, WhatStaffGrantAndRevoke) {
  const auto revoked = Must<v1::BadgeGrant>(
      "RevokeBadge", ByStaff<v1::RevokeBadgeRequest>(kAda + "/badgeGrants/friend"));
  EXPECT_EQ(revoked.state(), v1::BadgeGrant::STATE_REVOKED_BY_STAFF);
  EXPECT_EQ(revoked.revoke_reason(), v1::BadgeGrant::REVOKE_REASON_STAFF);
  EXPECT_FALSE(revoked.has_evidence());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "RevokeBadge",
                   ByStaff<v1::RevokeBadgeRequest>(kAda + "/badgeGrants/friend")),
              HasReason(Reason::kIllegalMove));
  const auto again = Must<v1::BadgeGrant>(
      "GrantBadge", ByStaff<v1::GrantBadgeRequest>(kAda + "/badgeGrants/friend"));
  EXPECT_EQ(again.regrants(), 1);
  Must<v1::BadgeGrant>("GrantBadge", ByStaff<v1::GrantBadgeRequest>(kBob + "/badgeGrants/friend"));
  v1::ListAllBadgeGrantsRequest list;
  list.set_parent(kAcme);
  list.set_badge(kAcme + "/badges/friend");
  list.set_page_size(1);
  const auto first = Must<v1::ListAllBadgeGrantsResponse>("ListAllBadgeGrants", list);
  ASSERT_EQ(first.grants_size(), 1);
  list.set_page_token(first.next_page_token());
  const auto second = Must<v1::ListAllBadgeGrantsResponse>("ListAllBadgeGrants", list);
  ASSERT_EQ(second.grants_size(), 1);
  EXPECT_NE(first.grants(0).name(), second.grants(0).name());
  EXPECT_TRUE(second.next_page_token().empty());
  EXPECT_EQ(first.grants(0).reason(), "Because");
}

}  // namespace
}  // namespace perigee::tests
