#include "server/use_cases/champion/titles.h"

#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

class TitlesTest : public ChampionsTest {};

TEST_F(TitlesTest, AChangeIsNormalizedAndGuardedByTheEtag) {
  const auto before = All<domain::Title>();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_THAT(Change([](domain::Title& title) { title.term_months = 0; }),
              IsInvalidField("title.term_months"));
  const auto changed = Change([](domain::Title& title) { title.seats = 9; });
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->create_time, before[0].create_time);
  EXPECT_GT(changed->revision, before[0].revision);
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::UpdateTitle(
                    reader, unit, "demo", "mvp",
                    {[](domain::Title&) {}, domain::Etag(before[0].revision)});
              }),
              HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::UpdateTitle(reader, unit, "demo", "none",
                                              {[](domain::Title&) {}});
              }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::CreateTitle(reader, unit, "demo", before[0]);
              }),
              HasReason(Reason::kAlreadyExists));
}

}  // namespace
}  // namespace perigee::tests
