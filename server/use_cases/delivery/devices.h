#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/outgoing_address.h"
#include "server/core/time.h"
#include "server/domain/delivery/device.h"
#include "server/ports/delivery/outgoing.h"
#include "server/use_cases/decided.h"

namespace perigee {
class VapidKey;
}  // namespace perigee

namespace perigee::use_cases {

// All devices of the person, by id. kNotFound for the programme or the member.
absl::StatusOr<std::vector<domain::Device>> DevicesOf(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::string& member);
// Registers a browser. One that was registered by that endpoint before, for whichever member, goes:
// a browser is of the member who signed in last. kNotFound, kTooManyDevices, kInvalidField
// (`device.endpoint`, `device.p256dh`, `device.auth`, and those of domain::CheckDevice).
absl::StatusOr<Decided<domain::Device>> RegisterDevice(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       const std::string& program,
                                                       const std::string& member,
                                                       domain::Device device, OutgoingRules rules);
// Removes a device with its notices, and answers what it was. kNotFound for the programme, the
// member or the device.
absl::StatusOr<Decided<domain::Device>> RemoveDevice(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     const std::string& member,
                                                     const std::string& id);

// A notice for the devices of a person.
struct PushOrder {
  domain::MemberKey member;
  std::string notification;  // While a notice of it is on its way to a device, it gets no other.
  std::string topic;
  // At most kPushSentenceBytesMax bytes. It is shown on locked screens and must not say what a gate
  // hides, so it is a general sentence, such as "There is news for you".
  std::string text;
};
// Puts a notice for each device that the person has at the moment on its way. The caller knows that
// the person wants it now. kInvalidField (`text`).
absl::Status EnqueuePush(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const PushOrder& order,
                         domain::Changes& changes);

// What an attempt to deliver a notice sends.
struct PreparedPush {
  domain::PushDelivery push;
  // nullopt: nothing can be sent, because the device or the server's key is gone.
  std::optional<ports::OutgoingPost> post;
};
// nullopt if the notice is not due at `now`, or is gone. `key` may have the key alone. `vapid`:
// null if the server has none.
absl::StatusOr<std::optional<PreparedPush>> PreparePush(ports::StoreReader& reader,
                                                        const std::string& program,
                                                        const domain::PushDelivery& key,
                                                        const VapidKey* vapid, Time now);
// Notes how an attempt ended. What arrived goes, and so does what can never be sent: then `outcome`
// is nullopt. The device goes, with all its notices, if its push service does not know it any more.
// Changes nothing if the notice is gone or has had another attempt meanwhile.
absl::StatusOr<domain::Changes> NotePush(ports::StoreReader& reader, const ports::UnitContext& unit,
                                         const std::string& program,
                                         const domain::PushDelivery& tried,
                                         const std::optional<domain::AttemptOutcome>& outcome);

}  // namespace perigee::use_cases
