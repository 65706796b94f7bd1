#include "server/services/orbit/orbit_admin_service.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "perigee/v1/orbit.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";

// In `acme`, ada and bob did one `talk` each.
class OrbitAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "OrbitAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Response>
  Response Must(const std::string& who, const std::string& method,
                const google::protobuf::Message& request) {
    return server.Must<Response>(server.Token(who), Rpc(method), request);
  }
  v1::SetActivityTypeRequest Weighing(const std::string& type, int weight) {
    v1::SetActivityTypeRequest request;
    request.mutable_activity_type()->set_name(kAcme + "/activityTypes/" + type);
    request.mutable_activity_type()->set_display_name("Talk");
    request.mutable_activity_type()->set_weight(weight);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::GetGravityRequest GravityOf(int days_back) {
    v1::GetGravityRequest request;
    request.set_parent(kAcme);
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(server.clock.Now().time_since_epoch())
            .count();
    request.mutable_from_time()->set_seconds(seconds - std::int64_t{86'400} * days_back);
    request.mutable_to_time()->set_seconds(seconds);
    return request;
  }
  void Later(Duration by) { server.clock.Set(server.clock.Now() + by); }

  AccessServer server;
};

TEST_F(OrbitAdminServiceTest, TypesAreSetAndListed) {
  EXPECT_THAT(Call("ROLE_MODERATOR", "SetActivityType", Weighing("talk", 5)),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "SetActivityType", Weighing("talk", 13)),
              IsInvalidField("activity_type.weight"));
  const auto set =
      Must<v1::ActivityType>("ROLE_PROGRAM_ADMIN", "SetActivityType", Weighing("talk", 5));
  v1::SetActivityTypeRequest stale = Weighing("talk", 6);
  stale.mutable_activity_type()->set_etag("r1");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "SetActivityType", stale),
              HasReason(Reason::kEtagMismatch));
  stale = Weighing("talk", 6);
  stale.mutable_activity_type()->set_etag(set.etag());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "SetActivityType", stale), IsOk());
  v1::ListActivityTypesRequest list;
  list.set_parent(kAcme);
  const auto listed =
      Must<v1::ListActivityTypesResponse>("ROLE_ANALYST", "ListActivityTypes", list);
  ASSERT_EQ(listed.activity_types_size(), 1);
  EXPECT_EQ(listed.activity_types(0).weight(), 6);
  EXPECT_EQ(listed.activity_types(0).name(), kAcme + "/activityTypes/talk");
}

TEST_F(OrbitAdminServiceTest, TheMapIsMadeOnceAMinute) {
  v1::GetOrbitMapRequest request;
  request.set_parent(kAcme);
  EXPECT_THAT(Call("ada", "GetOrbitMap", request), HasReason(Reason::kPermissionDenied));
  const auto map = Must<v1::OrbitMap>("ROLE_ANALYST", "GetOrbitMap", request);
  ASSERT_EQ(map.members_size(), 13);
  EXPECT_EQ(map.members(0).place().level(), v1::ORBIT_LEVEL_LEADING);
  EXPECT_EQ(map.members(11).place().index(), 1);
  EXPECT_EQ(map.members(11).members(), 2);
  EXPECT_FALSE(map.members(12).has_place());
  EXPECT_EQ(map.love_median(), 1);

  Must<v1::ActivityType>("ROLE_PROGRAM_ADMIN", "SetActivityType", Weighing("talk", 12));
  Later(std::chrono::seconds(59));
  EXPECT_EQ(Must<v1::OrbitMap>("ROLE_ANALYST", "GetOrbitMap", request).members(0).members(), 0);
  Later(std::chrono::seconds(2));
  EXPECT_EQ(Must<v1::OrbitMap>("ROLE_ANALYST", "GetOrbitMap", request).members(0).members(), 2);
}

TEST_F(OrbitAdminServiceTest, AMissingProgrammeHasNoMap) {
  v1::GetOrbitMapRequest request;
  request.set_parent("programs/none");
  EXPECT_THAT(Call("root", "GetOrbitMap", request), HasReason(Reason::kNotFound));
  request.set_parent("none");
  EXPECT_THAT(Call("root", "GetOrbitMap", request), IsInvalidField("parent"));
}

TEST_F(OrbitAdminServiceTest, GravityComparesTwoDays) {
  Later(std::chrono::days(10));
  const auto gravity = Must<v1::Gravity>("ROLE_ANALYST", "GetGravity", GravityOf(5));
  EXPECT_EQ(gravity.from_day(), "2026-11-26");
  EXPECT_EQ(gravity.to_day(), "2026-12-01");
  EXPECT_EQ(gravity.from().weighted_commitment(), 2);
  EXPECT_EQ(gravity.to().weighted_commitment(), 2);
  EXPECT_EQ(gravity.gravity(), 0);
  EXPECT_EQ(gravity.gravity_alike(), 0);
  EXPECT_TRUE(gravity.has_gravity_alike());
  EXPECT_THAT(Call("ROLE_ANALYST", "GetGravity", GravityOf(0)), IsInvalidField("from_time"));
  EXPECT_THAT(Call("ada", "GetGravity", GravityOf(5)), HasReason(Reason::kPermissionDenied));
}

TEST_F(OrbitAdminServiceTest, MembersOfALevelAreListed) {
  v1::ListOrbitMembersRequest request;
  request.set_parent(kAcme);
  EXPECT_THAT(Call("ROLE_ANALYST", "ListOrbitMembers", request),
              HasReason(Reason::kPermissionDenied));
  request.set_page_size(1);
  std::set<std::string> members;
  do {
    const auto page =
        Must<v1::ListOrbitMembersResponse>("ROLE_MODERATOR", "ListOrbitMembers", request);
    for (const v1::OrbitMember& member : page.members()) {
      EXPECT_EQ(member.place().index(), 1);
      members.insert(member.member());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(members, (std::set<std::string>{kAcme + "/members/ada", kAcme + "/members/bob"}));
  request.set_level(v1::ORBIT_LEVEL_LEADING);
  EXPECT_EQ(Must<v1::ListOrbitMembersResponse>("ROLE_MODERATOR", "ListOrbitMembers", request)
                .members_size(),
            0);
  request.set_level(static_cast<v1::OrbitLevel>(9));
  EXPECT_THAT(Call("ROLE_MODERATOR", "ListOrbitMembers", request), IsInvalidField("level"));
}

}  // namespace
}  // namespace perigee::tests
