#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "perigee/v1/champion.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::ChampionService::Stub;
using Admin = v1::ChampionAdminService::Stub;

Rows<v1::Appointment> AppointmentRows() {
  return {{"MEMBER", "APPOINTMENT", "TITLE", "STATE", "FROM", "UNTIL", "REASON"},
          [](const v1::Appointment& one) -> Row {
            return {MemberOf(one.name()),
                    IdOf(one.name()),
                    IdOf(one.title()),
                    Word(one.state()),
                    FormatTimestamp(one.start_time()),
                    FormatTimestamp(one.end_time()),
                    one.reason()};
          }};
}

void BindName(Form& form) {
  form.Add("APPOINTMENT", "name", "MEMBER/ID, or its full name",
           {.read = IdOfMemberIn("appointments")})
      ->required();
}

void BindReason(Form& form) {
  BindName(form);
  form.Add("--reason", "reason", "Why")->required();
}

}  // namespace

void AddAppointments(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "appointments", "Who has which title, from when to when");
  const std::string made =
      "  perigee appointments create m-001 champion -p demo --from $(date -d '-360 days' +%F) "
      "--names |\n";
  AddCall<v1::ListAppointmentsRequest>(
      noun, chosen,
      {"list", "List who has or had a title, as members see it",
       "  perigee appointments list -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--of", "of_member", "Only those of this member", {.read = IdIn("members")});
        BindLimit(form);
      },
      List(Door::kPublic, &Own::ListAppointments, AppointmentRows()));
  AddCall<v1::ListAllAppointmentsRequest>(
      noun, chosen,
      {"list-all", "List appointments in all states, as staff see them",
       "  perigee appointments list-all -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListAllAppointments, AppointmentRows()));
  AddCall<v1::CreateAppointmentRequest>(
      noun, chosen,
      {"create", "Appoint a member without a nomination",
       "  perigee appointments create m-001 champion --from 2099-01-01 -p demo\n"
       "  perigee appointments create m-001 mvp --from 2020-07-01 -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Whom");
        form.Add("TITLE", "title", "To what", {.read = IdIn("titles")})->required();
        form.Add("--from", "start_time",
                 "When the term begins, which may be in the past; now if left out");
      },
      Send(Door::kInternal, &Admin::CreateAppointment, AppointmentRows()));
  AddCall<v1::RenewAppointmentRequest>(
      noun, chosen,
      {"renew", "Appoint the member for one more term",
       made + "    xargs perigee appointments renew"},
      BindName, Send(Door::kInternal, &Admin::RenewAppointment, AppointmentRows()));
  AddCall<v1::SuspendAppointmentRequest>(
      noun, chosen,
      {"suspend", "Take the title away until `reinstate`",
       made + "    xargs perigee appointments suspend --reason 'Under inquiry'"},
      BindReason, Send(Door::kInternal, &Admin::SuspendAppointment, AppointmentRows()));
  AddCall<v1::ReinstateAppointmentRequest>(
      noun, chosen,
      {"reinstate", "End a suspension",
       made + "    xargs perigee appointments suspend --reason 'Under inquiry' --names |\n"
              "    xargs perigee appointments reinstate"},
      BindName, Send(Door::kInternal, &Admin::ReinstateAppointment, AppointmentRows()));
  AddCall<v1::RevokeAppointmentRequest>(
      noun, chosen,
      {"revoke", "Take the title away for good",
       made + "    xargs perigee appointments revoke --reason 'Sold the seats'"},
      BindReason, Send(Door::kInternal, &Admin::RevokeAppointment, AppointmentRows()));
  AddCall<v1::ResignAppointmentRequest>(
      noun, chosen,
      {"resign", "Give one's own title back, and be an alumnus",
       made + "    xargs perigee appointments resign"},
      BindName, Send(Door::kPublic, &Own::ResignAppointment, AppointmentRows()));
}

}  // namespace perigee::cli
