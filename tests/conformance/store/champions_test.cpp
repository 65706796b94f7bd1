#include <string>
#include <utility>
#include <vector>

#include "server/domain/champion/appointment.h"
#include "server/domain/champion/nomination.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

ports::Unit MakeTitle(int seats) {
  domain::Title title;
  title.id = "mvp";
  title.display_name = "MVP";
  title.seats = seats;
  title.reviews = 0;
  title.nominators = {domain::Nominator::kStaff};
  return UnitOf([title](auto& reader, const auto& unit) {
    return use_cases::CreateTitle(reader, unit, kProgram, title);
  });
}

use_cases::Judge JudgeOf(std::uint32_t n) { return {NumberedId(500 + n), {}}; }

}  // namespace

TEST_P(StoreConformance, OneOfManyWhoDecideANominationDecidesIt) {
  MakeProgram();
  ASSERT_THAT(Write(MakeTitle(1)), IsOk());
  const Outcome made = Write(UnitOf([](auto& reader, const auto& unit) {
    return use_cases::Nominate(reader, unit, kProgram, {"mvp", "ada", "", {}, false});
  }));
  ASSERT_THAT(made, IsOk());
  const std::string id = std::to_string(made->revision);
  ASSERT_THAT(Write(UnitOf([&](auto& reader, const auto& unit) {
                return use_cases::StartReview(reader, unit, kProgram, id, JudgeOf(0));
              })),
              IsOk());
  const Race race = AtOnce(20, [&](int i) {
    return Write(UnitOf([&](auto& reader, const auto& unit) {
      return use_cases::DecideNomination(reader, unit, kProgram, id,
                                         JudgeOf(static_cast<std::uint32_t>(i)),
                                         {i % 2 == 0, "because", std::nullopt, ""});
    }));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 19}}}));
  const auto nominations = Reading<std::vector<domain::Nomination>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Nomination>(kProgram, {}, nullptr, 100);
  });
  const auto appointments =
      Reading<std::vector<domain::Appointment>>([](ports::StoreReader& reader) {
        return reader.records().List<domain::Appointment>(kProgram, {}, nullptr, 100);
      });
  ASSERT_EQ(nominations.size(), 1U);
  EXPECT_EQ(appointments.size(),
            nominations[0].state == domain::NominationState::kAccepted ? 1U : 0U);
  EXPECT_EQ(nominations[0].reason, "because");
}

TEST_P(StoreConformance, ATitleKeepsItsCriteria) {
  MakeProgram();
  ASSERT_THAT(Write(MakeTitle(1)), IsOk());
  domain::CandidateCriterion talks;
  talks.id = "talks";
  talks.display_name = "Vorträge";
  talks.measure = domain::CandidateMeasure::kActivities;
  talks.window_days = 30;
  talks.activity_types = {"talk", "webinar"};
  talks.at_least = 2;
  domain::CandidateCriterion capital;
  capital.id = "capital";
  capital.display_name = "Capital";
  capital.measure = domain::CandidateMeasure::kEarned;
  capital.asset = "reputation";
  capital.at_least = 1'000'000'000'000'000;
  ASSERT_THAT(Write(UnitOf([&](auto& reader, const auto& unit) {
                return use_cases::UpdateTitle(reader, unit, kProgram, "mvp",
                                              {[&](domain::Title& title) {
                                                title.criteria = {talks, capital};
                                              }});
              })),
              IsOk());
  Reopen();
  const auto titles = Reading<std::vector<domain::Title>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Title>(kProgram, {}, nullptr, 10);
  });
  ASSERT_EQ(titles.size(), 1U);
  EXPECT_EQ(titles[0].criteria, (std::vector<domain::CandidateCriterion>{talks, capital}));
}

TEST_P(StoreConformance, TheLastSeatOfATitleIsTakenOnce) {
  MakeProgram();
  ASSERT_THAT(Write(MakeTitle(1)), IsOk());
  const Race race = AtOnce(16, [&](int i) {
    return Write(UnitOf([&](auto& reader, const auto& unit) {
      return use_cases::Appoint(reader, unit, kProgram,
                                {"mvp", i % 2 == 0 ? "ada" : "bob", std::nullopt});
    }));
  });
  EXPECT_EQ(race.done, 1);
  EXPECT_EQ(race.RefusedFor(Reason::kNoSeatLeft) + race.RefusedFor(Reason::kAlreadyExists), 15);
  const auto holders = Reading<int>([](ports::StoreReader& reader) -> absl::StatusOr<int> {
    int holders = 0;
    for (const char* id : {"ada", "bob"}) {
      const auto member = reader.members().Find(kProgram, id);
      holders += member.ok() && (*member)->titles == std::vector<std::string>{"mvp"} ? 1 : 0;
    }
    return holders;
  });
  EXPECT_EQ(holders, 1);
}

}  // namespace perigee::tests
