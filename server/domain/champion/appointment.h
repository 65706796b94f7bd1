#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/civil_time.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/champion/title.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.Appointment.State.
enum class AppointmentState : std::uint8_t {
  kScheduled = 1,
  kActive,
  kRenewalDue,
  kSuspended,
  kRenewed,
  kLapsed,
  kAlumni,
  kRevoked
};
enum class AppointmentMove : std::uint8_t { kRenew = 1, kSuspend, kReinstate, kRevoke, kResign };
// Lower case, as refusals show them.
std::string_view NameOf(AppointmentState state);
std::string_view NameOf(AppointmentMove move);

// A title that a member has for a term. It holds facts, and its state follows from these and the
// time: see StateOf.
struct Appointment {
  std::string id;
  MemberKey member;
  std::string title;
  Time start_time{};    // The first instant of the term.
  Time end_time{};      // The first instant after it: the beginning of a day of the programme.
  Time renewal_time{};  // From then on until lapse_time it may be renewed.
  Time lapse_time{};
  std::string nomination;  // From which it came. Empty: from none.
  std::string renews;      // The appointment before it.
  std::string renewed_by;  // The appointment after it.
  std::optional<Time> suspend_time;
  std::optional<Time> revoke_time;
  std::optional<Time> resign_time;
  std::string reason;  // Of the suspension or the revocation.
  Time create_time{};
  std::optional<Time> due_time;  // When time alone makes it live, or ends that.
  Revision revision = 0;

  static constexpr int kNumber = 20;
  static constexpr std::string_view kTable = "appointment";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Appointment>();

// The table of moves. kRenew makes a new appointment besides.
std::span<const Step<AppointmentState, AppointmentMove>> AppointmentMoves();

// The state at `now`. Time moves scheduled → active → renewal_due → lapsed → alumni, and
// active → renewed if there is an appointment after it. A suspension ends by a move alone.
AppointmentState StateOf(const Appointment& appointment, Time now);
// Whether the member has the title at `now`.
bool IsLive(const Appointment& appointment, Time now);
// Whether it ended, so that the member may be given the title anew.
bool IsOver(const Appointment& appointment, Time now);
// Whether everybody may know of it: the member has the title or had it, and no suspension or
// revocation stands against it.
bool IsPublic(const Appointment& appointment, Time now);

// kIllegalMove unless the move is open at `now`.
absl::Status CheckMove(const Appointment& appointment, AppointmentMove move, Time now);
// Notes the facts of a move other than kRenew.
void Note(AppointmentMove move, std::string_view reason, Time now, Appointment& appointment);
// Sets due_time to the next instant at which time alone changes whether it is live.
void SetDue(Appointment& appointment, Time now);

// Gives the appointment the term of the title from `start` on. It ends where a day of the zone
// begins, after the title's calendar months.
void SetTerm(const Title& title, const Zone& zone, Time start, Appointment& appointment);

// When the appointment takes a seat. Empty if it never does.
Interval SeatTime(const Appointment& appointment);
// Whether a further appointment during `term` would take more than `seats` at any instant.
bool IsSeatLeft(std::span<const Interval> taken, Interval term, int seats);

}  // namespace perigee::domain
