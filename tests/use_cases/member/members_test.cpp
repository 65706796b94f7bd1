#include "server/use_cases/member/members.h"

#include <functional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/use_cases/programme_reader.h"

namespace perigee::tests {
namespace {

using domain::Member;

class MembersTest : public testing::Test {
 protected:
  MembersTest() { programme.AddMember("ada"); }

  use_cases::DecidedMember Update(std::function<void(Member&)> change) {
    return Decide(programme, [&](ports::StoreReader& reader, const ports::UnitContext& unit) {
      return use_cases::UpdateMember(reader, unit, "demo", "ada", {std::move(change)});
    });
  }

  Programme programme;
};

TEST_F(MembersTest, AnEditIsBroughtIntoOrder) {
  const auto changed = Update([](Member& member) { member.facets = {"parent", "cyclist"}; });
  ASSERT_THAT(changed, IsOk());
  EXPECT_THAT(changed->value.facets, testing::ElementsAre("cyclist", "parent"));
  EXPECT_EQ(changed->value.update_time, kUnit.now);
  EXPECT_EQ(changed->changes.records.Last<Member>()->revision, kUnit.revision);
}

TEST_F(MembersTest, AMemberOutOfOrderIsRefused) {
  EXPECT_THAT(Update([](Member& member) { member.display_name.clear(); }),
              IsInvalidField("member.display_name"));
}

}  // namespace
}  // namespace perigee::tests
