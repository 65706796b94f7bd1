#include "server/use_cases/badge/badge_judging.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/use_cases/badge/badges.h"

namespace perigee::tests {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using use_cases::BadgeFinding;
using use_cases::BadgeView;

class BadgeJudgingTest : public BadgesTest {
 protected:
  BadgeJudgingTest() { EXPECT_THAT(Create(BadgeOf(AnswerOf(2))), IsOk()); }

  Badge Nice() { return All<Badge>()[0]; }
  BadgeView::Portion Among(const Badge& badge, const domain::MemberKey& after = {},
                           domain::Revision up_to = 0, int examined = 100) {
    BadgeView::Portion portion;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      const auto view = BadgeView::Of(reader, "demo", programme.clock.Now(), up_to);
      portion = view->FindAmong(reader, badge, after, {examined, 100}).value();
      return absl::OkStatus();
    });
    return portion;
  }
  absl::Status Settle(const std::vector<BadgeFinding>& findings) {
    return Do([&](auto& reader, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
             use_cases::Decided<int> decided{};
             const absl::Status settled =
                 use_cases::SettleBadges(reader, unit, "demo", findings, decided.changes);
             return settled.ok() ? absl::StatusOr<use_cases::Decided<int>>(decided) : settled;
           })
        .status();
  }
  void Win(const std::string& member) {
    Record("upvoted", member, "a");
    Record("upvoted", member, "a");
  }
};

TEST_F(BadgeJudgingTest, WhatWasFoundIsAppliedOnce) {
  Win("ada");
  Record("upvoted", "bob", "b");
  const BadgeView::Portion found = Among(Nice());
  ASSERT_THAT(found.findings, SizeIs(1));
  EXPECT_EQ(found.findings[0].person, programme.KeyOf("ada"));
  EXPECT_EQ(found.examined, 4);
  EXPECT_TRUE(found.last.IsNil());
  ASSERT_THAT(Settle(found.findings), IsOk());
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  const std::optional<BadgeGrant> granted = GrantOf("ada");
  ASSERT_TRUE(granted.has_value());
  ASSERT_THAT(domain::StagesOf(*granted), SizeIs(1));
  EXPECT_EQ(domain::StagesOf(*granted)[0].group, "a");
  EXPECT_THAT(domain::StagesOf(*granted)[0].facts, SizeIs(2));
  const domain::Revision before = granted->revision;
  ASSERT_THAT(Settle(found.findings), IsOk());
  EXPECT_EQ(GrantOf("ada")->revision, before);
  EXPECT_THAT(Among(Nice()).findings, IsEmpty());
}

TEST_F(BadgeJudgingTest, PortionsGoThroughAllMembersOnce) {
  for (const char* id : {"ada", "bob", "cyd", "dan"}) {
    Win(id);
  }
  std::vector<domain::MemberKey> persons;
  BadgeView::Portion portion;
  int portions = 0;
  do {
    portion = Among(Nice(), portion.last, 0, 3);
    ++portions;
    for (const BadgeFinding& finding : portion.findings) {
      persons.push_back(finding.person);
    }
  } while (!portion.last.IsNil());
  EXPECT_EQ(portions, 2);
  EXPECT_THAT(persons, SizeIs(4));
  EXPECT_TRUE(std::ranges::is_sorted(persons));
}

TEST_F(BadgeJudgingTest, FactsAfterTheRevisionAreLeftOut) {
  Record("upvoted", "ada", "a");
  const domain::Revision before = programme.head;
  Record("upvoted", "ada", "a");
  EXPECT_THAT(Among(Nice(), {}, before).findings, IsEmpty());
  EXPECT_THAT(Among(Nice(), {}, programme.head).findings, SizeIs(1));
  ASSERT_THAT(Change([](Badge& badge) { badge.rule = EarnedInADay(1, "reputation"); }), IsOk());
  programme.Earn("bob", 5, programme.clock.Now());
  EXPECT_THAT(Among(Nice(), {}, before).findings, IsEmpty());
  const auto found = Among(Nice()).findings;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].evidence->stages[0].facts,
            (std::vector{std::to_string(programme.head) + "-0"}));
}

TEST_F(BadgeJudgingTest, AFindingOfARuleThatChangedSinceHasNoEffect) {
  Win("ada");
  const auto found = Among(Nice()).findings;
  ASSERT_THAT(Change([](Badge& badge) { badge.rule = AnswerOf(9); }), IsOk());
  ASSERT_THAT(Settle(found), IsOk());
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
}

TEST_F(BadgeJudgingTest, AFindingOfWhoWasErasedOrIsAnswerableToStaffHasNoEffect) {
  Win("ada");
  Win("bob");
  const auto found = Among(Nice()).findings;
  ASSERT_THAT(found, SizeIs(2));
  programme.Erase(programme.KeyOf("ada"));
  ASSERT_THAT(Grant("bob"), IsOk());
  ASSERT_THAT(Revoke("bob"), IsOk());
  ASSERT_THAT(Settle(found), IsOk());
  ASSERT_THAT(All<BadgeGrant>(), SizeIs(1));
  EXPECT_EQ(domain::StateOf(*GrantOf("bob")), domain::BadgeState::kRevokedByStaff);
}

TEST_F(BadgeJudgingTest, ItSaysWhetherTheDecidingActivityWasImported) {
  Record("upvoted", "ada", "a");
  Record("upvoted", "ada", "a", "", true);
  ASSERT_THAT(Settle(Among(Nice()).findings), IsOk());
  EXPECT_TRUE(GrantOf("ada")->imported);
}

// What the dry run says of another rule is what happens when it is switched.
TEST_F(BadgeJudgingTest, ADryRunSaysWhatTheSwitchDoes) {
  Win("ada");
  Win("bob");
  Win("bob");
  Record("upvoted", "cyd", "c");
  Apply();
  Badge tried = Nice();
  tried.rule = AnswerOf(4);
  tried.rule_version = 0;
  const auto found = Among(tried).findings;
  ASSERT_THAT(found, SizeIs(2));  // Ada loses, and Bob is confirmed.
  ASSERT_THAT(Change([](Badge& badge) { badge.rule = AnswerOf(4); }), IsOk());
  Apply();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  EXPECT_THAT(BadgesOf("bob"), ElementsAre("nice"));
  EXPECT_THAT(BadgesOf("cyd"), IsEmpty());
  EXPECT_EQ(GrantOf("ada")->revoke_reason, domain::BadgeRevokeReason::kRuleChanged);
  EXPECT_EQ(GrantOf("bob")->rule_version, Nice().rule_version);
}

}  // namespace
}  // namespace perigee::tests
