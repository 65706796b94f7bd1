#include "server/services/orbit/orbit_service.h"

#include <string>

#include <gtest/gtest.h>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/orbit.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada and bob did one `talk` each.
class OrbitServiceTest : public testing::Test {
 protected:
  absl::Status Get(const std::string& who, const std::string& name) {
    v1::GetOrbitRequest request;
    request.set_name(name);
    return server.CallWith(server.Token(who), MethodNamed("OrbitService/GetOrbit"), request);
  }
  v1::Orbit Must(const std::string& who, const std::string& name) {
    v1::GetOrbitRequest request;
    request.set_name(name);
    return server.Must<v1::Orbit>(server.Token(who), "OrbitService/GetOrbit", request);
  }
  void SetWeight(int weight) {
    v1::SetActivityTypeRequest request;
    request.mutable_activity_type()->set_name(kAcme + "/activityTypes/talk");
    request.mutable_activity_type()->set_display_name("Talk");
    request.mutable_activity_type()->set_weight(weight);
    request.set_request_id(server.NewRequestId());
    server.Must<v1::ActivityType>(server.Token("ROLE_PROGRAM_ADMIN"),
                                  "OrbitAdminService/SetActivityType", request);
  }

  AccessServer server;
};

TEST_F(OrbitServiceTest, AMemberSeesTheOwnOrbitAndNoOther) {
  EXPECT_THAT(Get("ada", kAda + "/orbit"), IsOk());
  EXPECT_THAT(Get("ada", kBob + "/orbit"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get("ada", kAcme + "/members/none/orbit"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get("ROLE_REVIEWER", kBob + "/orbit"), IsOk());
  EXPECT_THAT(Get("ROLE_ANALYST", kBob + "/orbit"), HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Get("stranger", kAda + "/orbit"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Get("root", kAda), HasReason(Reason::kInvalidField));
}

TEST_F(OrbitServiceTest, ThePlaceIsExplained) {
  SetWeight(8);
  const v1::Orbit orbit = Must("ada", kAda + "/orbit");
  EXPECT_EQ(orbit.name(), kAda + "/orbit");
  EXPECT_EQ(orbit.place().index(), 8);
  EXPECT_EQ(orbit.place().level(), v1::ORBIT_LEVEL_CONTRIBUTING);
  EXPECT_EQ(orbit.place().step(), 2);
  EXPECT_EQ(orbit.reason().weight(), 8);
  EXPECT_EQ(orbit.reason().activity_type(), "talk");
  EXPECT_EQ(orbit.reason().day(), "2026-11-21");
  EXPECT_EQ(orbit.reached().index(), 8);
  EXPECT_EQ(orbit.next_review_day(), "2027-01-01");
  EXPECT_EQ(orbit.at_next_review().index(), 8);
  ASSERT_GT(orbit.goals_size(), 1);
  EXPECT_EQ(orbit.goals(0).weight(), 9);
  EXPECT_EQ(orbit.goals(0).place().step(), 1);
  // Until the year's end there are 40 days, and 29 are needed.
  EXPECT_EQ(orbit.goals(1).unit(), v1::PRESENCE_UNIT_QUARTER);
  EXPECT_EQ(orbit.goals(1).more_days(), 29);
  EXPECT_EQ(orbit.goals(1).last_day(), "2026-12-31");
  EXPECT_EQ(orbit.goals(1).place().level(), v1::ORBIT_LEVEL_LEADING);
  EXPECT_EQ(orbit.love(), 8);
}

TEST_F(OrbitServiceTest, WhoIsNowhereHasNoPlace) {
  SetWeight(0);
  server.clock.Set(server.clock.Now() + std::chrono::days(60));
  const v1::Orbit orbit = Must("ada", kAda + "/orbit");
  EXPECT_FALSE(orbit.has_place());
  EXPECT_FALSE(orbit.has_reason());
  EXPECT_EQ(orbit.goals(0).weight(), 1);
}

}  // namespace
}  // namespace perigee::tests
