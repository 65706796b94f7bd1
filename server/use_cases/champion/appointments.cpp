#include "server/use_cases/champion/appointments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/timestamp_range.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Appointment;
using domain::AppointmentMove;
using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;
using domain::Title;

// kNoSeatLeft unless a seat of the title is left for all of the appointment's term. An erased
// member takes none.
absl::Status CheckSeats(ports::StoreReader& reader, const std::string& program, const Title& title,
                        const Appointment& next) {
  if (title.seats == 0) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Appointment> all,
                           AllRecords<Appointment>(reader, program, {"title", title.id}));
  std::erase_if(
      all, [&](const Appointment& one) { return domain::SeatTime(one).end <= next.start_time; });
  std::vector<MemberKey> keys;
  for (const Appointment& one : all) {
    keys.push_back(one.member);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                           reader.members().FindByKeys(program, keys));
  std::vector<Interval> taken;
  for (const Appointment& one : all) {
    if (std::ranges::find(members, one.member, &Member::key) != members.end()) {
      taken.push_back(domain::SeatTime(one));
    }
  }
  if (!domain::IsSeatLeft(taken, {next.start_time, next.end_time}, title.seats)) {
    return Error(Reason::kNoSeatLeft,
                 absl::StrCat("all ", title.seats, " seats of title ", title.id, " are taken"),
                 {{"title", title.id}, {"seats", absl::StrCat(title.seats)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Appointment> NewAppointment(ports::StoreReader& reader,
                                           const ports::UnitContext& unit,
                                           const std::string& program, const Title& title,
                                           const MemberKey& member, Time start) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(owner.time_zone));
  Appointment appointment;
  appointment.id = absl::StrCat(unit.revision);
  appointment.member = member;
  appointment.title = title.id;
  appointment.create_time = unit.now;
  domain::SetTerm(title, zone, start, appointment);
  return appointment;
}

// Whether one person may have both: their terms share no instant, and one of them is over, as is a
// term that staff bring along from elsewhere.
bool AreApart(const Appointment& one, const Appointment& other, Time now) {
  const Interval taken = domain::SeatTime(one);
  return domain::IsSeatLeft({&taken, 1}, domain::SeatTime(other), 1) &&
         (domain::IsOver(one, now) || domain::IsOver(other, now));
}

// kAlreadyExists if the person, whose appointments these are, may not have this one too.
absl::Status CheckApart(const std::string& program, const std::string& member,
                        const std::vector<Appointment>& own, const Appointment& appointment,
                        Time now) {
  for (const Appointment& one : own) {
    if (one.title == appointment.title && !AreApart(one, appointment, now)) {
      return AlreadyExists(FormatName(kAppointmentPattern, {program, member, one.id}));
    }
  }
  return absl::OkStatus();
}

// Puts appointments of one person, and the person's member if that changes.
absl::Status PutSettled(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const std::string& program, std::vector<Appointment> changed,
                        domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  const std::vector<MemberKey> keys = merged.AllOf(changed.front().member);
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Appointment> all, AppointmentsOf(reader, program, keys));
  for (Appointment& one : changed) {
    domain::SetDue(one, unit.now);
    one.revision = unit.revision;
    std::erase_if(all, [&](const Appointment& before) { return before.id == one.id; });
    all.push_back(one);
    changes.records.Put(std::move(one));
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Member> heads,
                           reader.members().FindByKeys(program, {keys.data(), 1}));
  std::vector<std::string> titles = LiveTitles(all, unit.now);
  if (!heads.empty() && heads.front().titles != titles) {
    Member& head = heads.front();
    head.titles = std::move(titles);
    head.update_time = unit.now;
    head.revision = unit.revision;
    changes.records.Put(std::move(head));
  }
  return absl::OkStatus();
}

absl::StatusOr<Appointment> RequireAppointment(ports::StoreReader& reader,
                                               const AppointmentPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(place.program));
  Appointment like;
  like.id = place.id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Appointment> found,
                           reader.records().Find(place.program, like));
  if (!found.has_value() || merged.HeadOf(found->member) != member.key) {
    return NotFound(FormatName(kAppointmentPattern, {place.program, place.member, place.id}));
  }
  return *std::move(found);
}

}  // namespace

absl::StatusOr<std::vector<Appointment>> AppointmentsOf(ports::StoreReader& reader,
                                                        const std::string& program,
                                                        const std::vector<MemberKey>& members) {
  return AllRecordsOf<Appointment>(reader, program, members);
}

std::vector<std::string> LiveTitles(const std::vector<Appointment>& appointments, Time now) {
  std::vector<std::string> titles;
  for (const Appointment& one : appointments) {
    if (domain::IsLive(one, now)) {
      titles.push_back(one.title);
    }
  }
  std::ranges::sort(titles);
  titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
  return titles;
}

absl::Status SetTitles(ports::StoreReader& reader, const std::string& program, Time now,
                       const MergedMembers& merged, Member& member) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Appointment> all,
                           AppointmentsOf(reader, program, merged.AllOf(member.key)));
  member.titles = LiveTitles(all, now);
  return absl::OkStatus();
}

DecidedAppointment Appoint(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const AppointmentDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const Title title, RequireOpenTitle(reader, program, draft.title));
  PERIGEE_ASSIGN_OR_RETURN(const Member member,
                           RequireMember(reader, program, draft.member, "member"));
  if (member.standing == domain::Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, "member " + member.id + " is suspended",
                 {{"member", member.id}});
  }
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Appointment> own,
                           AppointmentsOf(reader, program, merged.AllOf(member.key)));
  PERIGEE_ASSIGN_OR_RETURN(Appointment appointment,
                           NewAppointment(reader, unit, program, title, member.key,
                                          draft.start_time.value_or(unit.now)));
  if (appointment.lapse_time > kTimestampMax) {
    return InvalidField("start_time", "must leave room for the term before the year 10000");
  }
  PERIGEE_RETURN_IF_ERROR(CheckApart(program, member.id, own, appointment, unit.now));
  PERIGEE_RETURN_IF_ERROR(CheckSeats(reader, program, title, appointment));
  appointment.nomination = draft.nomination;
  Decided<Appointment> decided;
  PERIGEE_RETURN_IF_ERROR(
      PutSettled(reader, unit, program, {std::move(appointment)}, decided.changes));
  decided.value = *decided.changes.records.Last<Appointment>();
  return decided;
}

DecidedAppointment RenewAppointment(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const AppointmentPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(Appointment before, RequireAppointment(reader, place));
  PERIGEE_RETURN_IF_ERROR(domain::CheckMove(before, AppointmentMove::kRenew, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const Title title,
                           RequireOpenTitle(reader, place.program, before.title));
  PERIGEE_ASSIGN_OR_RETURN(Appointment next, NewAppointment(reader, unit, place.program, title,
                                                            before.member, before.end_time));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(place.program));
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Appointment> others,
      AppointmentsOf(reader, place.program, merged.AllOf(merged.HeadOf(before.member))));
  std::erase_if(others, [&](const Appointment& one) { return one.id == before.id; });
  PERIGEE_RETURN_IF_ERROR(CheckApart(place.program, place.member, others, next, unit.now));
  PERIGEE_RETURN_IF_ERROR(CheckSeats(reader, place.program, title, next));
  next.renews = before.id;
  before.renewed_by = next.id;
  Decided<Appointment> decided;
  PERIGEE_RETURN_IF_ERROR(PutSettled(reader, unit, place.program,
                                     {std::move(before), std::move(next)}, decided.changes));
  decided.value = *decided.changes.records.Last<Appointment>();
  return decided;
}

DecidedAppointment MoveAppointment(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const AppointmentPlace& place, AppointmentMove move,
                                   const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(Appointment moved, RequireAppointment(reader, place));
  PERIGEE_RETURN_IF_ERROR(domain::CheckMove(moved, move, unit.now));
  domain::Note(move, reason, unit.now, moved);
  std::vector<Appointment> changed{moved};
  if (!moved.renewed_by.empty()) {
    Appointment like;
    like.id = moved.renewed_by;
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Appointment> next,
                             reader.records().Find(place.program, like));
    if (next.has_value() && !domain::IsOver(*next, unit.now)) {
      domain::Note(move, reason, unit.now, *next);
      changed.push_back(*std::move(next));
    }
  }
  Decided<Appointment> decided;
  PERIGEE_RETURN_IF_ERROR(
      PutSettled(reader, unit, place.program, std::move(changed), decided.changes));
  decided.value = *decided.changes.records.All<Appointment>().front();
  return decided;
}

absl::Status SettleDueAppointment(const std::string& program, Appointment appointment,
                                  ports::StoreReader& reader, const ports::UnitContext& unit,
                                  domain::Changes& changes) {
  return PutSettled(reader, unit, program, {std::move(appointment)}, changes);
}

}  // namespace perigee::use_cases
