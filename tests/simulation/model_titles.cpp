// Nominations and appointments.

#include <algorithm>

#include "tests/simulation/calendar.h"
#include "tests/simulation/model_champions.h"

namespace perigee::simulation {
namespace {

constexpr Micros kNominationOpenFor = 180 * kDay;

// The first instant at which the appointment takes no seat any more.
Micros SeatEnd(const ModelAppointment& appointment) {
  Micros end = appointment.end;
  for (const auto& ended : {appointment.revoked, appointment.resigned}) {
    end = ended && *ended < end ? *ended : end;
  }
  return std::max(end, appointment.start);
}
bool TakesSeatAt(const ModelAppointment& appointment, Micros time) {
  return appointment.start <= time && time < SeatEnd(appointment);
}
bool IsOver(const ModelAppointment& appointment, Micros now) {
  return SeatEnd(appointment) <= now || SeatEnd(appointment) == appointment.start;
}
// Whether one member may have both: no instant is of both, and one of them is over.
bool AreApart(const ModelAppointment& one, const ModelAppointment& other, Micros now) {
  const Micros start = std::max(one.start, other.start);
  const bool share = start < std::min(SeatEnd(one), SeatEnd(other));
  return !share && (IsOver(one, now) || IsOver(other, now));
}
bool HasTitle(const ModelAppointment& appointment, Micros now) {
  const AppointmentState state = StateAt(appointment, now);
  return state == AppointmentState::kActive || state == AppointmentState::kRenewalDue;
}

void SetDue(ModelAppointment& appointment, Micros now) {
  appointment.due.reset();
  if (!IsOver(appointment, now)) {
    appointment.due = now < appointment.start ? appointment.start : appointment.end;
  }
}

// A month from the start on, to the beginning of a day.
void SetTerm(ModelAppointment& appointment, Micros start, int renewal_days) {
  const std::int64_t last = DayAt(kProgramZone, MonthLater(kProgramZone, start));
  appointment.start = start;
  appointment.end = StartOfDay(kProgramZone, last);
  appointment.renewal = std::max(start, StartOfDay(kProgramZone, last - renewal_days));
  appointment.lapse = StartOfDay(kProgramZone, last + renewal_days);
}

bool MayMove(AppointmentState state, Deed deed) {
  using State = AppointmentState;
  const bool has = state == State::kActive || state == State::kRenewalDue;
  switch (deed) {
    case Deed::kRenew:
      return state == State::kRenewalDue || state == State::kLapsed;
    case Deed::kSuspend:
      return has;
    case Deed::kReinstate:
      return state == State::kSuspended;
    case Deed::kRevoke:
      return has || state == State::kScheduled || state == State::kSuspended;
    default:
      return has || state == State::kScheduled;  // To resign.
  }
}

void Make(Deed deed, Micros now, ModelAppointment& appointment) {
  switch (deed) {
    case Deed::kSuspend:
      appointment.suspended = true;
      break;
    case Deed::kReinstate:
      appointment.suspended = false;
      break;
    case Deed::kRevoke:
      appointment.revoked = now;
      break;
    default:
      appointment.resigned = now;
      break;
  }
}

}  // namespace

NominationState StateAt(const ModelNomination& nomination, Micros now) {
  const bool is_open = nomination.state == NominationState::kSubmitted ||
                       nomination.state == NominationState::kInReview;
  return is_open && nomination.expire <= now ? NominationState::kExpired : nomination.state;
}

AppointmentState StateAt(const ModelAppointment& appointment, Micros now) {
  using State = AppointmentState;
  if (appointment.revoked || appointment.resigned) {
    return appointment.revoked ? State::kRevoked : State::kAlumni;
  }
  if (now < appointment.start) {
    return State::kScheduled;
  }
  if (appointment.suspended) {
    return State::kSuspended;
  }
  if (appointment.renewed_by != 0) {
    return now < appointment.end ? State::kActive : State::kRenewed;
  }
  return now < appointment.renewal ? State::kActive
         : now < appointment.end   ? State::kRenewalDue
         : now < appointment.lapse ? State::kLapsed
                                   : State::kAlumni;
}

ModelChampions::Refusal ModelChampions::Nominate(Turn& turn) {
  const int nominee = turn.operation.member;
  const int nominator = turn.order.other;
  if (titles_[static_cast<std::size_t>(turn.order.place)].retired) {
    return Reason::kTitleRetired;
  }
  if (!turn.IsThere(nominee) || !turn.HasJudge()) {
    return Reason::kNotFound;
  }
  if (nominator == nominee && !TakesOwnWord(turn.order.place)) {
    return Reason::kNominatorNotAllowed;
  }
  turn.outcome.names = {nominee, nominator};
  for (auto& [id, nomination] : nominations_) {
    const NominationState state = StateAt(nomination, turn.unit.now);
    if (nomination.nominee == nominee && nomination.title == turn.order.place &&
        (state == NominationState::kSubmitted || state == NominationState::kInReview)) {
      if (nominator != kNobody && std::ranges::count(nomination.nominators, nominator) > 0) {
        return Reason::kAlreadyExists;
      }
      nomination.nominators.push_back(nominator);
      return std::nullopt;
    }
  }
  ModelNomination nomination;
  nomination.nominee = nominee;
  nomination.title = turn.order.place;
  nomination.expire = turn.unit.now + kNominationOpenFor;
  nomination.nominators = {nominator};
  nominations_[turn.unit.revision] = nomination;
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::JudgeNomination(Turn& turn) {
  const auto found = nominations_.find(turn.order.target);
  if (found == nominations_.end() || !turn.HasJudge()) {
    return Reason::kNotFound;
  }
  ModelNomination& nomination = found->second;
  turn.outcome.names = {nomination.nominee};
  const int judge = turn.order.other;
  if (turn.order.deed == Deed::kWithdraw) {
    return WithdrawNomination(turn, nomination);
  }
  if (judge == nomination.nominee) {
    return Reason::kNotFound;
  }
  const NominationState state = StateAt(nomination, turn.unit.now);
  if (state != (turn.order.deed == Deed::kStartReview ? NominationState::kSubmitted
                                                      : NominationState::kInReview)) {
    return Reason::kIllegalMove;
  }
  if (turn.order.deed == Deed::kStartReview) {
    nomination.state = NominationState::kInReview;
    return std::nullopt;
  }
  const bool is_nominator =
      judge != kNobody && std::ranges::count(nomination.nominators, judge) > 0;
  const bool is_recused = turn.order.deed == Deed::kReview && turn.order.verdict == 3;
  if (is_nominator && !is_recused) {
    return Reason::kInvolved;
  }
  if (turn.order.deed == Deed::kDecide) {
    return DecideNomination(turn, nomination);
  }
  turn.outcome.names.insert(judge);
  if (judge != kNobody) {
    std::erase_if(nomination.verdicts, [&](const auto& one) { return one.first == judge; });
  }
  nomination.verdicts.emplace_back(judge, turn.order.verdict);
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::WithdrawNomination(Turn& turn,
                                                           ModelNomination& nomination) {
  const int who = turn.order.other;
  const auto own = std::ranges::find(nomination.nominators, who);
  const bool has_voice = who != kNobody && own != nomination.nominators.end();
  const bool is_nominee = who == nomination.nominee;
  if (who != kNobody && !has_voice && !is_nominee) {
    return Reason::kNotFound;
  }
  const NominationState state = StateAt(nomination, turn.unit.now);
  if (state != NominationState::kSubmitted && state != NominationState::kInReview) {
    return Reason::kIllegalMove;
  }
  if (has_voice && !is_nominee && nomination.nominators.size() > 1) {
    turn.outcome.names.insert(who);
    nomination.nominators.erase(own);
  } else {
    nomination.state = NominationState::kWithdrawn;
  }
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::DecideNomination(Turn& turn, ModelNomination& nomination) {
  const auto verdicts =
      std::ranges::count_if(nomination.verdicts, [](const auto& one) { return one.second != 3; });
  if (verdicts < titles_[static_cast<std::size_t>(nomination.title)].reviews) {
    return Reason::kReviewsMissing;
  }
  if (turn.order.verdict != 1) {
    nomination.state = NominationState::kDeclined;
    return std::nullopt;
  }
  if (!turn.IsThere(nomination.nominee)) {
    return Reason::kNotFound;
  }
  nomination.state = NominationState::kAccepted;
  return Appoint(turn, nomination.nominee, nomination.title);
}

ModelChampions::Refusal ModelChampions::Appoint(Turn& turn, int member, int title) {
  if (titles_[static_cast<std::size_t>(title)].retired) {
    return Reason::kTitleRetired;
  }
  if (!turn.IsThere(member)) {
    return Reason::kNotFound;
  }
  if (turn.IsSuspended(member)) {
    return Reason::kMemberSuspended;
  }
  ModelAppointment appointment;
  appointment.member = member;
  appointment.title = title;
  appointment.start = turn.order.time == 0 ? turn.unit.now : turn.order.time;
  return NewAppointment(turn, appointment);
}

ModelChampions::Refusal ModelChampions::NewAppointment(Turn& turn, ModelAppointment appointment) {
  const TitleSpec& title = titles_[static_cast<std::size_t>(appointment.title)];
  SetTerm(appointment, appointment.start, title.renewal_days);
  for (const auto& [id, one] : appointments_) {
    const bool is_other = one.member == appointment.member && one.title == appointment.title &&
                          one.renewed_by != turn.unit.revision;
    if (is_other && !AreApart(one, appointment, turn.unit.now)) {
      return Reason::kAlreadyExists;
    }
  }
  // Seats run out at an instant at which a term begins.
  std::vector<Micros> instants = {appointment.start};
  for (const auto& [id, one] : appointments_) {
    if (appointment.start < one.start && one.start < appointment.end) {
      instants.push_back(one.start);
    }
  }
  for (const Micros instant : instants) {
    const auto taken = std::ranges::count_if(appointments_, [&](const auto& one) {
      return one.second.title == appointment.title && turn.IsThere(one.second.member) &&
             TakesSeatAt(one.second, instant);
    });
    if (title.seats != 0 && taken >= title.seats) {
      return Reason::kNoSeatLeft;
    }
  }
  SetDue(appointment, turn.unit.now);
  appointments_[turn.unit.revision] = appointment;
  turn.outcome.names.insert(appointment.member);
  CopyTitles(appointment.member, turn.unit.now);
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::MoveAppointment(Turn& turn) {
  const auto found = appointments_.find(turn.order.target);
  const int member = turn.operation.member;
  if (!turn.IsThere(member) || found == appointments_.end() || found->second.member != member) {
    return Reason::kNotFound;
  }
  ModelAppointment& moved = found->second;
  const Micros now = turn.unit.now;
  if (!MayMove(StateAt(moved, now), turn.order.deed)) {
    return Reason::kIllegalMove;
  }
  if (turn.order.deed == Deed::kRenew) {
    if (titles_[static_cast<std::size_t>(moved.title)].retired) {
      return Reason::kTitleRetired;
    }
    ModelAppointment next;
    next.member = member;
    next.title = moved.title;
    next.start = moved.end;
    moved.renewed_by = turn.unit.revision;
    SetDue(moved, now);
    return NewAppointment(turn, next);
  }
  turn.outcome.names = {member};
  Make(turn.order.deed, now, moved);
  SetDue(moved, now);
  if (const auto next = appointments_.find(moved.renewed_by);
      next != appointments_.end() && !IsOver(next->second, now)) {
    Make(turn.order.deed, now, next->second);
    SetDue(next->second, now);
  }
  CopyTitles(member, now);
  return std::nullopt;
}

void ModelChampions::CopyTitles(int member, Micros now) {
  std::set<std::string>& titles = copied_titles_[member];
  titles.clear();
  for (const auto& [id, one] : appointments_) {
    if (one.member == member && HasTitle(one, now)) {
      titles.insert(kTitles[one.title]);
    }
  }
}

std::set<std::string> ModelChampions::TitlesOf(int member) const {
  const auto found = copied_titles_.find(member);
  return found == copied_titles_.end() ? std::set<std::string>() : found->second;
}

bool ModelChampions::SettleAppointments(const std::set<std::int64_t>& ids, Micros now) {
  for (const std::int64_t id : ids) {
    const auto found = appointments_.find(id);
    if (found == appointments_.end() || !found->second.due || *found->second.due > now) {
      return false;
    }
    SetDue(found->second, now);
    CopyTitles(found->second.member, now);
  }
  return true;
}

}  // namespace perigee::simulation
