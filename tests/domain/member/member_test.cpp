#include "server/domain/member/member.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::StakeholderKind;
using testing::ElementsAre;

domain::Member Good() {
  domain::Member member;
  member.id = "ada";
  member.display_name = "Ada";
  member.kinds = {StakeholderKind::kCustomer};
  return member;
}

TEST(MemberTest, KindsAndFacetsAreSorted) {
  domain::Member member = Good();
  member.kinds = {StakeholderKind::kInvestor, StakeholderKind::kCustomer};
  member.facets = {"parent", "cyclist"};
  EXPECT_THAT(domain::NormalizeMember(member), IsOk());
  EXPECT_THAT(member.kinds, ElementsAre(StakeholderKind::kCustomer, StakeholderKind::kInvestor));
  EXPECT_THAT(member.facets, ElementsAre("cyclist", "parent"));
}

TEST(MemberTest, LimitsAreThoseOfTheContract) {
  domain::Member member = Good();
  member.id = "-ada";
  EXPECT_THAT(domain::NormalizeMember(member), IsInvalidField("member_id"));
  member = Good();
  member.display_name = "A\u0085da";
  EXPECT_THAT(domain::NormalizeMember(member), IsInvalidField("member.display_name"));
  member = Good();
  member.kinds = {StakeholderKind::kDonor, StakeholderKind::kCustomer, StakeholderKind::kDonor};
  EXPECT_THAT(domain::NormalizeMember(member), IsInvalidField("member.kinds"));
  member = Good();
  member.facets = {"cyclist", "parent", "cyclist"};
  EXPECT_THAT(domain::NormalizeMember(member), IsInvalidField("member.facets"));
  member.facets = {"Cyclist"};
  EXPECT_THAT(domain::NormalizeMember(member), IsInvalidField("member.facets"));
  member.facets.clear();
  for (std::size_t i = 0; i < domain::kFacetsMax; ++i) {
    member.facets.push_back("facet-" + std::to_string(i));
  }
  EXPECT_THAT(domain::NormalizeMember(member), IsOk());
  member.facets.emplace_back("one-more");
  EXPECT_THAT(domain::NormalizeMember(member), IsInvalidField("member.facets"));
}

TEST(MemberTest, SuspensionIsMadeOnceAndEndedOnce) {
  domain::Member member = Good();
  EXPECT_THAT(domain::Reinstate(member, FromMicros(1)), HasReason(Reason::kMemberNotSuspended));
  EXPECT_EQ(member.update_time, Time{});
  EXPECT_THAT(domain::Suspend(member, FromMicros(2)), IsOk());
  EXPECT_EQ(member.standing, domain::Standing::kSuspended);
  EXPECT_EQ(member.update_time, FromMicros(2));
  EXPECT_THAT(domain::Suspend(member, FromMicros(3)), HasReason(Reason::kMemberSuspended));
  EXPECT_EQ(member.update_time, FromMicros(2));
  EXPECT_THAT(domain::Reinstate(member, FromMicros(4)), IsOk());
  EXPECT_EQ(member.standing, domain::Standing::kGood);
  EXPECT_EQ(member.update_time, FromMicros(4));
}

}  // namespace
}  // namespace perigee::tests
