#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/champion/appointment.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Member;
class MergedMembers;
}  // namespace perigee::domain

namespace perigee::use_cases {

using DecidedAppointment = absl::StatusOr<Decided<domain::Appointment>>;

// Every unit that changes an appointment also sets Member::titles of its person, which audiences
// look at.

// Whom to appoint, and to what.
struct AppointmentDraft {
  std::string title;
  std::string member;
  std::optional<Time> start_time;  // May be in the past. Absent: now.
  std::string nomination{};        // From which it comes.
};
// An appointment by its member's id and its own.
struct AppointmentPlace {
  std::string program;
  std::string member;
  std::string id;
};

// kNotFound for programme, title and member (field `member`), kTitleRetired, kMemberSuspended,
// kInvalidField (`start_time`) if the term goes on after the year 9999, kAlreadyExists if the
// person has this title at any instant of the term, or has it or will have it and the term is not
// over; kNoSeatLeft.
DecidedAppointment Appoint(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const AppointmentDraft& draft);
// The new appointment, which begins where the old one ends. kNotFound, kIllegalMove, kTitleRetired,
// kAlreadyExists as Appoint, kNoSeatLeft.
DecidedAppointment RenewAppointment(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const AppointmentPlace& place);
// Makes any other move. An appointment that was renewed takes the next one along. kNotFound,
// kIllegalMove.
DecidedAppointment MoveAppointment(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const AppointmentPlace& place, domain::AppointmentMove move,
                                   const std::string& reason);

// Brings the person up to date with an appointment that begins or ends.
absl::Status SettleDueAppointment(const std::string& program, domain::Appointment appointment,
                                  ports::StoreReader& reader, const ports::UnitContext& unit,
                                  domain::Changes& changes);

// All appointments of these members, in no order.
absl::StatusOr<std::vector<domain::Appointment>> AppointmentsOf(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::MemberKey>& members);
// The titles that those appointments give at `now`. Ascending, no doubles.
std::vector<std::string> LiveTitles(const std::vector<domain::Appointment>& appointments, Time now);

// Sets the titles of a member to those of all members of the person, as `merged` has them.
absl::Status SetTitles(ports::StoreReader& reader, const std::string& program, Time now,
                       const domain::MergedMembers& merged, domain::Member& member);

}  // namespace perigee::use_cases
