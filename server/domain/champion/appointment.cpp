#include "server/domain/champion/appointment.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/core/time.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Appointment::Fields() {
  return std::tuple(
      Key(1, "id", &Appointment::id), Owner(2, "member_key", &Appointment::member),
      Plain(3, "title", &Appointment::title), Plain(4, "start_time", &Appointment::start_time),
      Plain(5, "end_time", &Appointment::end_time),
      Plain(6, "renewal_time", &Appointment::renewal_time),
      Plain(7, "lapse_time", &Appointment::lapse_time),
      Plain(8, "nomination", &Appointment::nomination), Plain(9, "renews", &Appointment::renews),
      Plain(10, "renewed_by", &Appointment::renewed_by),
      Plain(11, "suspend_time", &Appointment::suspend_time),
      Plain(12, "revoke_time", &Appointment::revoke_time),
      Plain(13, "resign_time", &Appointment::resign_time),
      Personal(14, "reason", &Appointment::reason),
      Plain(15, "create_time", &Appointment::create_time),
      Due(16, "due_time", &Appointment::due_time));
}
template <>
const RecordType& TypeOf<Appointment>() {
  static const RecordTypeFor<Appointment> kType;
  return kType;
}
namespace {

using State = AppointmentState;
using Move = AppointmentMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kScheduled, Move::kRevoke, State::kRevoked},
    {State::kScheduled, Move::kResign, State::kAlumni},
    {State::kActive, Move::kSuspend, State::kSuspended},
    {State::kActive, Move::kRevoke, State::kRevoked},
    {State::kActive, Move::kResign, State::kAlumni},
    // Its renewal is not due any more.
    {State::kRenewalDue, Move::kRenew, State::kActive},
    {State::kRenewalDue, Move::kSuspend, State::kSuspended},
    {State::kRenewalDue, Move::kRevoke, State::kRevoked},
    {State::kRenewalDue, Move::kResign, State::kAlumni},
    // After the term, time then says lapsed, renewed or alumni. Nobody resigns out of a suspension.
    {State::kSuspended, Move::kReinstate, State::kActive},
    {State::kSuspended, Move::kRevoke, State::kRevoked},
    {State::kLapsed, Move::kRenew, State::kRenewed},
});

}  // namespace

std::string_view NameOf(AppointmentState state) {
  constexpr std::array<std::string_view, 8> kNames = {
      "scheduled", "active", "renewal_due", "suspended", "renewed", "lapsed", "alumni", "revoked"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(AppointmentMove move) {
  constexpr std::array<std::string_view, 5> kNames = {"renew", "suspend", "reinstate", "revoke",
                                                      "resign"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

std::span<const Step<AppointmentState, AppointmentMove>> AppointmentMoves() { return kMoves; }

AppointmentState StateOf(const Appointment& appointment, Time now) {
  if (appointment.revoke_time.has_value()) {
    return State::kRevoked;
  }
  if (appointment.resign_time.has_value()) {
    return State::kAlumni;
  }
  if (now < appointment.start_time) {
    return State::kScheduled;
  }
  if (appointment.suspend_time.has_value()) {
    return State::kSuspended;
  }
  const bool renewed = !appointment.renewed_by.empty();
  if (now < appointment.end_time) {
    return now < appointment.renewal_time || renewed ? State::kActive : State::kRenewalDue;
  }
  if (renewed) {
    return State::kRenewed;
  }
  return now < appointment.lapse_time ? State::kLapsed : State::kAlumni;
}

bool IsLive(const Appointment& appointment, Time now) {
  const State state = StateOf(appointment, now);
  return state == State::kActive || state == State::kRenewalDue;
}

bool IsOver(const Appointment& appointment, Time now) {
  const Interval seat = SeatTime(appointment);
  return seat.end <= now || seat.end == seat.start;
}

bool IsPublic(const Appointment& appointment, Time now) {
  const State state = StateOf(appointment, now);
  const bool has_begun = appointment.start_time <= now &&
                         appointment.resign_time.value_or(kEndOfTime) > appointment.start_time;
  return has_begun && state != State::kSuspended && state != State::kRevoked;
}

absl::Status CheckMove(const Appointment& appointment, AppointmentMove move, Time now) {
  const State state = StateOf(appointment, now);
  std::string what = "appointment " + appointment.id;
  if (move == Move::kRenew && state == State::kActive) {
    // Other active ones may be renewed, so the state alone does not say why not this one.
    what += !appointment.renewed_by.empty() ? ", renewed by " + appointment.renewed_by + ","
            : appointment.renewal_time < appointment.lapse_time
                ? ", to be renewed from " + FormatTime(appointment.renewal_time) + " on,"
                : ", never to be renewed,";
  }
  return After(AppointmentMoves(), state, move, what).status();
}

void Note(AppointmentMove move, std::string_view reason, Time now, Appointment& appointment) {
  switch (move) {
    case Move::kSuspend:
      appointment.suspend_time = now;
      appointment.reason = reason;
      return;
    case Move::kReinstate:
      appointment.suspend_time.reset();
      appointment.reason.clear();
      return;
    case Move::kRevoke:
      appointment.revoke_time = now;
      appointment.reason = reason;
      return;
    case Move::kResign:
      appointment.resign_time = now;
      return;
    case Move::kRenew:
      return;
  }
}

void SetDue(Appointment& appointment, Time now) {
  appointment.due_time.reset();
  if (!IsOver(appointment, now)) {
    appointment.due_time =
        now < appointment.start_time ? appointment.start_time : appointment.end_time;
  }
}

void SetTerm(const Title& title, const Zone& zone, Time start, Appointment& appointment) {
  const absl::CivilDay last = zone.DayOf(zone.AddMonths(start, title.term_months));
  appointment.start_time = start;
  appointment.end_time = zone.StartOf(last);
  appointment.renewal_time = std::max(start, zone.StartOf(last - title.renewal_days));
  appointment.lapse_time = zone.StartOf(last + title.renewal_days);
}

Interval SeatTime(const Appointment& appointment) {
  const Time end = std::min({appointment.end_time, appointment.revoke_time.value_or(kEndOfTime),
                             appointment.resign_time.value_or(kEndOfTime)});
  return {appointment.start_time, std::max(appointment.start_time, end)};
}

bool IsSeatLeft(std::span<const Interval> taken, Interval term, int seats) {
  if (seats == 0) {
    return true;
  }
  // How the number of taken seats changes within the term. At one instant, ends come first.
  std::vector<std::pair<Time, int>> changes;
  for (const Interval& one : taken) {
    const Interval shared{std::max(one.start, term.start), std::min(one.end, term.end)};
    if (shared.start < shared.end) {
      changes.emplace_back(shared.start, 1);
      changes.emplace_back(shared.end, -1);
    }
  }
  std::ranges::sort(changes);
  int now = 0;
  return std::ranges::none_of(changes, [&](const auto& change) {
    now += change.second;
    return now >= seats;
  });
}

}  // namespace perigee::domain
