#pragma once

#include <string>

#include <gtest/gtest.h>

#include "perigee/v1/tier.pb.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {

// In `acme`, ada and bob each earned 5 of reputation, and there is the scheme `loyalty` with bronze
// from 5 and silver from 50. Nobody applied it yet.
class TierServicesTest : public testing::Test {
 protected:
  TierServicesTest() {
    server.Identify(kAcme + "/members/bob", "bob");
    Must<v1::TierScheme>("TierAdminService/SetTierScheme", Setting(Loyalty()));
  }

  template <class Response>
  Response Must(const std::string& method, const google::protobuf::Message& request) {
    return server.Must<Response>(server.Token("ROLE_PROGRAM_ADMIN"), method, request);
  }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  static v1::TierScheme Loyalty() {
    v1::TierScheme scheme;
    scheme.set_name(kAcme + "/tierSchemes/loyalty");
    scheme.set_display_name("Loyalty");
    for (const auto& [id, at_least] : {std::pair("bronze", 5), std::pair("silver", 50)}) {
      v1::TierLevel& level = *scheme.add_levels();
      level.set_id(id);
      level.set_display_name(id);
      level.set_at_least(at_least);
    }
    return scheme;
  }
  v1::SetTierSchemeRequest Setting(const v1::TierScheme& scheme) {
    v1::SetTierSchemeRequest request;
    *request.mutable_scheme() = scheme;
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::LockTierStandingRequest Locking(const std::string& member, const std::string& level) {
    v1::LockTierStandingRequest request;
    request.set_name(member + "/tierStandings/loyalty");
    request.set_level(level);
    request.set_reason("On leave");
    request.set_request_id(server.NewRequestId());
    return request;
  }

  inline static const std::string kAcme = "programs/acme";
  inline static const std::string kAda = kAcme + "/members/ada";
  inline static const std::string kBob = kAcme + "/members/bob";

  AccessServer server;
};

}  // namespace perigee::tests
