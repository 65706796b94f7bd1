#include "server/domain/member/trait.h"

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Member;
using domain::StakeholderKind;
using domain::Trait;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time At(std::int64_t micros) { return FromMicros(micros); }

Trait Cyclist(std::optional<Time> consent, std::optional<Time> start = std::nullopt,
              std::optional<Time> end = std::nullopt) {
  Trait trait;
  trait.facet = "cyclist";
  trait.consent_time = consent;
  trait.start_time = start;
  trait.end_time = end;
  return trait;
}

// A trait at the instant 100: whether it is live, and when it falls due.
struct Row {
  const char* name;
  Trait trait;
  bool live;
  std::optional<Time> due;
};

TEST(TraitTest, ATraitIsLiveWithConsentAndInItsTerm) {
  for (const Row& row : {
           Row{"without bounds", Cyclist(At(50)), true, std::nullopt},
           Row{"without consent", Cyclist(std::nullopt), false, std::nullopt},
           Row{"without consent, with a term", Cyclist(std::nullopt, At(90), At(110)), false,
               std::nullopt},
           Row{"begun this instant", Cyclist(At(50), At(100)), true, std::nullopt},
           Row{"begins next", Cyclist(At(50), At(101), At(200)), false, At(101)},
           Row{"ends next", Cyclist(At(50), At(90), At(101)), true, At(101)},
           Row{"ended this instant", Cyclist(At(50), std::nullopt, At(100)), false, std::nullopt},
           Row{"ended before it began to count", Cyclist(At(50), At(10), At(20)), false,
               std::nullopt},
       }) {
    Trait trait = row.trait;
    Member member;
    EXPECT_EQ(domain::IsLive(trait, At(100)), row.live) << row.name;
    EXPECT_EQ(*domain::Settle(trait, At(100), member), row.live) << row.name;
    EXPECT_EQ(member.facets.size(), row.live ? 1U : 0U) << row.name;
    EXPECT_EQ(trait.due_time, row.due) << row.name;
  }
}

TEST(TraitTest, ASettledTraitStandsInOrderOrIsGone) {
  Member member;
  member.facets = {"baker", "driver"};
  member.kinds = {StakeholderKind::kEmployee};
  Trait facet = Cyclist(At(1));
  EXPECT_TRUE(*domain::Settle(facet, At(2), member));
  EXPECT_THAT(member.facets, ElementsAre("baker", "cyclist", "driver"));
  EXPECT_FALSE(*domain::Settle(facet, At(2), member));
  facet.consent_time.reset();
  EXPECT_TRUE(*domain::Settle(facet, At(2), member));
  EXPECT_THAT(member.facets, ElementsAre("baker", "driver"));

  Trait kind;
  kind.kind = StakeholderKind::kCustomer;
  kind.consent_time = At(1);
  EXPECT_TRUE(*domain::Settle(kind, At(2), member));
  EXPECT_THAT(member.kinds, ElementsAre(StakeholderKind::kCustomer, StakeholderKind::kEmployee));
  EXPECT_TRUE(domain::Remove(kind, member));
  EXPECT_FALSE(domain::Remove(kind, member));
}

TEST(TraitTest, AMemberHasRoomForSoManyFacets) {
  Member member;
  for (std::size_t i = 0; i < domain::kFacetsMax; ++i) {
    member.facets.push_back("a" + std::to_string(100 + i));
  }
  const Member full = member;
  Trait one_more = Cyclist(At(1));
  EXPECT_THAT(domain::Settle(one_more, At(2), member), IsInvalidField("facet_id"));
  EXPECT_EQ(member.facets, full.facets);
  one_more.facet = "a100";
  EXPECT_FALSE(*domain::Settle(one_more, At(2), member));
}

TEST(TraitTest, ATermEndsAfterItsStart) {
  EXPECT_THAT(domain::CheckTerm("facet", std::nullopt, At(1)), IsOk());
  EXPECT_THAT(domain::CheckTerm("facet", At(1), At(2)), IsOk());
  EXPECT_THAT(domain::CheckTerm("facet", At(1), At(1)), IsInvalidField("facet.end_time"));
}

}  // namespace
}  // namespace perigee::tests
