#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/delivery/webhook.h"

namespace perigee::domain {
struct Changes;
}  // namespace perigee::domain

namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// The deliveries of a webhook that wait. Of each subject the first one is due at some time, and the
// others wait for it, so that events of a subject arrive in order.

// Those in that state, in the order of their events.
absl::StatusOr<std::vector<domain::Delivery>> DeliveriesIn(ports::StoreReader& reader,
                                                           const std::string& program,
                                                           const std::string& webhook,
                                                           domain::DeliveryState state);
// The first one of the subject that waits, without `but`. nullopt if there is none.
absl::StatusOr<std::optional<domain::Delivery>> FirstWaiting(ports::StoreReader& reader,
                                                             const std::string& program,
                                                             const std::string& webhook,
                                                             const std::string& subject,
                                                             const domain::Delivery* but);
// Lets none of them be due, because nothing is sent at the moment. Without `but`.
absl::Status HoldAll(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, const std::string& webhook,
                     const domain::Delivery* but, domain::Changes& changes);
// Puts deliveries that waited in vain: of each subject the first one is due now.
void ReleaseAll(const ports::UnitContext& unit, std::vector<domain::Delivery> waiting,
                domain::Changes& changes);
// Lets the first one of a subject be due after `done`, which waits no more.
absl::Status ReleaseNext(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const domain::Delivery& done,
                         domain::Changes& changes);

}  // namespace perigee::use_cases
