#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/inbox/inbox_settings.h"
#include "server/domain/inbox/notification.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// What a member marks as read: some notifications, or all from one on downwards.
struct ReadOrder {
  std::string program;
  std::string member;
  // Without their times: see domain::ParseInboxId.
  std::vector<domain::InboxPlace> places{};
  std::optional<domain::InboxPlace> up_to{};
};
// Changes nothing if all of them are read already. kNotFound for the member, and for a notification
// that is not in the inbox now; kTooManyReadMarks.
absl::StatusOr<Decided<domain::InboxMark>> MarkRead(ports::StoreReader& reader,
                                                    const ports::UnitContext& unit,
                                                    const ReadOrder& order);

// Settings of a person that has none stored have revision 0. kNotFound, kEtagMismatch, the refusals
// of domain::NormalizeInboxSettings.
absl::StatusOr<Decided<domain::InboxSettings>> UpdateInboxSettings(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::string& member, const Edit<domain::InboxSettings>& edit);

}  // namespace perigee::use_cases
