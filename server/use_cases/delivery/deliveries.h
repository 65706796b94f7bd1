#pragma once

#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/delivery/webhook.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/event.h"
#include "server/ports/delivery/outgoing.h"

namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// A part of the journal that a webhook comes past.
struct Passed {
  std::string program;
  std::string webhook;
  domain::Revision from = 0;     // Its cursor before.
  domain::Revision through = 0;  // And after.
  std::span<const domain::Event> events;
};

// Makes a delivery for each of the events that the webhook wants, and moves its cursor. Changes
// nothing if the webhook is gone, sends nothing at the moment, has kWaitingMax deliveries that
// wait, or has its cursor elsewhere: then another server was faster.
absl::StatusOr<domain::Changes> PassEvents(ports::StoreReader& reader,
                                           const ports::UnitContext& unit, const Passed& passed);

// What an attempt to deliver sends.
struct PreparedDelivery {
  domain::Delivery delivery;
  // nullopt: nothing can be sent, because the member of whom the event tells was erased.
  std::optional<ports::OutgoingPost> post;
};
// nullopt if the delivery is not due at `now`, or is gone. `key` may have the key alone.
absl::StatusOr<std::optional<PreparedDelivery>> PrepareDelivery(ports::StoreReader& reader,
                                                                const std::string& program,
                                                                const domain::Delivery& key,
                                                                Time now);

// Notes how an attempt ended. What arrived goes, and so does what can never be sent: then `outcome`
// is nullopt. The next delivery of its subject is due then, or once this one is given up. Changes
// nothing if the delivery is gone, waits no more, or has had another attempt meanwhile.
absl::StatusOr<domain::Changes> NoteAttempt(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program,
                                            const domain::Delivery& tried,
                                            const std::optional<domain::AttemptOutcome>& outcome);

}  // namespace perigee::use_cases
