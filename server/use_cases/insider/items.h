#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/gate.h"
#include "server/domain/insider/item.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedItem = absl::StatusOr<Decided<domain::InsiderItem>>;

// A draft. `item` has passed domain::NormalizeItem. kNotFound for the programme, the agreement, and
// the asset `access` of seats with a price; kAlreadyExists, kAssetNotSpendable,
// kDemographicAudience.
DecidedItem CreateItem(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, domain::InsiderItem item);

// Changes the item. Another number of seats is set by domain::SetSeats. kNotFound, kEtagMismatch,
// the refusals of domain::NormalizeEdited, kAssetNotSpendable, kDemographicAudience.
DecidedItem UpdateItem(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const std::string& id,
                       const Edit<domain::InsiderItem>& edit);

// A move of item.h, at `now`.
using ItemMoveAt = std::function<absl::Status(Time now, domain::InsiderItem& item)>;
// Makes the move. kNotFound, and the refusals of the move.
DecidedItem MoveItem(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, const std::string& id, const ItemMoveAt& move);

// Gives the item its next body. kNotFound, and the refusals of domain::AddVersion.
absl::StatusOr<Decided<domain::ItemVersion>> AddItemVersion(ports::StoreReader& reader,
                                                            const ports::UnitContext& unit,
                                                            const std::string& program,
                                                            const std::string& item,
                                                            std::string body);
// kNotFound for the programme, the item or the version.
absl::StatusOr<domain::ItemVersion> RequireItemVersion(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& item,
                                                       std::int64_t version);

// What the gate says to a member at an instant.
struct ItemPreview {
  domain::GateOutcome outcome{};
  domain::InsiderItem item;
  std::optional<domain::ItemVersion> version;  // The newest one. Absent: there is none.
};
// By what is on record, at `at`, which is now or later. kNotFound for the programme, the item or
// the member.
absl::StatusOr<ItemPreview> PreviewItem(ports::StoreReader& reader, const std::string& program,
                                        const std::string& item, const std::string& member,
                                        Time at);

// How many releases of items that are scheduled or under embargo are to come.
absl::StatusOr<std::int64_t> CountReleasesAhead(ports::StoreReader& reader,
                                                const std::string& program, Time now);

// Lists an item that is due for the next instant at which time alone changes who may see it. The
// gate needs no such work: the entry tells followers of the journal that the instant has come.
absl::Status SettleDueItem(const std::string& program, domain::InsiderItem item,
                           ports::StoreReader& reader, const ports::UnitContext& unit,
                           domain::Changes& changes);

}  // namespace perigee::use_cases
