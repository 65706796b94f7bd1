#include "server/use_cases/member/traits.h"

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/member/trait.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/members.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::StakeholderKind;
using domain::Trait;
using domain::TraitSource;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

// Facets and kinds of `ada`, decided by the use cases, written to a real store, and moved by the
// loop of what falls due.
class TraitsTest : public UnitsTest {
 protected:
  TraitsTest() { programme.AddMember("ada"); }

  absl::Status State(const std::string& facet, std::optional<Time> start = std::nullopt,
                     std::optional<Time> end = std::nullopt) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::StateFacet(reader, unit, {"demo", "ada", facet}, start, end);
           })
        .status();
  }
  absl::Status Withdraw(const std::string& facet) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::WithdrawFacet(reader, unit, {"demo", "ada", facet});
           })
        .status();
  }
  absl::Status Consent(const std::string& facet) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::ConsentToFacet(reader, unit, {"demo", "ada", facet});
           })
        .status();
  }
  absl::Status Propose(const std::string& facet, std::optional<Time> consent = std::nullopt) {
    Trait proposed;
    proposed.source = TraitSource::kImport;
    proposed.confidence = 70;
    proposed.consent_time = consent;
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::ProposeFacet(reader, unit, {"demo", "ada", facet}, proposed);
           })
        .status();
  }
  absl::Status Remove(const std::string& facet) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::RemoveFacet(reader, unit, {"demo", "ada", facet});
           })
        .status();
  }
  absl::Status SetKind(StakeholderKind kind, std::optional<Time> start, std::optional<Time> end) {
    Trait term;
    term.kind = kind;
    term.start_time = start;
    term.end_time = end;
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::SetKind(reader, unit, "demo", "ada", term);
           })
        .status();
  }
  absl::Status Set(std::vector<std::string> facets,
                   std::vector<StakeholderKind> kinds = {StakeholderKind::kCustomer}) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::UpdateMember(reader, unit, "demo", "ada",
                                            {[&](domain::Member& member) {
                                              member.facets = facets;
                                              member.kinds = kinds;
                                            }},
                                            TraitSource::kStaff);
           })
        .status();
  }
  domain::Member Ada() {
    domain::Member ada;
    programme.Read([&](ports::StoreReader& reader) {
      ada = reader.members().Find("demo", "ada").value().value();
      return absl::OkStatus();
    });
    return ada;
  }
  std::vector<Trait> Traits() {
    std::vector<Trait> traits;
    programme.Read([&](ports::StoreReader& reader) {
      traits = reader.records().List<Trait>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return traits;
  }
  void Pass(Duration time) {
    programme.clock.Advance(time);
    programme.DoWhatIsDue();
  }
  Time Now() { return programme.clock.Now(); }
};

TEST_F(TraitsTest, AStatedFacetCountsAndAWithdrawnOneDoesNot) {
  ASSERT_THAT(State("cyclist"), IsOk());
  EXPECT_THAT(Ada().facets, ElementsAre("cyclist"));
  ASSERT_EQ(Traits().size(), 1U);
  EXPECT_EQ(Traits()[0].source, TraitSource::kSelf);
  EXPECT_EQ(Traits()[0].confidence, 100);
  EXPECT_THAT(Traits()[0].consent_time, Optional(Now()));
  ASSERT_THAT(Withdraw("cyclist"), IsOk());
  EXPECT_THAT(Ada().facets, IsEmpty());
  ASSERT_THAT(Withdraw("cyclist"), IsOk());  // Changes nothing.
  EXPECT_THAT(Withdraw("baker"), HasReason(Reason::kNotFound));
}

TEST_F(TraitsTest, NobodyButTheMemberBringsAWithdrawnFacetBack) {
  ASSERT_THAT(State("cyclist"), IsOk());
  ASSERT_THAT(Withdraw("cyclist"), IsOk());
  EXPECT_THAT(Propose("cyclist"), HasReason(Reason::kFacetWithdrawn));
  EXPECT_THAT(Propose("cyclist", Now()), HasReason(Reason::kFacetWithdrawn));
  EXPECT_THAT(Set({"cyclist"}), HasReason(Reason::kFacetWithdrawn));
  EXPECT_THAT(Remove("cyclist"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Ada().facets, IsEmpty());
  ASSERT_THAT(State("cyclist"), IsOk());
  EXPECT_THAT(Ada().facets, ElementsAre("cyclist"));
}

TEST_F(TraitsTest, AProposedFacetWaitsForConsent) {
  ASSERT_THAT(Propose("cyclist"), IsOk());
  EXPECT_THAT(Ada().facets, IsEmpty());
  ASSERT_THAT(Consent("cyclist"), IsOk());
  EXPECT_THAT(Ada().facets, ElementsAre("cyclist"));
  EXPECT_EQ(Traits()[0].source, TraitSource::kImport);
  EXPECT_EQ(Traits()[0].confidence, 70);
  EXPECT_THAT(Propose("cyclist"), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Remove("cyclist"), IsOk());
  EXPECT_THAT(Ada().facets, IsEmpty());
  EXPECT_THAT(Traits(), IsEmpty());
  EXPECT_THAT(Consent("cyclist"), HasReason(Reason::kNotFound));

  EXPECT_THAT(Propose("baker", Now() + hours(1)), IsInvalidField("facet.consent_time"));
  ASSERT_THAT(Propose("baker", Now()), IsOk());
  EXPECT_THAT(Ada().facets, ElementsAre("baker"));
}

TEST_F(TraitsTest, TheSixtyFifthFacetIsRefusedAndNamesTheField) {
  ASSERT_THAT(Propose("one-more"), IsOk());
  std::vector<std::string> facets;
  for (std::size_t i = 0; i < domain::kFacetsMax; ++i) {
    facets.push_back("f" + std::to_string(100 + i));
  }
  ASSERT_THAT(Set(facets), IsOk());
  EXPECT_THAT(State("another"), IsInvalidField("facet_id"));
  EXPECT_THAT(Propose("another", Now()), IsInvalidField("facet_id"));
  EXPECT_THAT(Consent("one-more"), IsInvalidField("name"));
  ASSERT_THAT(Withdraw("f100"), IsOk());
  EXPECT_THAT(Consent("one-more"), IsOk());
  EXPECT_EQ(Ada().facets.size(), domain::kFacetsMax);
  // One whose time comes when there is no room ends at once.
  ASSERT_THAT(State("late", Now() + hours(1)), IsOk());
  Pass(hours(1));
  EXPECT_EQ(Ada().facets.size(), domain::kFacetsMax);
  EXPECT_FALSE(testing::Matches(testing::Contains("late"))(Ada().facets));
}

TEST_F(TraitsTest, AFacetBeginsAndEndsByTime) {
  ASSERT_THAT(State("parent", Now() + hours(1), Now() + hours(3)), IsOk());
  EXPECT_THAT(Ada().facets, IsEmpty());
  Pass(hours(1));
  EXPECT_THAT(Ada().facets, ElementsAre("parent"));
  Pass(hours(1));
  EXPECT_THAT(Ada().facets, ElementsAre("parent"));
  const domain::Revision before = Ada().revision;
  Pass(hours(1));
  EXPECT_THAT(Ada().facets, IsEmpty());
  EXPECT_GT(Ada().revision, before);
  EXPECT_FALSE(Traits()[0].due_time.has_value());
  // An ended facet may be proposed again.
  EXPECT_THAT(Propose("parent"), IsOk());
}

TEST_F(TraitsTest, SeveralTraitsOfOneMemberAreDueAtOnce) {
  ASSERT_THAT(State("a", Now() + hours(1)), IsOk());
  ASSERT_THAT(State("b", Now() + hours(1)), IsOk());
  ASSERT_THAT(SetKind(StakeholderKind::kPartner, Now() + hours(1), std::nullopt), IsOk());
  Pass(hours(1));
  EXPECT_THAT(Ada().facets, ElementsAre("a", "b"));
  EXPECT_THAT(Ada().kinds, ElementsAre(StakeholderKind::kCustomer, StakeholderKind::kPartner));
}

TEST_F(TraitsTest, AKindHasATerm) {
  ASSERT_THAT(SetKind(StakeholderKind::kEmployee, std::nullopt, Now() + hours(2)), IsOk());
  EXPECT_THAT(Ada().kinds, ElementsAre(StakeholderKind::kCustomer, StakeholderKind::kEmployee));
  Pass(hours(2));
  EXPECT_THAT(Ada().kinds, ElementsAre(StakeholderKind::kCustomer));
  // A new term takes the place of the old one, and what is set plainly has none.
  ASSERT_THAT(SetKind(StakeholderKind::kEmployee, std::nullopt, Now() + hours(2)), IsOk());
  EXPECT_EQ(Traits().size(), 1U);
  ASSERT_THAT(SetKind(StakeholderKind::kEmployee, std::nullopt, Now()), IsOk());
  EXPECT_THAT(Ada().kinds, ElementsAre(StakeholderKind::kCustomer));
  ASSERT_THAT(Set({}, {StakeholderKind::kEmployee}), IsOk());
  EXPECT_THAT(Traits(), IsEmpty());
  Pass(hours(10));
  EXPECT_THAT(Ada().kinds, ElementsAre(StakeholderKind::kEmployee));
}

TEST_F(TraitsTest, WhoSetsTheFacetsOfAMemberStatesItsConsent) {
  ASSERT_THAT(State("baker", Now() + hours(1)), IsOk());
  ASSERT_THAT(Set({"cyclist", "driver"}), IsOk());
  ASSERT_THAT(Set({"driver", "eater"}), IsOk());
  EXPECT_THAT(Ada().facets, ElementsAre("driver", "eater"));
  std::vector<std::string> facets;
  for (const Trait& trait : Traits()) {
    facets.push_back(trait.facet);
    EXPECT_TRUE(trait.consent_time.has_value());
  }
  // What will begin later was not named and stays.
  EXPECT_THAT(facets, testing::UnorderedElementsAre("baker", "driver", "eater"));
}

TEST_F(TraitsTest, AFacetFromBeforeThereWereTraitsCanBeWithdrawn) {
  programme.ChangeMember("ada", [](domain::Member& member) { member.facets = {"a", "b"}; });
  ASSERT_THAT(Consent("a"), IsOk());
  EXPECT_THAT(Propose("a"), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Withdraw("a"), IsOk());
  EXPECT_THAT(Ada().facets, ElementsAre("b"));
  EXPECT_THAT(Set({"a", "b"}), HasReason(Reason::kFacetWithdrawn));
  ASSERT_THAT(Remove("b"), IsOk());
  EXPECT_THAT(Ada().facets, IsEmpty());
}

TEST_F(TraitsTest, TheDueTraitOfAnErasedMemberGoes) {
  ASSERT_THAT(State("parent", Now() + hours(1)), IsOk());
  programme.Erase(Ada().key);
  Pass(hours(1));
  EXPECT_THAT(Traits(), IsEmpty());
}

TEST_F(TraitsTest, AHandleIsOneMembersInAllItsSpellings) {
  programme.AddMember("bob");
  const auto set = [&](const std::string& member, const std::string& handle) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::UpdateMember(
                 reader, unit, "demo", member,
                 {[&](domain::Member& edited) { edited.handle = handle; }});
           })
        .status();
  };
  ASSERT_THAT(set("ada", "Zoë"), IsOk());
  ASSERT_THAT(set("ada", "zoë"), IsOk());  // One's own.
  EXPECT_THAT(set("bob", "ZOE\xCC\x88"), HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(set("bob", "Zoe"), IsOk());
  EXPECT_THAT(set("bob", "a b"), IsInvalidField("member.handle"));
  ASSERT_THAT(set("ada", ""), IsOk());
  EXPECT_THAT(set("bob", "ZOE\xCC\x88"), IsOk());
  ASSERT_THAT(set("ada", ""), IsOk());  // Many members have none.
}

}  // namespace
}  // namespace perigee::tests
