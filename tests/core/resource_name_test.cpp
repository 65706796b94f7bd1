#include "server/core/resource_name.h"

#include <array>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(IdTest, IsDnsSafeAndAtMost63) {
  for (const std::string& id : {std::string("a"), std::string("9"), std::string("a-b-9"),
                                std::string("a--b"), std::string(kIdLengthMax, 'a')}) {
    EXPECT_TRUE(IsValidId(id)) << id;
    EXPECT_THAT(CheckId("id", id), IsOk());
  }
  for (const std::string& id :
       {std::string(), std::string("-a"), std::string("a-"), std::string("A"), std::string("a_b"),
        std::string("a.b"), std::string("a/b"), std::string("é"), std::string("a b"),
        std::string("a\0b", 3), std::string(kIdLengthMax + 1, 'a')}) {
    EXPECT_FALSE(IsValidId(id)) << id;
    EXPECT_THAT(CheckId("member_id", id), IsInvalidField("member_id")) << id;
  }
}

TEST(NameTest, PartsAtTheStarsAreReadInOrder) {
  EXPECT_THAT(ParseName("name", "programs/acme/members/ada", kMemberPattern).value(),
              ElementsAre("acme", "ada"));
  EXPECT_THAT(
      ParseName("name", "programs/acme/boards/top/periods/2026-11-16", kPeriodPattern).value(),
      ElementsAre("acme", "top", "2026-11-16"));
}

TEST(NameTest, AnythingElseIsRefused) {
  for (const std::string name :
       {"", "programs", "programs/", "programs/acme", "programs/acme/members",
        "programs/acme/members/", "programs//members/ada", "programs/acme/members/ada/",
        "/programs/acme/members/ada", "programs/acme/boards/ada", "programs/acme/members/Ada",
        "programs/acme/members/*", "programs/acme/members/ada/accounts/points"}) {
    EXPECT_THAT(ParseName("parent", name, kMemberPattern), IsInvalidField("parent")) << name;
  }
}

TEST(NameTest, APartThatIsNoIdIsNamed) {
  const auto refused = [](std::string_view name) {
    std::array<std::string_view, 3> parts;
    return MatchName("name", name, kPeriodPattern, parts);
  };
  const absl::Status status = refused("programs/acme/boards/Top!/periods/current");
  EXPECT_THAT(status, IsInvalidField("name"));
  EXPECT_THAT(std::string(status.message()), StartsWith("name has \"Top!\" in the place of an id"));
  EXPECT_EQ(MetadataOf(status).at("id"), "Top!");
  EXPECT_EQ(MetadataOf(refused("programs//boards/Top/periods/current")).at("id"), "");
  EXPECT_EQ(MetadataOf(refused("programs/acme/boards/top/periods/")).at("id"), "");
  // A refusal has no room for what is longer.
  for (const std::string& name :
       {std::string("programs/acme/boards/Top"), std::string("programs/acme/members/Top/periods/a"),
        std::string("programs/acme/boards/top/periods/a/Top"),
        "programs/acme/boards/top/periods/" + std::string(101, 'a')}) {
    EXPECT_FALSE(MetadataOf(refused(name)).contains("id")) << name;
    EXPECT_EQ(refused(name).message(), "name does not have the form programs/*/boards/*/periods/*");
  }
}

TEST(NameTest, AWrittenNameIsReadBack) {
  const std::string name = FormatName(kProgramAccountPattern, {"acme", "points", "issued"});
  EXPECT_EQ(name, "programs/acme/assets/points/accounts/issued");
  EXPECT_THAT(ParseName("name", name, kProgramAccountPattern).value(),
              ElementsAre("acme", "points", "issued"));
}

TEST(NameTest, EachResourceHasItsForm) {
  EXPECT_EQ(ProgramName("acme"), "programs/acme");
  EXPECT_EQ(AssetName("acme", "points"), "programs/acme/assets/points");
  EXPECT_EQ(RuleName("acme", "accepted"), "programs/acme/rules/accepted");
  EXPECT_EQ(MemberName("acme", "ada"), "programs/acme/members/ada");
  EXPECT_EQ(ActivityName("acme", 42), "programs/acme/activities/42");
  EXPECT_EQ(BoardName("acme", "top"), "programs/acme/boards/top");
  EXPECT_EQ(PeriodName("acme", "top", "all-time"), "programs/acme/boards/top/periods/all-time");
}

TEST(NameTest, ProgrammeAndMemberAreFoundInLongerNames) {
  EXPECT_EQ(ProgramIn("programs/acme"), "acme");
  EXPECT_EQ(ProgramIn("programs/acme/members/ada/lots"), "acme");
  for (const char* name : {"", "programs", "programs/", "programs//members/ada", "programs/A",
                           "program/acme", " programs/acme"}) {
    EXPECT_EQ(ProgramIn(name), std::nullopt) << name;
  }
  EXPECT_EQ(MemberIn("programs/acme/members/ada", "acme"), "ada");
  EXPECT_EQ(MemberIn("programs/acme/members/ada/accounts/points", "acme"), "ada");
  for (const char* name : {"programs/acme", "programs/acme/members", "programs/acme/boards/top"}) {
    EXPECT_EQ(MemberIn(name, "acme"), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace perigee::tests
