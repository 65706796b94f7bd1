#include "server/domain/delivery/device.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "server/core/json.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/delivery/retry.h"
#include "server/domain/delivery/webhook.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Device::Fields() {
  return std::tuple(OwnerKey(1, "member_key", &Device::member), Key(2, "id", &Device::id),
                    Personal(3, "display_name", &Device::display_name),
                    Findable(4, "endpoint", &Device::endpoint),
                    Personal(5, "p256dh", &Device::p256dh), Personal(6, "auth", &Device::auth),
                    Plain(7, "create_time", &Device::create_time));
}
template <>
const RecordType& TypeOf<Device>() {
  static const RecordTypeFor<Device> kType;
  return kType;
}

auto PushDelivery::Fields() {
  return std::tuple(
      Key(1, "device", &PushDelivery::device), Key(2, "notification", &PushDelivery::notification),
      Owner(3, "member_key", &PushDelivery::member), Plain(4, "topic", &PushDelivery::topic),
      Personal(5, "text", &PushDelivery::text), Plain(6, "attempts", &PushDelivery::attempts),
      Plain(7, "first_attempt_time", &PushDelivery::first_attempt_time),
      Plain(8, "create_time", &PushDelivery::create_time),
      Due(9, "due_time", &PushDelivery::due_time));
}
template <>
const RecordType& TypeOf<PushDelivery>() {
  static const RecordTypeFor<PushDelivery> kType;
  return kType;
}
namespace {

constexpr int kNotFoundStatus = 404;
constexpr int kGoneStatus = 410;

// PushKeys reads them; this bounds what is read.
constexpr std::size_t kKeyBytesMax = 200;

Uuid RetryId(const PushDelivery& push) {
  const Sha256Digest digest = Sha256(absl::StrCat(push.device, "/", push.notification));
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

}  // namespace

absl::Status CheckDevice(const Device& device) {
  PERIGEE_RETURN_IF_ERROR(
      CheckText("device.display_name", device.display_name, 0, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckText("device.endpoint", device.endpoint, 1, kEndpointBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckText("device.p256dh", device.p256dh, 1, kKeyBytesMax));
  return CheckText("device.auth", device.auth, 1, kKeyBytesMax);
}

std::string MessageOf(const PushDelivery& push) {
  const std::optional<std::string> text = CanonicalJson(Json::Object{
      {"notification", push.notification}, {"topic", push.topic}, {"text", push.text}});
  PERIGEE_CHECK(text.has_value(), "a notice is UTF-8");
  return *text;
}

bool IsGone(const AttemptOutcome& outcome) {
  return outcome.status == kNotFoundStatus || outcome.status == kGoneStatus;
}

bool NoteFailure(PushDelivery& push, const AttemptOutcome& outcome) {
  ++push.attempts;
  push.first_attempt_time = push.first_attempt_time.value_or(outcome.time);
  push.due_time = NextAttempt(kPushRetries, {RetryId(push), push.attempts, *push.first_attempt_time,
                                             outcome.time, outcome.not_before});
  return push.due_time.has_value();
}

}  // namespace perigee::domain
