#include "server/domain/badge/badge_grant.h"

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/record/wire.h"
#include "tests/domain/badge/badge_facts.h"
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

constexpr State kStates[] = {State::kGranted, State::kGrantedByStaff, State::kRevoked,
                             State::kRevokedByStaff};
constexpr Move kMoves[] = {Move::kEarn, Move::kLose, Move::kGrant, Move::kRevoke};
const MemberKey kAda = Key(1);
const MemberKey kBob = Key(2);

// granted → revoked → regranted, by the rule or by staff. Written by hand, to be compared with the
// table.
const std::map<std::pair<State, Move>, State> kLegal = {
    {{State::kGranted, Move::kLose}, State::kRevoked},
    {{State::kGranted, Move::kRevoke}, State::kRevokedByStaff},
    {{State::kGrantedByStaff, Move::kRevoke}, State::kRevokedByStaff},
    {{State::kRevoked, Move::kEarn}, State::kGranted},
    {{State::kRevoked, Move::kGrant}, State::kGrantedByStaff},
    {{State::kRevokedByStaff, Move::kGrant}, State::kGrantedByStaff},
};

Badge Nice(bool keeps = true) {
  Badge badge = BadgeOf(AnswerOf(1));
  badge.rule.keeps = keeps;
  return badge;
}

BadgeEvidence Earned() {
  BadgeEvidence evidence;
  evidence.stages = {{Minute(1), "", {"1"}}, {Minute(5), "a", {"3", "5-0"}}};
  evidence.imported = true;
  return evidence;
}

BadgeGrant In(State state, const MemberKey& member = kAda) {
  BadgeGrant grant = state == State::kGrantedByStaff
                         ? domain::GrantByStaff(Nice(), member, "well done", Minute(9))
                         : domain::GrantByRule(Nice(), member, Earned(), Minute(9));
  if (state == State::kRevoked || state == State::kRevokedByStaff) {
    grant.revoke_time = Minute(10);
    grant.revoke_reason =
        state == State::kRevoked ? BadgeRevokeReason::kRuleNotMet : BadgeRevokeReason::kStaff;
  }
  return grant;
}

// The grants after the rule was applied to Ada, who is `person`.
std::vector<BadgeGrant> Judged(const Badge& badge, const std::vector<BadgeGrant>& grants,
                               bool earned, bool anew = false) {
  return domain::Judge(badge, kAda, grants, earned ? std::optional(Earned()) : std::nullopt, anew,
                       Minute(20));
}

// Makes the move where it is open: the rule's by Judge, staff's by MakeByStaff.
std::optional<State> After(State state, Move move) {
  if (move == Move::kGrant || move == Move::kRevoke) {
    BadgeGrant grant = In(state);
    const absl::Status made = domain::MakeByStaff(Nice(), move, "why", Minute(20), grant);
    return made.ok() ? std::optional(domain::StateOf(grant)) : std::nullopt;
  }
  const std::vector<BadgeGrant> changed = Judged(Nice(false), {In(state)}, move == Move::kEarn);
  return changed.empty() ? std::nullopt : std::optional(domain::StateOf(changed.front()));
}

TEST(BadgeGrantTest, EveryMoveFromEveryStateIsLegalOrRefusedAsTheListSays) {
  int legal = 0;
  for (const State state : kStates) {
    ASSERT_EQ(domain::StateOf(In(state)), state);
    std::set<std::string> open;
    for (const auto& [step, to] : kLegal) {
      if (step.first == state) {
        open.insert(std::string(NameOf(step.second)));
      }
    }
    for (const Move move : kMoves) {
      const std::string what = std::string(NameOf(state)) + " " + std::string(NameOf(move));
      const auto expected = kLegal.find({state, move});
      EXPECT_EQ(After(state, move),
                expected == kLegal.end() ? std::nullopt : std::optional(expected->second))
          << what;
      legal += expected == kLegal.end() ? 0 : 1;
      if (expected == kLegal.end() && (move == Move::kGrant || move == Move::kRevoke)) {
        BadgeGrant grant = In(state);
        const absl::Status made = domain::MakeByStaff(Nice(), move, "why", Minute(20), grant);
        ASSERT_THAT(made, HasReason(Reason::kIllegalMove)) << what;
        const ErrorMetadata metadata = MetadataOf(made);
        EXPECT_EQ(metadata.at("state"), NameOf(state));
        std::istringstream moves(metadata.at("open_moves"));
        std::set<std::string> named;
        for (std::string one; std::getline(moves, one, ',');) {
          named.insert(one);
        }
        EXPECT_EQ(named, open) << what;
      }
    }
  }
  EXPECT_EQ(legal, static_cast<int>(kLegal.size()));
  EXPECT_EQ(domain::BadgeMoves().size(), kLegal.size());
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
