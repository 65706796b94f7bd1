#include "server/domain/champion/candidate.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/orbit/activity_type.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Act;
using domain::ActivityType;
using domain::CandidateCriterion;
using domain::CandidateInput;
using domain::CandidateMeasure;
using domain::Connection;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
const absl::CivilDay kToday(2026, 11, 21);

CandidateCriterion Criterion(CandidateMeasure measure, std::int64_t at_least = 1,
                             int window_days = 90) {
  CandidateCriterion criterion;
  criterion.id = "one";
  criterion.display_name = "One";
  criterion.measure = measure;
  criterion.at_least = at_least;
  criterion.window_days = window_days;
  criterion.asset = measure == CandidateMeasure::kEarned ? "renown" : "";
  return criterion;
}

ActivityType Type(const std::string& id, int weight) {
  ActivityType type;
  type.id = id;
  type.weight = weight;
  return type;
}

Act ActOn(absl::CivilDay day, domain::Revision activity, const ActivityType* type = nullptr) {
  Act act;
  act.day = day;
  act.activity = activity;
  act.type = type;
  return act;
}

std::vector<domain::Revision> SourcesOf(const std::vector<CandidateInput>& inputs) {
  std::vector<domain::Revision> sources;
  for (const CandidateInput& input : inputs) {
    sources.push_back(input.revision);
  }
  return sources;
}

TEST(CandidateCriterionTest, NormalizingSortsTypes) {
  std::vector<CandidateCriterion> criteria{Criterion(CandidateMeasure::kActivities)};
  criteria[0].activity_types = {"talk", "answer"};
  ASSERT_THAT(domain::NormalizeCriteria("c", criteria), IsOk());
  EXPECT_THAT(criteria[0].activity_types, ElementsAre("answer", "talk"));
}

TEST(CandidateCriterionTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;
    std::function<void(CandidateCriterion&)> change;
  };
  for (const Row& row : {
           Row{"c[0].id", [](auto& c) { c.id = "A"; }},
           Row{"c[0].display_name", [](auto& c) { c.display_name = ""; }},
           Row{"c[0].window_days", [](auto& c) { c.window_days = 0; }},
           Row{"c[0].window_days", [](auto& c) { c.window_days = 367; }},
           Row{"c[0].activity_types",
               [](auto& c) {
                 c.activity_types = {"a", "a"};
               }},
           Row{"c[0].activity_types", [](auto& c) { c.activity_types.assign(11, "a"); }},
           Row{"c[0].activity_types", [](auto& c) { c.activity_types = {"A b"}; }},
           Row{"c[0].activity_types",
               [](auto& c) {
                 c.measure = CandidateMeasure::kMet;
                 c.activity_types = {"a"};
               }},
           Row{"c[0].asset", [](auto& c) { c.asset = "renown"; }},
           Row{"c[0].asset", [](auto& c) { c.measure = CandidateMeasure::kEarned; }},
           Row{"c[0].at_least", [](auto& c) { c.at_least = 0; }},
           Row{"c[0].at_least", [](auto& c) { c.at_least = 1'000'000'000'000'001; }},
       }) {
    std::vector<CandidateCriterion> criteria{Criterion(CandidateMeasure::kActiveDays)};
    row.change(criteria[0]);
    EXPECT_THAT(domain::NormalizeCriteria("c", criteria), IsInvalidField(row.field));
  }
  std::vector<CandidateCriterion> criteria(9, Criterion(CandidateMeasure::kMet));
  EXPECT_THAT(domain::NormalizeCriteria("c", criteria), IsInvalidField("c"));
  criteria.resize(2);
  EXPECT_THAT(domain::NormalizeCriteria("c", criteria), IsInvalidField("c[1].id"));
}

TEST(CandidateInputsTest, ADayCountsOnceByItsFirstActivity) {
  const ActivityType purchase = Type("purchase", 0);
  const std::vector<Act> acts{ActOn(kToday, 7), ActOn(kToday, 8), ActOn(kToday - 89, 3),
                              ActOn(kToday - 90, 2), ActOn(kToday - 1, 9, &purchase)};
  const CandidateCriterion days = Criterion(CandidateMeasure::kActiveDays);
  const auto inputs = domain::InputsOf(days, acts, {}, domain::WindowOf(days, kToday));
  EXPECT_THAT(SourcesOf(inputs), ElementsAre(3, 7));
  EXPECT_EQ(domain::FigureOf(days, inputs, kToday), 2);
  EXPECT_EQ(domain::FigureOf(days, inputs, kToday + 1), 1);
  const CandidateCriterion all = Criterion(CandidateMeasure::kActivities);
  EXPECT_THAT(SourcesOf(domain::InputsOf(all, acts, {}, domain::WindowOf(all, kToday))),
              ElementsAre(7, 8, 3));
}

TEST(CandidateInputsTest, NamedTypesCountWhateverTheyWeigh) {
  const ActivityType purchase = Type("purchase", 0);
  const ActivityType talk = Type("talk", 5);
  CandidateCriterion criterion = Criterion(CandidateMeasure::kActivities);
  criterion.activity_types = {"purchase"};
  const std::vector<Act> acts{ActOn(kToday, 1), ActOn(kToday, 2, &talk),
                              ActOn(kToday, 3, &purchase)};
  EXPECT_THAT(SourcesOf(domain::InputsOf(criterion, acts, {}, domain::WindowOf(criterion, kToday))),
              ElementsAre(3));
}

TEST(CandidateInputsTest, APersonMetCountsOnceInEachWindow) {
  const domain::MemberKey bob = Uuid::FromRaw("bbbbbbbbbbbbbbbb");
  const domain::MemberKey cyd = Uuid::FromRaw("cccccccccccccccc");
  const std::vector<Connection> met{{bob, kToday}, {bob, kToday - 5}, {cyd, kToday - 8}};
  const CandidateCriterion circle = Criterion(CandidateMeasure::kMet, 1, 7);
  const auto inputs = domain::InputsOf(circle, {}, met, {kToday - 20, kToday});
  EXPECT_EQ(inputs.size(), 3U);
  EXPECT_EQ(domain::FigureOf(circle, inputs, kToday), 1);
  EXPECT_EQ(domain::FigureOf(circle, inputs, kToday - 2), 2);
}

TEST(CandidateValueTest, EachPartIsAShareThatIsCapped) {
  struct Row {
    std::int64_t figure;
    std::int64_t at_least;
    std::int64_t part;
  };
  for (const Row& row :
       {Row{0, 10, 0}, Row{-5, 10, 0}, Row{9, 10, 90}, Row{10, 10, 100}, Row{1, 3, 33},
        Row{29, 10, 290}, Row{30, 10, 300}, Row{31, 10, 300}, Row{kHuge, 1, 300}}) {
    EXPECT_EQ(domain::CandidatePart(Criterion(CandidateMeasure::kMet, row.at_least), row.figure),
              row.part)
        << row.figure << " of " << row.at_least;
  }
  const std::vector<CandidateCriterion> criteria{Criterion(CandidateMeasure::kActiveDays, 10),
                                                 Criterion(CandidateMeasure::kReach, 100)};
  EXPECT_EQ(domain::CandidateValue(criteria, std::vector<std::int64_t>{15, 1000}), 450);
  EXPECT_TRUE(domain::MeetsAll(criteria, std::vector<std::int64_t>{10, 100}));
  EXPECT_FALSE(domain::MeetsAll(criteria, std::vector<std::int64_t>{9, 1000}));
}

TEST(CandidateInputsTest, FiguresOfManyDaysAreThoseOfEachDay) {
  const domain::MemberKey bob = Uuid::FromRaw("bbbbbbbbbbbbbbbb");
  const domain::MemberKey cyd = Uuid::FromRaw("cccccccccccccccc");
  const std::vector<CandidateInput> inputs{
      {.day = kToday, .other = bob},      {.day = kToday - 3, .other = cyd},
      {.day = kToday - 5, .other = bob},  {.day = kToday - 5, .other = bob},
      {.day = kToday - 20, .other = cyd}, {.day = kToday - 40, .amount = 1, .other = bob}};
  std::vector<CandidateInput> amounts = inputs;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    amounts[i] = {.day = amounts[i].day, .amount = i % 3 == 0 ? kHuge : -4};
  }
  const domain::DayWindow days{kToday - 30, kToday + 7};
  for (const int window : {1, 3, 7, 15}) {
    for (const CandidateMeasure measure : {CandidateMeasure::kMet, CandidateMeasure::kEarned}) {
      const CandidateCriterion criterion = Criterion(measure, 1, window);
      const auto& counted = measure == CandidateMeasure::kMet ? inputs : amounts;
      const std::vector<std::int64_t> figures = domain::FiguresOf(criterion, counted, days);
      ASSERT_EQ(figures.size(), 38U);
      for (std::size_t i = 0; i < figures.size(); ++i) {
        const absl::CivilDay day = days.first + static_cast<int>(i);
        EXPECT_EQ(figures[i], domain::FigureOf(criterion, counted, day))
            << absl::FormatCivilTime(day) << " of " << window << " days";
      }
    }
  }
}

TEST(CandidateValueTest, ASumBeyond64BitsIsCut) {
  const CandidateCriterion reach = Criterion(CandidateMeasure::kReach);
  const std::vector<CandidateInput> inputs{{.day = kToday, .amount = kHuge},
                                           {.day = kToday, .amount = kHuge}};
  EXPECT_EQ(domain::FigureOf(reach, inputs, kToday), kHuge);
  EXPECT_EQ(domain::Difference(-kHuge, kHuge), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(domain::Difference(kHuge, -1), kHuge);
  EXPECT_EQ(domain::Difference(1, 3), -2);
}

TEST(CandidateReasonTest, FiguresOfOneWindowShareAClause) {
  std::vector<CandidateCriterion> criteria{
      Criterion(CandidateMeasure::kActiveDays), Criterion(CandidateMeasure::kEarned),
      Criterion(CandidateMeasure::kReach, 1, 365), Criterion(CandidateMeasure::kMet)};
  EXPECT_EQ(domain::CandidateReason(criteria, std::vector<std::int64_t>{24, 1250, 5000, 17},
                                    {{"renown", 2}}),
            "24 active days, 12.50 renown earned and 17 members met in the last 90 days; a claimed "
            "reach of 5000 in the last 365 days.");
}

TEST(CandidateReasonTest, OneIsSingular) {
  std::vector<CandidateCriterion> criteria{
      Criterion(CandidateMeasure::kReach, 1, 1), Criterion(CandidateMeasure::kActiveDays),
      Criterion(CandidateMeasure::kActivities), Criterion(CandidateMeasure::kMet)};
  criteria[2].activity_types = {"answer", "talk"};
  EXPECT_EQ(
      domain::CandidateReason(criteria, std::vector<std::int64_t>{1, 1, 1, 1}, {}),
      "A claimed reach of 1 today; 1 active day, 1 activity (answer, talk) and 1 member met in the "
      "last 90 days.");
  EXPECT_EQ(domain::CandidateReason({}, {}, {}), "");
}

TEST(CandidateReasonTest, WhatIsMissingIsSaid) {
  struct Row {
    CandidateMeasure measure;
    std::int64_t missing;
    const char* text;
  };
  for (const Row& row :
       {Row{CandidateMeasure::kActiveDays, 2, "2 more active days in the last 90 days"},
        Row{CandidateMeasure::kActiveDays, 1, "1 more active day in the last 90 days"},
        Row{CandidateMeasure::kActivities, 3, "3 more activities in the last 90 days"},
        Row{CandidateMeasure::kEarned, 5, "0.05 more renown earned in the last 90 days"},
        Row{CandidateMeasure::kMet, 1, "1 more member met in the last 90 days"},
        Row{CandidateMeasure::kReach, 40, "40 more of claimed reach in the last 90 days"}}) {
    EXPECT_EQ(domain::MissingText(Criterion(row.measure), row.missing, {{"renown", 2}}), row.text);
  }
}

}  // namespace
}  // namespace perigee::tests
