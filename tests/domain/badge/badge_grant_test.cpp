#include "server/domain/badge/badge_grant.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/record/wire.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Badge;
using domain::BadgeEvidence;
using domain::BadgeGrant;
using domain::BadgeRevokeReason;
using domain::MemberKey;
using Move = domain::BadgeMove;
using State = domain::BadgeState;
using testing::IsEmpty;
using testing::SizeIs;

const MemberKey kAda = Key(1);
const MemberKey kBob = Key(2);

// The grants after the rule was applied to Ada, who is `person`.
std::vector<BadgeGrant> Judged(const Badge& badge, const std::vector<BadgeGrant>& grants,
                               bool earned, bool anew = false) {
  return domain::Judge(badge, kAda, grants, earned ? std::optional(Earned()) : std::nullopt, anew,
                       Minute(20));
}

TEST(BadgeGrantTest, WhoEarnsItIsGrantedItWithEvidenceAndVersion) {
  const std::vector<BadgeGrant> won = Judged(Nice(), {}, true);
  ASSERT_THAT(won, SizeIs(1));
  EXPECT_EQ(won[0].member, kAda);
  EXPECT_EQ(won[0].badge, "nice");
  EXPECT_EQ(won[0].grant_time, Minute(20));
  EXPECT_EQ(won[0].rule_version, 7);
  EXPECT_EQ(domain::StagesOf(won[0]), Earned().stages);
  EXPECT_EQ(won[0].earn_time, Minute(5));
  EXPECT_TRUE(won[0].imported);
  EXPECT_EQ(won[0].regrants, 0);
  EXPECT_THAT(Judged(Nice(), {}, false), IsEmpty());
  EXPECT_THAT(Judged(Nice(), won, true), IsEmpty());
}

TEST(BadgeGrantTest, ItsEvidenceSurvivesItsBytes) {
  for (const std::string group : {"", "a"}) {
    BadgeEvidence evidence;
    evidence.stages = {{Minute(5), group, {"3", "5-0"}}};
    const BadgeGrant grant = domain::GrantByRule(Nice(), kAda, evidence, Minute(9));
    const domain::RecordType& type = domain::TypeOf<BadgeGrant>();
    const auto read = domain::DecodeRecord(
        type, domain::EncodeRecord(type, &grant, domain::WireSink::Part::kPlain),
        domain::EncodeRecord(type, &grant, domain::WireSink::Part::kPersonal), 12);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(domain::StagesOf(*static_cast<const BadgeGrant*>(read.get())), evidence.stages);
  }
}

TEST(BadgeGrantTest, EvidenceOfAnEarlierBuildIsOfOneStage) {
  BadgeGrant grant;
  grant.facts = {"3", "5-0"};
  grant.groups = {"a"};
  grant.earn_time = Minute(5);
  const domain::BadgeStageEvidence stage{Minute(5), "a", {"3", "5-0"}};
  EXPECT_THAT(domain::StagesOf(grant), testing::ElementsAre(stage));
}

TEST(BadgeGrantTest, ABadgeThatKeepsStaysWhenTheRuleIsNotMetAnyMore) {
  EXPECT_THAT(Judged(Nice(), {In(State::kGranted)}, false), IsEmpty());
  const std::vector<BadgeGrant> lost = Judged(Nice(false), {In(State::kGranted)}, false);
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_EQ(lost[0].revoke_time, Minute(20));
  EXPECT_EQ(lost[0].revoke_reason, BadgeRevokeReason::kRuleNotMet);
  EXPECT_EQ(domain::StagesOf(lost[0]), Earned().stages);
}

TEST(BadgeGrantTest, ARegrantIsCounted) {
  std::vector<BadgeGrant> again = Judged(Nice(), {In(State::kRevoked)}, true);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].regrants, 1);
  EXPECT_TRUE(domain::IsLive(again[0]));
  BadgeGrant grant = In(State::kRevokedByStaff);
  grant.regrants = 4;
  ASSERT_THAT(domain::MakeByStaff(Nice(), Move::kGrant, "sorry", Minute(20), grant), IsOk());
  EXPECT_EQ(grant.regrants, 5);
  EXPECT_EQ(grant.reason, "sorry");
  EXPECT_THAT(domain::StagesOf(grant), IsEmpty());
}

TEST(BadgeGrantTest, AChangedRuleTakesConfirmsOrLeaves) {
  Badge changed = Nice();
  changed.rule_version = 12;
  const std::vector<BadgeGrant> lost = Judged(changed, {In(State::kGranted)}, false);
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_EQ(lost[0].revoke_reason, BadgeRevokeReason::kRuleChanged);
  const std::vector<BadgeGrant> confirmed = Judged(changed, {In(State::kGranted)}, true);
  ASSERT_THAT(confirmed, SizeIs(1));
  EXPECT_TRUE(domain::IsLive(confirmed[0]));
  EXPECT_EQ(confirmed[0].rule_version, 12);
  EXPECT_EQ(confirmed[0].grant_time, Minute(9));
  EXPECT_THAT(Judged(changed, confirmed, true), IsEmpty());
  changed.grandfather = true;
  EXPECT_THAT(Judged(changed, {In(State::kGranted)}, false), IsEmpty());
  EXPECT_THAT(Judged(changed, {In(State::kGranted)}, true), IsEmpty());
  EXPECT_THAT(Judged(changed, {}, true), SizeIs(1));
}

TEST(BadgeGrantTest, ARetiredBadgeIsLeftAlone) {
  Badge retired = Nice(false);
  retired.retired = true;
  EXPECT_THAT(Judged(retired, {}, true), IsEmpty());
  EXPECT_THAT(Judged(retired, {In(State::kGranted)}, false), IsEmpty());
  EXPECT_FALSE(domain::IsOpenToRule(retired, {}, true));
}

TEST(BadgeGrantTest, APersonHasABadgeOnceWhateverTheirMembersHave) {
  EXPECT_THAT(Judged(Nice(), {In(State::kGranted, kBob)}, true), IsEmpty());
  EXPECT_THAT(Judged(Nice(), {In(State::kRevokedByStaff, kBob)}, true), IsEmpty());
  const auto won = Judged(Nice(), {In(State::kRevoked, kBob)}, true);
  ASSERT_THAT(won, SizeIs(1));
  EXPECT_EQ(won[0].member, kAda);
  EXPECT_EQ(won[0].regrants, 0);
  EXPECT_THAT(Judged(Nice(false), {In(State::kGranted), In(State::kGranted, kBob)}, false),
              SizeIs(2));
}

TEST(BadgeGrantTest, APersonOfOtherMembersKeepsNothing) {
  EXPECT_THAT(Judged(Nice(), {In(State::kGranted)}, false, true), SizeIs(1));
  EXPECT_THAT(Judged(Nice(), {In(State::kGrantedByStaff)}, false, true), IsEmpty());
}

TEST(BadgeGrantTest, WhatCannotChangeIsNotOpenToTheRule) {
  EXPECT_TRUE(domain::IsOpenToRule(Nice(), {}, false));
  EXPECT_TRUE(domain::IsOpenToRule(Nice(), {In(State::kRevoked)}, false));
  EXPECT_FALSE(domain::IsOpenToRule(Nice(), {In(State::kGranted)}, false));
  EXPECT_TRUE(domain::IsOpenToRule(Nice(), {In(State::kGranted)}, true));
  EXPECT_TRUE(domain::IsOpenToRule(Nice(false), {In(State::kGranted)}, false));
  EXPECT_FALSE(domain::IsOpenToRule(Nice(false), {In(State::kGrantedByStaff)}, true));
  EXPECT_FALSE(domain::IsOpenToRule(Nice(false), {In(State::kRevokedByStaff)}, true));
}

}  // namespace
}  // namespace perigee::tests
