#include "server/domain/access/role_grant.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Role;

TEST(RoleGrantTest, MembersAndOperatorsAreNotGranted) {
  for (const Role role :
       {Role::kModerator, Role::kReviewer, Role::kProgramAdmin, Role::kAnalyst, Role::kIngestion}) {
    EXPECT_TRUE(domain::MayBeGranted(role));
  }
  EXPECT_FALSE(domain::MayBeGranted(Role::kMember));
  EXPECT_FALSE(domain::MayBeGranted(Role::kOperator));
  EXPECT_FALSE(domain::MayBeGranted(static_cast<Role>(0)));
  EXPECT_FALSE(domain::MayBeGranted(static_cast<Role>(99)));
}

TEST(RoleGrantTest, AGrantEndsAtItsInstant) {
  domain::RoleGrant grant;
  EXPECT_TRUE(grant.IsLive(kEndOfTime));
  grant.expire_time = FromMicros(10);
  EXPECT_TRUE(grant.IsLive(FromMicros(9)));
  EXPECT_FALSE(grant.IsLive(FromMicros(10)));
}

TEST(RoleGrantTest, SubjectsOfTwoIssuersDiffer) {
  EXPECT_NE(domain::SubjectDigest({"a", "bc"}), domain::SubjectDigest({"ab", "c"}));
  EXPECT_EQ(domain::SubjectDigest({"a", "bc"}), domain::SubjectDigest({"a", "bc"}));
}

TEST(RoleGrantTest, ASubjectHasLimits) {
  EXPECT_THAT(domain::CheckSubject("x", {"i", "s"}), IsOk());
  EXPECT_THAT(domain::CheckSubject("x", {"", "s"}), IsInvalidField("x.issuer"));
  EXPECT_THAT(domain::CheckSubject("x", {"i", ""}), IsInvalidField("x.subject"));
  EXPECT_THAT(domain::CheckSubject("x", {"i", std::string(256, 's')}), IsInvalidField("x.subject"));
  EXPECT_THAT(domain::CheckSubject("x", {"i", "a\nb"}), IsInvalidField("x.subject"));
}

TEST(RolesTest, ASetHasWhatWasAdded) {
  domain::Roles roles{Role::kMember, Role::kAnalyst};
  EXPECT_TRUE(roles.Has(Role::kMember));
  EXPECT_FALSE(roles.Has(Role::kModerator));
  EXPECT_TRUE(roles.HasAnyOf({Role::kModerator, Role::kAnalyst}));
  EXPECT_FALSE(roles.HasAnyOf({Role::kModerator}));
  roles.Remove(Role::kMember);
  EXPECT_FALSE(roles.Has(Role::kMember));
  EXPECT_FALSE(roles.empty());
  EXPECT_TRUE(domain::Roles{}.empty());
}

}  // namespace
}  // namespace perigee::tests
