// Challenges and streaks: stages one after the other, their windows, and days in a row.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/badge/badge_progress.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Activity;
using domain::BadgeEvidence;
using domain::BadgeProgress;
using domain::BadgeRow;
using domain::BadgeRule;
using domain::BadgeStageProgress;
using domain::MemberKey;
using domain::Transfer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const MemberKey kAda = Key(1);
const MemberKey kBob = Key(2);

Time At(std::string_view text) { return ParseTime(text).value(); }
Zone In(std::string_view name) { return Zone::Load(name).value(); }

// What Ada did, recorded in this order.
class Facts {
 public:
  Facts& Did(const std::string& type, Time time, const MemberKey& who = kAda) {
    activities.push_back(Fact(++last_, type, who, {}));
    activities.back().occur_time = time;
    return *this;
  }
  Facts& Did(const std::string& type, std::string_view time) { return Did(type, At(time)); }

  std::optional<BadgeEvidence> Evaluated(const BadgeRule& rule, const Zone& zone = Zone::Utc(),
                                         std::vector<MemberKey> person = {kAda}) const {
    return domain::Evaluate(rule, zone, person, activities, transfers);
  }
  BadgeProgress Progress(const BadgeRule& rule, std::string_view now,
                         const Zone& zone = Zone::Utc()) const {
    const MemberKey person[] = {kAda};
    return domain::Progress(rule, zone, person, activities, transfers, At(now));
  }
  BadgeRow Row(const BadgeRule& rule, std::string_view now, const Zone& zone = Zone::Utc()) const {
    return Progress(rule, now, zone).stages.back().row;
  }

  std::vector<Activity> activities;
  std::vector<Transfer> transfers;

 private:
  domain::Revision last_ = 0;
};

BadgeRule TalkedInARow(int days) { return RuleOf({RowOf("talk", days)}); }

// Asks, and then answers within so many days.
BadgeRule AskThenAnswer(int within_days = 0) {
  BadgeRule rule = RuleOf({StageOf("ask"), StageOf("answer")});
  rule.stages[1].within_days = within_days;
  return rule;
}

TEST(BadgeStreakTest, ARowIsMetOnItsLastDayByOneFactOfEach) {
  Facts facts;
  facts.Did("talk", "2026-03-01T23:59:59Z").Did("talk", "2026-03-02T00:00:00Z");
  facts.Did("talk", "2026-03-02T10:00:00Z").Did("talk", "2026-03-02T11:00:00Z");
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3)), std::nullopt);
  facts.Did("talk", "2026-03-03T23:00:00Z").Did("talk", "2026-03-03T23:30:00Z");
  const auto found = facts.Evaluated(TalkedInARow(3));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->earn_time(), At("2026-03-03T23:00:00Z"));
  EXPECT_EQ(found->stages[0].group, "2026-03-01/2026-03-03");
  EXPECT_THAT(found->stages[0].facts, ElementsAre("1", "2", "5"));
  EXPECT_EQ(found->activity, 5);
}

TEST(BadgeStreakTest, EachDayMustMeetAllCriteria) {
  BadgeRule rule = TalkedInARow(2);
  rule.stages[0].criteria[0].at_least = 2;
  Facts facts;
  facts.Did("talk", "2026-03-01T10:00:00Z").Did("talk", "2026-03-01T11:00:00Z");
  facts.Did("talk", "2026-03-02T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(rule), std::nullopt);
  facts.Did("talk", "2026-03-02T11:00:00Z");
  EXPECT_THAT(facts.Evaluated(rule)->stages[0].facts, ElementsAre("2", "4"));
}

TEST(BadgeStreakTest, AMissedDayBreaksTheRow) {
  Facts facts;
  for (const char* day : {"01", "02", "04", "05"}) {
    facts.Did("talk", "2026-03-" + std::string(day) + "T10:00:00Z");
  }
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3)), std::nullopt);
  const BadgeRow row = facts.Row(TalkedInARow(3), "2026-03-05T12:00:00Z");
  EXPECT_EQ(row.length, 2);
  EXPECT_EQ(row.longest, 2);
  EXPECT_EQ(row.last_day, absl::CivilDay(2026, 3, 5));
  facts.Did("talk", "2026-03-06T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3))->stages[0].group, "2026-03-04/2026-03-06");
}

TEST(BadgeStreakTest, AFactThatComesLateClosesItsGap) {
  Facts facts;
  facts.Did("talk", "2026-03-01T10:00:00Z").Did("talk", "2026-03-03T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3)), std::nullopt);
  facts.Did("talk", "2026-03-02T10:00:00Z");
  const auto found = facts.Evaluated(TalkedInARow(3));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->earn_time(), At("2026-03-03T10:00:00Z"));
  EXPECT_THAT(found->stages[0].facts, ElementsAre("1", "3", "2"));
}

TEST(BadgeStreakTest, ARowGoesOnOverTheEndOfAYear) {
  Facts facts;
  facts.Did("talk", "2027-12-30T10:00:00Z").Did("talk", "2027-12-31T10:00:00Z");
  facts.Did("talk", "2028-01-01T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3))->stages[0].group, "2027-12-30/2028-01-01");
}

// Clocks in Santiago went from 24:00 on 5 September 2026 to 01:00 on the 6th.
TEST(BadgeStreakTest, ADayWithoutMidnightIsADay) {
  const Zone santiago = In("America/Santiago");
  Facts facts;
  facts.Did("talk", "2026-09-06T03:59:59Z").Did("talk", "2026-09-06T04:00:00Z");
  EXPECT_TRUE(facts.Evaluated(TalkedInARow(2), santiago).has_value());
  EXPECT_EQ(facts.Evaluated(TalkedInARow(2)), std::nullopt);
  facts.Did("talk", "2026-09-07T02:59:59Z");  // Still the 6th.
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3), santiago), std::nullopt);
  facts.Did("talk", "2026-09-07T03:00:00Z");
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3), santiago)->stages[0].group, "2026-09-05/2026-09-07");
}

// Apia had no 30 December 2011.
TEST(BadgeStreakTest, ADayThatAZoneSkippedBreaksNoRow) {
  const Zone apia = In("Pacific/Apia");
  Facts facts;
  facts.Did("talk", "2011-12-29T22:00:00Z");  // The 29th, at noon.
  const BadgeRow before = facts.Row(TalkedInARow(3), "2011-12-29T23:00:00Z", apia);
  EXPECT_EQ(before.until, apia.StartOf(absl::CivilDay(2012, 1, 1)));
  facts.Did("talk", "2011-12-30T22:00:00Z");  // The 31st.
  facts.Did("talk", "2011-12-31T22:00:00Z");
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3), apia)->stages[0].group, "2011-12-29/2012-01-01");
}

// In St John's the clocks went from 00:01 on 7 November 2010 back to 23:01 on the 6th.
TEST(BadgeStreakTest, ADayThatComesAgainClosesItsGap) {
  const Zone st_johns = In("America/St_Johns");
  Facts facts;
  facts.Did("talk", "2010-11-05T15:00:00Z");
  facts.Did("talk", "2010-11-07T02:30:30Z");  // The 7th, 00:00:30.
  EXPECT_EQ(facts.Row(TalkedInARow(4), "2010-11-07T02:30:40Z", st_johns).length, 1);
  facts.Did("talk", "2010-11-07T03:00:00Z");  // The 6th again.
  EXPECT_EQ(facts.Row(TalkedInARow(4), "2010-11-07T03:00:00Z", st_johns).length, 3);
  EXPECT_EQ(facts.Evaluated(TalkedInARow(3), st_johns)->stages[0].group, "2010-11-05/2010-11-07");
  facts.Did("talk", "2010-11-07T15:00:00Z").Did("talk", "2010-11-08T15:00:00Z");
  const auto found = facts.Evaluated(TalkedInARow(4), st_johns);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stages[0].group, "2010-11-05/2010-11-08");
  EXPECT_THAT(found->stages[0].facts, ElementsAre("1", "3", "2", "5"));
}

TEST(BadgeStreakTest, TodayIsNotMissedUntilItEnds) {
  Facts facts;
  facts.Did("talk", "2026-03-01T10:00:00Z").Did("talk", "2026-03-02T10:00:00Z");
  for (const char* now : {"2026-03-02T10:00:00Z", "2026-03-03T23:59:59.999999Z"}) {
    const BadgeRow row = facts.Row(TalkedInARow(3), now);
    EXPECT_EQ(row.length, 2) << now;
    EXPECT_EQ(row.until, At("2026-03-04T00:00:00Z")) << now;
  }
  const BadgeProgress broken = facts.Progress(TalkedInARow(3), "2026-03-04T00:00:00Z");
  EXPECT_EQ(broken.stages[0].row.length, 0);
  EXPECT_EQ(broken.stages[0].row.until, std::nullopt);
  EXPECT_EQ(broken.stages[0].row.longest, 2);
  EXPECT_THAT(broken.stages[0].facts, IsEmpty());
}

TEST(BadgeStreakTest, ARowGoesOnAfterItMetTheLastStage) {
  Facts facts;
  for (int day = 1; day <= 30; ++day) {
    facts.Did("talk", At("2026-03-01T10:00:00Z") + std::chrono::days(day - 1));
  }
  const BadgeProgress progress = facts.Progress(TalkedInARow(25), "2026-03-30T12:00:00Z");
  ASSERT_TRUE(progress.evidence.has_value());
  EXPECT_EQ(progress.stages[0].row.length, 30);
  EXPECT_EQ(progress.stages[0].group, "2026-03-01/2026-03-25");
  // The newest days of those that met it.
  EXPECT_THAT(progress.stages[0].facts, SizeIs(domain::kBadgeEvidenceMax));
  EXPECT_EQ(progress.stages[0].facts.front(), "6");
  EXPECT_EQ(progress.stages[0].facts.back(), "25");
  EXPECT_THAT(progress.stages[0].sums, ElementsAre(1));
}

TEST(BadgeStreakTest, ACountOfMembersOfOnePersonMakesOneRow) {
  Facts facts;
  facts.Did("talk", "2026-03-01T10:00:00Z").Did("talk", At("2026-03-02T10:00:00Z"), kBob);
  EXPECT_EQ(facts.Evaluated(TalkedInARow(2)), std::nullopt);
  EXPECT_TRUE(facts.Evaluated(TalkedInARow(2), Zone::Utc(), {kAda, kBob}).has_value());
}

TEST(BadgeWindowTest, AFactAtTheStartCountsAndAtTheEndDoesNot) {
  BadgeRule rule = RuleOf({StageOf("talk")});
  rule.start_time = At("2026-03-01T10:00:00Z");
  rule.end_time = At("2026-03-02T10:00:00Z");
  struct Row {
    const char* time;
    bool counts;
  };
  for (const Row& row : {Row{"2026-03-01T09:59:59.999999Z", false},
                         {"2026-03-01T10:00:00Z", true},
                         {"2026-03-02T09:59:59.999999Z", true},
                         {"2026-03-02T10:00:00Z", false}}) {
    EXPECT_EQ(Facts().Did("talk", row.time).Evaluated(rule).has_value(), row.counts) << row.time;
  }
}

TEST(BadgeChallengeTest, AStageCountsWhatComesAfterTheOneBefore) {
  Facts facts;
  facts.Did("answer", "2026-03-01T10:00:00Z").Did("ask", "2026-03-02T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(AskThenAnswer()), std::nullopt);
  facts.Did("answer", "2026-03-03T10:00:00Z");
  const auto found = facts.Evaluated(AskThenAnswer());
  ASSERT_TRUE(found.has_value());
  ASSERT_THAT(found->stages, SizeIs(2));
  EXPECT_EQ(found->stages[0].meet_time, At("2026-03-02T10:00:00Z"));
  EXPECT_THAT(found->stages[0].facts, ElementsAre("2"));
  EXPECT_EQ(found->earn_time(), At("2026-03-03T10:00:00Z"));
  EXPECT_THAT(found->stages[1].facts, ElementsAre("3"));
}

TEST(BadgeChallengeTest, OneFactCountsForOneStage) {
  const BadgeRule twice = RuleOf({StageOf("talk"), StageOf("talk")});
  Facts facts;
  facts.Did("talk", "2026-03-01T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(twice), std::nullopt);
  // At one time the order of recording decides.
  facts.Did("talk", "2026-03-01T10:00:00Z");
  EXPECT_TRUE(facts.Evaluated(twice).has_value());
}

TEST(BadgeChallengeTest, WhatAnActivityEarnsIsOfItsStage) {
  const BadgeRule rule = RuleOf({StageOf("talk"), EarnedInADay(5).stages[0]});
  Facts facts;
  const Time time = At("2026-03-01T10:00:00Z");
  facts.Did("talk", time);
  facts.transfers = {Gain(1, kAda, 5, time)};
  EXPECT_EQ(facts.Evaluated(rule), std::nullopt);
  facts.transfers.push_back(Gain(2, kAda, 5, time));
  EXPECT_THAT(facts.Evaluated(rule)->stages[1].facts, ElementsAre("2-0"));
}

TEST(BadgeChallengeTest, WithinDaysAreWholeDaysOfTheProgramme) {
  struct Row {
    const char* ask;
    int within_days;
    const char* end;
    const char* zone;
  };
  for (const Row& row : {
           Row{"2026-03-01T10:00:00Z", 1, "2026-03-03T00:00:00Z", "UTC"},
           {"2026-03-01T00:00:00Z", 1, "2026-03-02T00:00:00Z", "UTC"},
           {"2026-02-27T10:00:00Z", 2, "2026-03-02T00:00:00Z", "UTC"},
           // Over the change to summer time; the zone has no 30 December 2011.
           {"2026-03-28T10:00:00Z", 1, "2026-03-29T22:00:00Z", "Europe/Berlin"},
           {"2011-12-29T22:00:00Z", 1, "2011-12-31T10:00:00Z", "Pacific/Apia"},
       }) {
    const Zone zone = In(row.zone);
    const BadgeRule rule = AskThenAnswer(row.within_days);
    Facts in_time;
    in_time.Did("ask", row.ask).Did("answer", At(row.end) - Duration(1));
    EXPECT_TRUE(in_time.Evaluated(rule, zone).has_value()) << row.ask;
    Facts late;
    late.Did("ask", row.ask).Did("answer", row.end);
    EXPECT_EQ(late.Evaluated(rule, zone), std::nullopt) << row.ask;
  }
}

TEST(BadgeChallengeTest, AStageThatIsNotMetInTimeBeginsANewAttempt) {
  Facts facts;
  facts.Did("ask", "2026-03-01T10:00:00Z");
  const BadgeRule rule = AskThenAnswer(2);
  EXPECT_TRUE(facts.Progress(rule, "2026-03-03T23:59:59Z").stages[1].is_open);
  const BadgeProgress again = facts.Progress(rule, "2026-03-04T00:00:00Z");
  EXPECT_FALSE(again.stages[1].is_open);
  EXPECT_EQ(again.stages[0].met, std::nullopt);
  EXPECT_EQ(again.stages[0].window.start, At("2026-03-04T00:00:00Z"));
  EXPECT_THAT(again.stages[0].sums, ElementsAre(0));
  facts.Did("answer", "2026-03-05T10:00:00Z");
  EXPECT_EQ(facts.Evaluated(rule), std::nullopt);
  facts.Did("ask", "2026-03-06T10:00:00Z").Did("answer", "2026-03-07T10:00:00Z");
  const auto found = facts.Evaluated(rule);
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(found->stages[0].facts, ElementsAre("3"));
  EXPECT_THAT(found->stages[1].facts, ElementsAre("4"));
}

TEST(BadgeChallengeTest, TheFirstStageIsOpenFromTheStartForItsDays) {
  BadgeRule rule = AskThenAnswer(2);
  rule.start_time = At("2026-03-01T00:00:00Z");
  rule.stages[0].within_days = 7;
  EXPECT_EQ(Facts().Progress(rule, "2026-03-01T00:00:00Z").stages[0].window.end,
            At("2026-03-08T00:00:00Z"));
  Facts late;
  late.Did("ask", "2026-03-08T00:00:00Z").Did("answer", "2026-03-08T10:00:00Z");
  EXPECT_EQ(late.Evaluated(rule), std::nullopt);
  // A new attempt cannot begin after them.
  Facts again;
  again.Did("ask", "2026-03-07T10:00:00Z").Did("ask", "2026-03-20T10:00:00Z");
  again.Did("answer", "2026-03-21T10:00:00Z");
  EXPECT_EQ(again.Evaluated(rule), std::nullopt);
  const BadgeProgress over = again.Progress(rule, "2026-03-22T00:00:00Z");
  EXPECT_EQ(over.stages[1].window.end, At("2026-03-10T00:00:00Z"));
}

TEST(BadgeChallengeTest, AfterItsEndAChallengeShowsHowFarItCame) {
  BadgeRule rule = AskThenAnswer(30);
  rule.end_time = At("2026-03-10T00:00:00Z");
  Facts facts;
  facts.Did("ask", "2026-03-01T10:00:00Z").Did("answer", "2026-03-10T00:00:00Z");
  const BadgeProgress progress = facts.Progress(rule, "2026-06-01T00:00:00Z");
  EXPECT_EQ(progress.evidence, std::nullopt);
  EXPECT_TRUE(progress.stages[0].met.has_value());
  EXPECT_TRUE(progress.stages[1].is_open);
  EXPECT_EQ(progress.stages[1].window.end, At("2026-03-10T00:00:00Z"));
}

TEST(BadgeChallengeTest, ProgressShowsTheObjectThatLacksLeast) {
  BadgeRule rule = AnswerOf(3);
  const std::vector<Activity> activities{
      Fact(1, "upvoted", {}, kAda, "a"), Fact(2, "upvoted", {}, kAda, "b"),
      Fact(3, "upvoted", {}, kAda, "b"), Fact(4, "downvoted", {}, kAda, "c")};
  const MemberKey person[] = {kAda};
  const BadgeProgress progress =
      domain::Progress(rule, Zone::Utc(), person, activities, {}, Minute(9));
  EXPECT_EQ(progress.stages[0].group, "b");
  EXPECT_THAT(progress.stages[0].sums, ElementsAre(2));
  EXPECT_THAT(progress.stages[0].facts, ElementsAre("2", "3"));
}

TEST(BadgeChallengeTest, StagesThatAreNotOpenShowNothing) {
  const BadgeProgress progress = Facts().Progress(AskThenAnswer(3), "2026-03-01T00:00:00Z");
  ASSERT_THAT(progress.stages, SizeIs(2));
  EXPECT_TRUE(progress.stages[0].is_open);
  EXPECT_EQ(progress.stages[0].window, Interval());
  EXPECT_FALSE(progress.stages[1].is_open);
  EXPECT_THAT(Facts().Progress(BadgeRule{}, "2026-03-01T00:00:00Z").stages, IsEmpty());
}

TEST(BadgeChallengeTest, EvidenceIsBoundedForEachStage) {
  Facts facts;
  for (int i = 0; i < 60; ++i) {
    facts.Did(i < 30 ? "ask" : "answer", At("2026-03-01T10:00:00Z") + std::chrono::minutes(i));
  }
  const auto found = facts.Evaluated(RuleOf({StageOf("ask", 30), StageOf("answer", 30)}));
  ASSERT_TRUE(found.has_value());
  for (const domain::BadgeStageEvidence& stage : found->stages) {
    EXPECT_THAT(stage.facts, SizeIs(domain::kBadgeEvidenceMax));
  }
  EXPECT_EQ(found->stages[0].facts.back(), "30");
  EXPECT_EQ(found->stages[1].facts.back(), "60");
}

// Random rules over random facts.
class BadgeStagesPropertyTest : public testing::TestWithParam<int> {
 protected:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string Type() { return std::string(1, static_cast<char>('a' + Below(3))); }
  domain::BadgeStage Stage() {
    if (Below(3) == 0) {
      return RowOf(Type(), 2 + Below(3));
    }
    domain::BadgeStage stage = StageOf(Type(), 1 + Below(3));
    stage.group = static_cast<domain::BadgeGroup>(1 + Below(3));
    if (Below(3) == 0) {
      stage.criteria[0].terms.push_back({"down", -1});
    }
    return stage;
  }
  BadgeRule Rule() {
    BadgeRule rule;
    for (int i = 1 + Below(3); i > 0; --i) {
      rule.stages.push_back(Stage());
      rule.stages.back().within_days = rule.stages.size() > 1 && Below(2) == 0 ? 1 + Below(3) : 0;
    }
    if (Below(2) == 0) {
      rule.start_time = Minute(Below(5) * 1440);
    }
    if (Below(2) == 0) {
      rule.end_time = Minute((15 + Below(10)) * 1440);
    }
    rule.keeps = rule.stages.size() > 1 || rule.stages[0].IsStreak() || Below(4) != 0;
    return rule;
  }
  std::vector<Activity> SomeFacts() {
    std::vector<Activity> facts;
    for (int i = 1; i <= 25; ++i) {
      facts.push_back(
          Fact(i, Below(6) == 0 ? "down" : Type(), kAda, {}, Below(2) == 0 ? "x" : "y"));
      facts.back().occur_time = Minute(Below(20 * 24) * 60);
    }
    return facts;
  }

  std::mt19937 random_{static_cast<std::uint32_t>(GetParam())};
};

TEST_P(BadgeStagesPropertyTest, ProgressAndEvaluateAgreeWhateverTheOrder) {
  const Zone santiago = In("America/Santiago");
  const MemberKey person[] = {kAda};
  int met = 0;
  for (int round = 0; round < 50; ++round) {
    const BadgeRule rule = Rule();
    ASSERT_THAT(domain::CheckBadgeRule("rule", rule), IsOk());
    std::vector<Activity> facts = SomeFacts();
    const auto found = domain::Evaluate(rule, santiago, person, facts, {});
    std::ranges::shuffle(facts, random_);
    const BadgeProgress progress =
        domain::Progress(rule, santiago, person, facts, {}, Minute(Below(30) * 1440));
    EXPECT_EQ(progress.evidence, found);
    ASSERT_EQ(progress.stages.size(), rule.stages.size());
    bool all_met = true;
    for (std::size_t i = 0; i < rule.stages.size(); ++i) {
      const BadgeStageProgress& stage = progress.stages[i];
      EXPECT_EQ(stage.is_open, all_met);
      EXPECT_LE(stage.row.length, stage.row.longest);
      all_met = all_met && stage.met.has_value();
      if (found.has_value()) {
        EXPECT_EQ(stage.met, found->stages[i]);
      }
    }
    EXPECT_EQ(all_met, found.has_value());
    met += found.has_value() ? 1 : 0;
  }
  EXPECT_GT(met, 0);
  EXPECT_LT(met, 50);
}

// What was known when a rule was met that keeps it goes on to meet it, in the same way.
TEST_P(BadgeStagesPropertyTest, WhatHappensLaterChangesNothing) {
  const MemberKey person[] = {kAda};
  for (int round = 0; round < 50; ++round) {
    BadgeRule rule = Rule();
    rule.keeps = true;
    std::vector<Activity> facts = SomeFacts();
    std::ranges::stable_sort(facts, {}, &Activity::occur_time);
    const auto found = domain::Evaluate(rule, Zone::Utc(), person, facts, {});
    for (std::size_t known = 0; known <= facts.size(); ++known) {
      const auto before =
          domain::Evaluate(rule, Zone::Utc(), person, std::span(facts).first(known), {});
      EXPECT_EQ(before.has_value(),
                found.has_value() && known > 0 &&
                    std::ranges::find(facts, found->activity, &Activity::revision) <
                        facts.begin() + static_cast<std::ptrdiff_t>(known));
      if (before.has_value()) {
        EXPECT_EQ(before, found);
      }
    }
  }
}

TEST_P(BadgeStagesPropertyTest, ARowIsWhatTheDaysSay) {
  const Zone apia = In("Pacific/Apia");
  const MemberKey person[] = {kAda};
  for (int round = 0; round < 50; ++round) {
    std::vector<Activity> facts;
    std::set<absl::CivilDay> days;
    for (int i = 1; i <= 20; ++i) {
      facts.push_back(Fact(i, "talk", kAda, {}));
      facts.back().occur_time = At("2011-12-20T00:00:00Z") + std::chrono::hours(Below(24 * 24));
      days.insert(apia.DayOf(facts.back().occur_time));
    }
    int longest = 0;
    int length = 0;
    absl::CivilDay before;
    for (const absl::CivilDay day : days) {
      length = day == apia.DayAfter(before) ? length + 1 : 1;
      longest = std::max(longest, length);
      before = day;
    }
    for (int wanted = 2; wanted < 12; ++wanted) {
      const BadgeProgress progress = domain::Progress(TalkedInARow(wanted), apia, person, facts, {},
                                                      At("2012-02-01T00:00:00Z"));
      EXPECT_EQ(progress.evidence.has_value(), longest >= wanted);
      EXPECT_EQ(progress.stages[0].row.longest, longest);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, BadgeStagesPropertyTest, testing::Range(1, 9),
                         [](const auto& seed) { return "Seed" + std::to_string(seed.param); });

}  // namespace
}  // namespace perigee::tests
