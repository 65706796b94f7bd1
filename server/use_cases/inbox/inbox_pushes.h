#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member_key.h"

namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::domain {
struct PushDelivery;
}  // namespace perigee::domain

namespace perigee::use_cases {

class InboxGround;

// What a sender learns when it looks at a person that has devices.
struct PushLook {
  std::vector<domain::MemberKey> members;  // All that are the person, the head first.
  std::vector<std::string> waits_for;      // Items of which the person waits for a seat.
  bool has_news = false;                   // PutPushes has something to write.
  // When to look again if no entry is written that concerns the person.
  Time again = kEndOfTime;
};
// `member`: any of those that are the person. nullopt: there is no such member any more, or the
// person has no device.
absl::StatusOr<std::optional<PushLook>> LookToPush(InboxGround& ground,
                                                   const domain::MemberKey& member, Time now);

// Puts what may be pushed to these persons on its way to their devices, and notes up to where. A
// device gets one notice for each topic, with the topic's sentence and the id of the newest
// notification. What the person has read is not pushed, nor what came before its oldest device.
// Persons without devices, and members that are gone, are left out.
absl::StatusOr<domain::Changes> PutPushes(ports::StoreReader& reader,
                                          const ports::UnitContext& unit,
                                          const std::string& program,
                                          std::span<const domain::MemberKey> members);

// Whether the notification of a notice that waits is still in the inbox of its member. It is not
// once its item is withdrawn or closed to the member, or the member is gone.
absl::StatusOr<bool> IsStillNews(ports::StoreReader& reader, const std::string& program,
                                 const domain::PushDelivery& push, Time now);

}  // namespace perigee::use_cases
