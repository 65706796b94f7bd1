#include "server/use_cases/thanks/reciprocity.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "server/use_cases/ask/asks.h"
#include "tests/use_cases/thanks/thankful.h"

namespace perigee::tests {
namespace {

using std::chrono::days;

class ReciprocityUseCaseTest : public ThankfulTest {
 protected:
  ReciprocityUseCaseTest() {
    Change([](domain::Program& program) { program.thanks_limit = 100; });
  }
  use_cases::PersonReciprocity Of(const std::string& member) {
    use_cases::PersonReciprocity found;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      found = use_cases::ReciprocityOfPerson(reader, "demo", member, Now()).value();
      return absl::OkStatus();
    });
    return found;
  }
  domain::NetworkReciprocity Network() {
    return use_cases::ReciprocityOfProgram(programme.store(), "demo").value();
  }
};

TEST_F(ReciprocityUseCaseTest, AMembersIndexWeighsNoveltyAndAge) {
  EXPECT_FALSE(Of("ada").members.index.has_value());
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  programme.clock.Set(Now() + days(180));
  ASSERT_THAT(Give("bob", "ada"), IsOk());
  // 0.5 against 1 with bob.
  EXPECT_DOUBLE_EQ(Of("ada").members.index.value(), 0.5);
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  // 0.5 + 1 against 1; the first one is too old to take from novelty.
  EXPECT_DOUBLE_EQ(Of("ada").members.index.value(), 1.0 / 1.5);
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  // 0.5 + 1 + 1/2 against 1.
  EXPECT_DOUBLE_EQ(Of("ada").members.index.value(), 0.5);
  ASSERT_THAT(Give("ada", "cyd"), IsOk());
  EXPECT_DOUBLE_EQ(Of("ada").members.index.value(), 0.25);
  EXPECT_EQ(Of("ada").members.partners, 2);
  EXPECT_EQ(Of("ada").members.mutual, 1);
  EXPECT_DOUBLE_EQ(Of("cyd").members.index.value(), 0.0);
}

TEST_F(ReciprocityUseCaseTest, TheBrandIsApartAndAbsentWithoutAsks) {
  ASSERT_THAT(Give("", "ada"), IsOk());
  ASSERT_THAT(Give("ada", ""), IsOk());
  const use_cases::PersonReciprocity found = Of("ada");
  EXPECT_FALSE(found.members.index.has_value());
  EXPECT_FALSE(found.brand.has_value());
  EXPECT_EQ(found.brand_thanks, 1);
  EXPECT_EQ(found.asks_accepted, 0);
  EXPECT_EQ(Network().edges, 0);
  EXPECT_FALSE(Network().index().has_value());

  const auto ask = Do([](auto& reader, const auto& unit) {
    return use_cases::ProposeAsk(reader, unit, "demo",
                                 {"ada", "events", "talk", "Speak", domain::AskState::kSent});
  });
  ASSERT_THAT(ask, IsOk());
  EXPECT_FALSE(Of("ada").brand.has_value());
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::AnswerAsk(reader, unit, {"demo", "ada", ask->id},
                                            domain::AskMove::kAccept, "");
              }),
              IsOk());
  EXPECT_EQ(Of("ada").asks_accepted, 1);
  EXPECT_DOUBLE_EQ(Of("ada").brand.value(), 1.0);
}

TEST_F(ReciprocityUseCaseTest, AnEdgeCountsOnceWhileALiveThanksMakesIt) {
  const auto first = Give("ada", "bob");
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  const auto back = Give("bob", "ada");
  ASSERT_THAT(Give("ada", "cyd"), IsOk());
  EXPECT_EQ(Network().edges, 3);
  EXPECT_EQ(Network().mutual, 2);
  EXPECT_DOUBLE_EQ(Network().index().value(), 2.0 / 3.0);
  ASSERT_THAT(Withdraw(first->id, "ada"), IsOk());
  EXPECT_EQ(Network().edges, 3);
  ASSERT_THAT(Withdraw(back->id, "bob"), IsOk());
  EXPECT_EQ(Network().edges, 2);
  EXPECT_EQ(Network().mutual, 0);
}

TEST_F(ReciprocityUseCaseTest, MergedMembersAreOneInTheNetwork) {
  ASSERT_THAT(Give("ada", "cyd"), IsOk());
  ASSERT_THAT(Give("bob", "cyd"), IsOk());
  ASSERT_THAT(Give("cyd", "bob"), IsOk());
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  ASSERT_THAT(Give("cyd", "dan"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  // ada ⇄ cyd, cyd → dan.
  EXPECT_EQ(Network().edges, 3);
  EXPECT_EQ(Network().mutual, 2);
  const use_cases::PersonReciprocity both = Of("bob");
  EXPECT_EQ(both.members.partners, 1);
  EXPECT_DOUBLE_EQ(both.members.index.value(), 0.5);
}

TEST_F(ReciprocityUseCaseTest, AnErasureLeavesTheFiguresOfOthers) {
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  ASSERT_THAT(Give("bob", "ada"), IsOk());
  Erase("bob");
  EXPECT_EQ(Network().edges, 2);
  EXPECT_DOUBLE_EQ(Of("ada").members.index.value(), 1.0);
}

TEST_F(ReciprocityUseCaseTest, AMissingProgrammeIsNotFound) {
  EXPECT_THAT(use_cases::ReciprocityOfProgram(programme.store(), "none"),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
