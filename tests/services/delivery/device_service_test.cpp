#include "server/services/delivery/device_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "perigee/v1/delivery.grpc.pb.h"
#include "perigee/v1/member.pb.h"
#include "server/core/error.h"
#include "tests/core/open_aes128gcm.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

class DeviceServiceTest : public testing::Test {
 protected:
  DeviceServiceTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed("DeviceService/" + method), request);
  }
  v1::RegisterDeviceRequest RegisterOf(const std::string& member, const std::string& endpoint) {
    v1::RegisterDeviceRequest request;
    request.set_parent(member);
    request.mutable_device()->set_display_name("My phone");
    request.mutable_device()->set_endpoint(endpoint);
    request.mutable_device()->set_p256dh(
        absl::WebSafeBase64Escape(PointOf("0123456789abcdef0123456789abcdef")));
    request.mutable_device()->set_auth(absl::WebSafeBase64Escape("auth of 16 bytes"));
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Device Register(const std::string& who, const std::string& endpoint) {
    return server.Must<v1::Device>(server.Token(who), "DeviceService/RegisterDevice",
                                   RegisterOf(kAcme + "/members/" + who, endpoint));
  }
  v1::ListOwnDevicesResponse Listed(const std::string& who) {
    v1::ListOwnDevicesRequest request;
    request.set_parent(kAcme + "/members/" + who);
    return server.Must<v1::ListOwnDevicesResponse>(server.Token(who),
                                                   "DeviceService/ListOwnDevices", request);
  }

  AccessServer server;
};

TEST_F(DeviceServiceTest, EveryoneOfTheProgrammeGetsTheKey) {
  v1::GetPushKeyRequest request;
  request.set_parent(kAcme);
  const auto key =
      server.Must<v1::PushKey>(server.Token("ada"), "DeviceService/GetPushKey", request);
  EXPECT_EQ(key.public_key().size(), 87U);  // 65 bytes in base64url.
  EXPECT_THAT(Call("stranger", "GetPushKey", request), HasReason(Reason::kNotFound));
}

TEST_F(DeviceServiceTest, ADeviceIsRegisteredListedAndRemoved) {
  const v1::Device made = Register("ada", "https://push.example/secret-1");
  EXPECT_TRUE(made.name().starts_with(kAda + "/devices/"));
  EXPECT_EQ(made.display_name(), "My phone");
  const v1::ListOwnDevicesResponse listed = Listed("ada");
  ASSERT_EQ(listed.devices_size(), 1);
  EXPECT_EQ(listed.devices(0).name(), made.name());
  // What it subscribed with is not shown again.
  EXPECT_THAT(listed.SerializeAsString(), Not(HasSubstr("secret-1")));
  v1::RemoveDeviceRequest remove;
  remove.set_name(made.name());
  remove.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("bob", "RemoveDevice", remove), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ada", "RemoveDevice", remove), IsOk());
  EXPECT_EQ(Listed("ada").devices_size(), 0);
  remove.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ada", "RemoveDevice", remove), HasReason(Reason::kNotFound));
}

TEST_F(DeviceServiceTest, WhatCannotBeSentToIsRefused) {
  EXPECT_THAT(Call("ada", "RegisterDevice", RegisterOf(kAda, "https://192.168.0.1/")),
              IsInvalidField("device.endpoint"));
  v1::RegisterDeviceRequest request = RegisterOf(kAda, "https://push.example/1");
  request.mutable_device()->set_auth("short");
  EXPECT_THAT(Call("ada", "RegisterDevice", request), IsInvalidField("device.auth"));
  request = RegisterOf(kAda, "https://push.example/1");
  request.mutable_device()->set_p256dh("AAAA");
  EXPECT_THAT(Call("ada", "RegisterDevice", request), IsInvalidField("device.p256dh"));
  EXPECT_THAT(Call("bob", "RegisterDevice", RegisterOf(kAda, "https://push.example/1")),
              HasReason(Reason::kNotFound));
}

TEST_F(DeviceServiceTest, AnErasedMembersDevicesAreGone) {
  Register("ada", "https://push.example/secret-1");
  v1::GetMemberRequest get;
  get.set_name(kAda);
  const auto ada = server.Must<v1::Member>(server.Token("root"), "MemberService/GetMember", get);
  v1::EraseMemberRequest erase;
  erase.set_name(kAda);
  erase.set_etag(ada.etag());
  erase.set_request_id(server.NewRequestId());
  server.Must<v1::EraseMemberResponse>(server.Token("root"), "MemberAdminService/EraseMember",
                                       erase);
  // The browser may be another member's now.
  Register("bob", "https://push.example/secret-1");
  EXPECT_EQ(Listed("bob").devices_size(), 1);
}

// A server without a key for Web Push.
TEST(DeviceServiceWithoutKeyTest, NothingIsRegistered) {
  ServerFixture server;
  services::DeviceService devices(server.call(), server.tokens(), nullptr, {});
  server.Serve({&devices});
  const auto stub = v1::DeviceService::NewStub(server.channel());
  v1::RegisterDeviceRequest request;
  request.set_parent(kAda);
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*stub, &v1::DeviceService::Stub::RegisterDevice, request),
              HasReason(Reason::kPushNotConfigured));
  server.StopServing();
}

}  // namespace
}  // namespace perigee::tests
