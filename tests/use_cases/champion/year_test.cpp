#include "server/use_cases/champion/year.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "tests/use_cases/champion/contributed.h"

namespace perigee::tests {
namespace {

using State = domain::ContributionState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr absl::CivilDay kStart(2026, 1, 1);
constexpr absl::CivilDay kEnd(2027, 1, 1);

class YearTest : public ContributedTest {
 protected:
  absl::StatusOr<use_cases::Year> YearOf(const std::string& member, absl::CivilDay start = kStart,
                                         absl::CivilDay end = kEnd) {
    absl::StatusOr<use_cases::Year> year = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      year = use_cases::YearOf(reader, "demo", member, start, end);
      return absl::OkStatus();
    });
    return year;
  }
};

TEST_F(YearTest, HoldsAllThatARenewalLooksAt) {
  const auto talk = Submit(DraftOf("ada", "https://example.com/1", {{"bob", 1}}));
  ASSERT_THAT(talk, IsOk());
  Accept(talk->contribution.id);
  ASSERT_THAT(Submit(DraftOf("bob", "https://example.com/2", {{"ada", 1}})), IsOk());
  use_cases::ContributionDraft old = DraftOf("ada", "https://example.com/3");
  old.stated.date = "2025-12-31";
  ASSERT_THAT(Submit(old), IsOk());
  // Two on one day, one on the next, and one in the year before.
  Record("talk", "ada", "", "1", *ParseTime("2026-03-01T00:00:00Z"));
  Record("talk", "ada", "", "2", *ParseTime("2026-03-01T23:59:59Z"));
  Record("visit", "ada", "", "3", *ParseTime("2026-03-02T00:00:00Z"));
  Record("visit", "ada", "", "4", *ParseTime("2025-12-31T23:59:59Z"));
  Record("thanked", "bob", "ada", "5", *ParseTime("2026-04-01T12:00:00Z"));
  Record("thanked", "bob", "ada", "6", *ParseTime("2026-04-02T12:00:00Z"));
  Record("thanked", "cyd", "ada", "7", *ParseTime("2026-04-02T12:00:00Z"));
  Record("thanked", "cyd", "ada", "8", *ParseTime("2025-04-02T12:00:00Z"));
  Record("thanked", "ada", "cyd", "9", *ParseTime("2026-04-03T12:00:00Z"));
  const auto appointment = Appoint("ada");
  ASSERT_THAT(appointment, IsOk());

  const auto year = YearOf("ada");
  ASSERT_THAT(year, IsOk());
  EXPECT_EQ(year->member, "ada");
  ASSERT_EQ(year->contributions.size(), 2U);
  const auto& accepted = year->contributions.at({"talk", State::kAccepted});
  EXPECT_EQ(accepted.count, 1);
  EXPECT_EQ(accepted.share, 5);
  EXPECT_EQ(accepted.claimed_reach, 100);
  EXPECT_EQ(year->contributions.at({"talk", State::kSubmitted}).count, 1);
  EXPECT_EQ(year->active_days, 4);  // The contribution's, two in March, one in April.
  EXPECT_THAT(year->activities, ElementsAre(Pair("talk", 3), Pair("thanked", 1), Pair("visit", 1)));
  EXPECT_THAT(year->earned, ElementsAre(Pair("reputation", 14)));  // 5 + 1 + 1 units of 2.
  ASSERT_EQ(year->appointments.size(), 1U);
  EXPECT_EQ(year->appointments[0].id, appointment->id);
  EXPECT_EQ(year->thanks, 3);
  EXPECT_EQ(year->thankful_members, 2);
  EXPECT_EQ(year->revision, programme.head);

  const auto before = YearOf("ada", absl::CivilDay(2025, 1, 1), kStart);
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->active_days, 1);
  EXPECT_EQ(before->thanks, 1);
  EXPECT_EQ(before->contributions.at({"talk", State::kSubmitted}).count, 1);
  EXPECT_THAT(before->earned, IsEmpty());
  EXPECT_THAT(before->appointments, IsEmpty());
}

TEST_F(YearTest, DaysAreThoseOfTheProgrammesZone) {
  ASSERT_THAT(Do([&](ports::StoreReader&, const ports::UnitContext& unit)
                     -> absl::StatusOr<use_cases::Decided<domain::Program>> {
                return use_cases::Put(domain::Program{"demo", "Demo", "Asia/Kathmandu", unit.now,
                                                      unit.now, unit.revision});
              }),
              IsOk());
  // Midnight in Kathmandu is 18:15 UTC.
  Record("talk", "ada", "", "1", *ParseTime("2026-03-01T18:14:59Z"));
  Record("talk", "ada", "", "2", *ParseTime("2026-03-01T18:15:00Z"));
  EXPECT_EQ(YearOf("ada")->active_days, 2);
  EXPECT_EQ(YearOf("ada", absl::CivilDay(2026, 3, 2))->active_days, 1);
}

TEST_F(YearTest, OfAPersonIsThatOfAllItsMembers) {
  Record("talk", "ada", "", "1", *ParseTime("2026-03-01T12:00:00Z"));
  Record("talk", "bob", "", "2", *ParseTime("2026-03-02T12:00:00Z"));
  Record("thanked", "bob", "ada", "3", *ParseTime("2026-03-02T12:00:00Z"));
  Record("thanked", "cyd", "bob", "4", *ParseTime("2026-03-02T12:00:00Z"));
  Record("thanked", "dan", "bob", "5", *ParseTime("2026-03-02T12:00:00Z"));
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Merge("cyd", "dan"), IsOk());
  for (const char* name : {"ada", "bob"}) {
    const auto year = YearOf(name);
    ASSERT_THAT(year, IsOk());
    EXPECT_EQ(year->member, "ada");
    EXPECT_EQ(year->active_days, 2);
    EXPECT_THAT(year->activities, ElementsAre(Pair("talk", 2), Pair("thanked", 1)));
    EXPECT_THAT(year->earned, ElementsAre(Pair("reputation", 4)));
    // Thanks between members of one person count nothing.
    EXPECT_EQ(year->thanks, 2);
    EXPECT_EQ(year->thankful_members, 1);
  }
  EXPECT_THAT(YearOf("nobody"), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
