#pragma once

#include <array>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/jobs/due_loop.h"
#include "server/ports/member/terms.h"

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::jobs {

// Brings members up to date with traits whose terms begin or end.
DueHandler TraitSettling();

// Gives members the titles of appointments that begin, and takes those of appointments that end.
DueHandler AppointmentSettling();

// Records the shares of accepted contributions as activities, one in a unit.
DueHandler ContributionCrediting();

// Ends invitations whose time has passed.
DueHandler InvitationExpiry();

// Ends redemptions whose holds have expired, so that others may have their stock.
DueHandler RedemptionExpiry();

// Moves the prices of claims to seats of insider items that time or other claims have granted or
// ended.
DueHandler SeatSettling();

// Does for a reader at once what those handlers of traits and appointments do for the due loop.
class StoreTerms final : public ports::Terms {
 public:
  // The store must outlive it.
  explicit StoreTerms(ports::Store& store);

  absl::StatusOr<Time> Settle(const std::string& program, Time now) override;

 private:
  // Of one kind.
  absl::StatusOr<Time> SettleKind(const DueHandler& handler, const std::string& program, Time now);

  ports::Store& store_;
  const std::array<DueHandler, 2> handlers_;
};

}  // namespace perigee::jobs
