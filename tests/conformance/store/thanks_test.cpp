#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/record_reader.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/use_cases/thanks/promises.h"
#include "server/use_cases/thanks/thanks.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

ports::Unit Giving(const std::string& giver, const std::string& receiver, Time now = kStart,
                   domain::Revision promise = 0) {
  ports::Unit unit = UnitOf([=](auto& reader, const auto& context) {
    return use_cases::GiveThanks(reader, context, kProgram,
                                 {giver, receiver, "thanks", "", promise});
  });
  unit.now = now;
  return unit;
}

ports::Unit Withdrawing(domain::Revision id, const std::string& member, Time now = kStart) {
  ports::Unit unit = UnitOf([=](auto& reader, const auto& context) {
    return use_cases::WithdrawThanks(reader, context, kProgram, id, member);
  });
  unit.now = now;
  return unit;
}

}  // namespace

TEST_P(StoreConformance, NoRacePassesABudgetOfThanks) {
  MakeProgram();
  const auto give = [&](int i) { return Write(Giving("ada", i % 2 == 0 ? "bob" : "")); };
  EXPECT_EQ(AtOnce(50, give), (Race{3, {{Reason::kThanksBudgetSpent, 47}}}));
  const auto all = Reading<std::vector<domain::Thanks>>([&](ports::StoreReader& reader) {
    return reader.thanks().ListOf(kProgram, ports::ThanksSide::kGiver, ada_, ports::kAfterAll, 100);
  });
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(all, std::ranges::greater(), &domain::Thanks::id));
  // A withdrawal makes room for one, however many try.
  const auto withdraw = [&](int) { return Write(Withdrawing(all[1].id, "ada")); };
  EXPECT_EQ(AtOnce(10, withdraw), (Race{1, {{Reason::kIllegalMove, 9}}}));
  EXPECT_EQ(AtOnce(50, give), (Race{1, {{Reason::kThanksBudgetSpent, 49}}}));
  const auto used = Reading<std::int64_t>([&](ports::StoreReader& reader) {
    return reader.thanks().CountGiven(kProgram, ada_, kBeginningOfTime);
  });
  EXPECT_EQ(used, 3);
  // After the period, the withdrawal of earlier ones gives no room.
  const Time later = kStart + std::chrono::days(7);
  const auto give_later = [&](int) { return Write(Giving("ada", "bob", later)); };
  EXPECT_EQ(AtOnce(50, give_later), (Race{3, {{Reason::kThanksBudgetSpent, 47}}}));
  ASSERT_THAT(Write(Withdrawing(all[0].id, "ada", later)), IsOk());
  EXPECT_EQ(AtOnce(10, give_later), (Race{0, {{Reason::kThanksBudgetSpent, 10}}}));
}

TEST_P(StoreConformance, APromiseOfThanksIsSettledOnce) {
  MakeProgram();
  const Outcome made = Write(UnitOf([](auto& reader, const auto& unit) {
    return use_cases::MakePromise(
        reader, unit, kProgram,
        {"ada", domain::PromiseKind::kThanks, "the talk", kStart + std::chrono::days(1), {}});
  }));
  ASSERT_THAT(made, IsOk());
  const domain::Revision promise = made->revision;
  const Race race = AtOnce(20, [&](int i) {
    return Write(i % 4 != 0 ? Giving("", "ada", kStart, promise)
                            : UnitOf([promise](auto& reader, const auto& unit) {
                                return use_cases::MovePromise(reader, unit, kProgram, promise,
                                                              domain::PromiseMove::kCancel);
                              }));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 19}}}));
  const auto thanks = Reading<std::vector<domain::Thanks>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Thanks>(kProgram, {}, nullptr, 100);
  });
  const auto promises = Reading<std::vector<domain::Promise>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Promise>(kProgram, {}, nullptr, 100);
  });
  ASSERT_EQ(promises.size(), 1U);
  const bool kept = promises[0].state == domain::PromiseState::kKept;
  EXPECT_EQ(thanks.size(), kept ? 1U : 0U);
  EXPECT_EQ(promises[0].thanks, kept ? thanks[0].id : 0);
}

TEST_P(StoreConformance, EdgesOfThanksArePagedByGiverAndReceiver) {
  MakeProgram();
  ASSERT_THAT(Write(Giving("ada", "bob")), IsOk());
  ASSERT_THAT(Write(Giving("ada", "bob")), IsOk());
  ASSERT_THAT(Write(Giving("ada", "")), IsOk());
  ASSERT_THAT(Write(Giving("", "ada")), IsOk());
  const auto edges = [&](const ports::ThanksEdge& after, int limit) {
    return Reading<std::vector<ports::ThanksEdge>>(
        [&](ports::StoreReader& reader) { return reader.thanks().Edges(kProgram, after, limit); });
  };
  auto found = edges({}, 10);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].giver, ada_);
  EXPECT_EQ(found[0].receiver, bob_);
  EXPECT_FALSE(found[0].has_reverse);
  ASSERT_THAT(Write(Giving("bob", "ada")), IsOk());
  found = edges({}, 10);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].has_reverse && found[1].has_reverse);
  const auto first = edges({}, 1);
  ASSERT_EQ(first.size(), 1U);
  const auto second = edges(first[0], 10);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].giver, found[1].giver);
  EXPECT_TRUE(edges(second[0], 10).empty());
}

}  // namespace perigee::tests
