#include "server/use_cases/delivery/devices.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/core/vapid.h"
#include "server/core/web_address.h"
#include "server/core/web_push.h"
#include "server/domain/delivery/webhook.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::AttemptOutcome;
using domain::Device;
using domain::Member;
using domain::MemberKey;
using domain::PushDelivery;

// How long a push service keeps a notice for a browser that is not there.
constexpr std::chrono::seconds kTimeToLive = std::chrono::hours(24);
constexpr int kSameEndpointMax = 10;

std::int64_t NumberOf(const Device& device) {
  std::int64_t number = 0;
  return absl::SimpleAtoi(device.id, &number) ? number : 0;
}

absl::StatusOr<std::vector<Device>> DevicesOfPerson(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const MemberKey& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Device> devices,
      AllRecordsOf<Device>(reader, program, merged.AllOf(merged.HeadOf(member))));
  std::ranges::sort(devices, {}, NumberOf);
  return devices;
}

absl::Status RemoveWithPushes(ports::StoreReader& reader, const std::string& program, Device device,
                              domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<PushDelivery> pushes,
                           AllRecords<PushDelivery>(reader, program, {"device", device.id}));
  for (PushDelivery& push : pushes) {
    changes.records.Delete(std::move(push));
  }
  changes.records.Delete(std::move(device));
  return absl::OkStatus();
}

absl::Status Check(const Device& device, OutgoingRules rules) {
  PERIGEE_RETURN_IF_ERROR(domain::CheckDevice(device));
  if (!OutgoingAddress::Parse(device.endpoint, rules).ok()) {
    // The refusal would name the endpoint, which is personal.
    return InvalidField("device.endpoint", "must be the https URL of a public push service");
  }
  const absl::Status keys = PushKeys::Parse(device.p256dh, device.auth).status();
  return WithFieldPrefix(keys, "device");
}

}  // namespace

absl::StatusOr<std::vector<Device>> DevicesOf(ports::StoreReader& reader,
                                              const std::string& program,
                                              const std::string& member) {
  PERIGEE_ASSIGN_OR_RETURN(const Member found, RequireMember(reader, program, member));
  return DevicesOfPerson(reader, program, found.key);
}

absl::StatusOr<Decided<Device>> RegisterDevice(ports::StoreReader& reader,
                                               const ports::UnitContext& unit,
                                               const std::string& program,
                                               const std::string& member, Device device,
                                               OutgoingRules rules) {
  PERIGEE_RETURN_IF_ERROR(Check(device, rules));
  PERIGEE_ASSIGN_OR_RETURN(const Member found, RequireMember(reader, program, member));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Device> own, DevicesOfPerson(reader, program, found.key));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Device> before,
                           reader.records().List<Device>(program, {{"endpoint", device.endpoint}},
                                                         nullptr, kSameEndpointMax));
  domain::Changes changes;
  for (Device& one : before) {
    std::erase_if(own, [&](const Device& other) { return other.id == one.id; });
    PERIGEE_RETURN_IF_ERROR(RemoveWithPushes(reader, program, std::move(one), changes));
  }
  if (own.size() >= domain::kDevicesMax) {
    return Error(Reason::kTooManyDevices,
                 absl::StrCat("the person has ", domain::kDevicesMax, " devices"),
                 {{"limit", absl::StrCat(domain::kDevicesMax)}});
  }
  device.member = found.key;
  device.id = absl::StrCat(unit.revision);
  device.create_time = unit.now;
  device.revision = unit.revision;
  changes.records.Put(device);
  return Decided<Device>{std::move(device), std::move(changes)};
}

absl::StatusOr<Decided<Device>> RemoveDevice(ports::StoreReader& reader, const std::string& program,
                                             const std::string& member, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Device> own, DevicesOf(reader, program, member));
  const auto found = std::ranges::find(own, id, &Device::id);
  if (found == own.end()) {
    return NotFound(FormatName(kDevicePattern, {program, member, id}));
  }
  domain::Changes changes;
  PERIGEE_RETURN_IF_ERROR(RemoveWithPushes(reader, program, *found, changes));
  return Decided<Device>{std::move(*found), std::move(changes)};
}

absl::Status EnqueuePush(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const PushOrder& order,
                         domain::Changes& changes) {
  PERIGEE_RETURN_IF_ERROR(CheckText("text", order.text, 1, domain::kPushSentenceBytesMax));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Device> devices,
                           DevicesOfPerson(reader, program, order.member));
  for (const Device& device : devices) {
    PushDelivery push;
    push.device = device.id;
    push.notification = order.notification;
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<PushDelivery> before,
                             reader.records().Find(program, push));
    if (before.has_value()) {
      continue;
    }
    push.member = device.member;
    push.topic = order.topic;
    push.text = order.text;
    push.create_time = unit.now;
    push.due_time = unit.now;
    push.revision = unit.revision;
    changes.records.Put(std::move(push));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<PreparedPush>> PreparePush(ports::StoreReader& reader,
                                                        const std::string& program,
                                                        const PushDelivery& key,
                                                        const VapidKey* vapid, Time now) {
  using Answer = std::optional<PreparedPush>;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<PushDelivery> push, reader.records().Find(program, key));
  if (!push.has_value() || !push->due_time.has_value() || *push->due_time > now) {
    return Answer();
  }
  Device like;
  like.member = push->member;
  like.id = push->device;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Device> device,
                           reader.records().Find(program, like));
  // Without the key of an erased member neither has its texts.
  if (!device.has_value() || push->text.empty() || vapid == nullptr) {
    return Answer({*std::move(push), std::nullopt});
  }
  const absl::StatusOr<PushKeys> keys = PushKeys::Parse(device->p256dh, device->auth);
  const absl::StatusOr<WebAddress> address = ParseWebAddress(device->endpoint);
  if (!keys.ok() || !address.ok()) {
    return Answer({*std::move(push), std::nullopt});
  }
  PERIGEE_ASSIGN_OR_RETURN(std::string body,
                           keys->Encrypt(domain::MessageOf(*push), PushOnce::Random()));
  ports::OutgoingPost post{device->endpoint,
                           {{"Content-Type", "application/octet-stream"},
                            {"Content-Encoding", "aes128gcm"},
                            {"TTL", absl::StrCat(kTimeToLive.count())},
                            {"Authorization", vapid->Authorization(*address, now)}},
                           std::move(body)};
  return Answer({*std::move(push), std::move(post)});
}

absl::StatusOr<domain::Changes> NotePush(ports::StoreReader& reader, const ports::UnitContext& unit,
                                         const std::string& program, const PushDelivery& tried,
                                         const std::optional<AttemptOutcome>& outcome) {
  domain::Changes changes;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<PushDelivery> push, reader.records().Find(program, tried));
  if (!push.has_value() || push->attempts != tried.attempts) {
    return changes;
  }
  if (outcome.has_value() && domain::IsGone(*outcome)) {
    Device like;
    like.member = push->member;
    like.id = push->device;
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Device> device, reader.records().Find(program, like));
    if (device.has_value()) {
      PERIGEE_RETURN_IF_ERROR(RemoveWithPushes(reader, program, *std::move(device), changes));
      return changes;
    }
  }
  if (outcome.has_value() && !outcome->arrived() && domain::NoteFailure(*push, *outcome)) {
    push->revision = unit.revision;
    changes.records.Put(*std::move(push));
  } else {
    changes.records.Delete(*std::move(push));
  }
  return changes;
}

}  // namespace perigee::use_cases
