#include "server/use_cases/delivery/devices.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/core/vapid.h"
#include "tests/use_cases/delivery/senders.h"

namespace perigee::tests {
namespace {

using domain::AttemptFailure;
using domain::AttemptOutcome;
using domain::Device;
using domain::PushDelivery;
using std::chrono::hours;
using testing::IsEmpty;

constexpr char kPhone[] = "https://push.example/phone";
constexpr char kLaptop[] = "https://push.example/laptop";

class DevicesTest : public SendersTest {
 protected:
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  std::vector<std::string> EndpointsOf(const std::string& member) {
    std::vector<std::string> endpoints;
    programme.Read([&](ports::StoreReader& reader) {
      const auto devices = use_cases::DevicesOf(reader, "demo", member).value();
      for (const Device& device : devices) {
        endpoints.push_back(device.endpoint);
      }
      return absl::OkStatus();
    });
    return endpoints;
  }
  std::optional<use_cases::PreparedPush> Prepare(const PushDelivery& key) {
    std::optional<use_cases::PreparedPush> prepared;
    programme.Read([&](ports::StoreReader& reader) {
      auto found = use_cases::PreparePush(reader, "demo", key, &vapid, Now());
      EXPECT_THAT(found, IsOk());
      prepared = *std::move(found);
      return absl::OkStatus();
    });
    return prepared;
  }
  absl::Status Note(const PushDelivery& tried, AttemptOutcome outcome) {
    return Write([&](auto& reader, const auto& unit) {
      return use_cases::NotePush(reader, unit, "demo", tried, outcome);
    });
  }

  const VapidKey vapid = *VapidKey::Parse(PemOf(kBrowserNumber), "mailto:ops@brand.example");
};

TEST_F(DevicesTest, ABrowserIsOfWhoSignedInLast) {
  ASSERT_THAT(Register("ada", kPhone), IsOk());
  ASSERT_THAT(Register("ada", kLaptop), IsOk());
  EXPECT_THAT(EndpointsOf("ada"), testing::ElementsAre(kPhone, kLaptop));
  ASSERT_THAT(Register("bob", kPhone), IsOk());
  EXPECT_THAT(EndpointsOf("ada"), testing::ElementsAre(kLaptop));
  EXPECT_THAT(EndpointsOf("bob"), testing::ElementsAre(kPhone));
}

TEST_F(DevicesTest, APersonHasAtMostTwenty) {
  for (std::size_t i = 0; i < domain::kDevicesMax; ++i) {
    ASSERT_THAT(Register("ada", kPhone + std::to_string(i)), IsOk());
  }
  EXPECT_THAT(Register("ada", kPhone), HasReason(Reason::kTooManyDevices));
  // One that registers anew is no other one.
  EXPECT_THAT(Register("ada", kPhone + std::string("0")), IsOk());
}

TEST_F(DevicesTest, EndpointsAreGuardedAndKeysAreKeys) {
  for (const char* endpoint :
       {"https://10.0.0.1/push", "http://push.example/", "https://user@push.example/", "push"}) {
    EXPECT_THAT(Register("ada", endpoint), IsInvalidField("device.endpoint")) << endpoint;
  }
  Device device;
  device.endpoint = kPhone;
  device.p256dh = "AAAA";
  device.auth = absl::WebSafeBase64Escape(kBrowserAuth);
  const auto refused = Do([&](auto& reader, const auto& unit) {
    return use_cases::RegisterDevice(reader, unit, "demo", "ada", device, kRules);
  });
  EXPECT_THAT(refused, IsInvalidField("device.p256dh"));
  EXPECT_THAT(Register("nobody", kPhone), HasReason(Reason::kNotFound));
}

TEST_F(DevicesTest, EachDeviceGetsEachNoticeOnce) {
  ASSERT_THAT(Register("ada", kPhone), IsOk());
  ASSERT_THAT(Register("ada", kLaptop), IsOk());
  ASSERT_THAT(Register("bob", kPhone + std::string("2")), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  EXPECT_EQ(All<PushDelivery>().size(), 2U);
  ASSERT_THAT(Push("ada", "n2"), IsOk());
  EXPECT_EQ(All<PushDelivery>().size(), 4U);
}

TEST_F(DevicesTest, OnlyTheBrowserReadsAMessage) {
  ASSERT_THAT(Register("ada", kPhone), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  const auto prepared = Prepare(All<PushDelivery>()[0]);
  ASSERT_TRUE(prepared.has_value() && prepared->post.has_value());
  EXPECT_EQ(prepared->post->url, kPhone);
  EXPECT_EQ(prepared->post->headers.find("Content-Encoding")->second, "aes128gcm");
  EXPECT_EQ(prepared->post->headers.find("TTL")->second, "86400");
  EXPECT_TRUE(prepared->post->headers.find("Authorization")->second.starts_with("vapid t="));
  EXPECT_EQ(prepared->post->body.find("news"), std::string::npos);
  const auto text = OpenPush(kBrowserNumber, kBrowserAuth, prepared->post->body);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(nlohmann::json::parse(*text),
            nlohmann::json(
                {{"notification", "n1"}, {"topic", "thanks"}, {"text", "There is news for you"}}));
  ASSERT_THAT(Note(prepared->push, {Now()}), IsOk());
  EXPECT_THAT(All<PushDelivery>(), IsEmpty());
}

TEST_F(DevicesTest, ADeviceThatIsGoneIsRemovedWithItsNotices) {
  ASSERT_THAT(Register("ada", kPhone), IsOk());
  ASSERT_THAT(Register("ada", kLaptop), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  ASSERT_THAT(Push("ada", "n2"), IsOk());
  const PushDelivery first = All<PushDelivery>()[0];
  ASSERT_THAT(Note(first, {Now(), AttemptFailure::kStatus, 410, {}}), IsOk());
  EXPECT_EQ(EndpointsOf("ada").size(), 1U);
  EXPECT_EQ(All<PushDelivery>().size(), 2U);
  for (const PushDelivery& push : All<PushDelivery>()) {
    EXPECT_NE(push.device, first.device);
  }
}

TEST_F(DevicesTest, ANoticeIsTriedAgainAndThenGivenUp) {
  ASSERT_THAT(Register("ada", kPhone), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  int attempts = 0;
  while (!All<PushDelivery>().empty()) {
    const PushDelivery push = All<PushDelivery>()[0];
    programme.clock.Set(*push.due_time);
    ASSERT_TRUE(Prepare(push).has_value());
    ASSERT_THAT(Note(push, {Now(), AttemptFailure::kStatus, 503, {}}), IsOk());
    ++attempts;
  }
  EXPECT_EQ(attempts, 5);
  EXPECT_EQ(EndpointsOf("ada").size(), 1U);
}

TEST_F(DevicesTest, OfAnErasedMemberNothingIsSent) {
  ASSERT_THAT(Register("ada", kPhone), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  programme.Erase(programme.KeyOf("ada"));
  programme.DoWhatIsDue();
  EXPECT_THAT(All<Device>(), IsEmpty());
  ASSERT_EQ(All<PushDelivery>().size(), 1U);
  EXPECT_EQ(All<PushDelivery>()[0].text, "");
  const auto prepared = Prepare(All<PushDelivery>()[0]);
  ASSERT_TRUE(prepared.has_value());
  EXPECT_FALSE(prepared->post.has_value());
}

TEST_F(DevicesTest, ARemovedDeviceGetsNothing) {
  const auto device = Register("ada", kPhone);
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  const auto remove = [&](auto& reader, const auto&) {
    return use_cases::RemoveDevice(reader, "demo", "ada", device->id);
  };
  ASSERT_THAT(Do(remove), IsOk());
  EXPECT_THAT(All<PushDelivery>(), IsEmpty());
  EXPECT_THAT(Do(remove), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
