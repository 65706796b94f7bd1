#include "server/services/access/access_service.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/text.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/naughty_strings.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {
namespace {

constexpr int kEachSoManyNames = 25;

class AccessServiceTest : public testing::Test {
 protected:
  v1::CreateRoleGrantRequest NewGrant(const std::string& subject = "kim") {
    v1::CreateRoleGrantRequest request;
    request.set_parent("programs/acme");
    request.mutable_role_grant()->set_role(v1::ROLE_MODERATOR);
    request.mutable_role_grant()->set_issuer(server.kIssuer);
    request.mutable_role_grant()->set_subject(subject);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  absl::Status Create(const v1::CreateRoleGrantRequest& request) {
    return server.CallWith(root, MethodNamed("AccessAdminService/CreateRoleGrant"), request);
  }

  AccessServer server;
  const std::string root = server.Token("root");
};

TEST_F(AccessServiceTest, RefusalsNameTheField) {
  const auto refusal = [&](auto change) {
    v1::CreateRoleGrantRequest request = NewGrant();
    change(request);
    return Create(request);
  };
  EXPECT_THAT(refusal([](auto& r) { r.set_parent("programs/-"); }), IsInvalidField("parent"));
  EXPECT_THAT(refusal([](auto& r) { r.set_request_id("x"); }), IsInvalidField("request_id"));
  for (const v1::Role role : {v1::ROLE_UNSPECIFIED, v1::ROLE_MEMBER, v1::ROLE_OPERATOR}) {
    EXPECT_THAT(refusal([&](auto& r) { r.mutable_role_grant()->set_role(role); }),
                IsInvalidField("role_grant.role"));
  }
  EXPECT_THAT(refusal([](auto& r) { r.mutable_role_grant()->clear_issuer(); }),
              IsInvalidField("role_grant.issuer"));
  // Nobody of such an issuer could ever sign in.
  EXPECT_THAT(refusal([](auto& r) { r.mutable_role_grant()->set_issuer("https://id.exampel"); }),
              IsInvalidField("role_grant.issuer"));
  // Nobody of such an issuer could ever sign in.
  EXPECT_THAT(refusal([](auto& r) { r.mutable_role_grant()->set_issuer("https://id.exampel"); }),
              IsInvalidField("role_grant.issuer"));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_role_grant()->clear_subject(); }),
              IsInvalidField("role_grant.subject"));
  EXPECT_THAT(refusal([](auto& r) { r.mutable_role_grant()->mutable_expire_time(); }),
              IsInvalidField("role_grant.expire_time"));
  EXPECT_THAT(refusal([](auto& r) { r.set_parent("programs/none"); }),
              HasReason(Reason::kNotFound));
}

TEST_F(AccessServiceTest, ASubjectHasARoleOnceUntilItEnds) {
  EXPECT_THAT(Create(NewGrant()), IsOk());
  EXPECT_THAT(Create(NewGrant()), HasReason(Reason::kAlreadyExists));
  v1::CreateRoleGrantRequest other = NewGrant();
  other.mutable_role_grant()->set_role(v1::ROLE_ANALYST);
  EXPECT_THAT(Create(other), IsOk());
}

TEST_F(AccessServiceTest, ARetryGrantsOnce) {
  const v1::CreateRoleGrantRequest request = NewGrant();
  const auto first =
      server.Must<v1::RoleGrant>(root, "AccessAdminService/CreateRoleGrant", request);
  const auto again =
      server.Must<v1::RoleGrant>(root, "AccessAdminService/CreateRoleGrant", request);
  EXPECT_EQ(first.name(), again.name());
}

TEST_F(AccessServiceTest, AListHasAllGrantsInPages) {
  std::vector<std::string> names;
  v1::ListRoleGrantsRequest request;
  request.set_parent("programs/acme");
  request.set_page_size(2);
  do {
    const auto page =
        server.Must<v1::ListRoleGrantsResponse>(root, "AccessAdminService/ListRoleGrants", request);
    for (const v1::RoleGrant& grant : page.role_grants()) {
      names.push_back(grant.name());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 5U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST_F(AccessServiceTest, AMembersIdentitiesAreListedAndTakenAway) {
  const v1::Identity second = server.Identify("programs/acme/members/ada", "ada at work");
  v1::ListIdentitiesRequest list;
  list.set_parent("programs/acme/members/ada");
  const auto size = [&] {
    return server.Must<v1::ListIdentitiesResponse>(root, "AccessAdminService/ListIdentities", list)
        .identities_size();
  };
  EXPECT_EQ(size(), 2);
  v1::DeleteIdentityRequest request;
  request.set_name(second.name());
  request.set_request_id(server.NewRequestId());
  server.Must<v1::DeleteIdentityResponse>(root, "AccessAdminService/DeleteIdentity", request);
  EXPECT_EQ(size(), 1);
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(server.CallWith(root, MethodNamed("AccessAdminService/DeleteIdentity"), request),
              HasReason(Reason::kNotFound));
}

// Names and naughty strings as subjects: each is either refused, or signs in as itself.
TEST_F(AccessServiceTest, EverySubjectIsRefusedOrSignsIn) {
  std::vector<std::string> texts = NaughtyStrings();
  std::ifstream names(SharedData("strings-names/names.csv"));
  if (texts.empty() || !names) {
    PERIGEE_SKIP_OR_FAIL("the data sets strings-naughty and strings-names");
  }
  int line_number = 0;
  for (std::string line; std::getline(names, line); ++line_number) {
    if (line_number % kEachSoManyNames == 0) {
      texts.push_back(line.substr(line.rfind(',') + 1));
    }
  }
  v1::ListRoleGrantsRequest list;
  list.set_parent("programs/acme");
  int signed_in = 0;
  for (const std::string& text : texts) {
    if (!IsValidUtf8(text)) {
      continue;  // No field of text can hold it.
    }
    v1::CreateRoleGrantRequest request = NewGrant(text);
    request.mutable_role_grant()->set_role(v1::ROLE_PROGRAM_ADMIN);
    const absl::Status granted = Create(request);
    if (!granted.ok()) {
      EXPECT_TRUE(ReasonOf(granted) == Reason::kInvalidField ||
                  ReasonOf(granted) == Reason::kAlreadyExists)
          << text;
      continue;
    }
    ++signed_in;
    EXPECT_THAT(
        server.CallWith(server.Token(text), MethodNamed("AccessAdminService/ListRoleGrants"), list),
        IsOk())
        << text;
  }
  std::printf("%zu strings, %d signed in\n", texts.size(), signed_in);
  EXPECT_GT(signed_in, 100);
}

}  // namespace
}  // namespace perigee::tests
