#include "server/jobs/badge/badge_granting.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/audience/audience.h"
#include "server/ports/journal/journal_reader.h"
#include "server/use_cases/badge/badge_judging.h"
#include "tests/use_cases/badge/badges.h"

namespace perigee::tests {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using jobs::BadgeGranting;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class BadgeGrantingTest : public BadgesTest {
 protected:
  std::unique_ptr<BadgeGranting> Follow(ports::Store& store) {
    auto granting = std::make_unique<BadgeGranting>(
        BadgeGranting::Parts{store, programme.clock, programme.executor, programme.telemetry});
    EXPECT_THAT(granting->Start(), IsOk());
    return granting;
  }
  std::unique_ptr<BadgeGranting> Follow() { return Follow(programme.store()); }
  domain::Revision Head() {
    domain::Revision head = 0;
    programme.Read([&](ports::StoreReader& reader) {
      head = reader.journal().Head("demo").value();
      return absl::OkStatus();
    });
    return head;
  }
  // Waits until the projection is at the head, its own entries among it.
  void CatchUp() {
    ASSERT_TRUE(
        programme.Eventually([&] { return programme.telemetry.projected("badges") == Head(); }));
  }
  // Of the last stage.
  std::vector<std::string> FactsOf(const std::string& member) {
    return domain::StagesOf(*GrantOf(member)).back().facts;
  }
  void MakeNice(std::int64_t at_least, bool keeps = true) {
    Badge badge = BadgeOf(AnswerOf(at_least));
    badge.rule.keeps = keeps;
    ASSERT_THAT(Create(badge), IsOk());
    Apply();
  }
};

TEST_F(BadgeGrantingTest, ABadgeComesWithTheActivityThatMeetsItsRule) {
  const auto granting = Follow();
  MakeNice(2);
  Record("upvoted", "ada", "a");
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  const domain::Revision second = Record("upvoted", "ada", "a");
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  EXPECT_EQ(FactsOf("ada").back(), std::to_string(second));
  Record("upvoted", "ada", "a");
  CatchUp();
  EXPECT_THAT(All<BadgeGrant>(), SizeIs(1));
  EXPECT_EQ(GrantOf("ada")->regrants, 0);
}

TEST_F(BadgeGrantingTest, ABadgeThatDoesNotKeepGoesAndComesAgain) {
  const auto granting = Follow();
  MakeNice(1, false);
  Record("upvoted", "ada", "a");
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  Record("downvoted", "ada", "a");
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  EXPECT_EQ(GrantOf("ada")->revoke_reason, domain::BadgeRevokeReason::kRuleNotMet);
  Record("upvoted", "ada", "a");
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  EXPECT_EQ(GrantOf("ada")->regrants, 1);
}

TEST_F(BadgeGrantingTest, WhatIsForThoseWithTheBadgeGoesWithIt) {
  const auto granting = Follow();
  MakeNice(1, false);
  domain::Board board = MakeBoard("nice-ones", domain::Cadence::kAllTime);
  board.audience = domain::Audience::Compile("audience", "badge:nice").value();
  programme.PutBoard(board);
  programme.Earn("ada", 5, programme.clock.Now());
  Record("upvoted", "ada", "a");
  CatchUp();
  programme.head = Head();
  EXPECT_THAT(programme.Served("nice-ones"), SizeIs(1));
  Record("downvoted", "ada", "a");
  CatchUp();
  programme.head = Head();
  EXPECT_THAT(programme.Served("nice-ones"), IsEmpty());
}

TEST_F(BadgeGrantingTest, CapitalCountsAsItIsEarned) {
  const auto granting = Follow();
  ASSERT_THAT(Create(BadgeOf(EarnedInADay(200, "reputation"))), IsOk());
  Apply();
  programme.Earn("ada", 199, programme.clock.Now());
  programme.Earn("ada", 199, programme.clock.Now() - std::chrono::days(1));
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  programme.Earn("ada", 1, programme.clock.Now());
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  EXPECT_EQ(domain::StagesOf(*GrantOf("ada"))[0].group, "2026-11-21");
}

// What a member did on some days, whenever it is recorded.
struct Deed {
  const char* member;
  const char* type;
  int days_ago;
};
constexpr Deed kDeeds[] = {
    // Bob's row is broken, and his answer comes too late.
    {"ada", "talk", 9},
    {"ada", "talk", 8},
    {"bob", "talk", 9},
    {"bob", "talk", 7},
    {"ada", "ask", 8},
    {"bob", "ask", 8},
    {"cyd", "talk", 6},
    {"cyd", "talk", 5},
    {"ada", "answer", 6},
    {"bob", "answer", 3},
    {"ada", "talk", 7},
    {"cyd", "answer", 6},
    // Cyd asked before the answer, and is told of later.
    {"cyd", "ask", 7},
    {"cyd", "talk", 4},
};

// A streak and a challenge: once they are met live, once applied to what was before.
TEST_F(BadgeGrantingTest, StreaksAndChallengesAreFoundAliveAndLater) {
  const auto granting = Follow();
  Badge row = BadgeOf(RuleOf({RowOf("talk", 3)}));
  Badge challenge = BadgeOf(RuleOf({StageOf("ask"), StageOf("answer")}));
  challenge.rule.stages[1].within_days = 3;
  challenge.rule.start_time = programme.clock.Now() - std::chrono::days(30);
  for (Badge* badge : {&row, &challenge}) {
    badge->id = badge == &row ? "row-alive" : "challenge-alive";
    ASSERT_THAT(Create(*badge), IsOk());
  }
  Apply();
  for (const Deed& deed : kDeeds) {
    Record(deed.type, "", "", deed.member, true,
           programme.clock.Now() - std::chrono::days(deed.days_ago));
  }
  CatchUp();
  const std::vector<std::string> alive{"challenge-alive", "row-alive"};
  EXPECT_EQ(BadgesOf("ada"), alive);
  EXPECT_THAT(BadgesOf("bob"), IsEmpty());
  EXPECT_EQ(BadgesOf("cyd"), alive);
  for (Badge* badge : {&row, &challenge}) {
    badge->id = badge == &row ? "row-later" : "challenge-later";
    // The dry run.
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      const auto view = use_cases::BadgeView::Of(reader, "demo", programme.clock.Now());
      const auto found = view->FindAmong(reader, *badge, {}, {100, 100});
      EXPECT_THAT(found->findings, SizeIs(2));
      return found.status();
    });
    ASSERT_THAT(Create(*badge), IsOk());
  }
  Apply();
  const std::vector<std::string> all{"challenge-alive", "challenge-later", "row-alive",
                                     "row-later"};
  EXPECT_EQ(BadgesOf("ada"), all);
  EXPECT_THAT(BadgesOf("bob"), IsEmpty());
  EXPECT_EQ(BadgesOf("cyd"), all);
  std::map<std::pair<domain::MemberKey, std::string>, BadgeGrant> granted;
  for (const BadgeGrant& grant : All<BadgeGrant>()) {
    granted.emplace(std::pair(grant.member, grant.badge), grant);
  }
  for (const auto& [whose, grant] : granted) {
    const std::string kind = whose.second.substr(0, whose.second.find('-'));
    const BadgeGrant& other = granted.at({whose.first, kind + "-later"});
    EXPECT_EQ(domain::StagesOf(grant), domain::StagesOf(other));
    EXPECT_EQ(domain::StagesOf(grant).size(), kind == "row" ? 1U : 2U);
    EXPECT_TRUE(grant.imported);
  }
}

TEST_F(BadgeGrantingTest, APersonWalksThroughAChallengeWithAllMembers) {
  const auto granting = Follow();
  ASSERT_THAT(Create(BadgeOf(RuleOf({StageOf("ask"), StageOf("answer")}))), IsOk());
  Apply();
  Record("ask", "", "", "ada");
  Record("answer", "", "", "bob");
  CatchUp();
  EXPECT_THAT(All<BadgeGrant>(), IsEmpty());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
}

TEST_F(BadgeGrantingTest, ANewRuleIsAppliedInPortionsToWhatWasBefore) {
  Record("upvoted", "ada", "a");
  Record("upvoted", "cyd", "a", "", true);
  ASSERT_THAT(Create(BadgeOf(AnswerOf(1))), IsOk());
  // One member for each unit of work.
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                     {jobs::BadgeApplying(1)});
  int portions = 0;
  while (All<Badge>()[0].due_time.has_value()) {
    ASSERT_LT(portions, 10);
    programme.clock.Set(programme.clock.Now() + std::chrono::milliseconds(1));
    const domain::Revision before = Head();
    ASSERT_THAT(loop.RunOnce(), IsOk());
    EXPECT_EQ(Head(), before + 1);
    ++portions;
    Record("upvoted", "bob", "b");  // Others write in between.
  }
  EXPECT_EQ(portions, 4);
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  EXPECT_THAT(BadgesOf("cyd"), ElementsAre("nice"));
  EXPECT_FALSE(GrantOf("ada")->imported);
  EXPECT_TRUE(GrantOf("cyd")->imported);
}

TEST_F(BadgeGrantingTest, ARuleThatChangesMidwayBeginsAnew) {
  Record("upvoted", "ada", "a");
  ASSERT_THAT(Create(BadgeOf(AnswerOf(1))), IsOk());
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                     {jobs::BadgeApplying(3)});
  ASSERT_THAT(loop.RunOnce(), IsOk());
  ASSERT_FALSE(All<Badge>()[0].applied_up_to.IsNil());
  ASSERT_THAT(Change([](Badge& badge) { badge.rule = AnswerOf(2); }), IsOk());
  EXPECT_TRUE(All<Badge>()[0].applied_up_to.IsNil());
  Apply();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  EXPECT_FALSE(All<Badge>()[0].due_time.has_value());
}

TEST_F(BadgeGrantingTest, NothingIsMissedWhileNobodyFollows) {
  MakeNice(1);
  Record("upvoted", "ada", "a");
  auto granting = Follow();
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  granting->Stop();
  granting.reset();
  Record("upvoted", "bob", "a");
  granting = Follow();
  CatchUp();
  EXPECT_THAT(BadgesOf("bob"), ElementsAre("nice"));
}

TEST_F(BadgeGrantingTest, TwoServersGrantOnceOverFailures) {
  MakeNice(1);
  FailingStore weak(programme.store());
  const auto first = Follow(weak);
  const auto second = Follow();
  weak.FailWrite(1);
  weak.FailRead(2);
  std::vector<std::string> ids;
  for (int n = 0; n < 30; ++n) {
    ids.push_back("m" + std::to_string(n));
    programme.AddMember(ids.back());
    Record("upvoted", ids.back(), "a");
  }
  ASSERT_TRUE(programme.Eventually([&] { return All<BadgeGrant>().size() == 30; }));
  CatchUp();
  for (const BadgeGrant& grant : All<BadgeGrant>()) {
    EXPECT_EQ(grant.regrants, 0);
    EXPECT_TRUE(domain::IsLive(grant));
  }
}

TEST_F(BadgeGrantingTest, APersonEarnsWithAllMembersAndPartsWithWhatIsTheirs) {
  const auto granting = Follow();
  MakeNice(2);
  Record("upvoted", "ada", "a");
  Record("upvoted", "bob", "a");
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  CatchUp();
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  EXPECT_THAT(BadgesOf("bob"), IsEmpty());
}

TEST_F(BadgeGrantingTest, AnErasedMemberIsGrantedNothing) {
  const auto granting = Follow();
  MakeNice(1);
  const domain::MemberKey ada = programme.KeyOf("ada");
  Record("upvoted", "ada", "a");
  programme.Erase(ada);
  CatchUp();
  programme.DoWhatIsDue();
  EXPECT_THAT(All<BadgeGrant>(), IsEmpty());
}

TEST_F(BadgeGrantingTest, ANewProgrammeOfTheSameIdHasOtherBadges) {
  const auto granting = Follow();
  MakeNice(1);
  CatchUp();
  programme.Delete();
  programme.DoWhatIsDue();
  programme.Make();
  programme.AddMember("eve");
  Badge badge = BadgeOf(AnswerOf(2));
  ASSERT_THAT(Create(badge), IsOk());
  Apply();
  const domain::Revision first = Record("upvoted", "eve", "a");
  Record("upvoted", "eve", "a");
  ASSERT_TRUE(programme.Eventually([&] { return !BadgesOf("eve").empty(); }));
  EXPECT_THAT(FactsOf("eve"), ElementsAre(std::to_string(first), std::to_string(first + 1)));
}

}  // namespace
}  // namespace perigee::tests
