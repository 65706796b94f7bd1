#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/domain/ask/ask.h"
#include "server/ports/ask/ask_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/ask/asks.h"
#include "server/use_cases/program/programs.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

constexpr int kAtOnce = 100;

ports::Unit SetBudget(int asks) {
  return UnitOf([asks](auto& reader, const auto& unit) {
    return use_cases::UpdateProgram(
        reader, unit, kProgram, {[asks](domain::Program& changed) { changed.ask_limit = asks; }});
  });
}

ports::Unit Propose(const std::string& member, domain::AskState up_to) {
  return UnitOf([member, up_to](auto& reader, const auto& unit) {
    return use_cases::ProposeAsk(reader, unit, kProgram,
                                 {member, "events", "talk", "Speak in May", up_to});
  });
}

ports::Unit Reserve(const std::string& member, const std::string& id) {
  return UnitOf([member, id](auto& reader, const auto& unit) {
    return use_cases::MoveAsk(reader, unit, {kProgram, member, id}, domain::AskMove::kReserve);
  });
}

}  // namespace

TEST_P(StoreConformance, OfAHundredAsksAtOnceOnlyTheBudgetIsReserved) {
  MakeProgram();
  ASSERT_THAT(Write(SetBudget(2)), IsOk());
  std::vector<ports::Unit> units;
  for (int i = 0; i < kAtOnce; ++i) {
    const Outcome proposed = Write(Propose("ada", domain::AskState::kProposed));
    ASSERT_THAT(proposed, IsOk());
    units.push_back(Reserve("ada", std::to_string(proposed->revision)));
  }
  const Race race =
      AtOnce(kAtOnce, [&](int i) { return Write(units[static_cast<std::size_t>(i)]); });
  EXPECT_EQ(race, (Race{2, {{Reason::kAskBudgetSpent, kAtOnce - 2}}}));
  const auto asks = Reading<std::vector<domain::Ask>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Ask>(kProgram, {}, nullptr, 1000);
  });
  int reserved = 0;
  for (const domain::Ask& ask : asks) {
    reserved += ask.reserve_time.has_value() ? 1 : 0;
  }
  EXPECT_EQ(reserved, 2);
  EXPECT_EQ(asks.size(), static_cast<std::size_t>(kAtOnce));
}

TEST_P(StoreConformance, MergedMembersShareOneAskBudgetAlsoInARace) {
  MakeProgram();
  ASSERT_THAT(Write(SetBudget(2)), IsOk());
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  const Race race = AtOnce(kAtOnce, [&](int i) {
    return Write(Propose(i % 2 == 0 ? "ada" : "bob", domain::AskState::kSent));
  });
  EXPECT_EQ(race, (Race{2, {{Reason::kAskBudgetSpent, kAtOnce - 2}}}));
}

TEST_P(StoreConformance, AsksAreCountedByTheirState) {
  MakeProgram();
  const auto put = [](domain::Changes& changes, int facts) {
    domain::Ask ask;
    ask.id = std::to_string(facts);
    ask.member = NumberedId(1);
    ask.expire_time = (facts & 1) != 0 ? kStart : kStart + Duration(1);
    const auto set = [&](int bit, std::optional<Time>& time) {
      time = (facts >> bit & 1) != 0 ? std::optional(kStart) : std::nullopt;
    };
    set(1, ask.reserve_time);
    set(2, ask.send_time);
    set(3, ask.answer_time);
    ask.accepted = (facts >> 4 & 1) != 0;
    set(5, ask.done_time);
    set(6, ask.thank_time);
    set(7, ask.cancel_time);
    changes.records.Put(ask);
    return domain::StateOf(ask, kStart);
  };
  domain::Changes changes;
  std::map<domain::AskState, std::int64_t> expected;
  for (int facts = 0; facts < 256; ++facts) {
    ++expected[put(changes, facts)];
  }
  ASSERT_THAT(WriteChanges(std::move(changes)), IsOk());
  const auto counts = Reading<std::vector<ports::AskCount>>(
      [](ports::StoreReader& reader) { return reader.asks().Count(kProgram, kStart); });
  std::map<domain::AskState, std::int64_t> counted;
  for (const ports::AskCount& count : counts) {
    counted.emplace(count.state, count.asks);
  }
  EXPECT_EQ(counted, expected);
  EXPECT_EQ(counted.size(), 9U);
}

TEST_P(StoreConformance, AsksThatBothMembersHadCountForThePersonFromTheMergeOn) {
  MakeProgram();
  ASSERT_THAT(Write(SetBudget(2)), IsOk());
  for (const char* member : {"ada", "bob"}) {
    ASSERT_THAT(Write(Propose(member, domain::AskState::kReserved)), IsOk());
  }
  ASSERT_THAT(Write(Propose("ada", domain::AskState::kReserved)), IsOk());
  ASSERT_THAT(SetHead(bob_, ada_), IsOk());
  EXPECT_THAT(Write(Propose("bob", domain::AskState::kReserved)),
              HasReason(Reason::kAskBudgetSpent));
  ASSERT_THAT(SetHead(bob_, {}), IsOk());
  EXPECT_THAT(Write(Propose("bob", domain::AskState::kReserved)), IsOk());
}

}  // namespace perigee::tests
