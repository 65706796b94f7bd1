#include "server/domain/rule/rules.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using domain::Activity;
using domain::Beneficiary;
using domain::Cap;
using domain::CapWindow;
using domain::Grant;
using domain::Rule;
using testing::ElementsAre;
using testing::IsEmpty;

Grant To(Beneficiary beneficiary, std::string asset, std::int64_t amount) {
  Grant grant;
  grant.asset = std::move(asset);
  grant.beneficiary = beneficiary;
  grant.amount = amount;
  return grant;
}

Rule Answer() {
  Rule rule;
  rule.id = "answer";
  rule.activity_type = "answer-accepted";
  rule.grants = {To(Beneficiary::kActor, "honour", 15)};
  return rule;
}

Activity Accepted(std::uint8_t actor, std::uint8_t recipient) {
  Activity activity;
  activity.revision = 1;
  activity.type = "answer-accepted";
  activity.actor = actor == 0 ? domain::MemberKey{} : Key(actor);
  activity.recipient = recipient == 0 ? domain::MemberKey{} : Key(recipient);
  activity.occur_time = At("2026-01-09T08:00:00Z");
  return activity;
}

struct LimitRow {
  std::string name;
  std::function<void(Rule&)> change;
  std::string field;  // Empty if the rule is good.
};

TEST(ValidateRuleTest, LimitsAreThoseOfTheContract) {
  const LimitRow rows[] = {
      {"as it is", [](Rule&) {}, ""},
      {"no grants", [](Rule& r) { r.grants.clear(); }, ""},
      {"an id that is none", [](Rule& r) { r.id = "Answer"; }, "name"},
      {"no type", [](Rule& r) { r.activity_type = ""; }, "activity_type"},
      {"8 grants", [](Rule& r) { r.grants.resize(8, r.grants[0]); }, ""},
      {"9 grants", [](Rule& r) { r.grants.resize(9, r.grants[0]); }, "grants"},
      {"no asset", [](Rule& r) { r.grants[0].asset = ""; }, "grants[0].asset"},
      {"nothing", [](Rule& r) { r.grants[0].amount = 0; }, "grants[0].amount"},
      {"10^15", [](Rule& r) { r.grants[0].amount = domain::kGrantAmountMax; }, ""},
      {"-10^15", [](Rule& r) { r.grants[0].amount = -domain::kGrantAmountMax; }, ""},
      {"more", [](Rule& r) { r.grants[0].amount = domain::kGrantAmountMax + 1; },
       "grants[0].amount"},
      {"less", [](Rule& r) { r.grants[0].amount = -domain::kGrantAmountMax - 1; },
       "grants[0].amount"},
      {"a cap of nothing",
       [](Rule& r) {
         r.grants[0].cap = Cap{"day", 0, CapWindow::kDay};
       },
       ""},
      {"a cap below nothing",
       [](Rule& r) {
         r.grants[0].cap = Cap{"day", -1, CapWindow::kDay};
       },
       "grants[0].cap.limit"},
      {"a cap without id",
       [](Rule& r) {
         r.grants[0].cap = Cap{"", 1, CapWindow::kDay};
       },
       "grants[0].cap.id"},
  };
  for (const LimitRow& row : rows) {
    Rule rule = Answer();
    row.change(rule);
    const absl::Status status = domain::ValidateRule(rule, {});
    if (row.field.empty()) {
      EXPECT_THAT(status, IsOk()) << row.name;
    } else {
      EXPECT_THAT(status, IsInvalidField(row.field)) << row.name;
    }
  }
}

TEST(ValidateRuleTest, GrantsThatNameOneCapStateTheSame) {
  Rule other = Answer();
  other.id = "question";
  other.grants[0].cap = Cap{"daily", 100, CapWindow::kDay};
  Rule rule = Answer();
  rule.grants[0].cap = other.grants[0].cap;
  EXPECT_THAT(domain::ValidateRule(rule, {{other}}), IsOk());
  rule.grants[0].cap->limit = 200;
  EXPECT_THAT(domain::ValidateRule(rule, {{other}}), IsInvalidField("grants[0].cap"));
  rule.grants[0].cap->limit = 100;
  rule.grants[0].cap->window = CapWindow::kWeek;
  EXPECT_THAT(domain::ValidateRule(rule, {{other}}), IsInvalidField("grants[0].cap"));
  rule.grants[0].asset = "karma";
  EXPECT_THAT(domain::ValidateRule(rule, {{other}}), IsOk()) << "a cap belongs to an asset";
  rule.grants.push_back(rule.grants[0]);
  rule.grants[1].cap->limit = 5;
  EXPECT_THAT(domain::ValidateRule(rule, {}), IsInvalidField("grants[0].cap"))
      << "within one rule too";
}

TEST(ValidateRuleTest, RulesThatShareACapAgreeWhileTheyAreInForceTogether) {
  const Time february = At("2026-02-01T00:00:00Z");
  const Time march = At("2026-03-01T00:00:00Z");
  const auto version = [](int number, Time from, std::int64_t limit) {
    Rule rule = Answer();
    rule.id = "question";
    rule.version = number;
    rule.effective_time = from;
    rule.grants[0].cap = Cap{"daily", limit, CapWindow::kDay};
    return rule;
  };
  // 100 at first, 200 in February, nothing from March on.
  std::vector<Rule> others = {version(1, kBeginningOfTime, 100), version(2, february, 200),
                              version(3, march, 300)};
  others.back().disabled = true;
  struct Row {
    std::string name;
    Time from;
    std::int64_t limit;
    bool good;
  };
  const Row rows[] = {
      {"the limit of February, since ever", kBeginningOfTime, 200, false},
      {"the first limit, since ever", kBeginningOfTime, 100, false},
      {"just before February", february - Duration(1), 200, false},
      {"from February on", february, 200, true},
      {"the first limit from February on", february, 100, false},
      {"another limit just before March", march - Duration(1), 100, false},
      {"another limit from March on", march, 100, true},
      {"the limit of a version that gives nothing", february, 300, false},
  };
  for (const Row& row : rows) {
    Rule rule = Answer();
    rule.effective_time = row.from;
    rule.grants[0].cap = Cap{"daily", row.limit, CapWindow::kDay};
    const absl::Status status = domain::ValidateRule(rule, others);
    if (row.good) {
      EXPECT_THAT(status, IsOk()) << row.name;
    } else {
      EXPECT_THAT(status, IsInvalidField("grants[0].cap")) << row.name;
    }
    rule.disabled = true;
    EXPECT_THAT(domain::ValidateRule(rule, others), IsOk()) << row.name << ", disabled";
  }
}

TEST(ValidateRuleTest, AVersionThatWasReplacedAtOnceIsNeverInForce) {
  Rule other = Answer();
  other.id = "question";
  other.grants[0].cap = Cap{"daily", 100, CapWindow::kDay};
  Rule replaced = other;
  other.version = 2;
  other.grants[0].cap->limit = 200;
  Rule rule = Answer();
  rule.grants[0].cap = other.grants[0].cap;
  EXPECT_THAT(domain::ValidateRule(rule, {{replaced, other}}), IsOk());
}

TEST(RulesInForceTest, AnActivityCountsByTheVersionOfItsTime) {
  Rule first = Answer();
  Rule second = Answer();
  second.version = 2;
  second.effective_time = At("2026-02-01T00:00:00Z");
  Rule third = second;
  third.version = 3;
  third.disabled = true;
  third.effective_time = At("2026-03-01T00:00:00Z");
  const std::vector<Rule> versions = {third, first, second};
  const auto version_at = [&](std::string_view time) {
    std::vector<int> found;
    for (const Rule* rule : domain::RulesInForce(versions, "answer-accepted", At(time))) {
      found.push_back(rule->version);
    }
    return found;
  };
  EXPECT_THAT(version_at("1971-01-01T00:00:00Z"), ElementsAre(1));
  EXPECT_THAT(version_at("2026-01-31T23:59:59.999999Z"), ElementsAre(1));
  EXPECT_THAT(version_at("2026-02-01T00:00:00Z"), ElementsAre(2));
  EXPECT_THAT(version_at("2026-03-01T00:00:00Z"), IsEmpty());
}

TEST(RulesInForceTest, TheNewestVersionOfOneInstantCounts) {
  Rule first = Answer();
  Rule second = Answer();
  second.version = 2;
  const std::vector<Rule> versions = {first, second};
  const auto found = domain::RulesInForce(versions, "answer-accepted", At("2026-01-01T00:00:00Z"));
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0]->version, 2);
}

TEST(RulesInForceTest, AVersionForAnotherTypeEndsTheOneBefore) {
  Rule second = Answer();
  second.version = 2;
  second.activity_type = "answer-posted";
  const std::vector<Rule> versions = {Answer(), second};
  const Time now = At("2026-01-01T00:00:00Z");
  EXPECT_THAT(domain::RulesInForce(versions, "answer-accepted", now), IsEmpty());
  EXPECT_EQ(domain::RulesInForce(versions, "answer-posted", now).size(), 1);
}

TEST(RulesInForceTest, RulesComeById) {
  Rule b = Answer();
  b.id = "b";
  Rule a = Answer();
  a.id = "a";
  const std::vector<Rule> versions = {b, a};
  const auto found = domain::RulesInForce(versions, "answer-accepted", At("2026-01-01T00:00:00Z"));
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[0]->id, "a");
}

struct WindowRow {
  std::string zone;
  CapWindow window;
  std::string time;
  std::string start;
};

TEST(CapWindowTest, WindowsFollowTheProgrammesCalendar) {
  const WindowRow rows[] = {
      {"UTC", CapWindow::kDay, "2026-01-09T08:00:00Z", "2026-01-09T00:00:00Z"},
      {"Europe/Berlin", CapWindow::kDay, "2026-01-09T22:59:59Z", "2026-01-08T23:00:00Z"},
      {"Europe/Berlin", CapWindow::kDay, "2026-01-09T23:00:00Z", "2026-01-09T23:00:00Z"},
      // 6 September 2026 has no midnight in Santiago: the day begins at 01:00 summer time.
      {"America/Santiago", CapWindow::kDay, "2026-09-06T12:00:00Z", "2026-09-06T04:00:00Z"},
      {"UTC", CapWindow::kWeek, "2026-01-09T08:00:00Z", "2026-01-05T00:00:00Z"},
      {"UTC", CapWindow::kWeek, "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z"},
      {"UTC", CapWindow::kWeek, "2026-01-04T23:59:59Z", "2025-12-29T00:00:00Z"},
      {"Europe/Berlin", CapWindow::kMonth, "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z"},
      {"Europe/Berlin", CapWindow::kMonth, "2026-03-31T22:00:00Z", "2026-03-31T22:00:00Z"},
  };
  for (const WindowRow& row : rows) {
    const Zone zone = Zone::Load(row.zone).value();
    EXPECT_EQ(domain::CapWindowStart(row.window, zone, At(row.time)), At(row.start))
        << row.zone << " " << row.time;
  }
  EXPECT_EQ(domain::CapWindowStart(CapWindow::kAllTime, Zone::Utc(), At("2026-01-09T08:00:00Z")),
            kBeginningOfTime);
}

class ApplyRulesTest : public testing::Test {
 protected:
  // Applies `rules` to the activity as one unit. The results are in desk_ and edges_.
  absl::Status Apply(const Activity& activity, const std::vector<Rule>& rules) {
    return desk_.Run([&](domain::LedgerUnit& unit) {
      return domain::ApplyRules(activity, rules, desk_.zone, unit, edges_);
    });
  }

  LedgerDesk desk_;
  std::vector<domain::Edge> edges_;
};

TEST_F(ApplyRulesTest, GrantsGoToTheirBeneficiariesInOrder) {
  Rule rule = Answer();
  rule.grants.push_back(To(Beneficiary::kRecipient, "karma", -2));
  ASSERT_THAT(Apply(Accepted(1, 2), {rule}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 15);
  EXPECT_EQ(desk_.Balance(Of("karma", 2)), -2);
  const domain::Transfer first = desk_.Transfer({1, 0});
  EXPECT_EQ(first.credit, Of("honour", 1));
  EXPECT_EQ(first.activity, 1);
  EXPECT_EQ(first.rule, "answer");
  EXPECT_EQ(first.rule_version, 1);
  EXPECT_EQ(first.effective_time, At("2026-01-09T08:00:00Z"));
  EXPECT_EQ(first.record_time, desk_.now);
  EXPECT_THAT(edges_, IsEmpty());
}

TEST_F(ApplyRulesTest, AGrantWithoutABeneficiaryIsPassedOver) {
  Rule rule = Answer();
  rule.grants.push_back(To(Beneficiary::kRecipient, "honour", 2));
  ASSERT_THAT(Apply(Accepted(0, 2), {rule}), IsOk());
  EXPECT_EQ(desk_.books.transfers().size(), 1);
  EXPECT_EQ(desk_.Balance(Of("honour", 2)), 2);
}

TEST_F(ApplyRulesTest, OtherTypesGiveNothing) {
  Activity activity = Accepted(1, 2);
  activity.type = "answer-posted";
  ASSERT_THAT(Apply(activity, {Answer()}), IsOk());
  EXPECT_THAT(desk_.books.transfers(), IsEmpty());
}

TEST_F(ApplyRulesTest, PerQuantityMultipliesAndNeverWraps) {
  Rule rule = Answer();
  rule.grants[0].per_quantity = true;
  Activity activity = Accepted(1, 2);
  activity.quantity = 3;
  ASSERT_THAT(Apply(activity, {rule}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 45);
  rule.grants[0].amount = domain::kGrantAmountMax;
  activity.quantity = domain::kQuantityMax;
  EXPECT_THAT(Apply(activity, {rule}), HasReason(Reason::kAmountOverflow));
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 45);
}

TEST_F(ApplyRulesTest, AnActivityWithOneselfCountsOnlyIfTheRuleSaysSo) {
  Rule rule = Answer();
  ASSERT_THAT(Apply(Accepted(1, 1), {rule}), IsOk());
  EXPECT_THAT(desk_.books.transfers(), IsEmpty());
  rule.counts_self = true;
  rule.thanks = true;
  ASSERT_THAT(Apply(Accepted(1, 1), {rule}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 15);
  EXPECT_THAT(edges_, IsEmpty()) << "nobody thanks themselves";
}

TEST_F(ApplyRulesTest, AThankYouIsOneEdgeFromActorToRecipient) {
  Rule rule = Answer();
  rule.thanks = true;
  Rule also = rule;
  also.id = "also";
  ASSERT_THAT(Apply(Accepted(1, 2), {rule, also}), IsOk());
  ASSERT_EQ(edges_.size(), 1);
  EXPECT_EQ(edges_[0].kind, domain::EdgeKind::kThanks);
  EXPECT_EQ(edges_[0].from, Key(1));
  EXPECT_EQ(edges_[0].to, Key(2));
  EXPECT_EQ(edges_[0].revision, 1);
  EXPECT_EQ(edges_[0].time, At("2026-01-09T08:00:00Z"));
  ASSERT_THAT(Apply(Accepted(1, 0), {rule}), IsOk());
  ASSERT_THAT(Apply(Accepted(0, 2), {rule}), IsOk());
  EXPECT_EQ(edges_.size(), 1) << "a thank-you has two people";
}

TEST_F(ApplyRulesTest, RulesShareACapInTheWindowOfTheActivitysTime) {
  Rule rule = Answer();
  rule.grants[0].cap = Cap{"daily", 20, CapWindow::kDay};
  Rule also = rule;
  also.id = "also";
  ASSERT_THAT(Apply(Accepted(1, 2), {rule, also}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 20);
  Activity late = Accepted(1, 2);
  late.occur_time -= std::chrono::days{1};
  ASSERT_THAT(Apply(late, {rule}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 35) << "the day before has a cap of its own";
  ASSERT_THAT(Apply(Accepted(3, 2), {rule}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("honour", 3)), 15) << "and so has each member";
}

TEST_F(ApplyRulesTest, APenaltyStopsAtTheFloorOfTheRule) {
  Rule rule = Answer();
  rule.grants = {To(Beneficiary::kRecipient, "karma", -4)};
  rule.grants[0].floor = -6;
  ASSERT_THAT(Apply(Accepted(1, 2), {rule}), IsOk());
  ASSERT_THAT(Apply(Accepted(1, 2), {rule}), IsOk());
  EXPECT_EQ(desk_.Balance(Of("karma", 2)), -6);
}

}  // namespace
}  // namespace perigee::tests
