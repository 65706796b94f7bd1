#include "tests/simulation/simulate.h"

#include <chrono>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/shrink.h"

namespace perigee::simulation {
namespace {

constexpr int kSteps = 200;

// The first failing seed of the theme, shrunk. Its report has no failure if there is none. Without
// the sabotage the same history must not fail.
Shortest FindFirst(Ground& ground, const Sabotage& sabotage, Machine theme, std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const History history = Draw(seed, kSteps);
    if (history.theme == theme && Simulate(ground, sabotage, history).failure) {
      Shortest shortest = FindShortest(ground, sabotage, history);
      std::cout << Describe(seed, kSteps, sabotage, shortest);
      EXPECT_FALSE(Simulate(ground, {}, shortest.history).failure);
      return shortest;
    }
  }
  return {};
}

// Whether the shrunk history has a step of that action.
testing::Matcher<const Shortest&> Has(Action action) {
  return testing::ResultOf([](const Shortest& shortest) { return shortest.history.steps; },
                           testing::Contains(testing::Field(&Step::action, action)));
}

TEST(Simulation, EverySeedKeepsEveryPromise) {
  Ground ground;
  const auto start = std::chrono::steady_clock::now();
  Report sum;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const History history = Draw(seed, kSteps);
    const Report report = Simulate(ground, {}, history);
    ASSERT_FALSE(report.failure) << Describe(seed, kSteps, {}, FindShortest(ground, {}, history));
    sum.Add(report);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << sum.steps << " steps, " << static_cast<double>(sum.steps) / took.count()
            << " a second\n";
  // A simulation in which little happens finds nothing.
  EXPECT_GT(sum.Sum().changes, 4000);
  EXPECT_GT(sum.pages, 2000);
  EXPECT_GT(sum.faults.crashes, 100);
  EXPECT_GT(sum.faults.of_store, 200);
  EXPECT_GT(sum.faults.answers_lost, 20);
  EXPECT_GT(sum.faults.of_cache, 100);
  for (int machine = 0; machine < kMachines; ++machine) {
    const Tally& tally = sum.machines[static_cast<std::size_t>(machine)];
    EXPECT_GT(tally.changes, 20) << NameOf(static_cast<Machine>(machine));
    EXPECT_GT(tally.refusals, 50) << NameOf(static_cast<Machine>(machine));
    EXPECT_GT(tally.faults, 5) << NameOf(static_cast<Machine>(machine));
  }
}

TEST(Simulation, ASeedIsTheSameToTheLastBit) {
  Ground ground;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const History history = Draw(seed, kSteps);
    EXPECT_EQ(Draw(seed, kSteps), history);
    EXPECT_EQ(Simulate(ground, {}, history, true).log, Simulate(ground, {}, history, true).log);
  }
}

TEST(Simulation, AnyPartOfAHistoryIsAHistory) {
  Ground ground;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    History history = Draw(seed, kSteps);
    std::erase_if(history.steps, [&](const Step& step) { return step.n[5] % 3 == 0; });
    EXPECT_FALSE(Simulate(ground, {}, history).failure) << "seed " << seed;
  }
}

// A cache that comes back with an older copy lacks the changes since. Few seeds restore a snapshot
// just then, so this history is made by hand.
TEST(Simulation, FindsACacheThatIgnoresMarks) {
  const auto earn = [](std::uint16_t member) {
    return Step{Action::kPost, {0, 3, 2, 7, static_cast<std::uint16_t>(10 * member + 1)}};
  };
  const Step catch_up{Action::kCatchUp, {}};
  const Step snapshot{Action::kBreakCache, {6}};
  const Step restore{Action::kBreakCache, {7}};
  History history;
  history.steps = {{Action::kAddMember, {0, 0, 0, 1}},
                   {Action::kAddMember, {0, 1, 0, 1}},
                   {Action::kPutBoard, {0, 0, 2}},
                   catch_up,
                   {Action::kRead, {}},
                   catch_up,
                   snapshot,
                   earn(0),
                   catch_up,
                   restore,
                   earn(1),
                   catch_up};
  Ground ground;
  Sabotage sabotage;
  sabotage.cache_ignores_marks = true;
  const Report report = Simulate(ground, sabotage, history);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->what, "at rest, every cache is equal to the store");
  EXPECT_FALSE(Simulate(ground, {}, history).failure);
}

TEST(Simulation, FindsAStoreThatForgetsRequestsInAFewSteps) {
  Ground ground;
  Sabotage sabotage;
  sabotage.store_forgets_requests = true;
  const Shortest shortest = FindFirst(ground, sabotage, Machine::kBooks, 20);
  ASSERT_TRUE(shortest.report.failure);
  EXPECT_THAT(shortest.report.failure->what,
              testing::AnyOf("an answer is right, and the same to each retry",
                             "a change is refused for the right reason"));
  EXPECT_THAT(shortest, Has(Action::kRetry));
  EXPECT_LE(shortest.history.steps.size(), 3);
}

TEST(Simulation, FindsAnAskBudgetThatIsCountedAheadInAFewSteps) {
  Ground ground;
  Sabotage sabotage;
  sabotage.asks_are_counted_ahead = true;
  const Shortest shortest = FindFirst(ground, sabotage, Machine::kAsks, 2000);
  ASSERT_TRUE(shortest.report.failure);
  EXPECT_EQ(shortest.report.failure->what, "what must be refused is refused");
  EXPECT_EQ(shortest.report.failure->how, "OK where it should be ASK_BUDGET_SPENT");
  EXPECT_LE(shortest.history.steps.size(), 6);
}

TEST(Simulation, FindsAStockThatIsForgottenInAFewSteps) {
  Ground ground;
  Sabotage sabotage;
  sabotage.stock_is_forgotten = true;
  const Shortest shortest = FindFirst(ground, sabotage, Machine::kRedemptions, 100);
  ASSERT_TRUE(shortest.report.failure);
  EXPECT_THAT(shortest.report.failure->how,
              testing::AnyOf(testing::HasSubstr("taken"), testing::HasSubstr("OUT_OF_STOCK")));
  EXPECT_THAT(shortest, Has(Action::kRedeem));
  EXPECT_LE(shortest.history.steps.size(), 8);
}

TEST(Simulation, FindsABadgeThatIsGrantedTwiceInAFewSteps) {
  Ground ground;
  Sabotage sabotage;
  sabotage.badges_are_granted_twice = true;
  const Shortest shortest = FindFirst(ground, sabotage, Machine::kBadges, 50);
  ASSERT_TRUE(shortest.report.failure);
  EXPECT_EQ(shortest.report.failure->what, "what must be refused is refused");
  EXPECT_EQ(shortest.report.failure->how, "OK where it should be ILLEGAL_MOVE");
  EXPECT_THAT(shortest, Has(Action::kGrantBadge));
  EXPECT_LE(shortest.history.steps.size(), 4);
}

TEST(Simulation, FindsAPromotionThatIsLostInAFewSteps) {
  Ground ground;
  Sabotage sabotage;
  sabotage.promotions_are_lost = true;
  const Shortest shortest = FindFirst(ground, sabotage, Machine::kTiers, 2000);
  ASSERT_TRUE(shortest.report.failure);
  EXPECT_EQ(shortest.report.failure->what, "who has caught up has given what the rules give");
  EXPECT_THAT(shortest.report.failure->how, testing::HasSubstr("on level"));
  EXPECT_LE(shortest.history.steps.size(), 6);
}

TEST(Shrink, LeavesOutStepsAndMakesTheRestSimple) {
  History history = Draw(7, 300);
  history.steps[100] = {Action::kCrash, {40, 3, 9, 9, 9, 9}};
  history.steps[200] = {Action::kRead, {9, 9, 77, 9, 9, 9}};
  const Fails fails = [](const History& tried) -> std::optional<std::size_t> {
    bool crashed = false;
    for (std::size_t i = 0; i < tried.steps.size(); ++i) {
      crashed |= tried.steps[i].action == Action::kCrash && tried.steps[i].n[0] >= 30;
      if (crashed && tried.steps[i].action == Action::kRead && tried.steps[i].n[2] >= 5) {
        return i + 1;
      }
    }
    return std::nullopt;
  };
  const History shortest = Shrink(history, fails);
  ASSERT_EQ(shortest.steps.size(), 2U);
  EXPECT_EQ(shortest.steps[0].action, Action::kCrash);
  EXPECT_LT(shortest.steps[0].n[0], 60);
  EXPECT_EQ(shortest.steps[1].action, Action::kRead);
  EXPECT_LT(shortest.steps[1].n[2], 10);
}

}  // namespace
}  // namespace perigee::simulation
