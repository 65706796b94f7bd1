#include "server/domain/orbit/departure.h"

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::MemberType;
using domain::StakeholderKind;

TEST(DepartureTest, WhoWorksForTheProgramme) {
  EXPECT_FALSE(domain::IsStaff(MemberType::kPerson, {}));
  EXPECT_FALSE(
      domain::IsStaff(MemberType::kPerson, {StakeholderKind::kCustomer, StakeholderKind::kAlumni}));
  EXPECT_TRUE(domain::IsStaff(MemberType::kPerson,
                              {StakeholderKind::kCustomer, StakeholderKind::kEmployee}));
  EXPECT_TRUE(domain::IsStaff(MemberType::kStaff, {}));
  EXPECT_TRUE(domain::IsStaff(MemberType::kBot, {}));
}

}  // namespace
}  // namespace perigee::tests
