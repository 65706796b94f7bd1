#include "server/domain/delivery/device.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/domain/delivery/webhook.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::AttemptFailure;
using domain::AttemptOutcome;
using domain::Device;
using domain::PushDelivery;
using std::chrono::hours;

const Time kNow = *ParseTime("2026-11-21T12:00:00Z");

Device Phone() {
  Device device;
  device.endpoint = "https://push.example/1";
  device.p256dh = "key";
  device.auth = "secret";
  return device;
}

TEST(DeviceTest, FieldsHaveLimits) {
  EXPECT_THAT(domain::CheckDevice(Phone()), IsOk());
  Device device = Phone();
  device.display_name.assign(201, 'x');
  EXPECT_THAT(domain::CheckDevice(device), IsInvalidField("device.display_name"));
  device = Phone();
  device.endpoint.assign(domain::kEndpointBytesMax + 1, 'x');
  EXPECT_THAT(domain::CheckDevice(device), IsInvalidField("device.endpoint"));
  device = Phone();
  device.p256dh.clear();
  EXPECT_THAT(domain::CheckDevice(device), IsInvalidField("device.p256dh"));
  device = Phone();
  device.auth.assign(201, 'x');
  EXPECT_THAT(domain::CheckDevice(device), IsInvalidField("device.auth"));
}

TEST(DeviceTest, AMessageHasWhatTheBrowserShows) {
  PushDelivery push;
  push.notification = "12";
  push.topic = "thanks";
  push.text = "There is news for you";
  EXPECT_EQ(nlohmann::json::parse(domain::MessageOf(push)),
            nlohmann::json(
                {{"notification", "12"}, {"topic", "thanks"}, {"text", "There is news for you"}}));
}

TEST(DeviceTest, ANoticeIsGivenUpWithinTheHour) {
  PushDelivery push;
  Time at = kNow;
  int attempts = 1;
  while (domain::NoteFailure(push, {at, AttemptFailure::kStatus, 503, {}})) {
    EXPECT_GT(*push.due_time, at);
    at = *push.due_time;
    ++attempts;
  }
  EXPECT_EQ(attempts, 5);
  EXPECT_LE(at, kNow + hours(1));
}

TEST(DeviceTest, TwoAnswersSayThatADeviceIsGone) {
  for (const int status : {404, 410}) {
    EXPECT_TRUE(domain::IsGone({kNow, AttemptFailure::kStatus, status, {}})) << status;
  }
  for (const int status : {0, 201, 400, 403, 429, 500}) {
    EXPECT_FALSE(domain::IsGone({kNow, AttemptFailure::kStatus, status, {}})) << status;
  }
}

}  // namespace
}  // namespace perigee::tests
