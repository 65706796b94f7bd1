#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct AttemptOutcome;

// A browser of a member that takes notices by Web Push (RFC 8030).
struct Device {
  MemberKey member;
  std::string id;            // The revision at which it was registered.
  std::string display_name;  // In the member's words. May be empty.
  std::string endpoint;      // The URL at which the push service takes messages for it.
  std::string p256dh;        // Its keys: see PushKeys.
  std::string auth;
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 53;
  static constexpr std::string_view kTable = "device";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Device>();

// A notice on its way to a device. It goes once it has arrived or is given up.
struct PushDelivery {
  std::string device;
  std::string notification;  // What it tells of: an id, of which a device gets each once.
  MemberKey member;
  std::string topic;  // What the member can mute: an id.
  std::string text;   // A sentence that says nothing that anybody may not read on a locked screen.
  int attempts = 0;
  std::optional<Time> first_attempt_time;
  Time create_time{};
  std::optional<Time> due_time;  // When it is tried next.
  Revision revision = 0;

  static constexpr int kNumber = 58;
  static constexpr std::string_view kTable = "push_delivery";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<PushDelivery>();

inline constexpr std::size_t kDevicesMax = 20;  // Of a person.
inline constexpr std::size_t kEndpointBytesMax = 1000;
inline constexpr std::size_t kPushSentenceBytesMax = 500;

// kInvalidField for a text outside the limits of delivery.proto. Whether the endpoint may be asked,
// and whether the keys are keys, others say: see OutgoingAddress and PushKeys.
absl::Status CheckDevice(const Device& device);

// The message for the device, in JSON, as the device opens it.
std::string MessageOf(const PushDelivery& push);

// Whether the push service said that there is no such device any more.
bool IsGone(const AttemptOutcome& outcome);

// Notes an attempt that failed, and when the next one is. False if there is none: the notice is
// given up.
bool NoteFailure(PushDelivery& push, const AttemptOutcome& outcome);

}  // namespace perigee::domain
