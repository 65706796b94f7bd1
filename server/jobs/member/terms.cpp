#include "server/jobs/member/terms.h"

#include <algorithm>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/trait.h"
#include "server/domain/reward/redemption.h"
#include "server/jobs/due_records.h"
#include "server/ports/due_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/contribution_credit.h"
#include "server/use_cases/insider/seats.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/traits.h"
#include "server/use_cases/reward/redemptions.h"

namespace perigee::jobs {
namespace {

constexpr int kAtOnce = 200;

}  // namespace

DueHandler TraitSettling() { return EndRecords<domain::Trait>(use_cases::SettleDueTrait); }

DueHandler AppointmentSettling() {
  return EndRecords<domain::Appointment>(use_cases::SettleDueAppointment);
}

DueHandler ContributionCrediting() {
  return EndRecordsSingly<domain::Contribution>(use_cases::RecordDueShare);
}

DueHandler InvitationExpiry() {
  return EndRecords<domain::Invitation>(use_cases::ExpireInvitation);
}

DueHandler RedemptionExpiry() {
  return EndRecords<domain::Redemption>(use_cases::SettleDueRedemption);
}

DueHandler SeatSettling() {
  // At most that many in one unit: each may give back to lots.
  return EndRecordsTogether<domain::Seat>(use_cases::SettleDueSeats, kAtOnce);
}

StoreTerms::StoreTerms(ports::Store& store)
    : store_(store), handlers_{TraitSettling(), AppointmentSettling()} {}

absl::StatusOr<Time> StoreTerms::Settle(const std::string& program, Time now) {
  Time next = kEndOfTime;
  for (const DueHandler& handler : handlers_) {
    PERIGEE_ASSIGN_OR_RETURN(const Time of_kind, SettleKind(handler, program, now));
    next = std::min(next, of_kind);
  }
  return next;
}

absl::StatusOr<Time> StoreTerms::SettleKind(const DueHandler& handler, const std::string& program,
                                            Time now) {
  ports::Unit unit;
  unit.program = program;
  unit.now = now;
  unit.in_closed = true;  // Time goes on there.
  unit.by.kind = domain::PrincipalKind::kJob;
  for (;;) {
    std::vector<ports::Due> first;
    PERIGEE_RETURN_IF_ERROR(store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(first, reader.due().First(program, handler.kind, kAtOnce));
      return absl::OkStatus();
    }));
    const auto later =
        std::ranges::find_if(first, [&](const ports::Due& due) { return due.time > now; });
    const Time next = later == first.end() ? kEndOfTime : later->time;
    first.erase(later, first.end());
    if (first.empty()) {
      return next;
    }
    PERIGEE_RETURN_IF_ERROR(handler.end(store_, unit, first));
  }
}

}  // namespace perigee::jobs
