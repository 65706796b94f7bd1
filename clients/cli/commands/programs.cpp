#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::ProgramAdminService::Stub;

absl::Status Show(Session& session, const v1::Program& program) {
  if (session.PrintPlain(program)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", program.name());
  card.Add("display name", program.display_name());
  card.Add("time zone", program.time_zone());
  card.Add("created", FormatTimestamp(program.create_time()));
  card.Add("updated", FormatTimestamp(program.update_time()));
  card.Add("etag", program.etag());
  card.Add("revision", std::to_string(program.revision()));
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status Create(Session& session, v1::CreateProgramRequest request) {
  if (request.program().display_name().empty()) {
    request.mutable_program()->set_display_name(request.program_id());
  }
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::CreateProgram, request));
  return Show(session, program);
}

absl::Status Get(Session& session, const v1::GetProgramRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::GetProgram, request));
  return Show(session, program);
}

absl::Status Update(Session& session, const v1::UpdateProgramRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::UpdateProgram, request));
  return Show(session, program);
}

absl::Status List(Session& session, const v1::ListProgramsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListProgramsResponse response,
      session.AskAll(Door::kInternal, &Stub::ListPrograms, request, request.page_size(),
                     [](const v1::ListProgramsResponse& page) { return page.programs_size(); }));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"PROGRAM", "NAME", "TIME ZONE", "CREATED"});
  for (const v1::Program& program : response.programs()) {
    table.Add({IdOf(program.name()), program.display_name(), program.time_zone(),
               FormatTimestamp(program.create_time())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::StatusOr<std::string> NameOfProgram(Session& /*session*/, const Form::Message& /*so_far*/,
                                          const std::string& typed) {
  return typed.starts_with("programs/") ? typed : "programs/" + typed;
}

void BindProgram(Form& form, const std::string& path) {
  form.Add("ID", path, "The programme's id", {.read = NameOfProgram})->required();
}

}  // namespace

void AddPrograms(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "programs", "A brand's champion programmes");
  AddCall<v1::CreateProgramRequest>(
      noun, chosen,
      {"create", "Make a programme, with the assets reputation, affiliation and access",
       "  perigee programs create acme --display-name 'Acme Champions' --time-zone Europe/Berlin"},
      [](Form& form) {
        form.Add("ID", "program_id", "a-z, 0-9 and '-'")->required();
        form.Add("--display-name", "program.display_name", "What people call it");
        form.Add("--time-zone", "program.time_zone", "IANA zone of its days; UTC if left out");
      },
      Create);
  AddCall<v1::GetProgramRequest>(
      noun, chosen, {"get", "Show one programme", "  perigee programs get demo"},
      [](Form& form) { BindProgram(form, "name"); }, Get);
  AddCall<v1::ListProgramsRequest>(
      noun, chosen, {"list", "List programmes by id", "  perigee programs list"},
      [](Form& form) { BindLimit(form); }, List);
  AddCall<v1::UpdateProgramRequest>(
      noun, chosen,
      {"update", "Change what people call it",
       "  perigee programs update demo --display-name 'Demo Friends'"},
      [](Form& form) {
        BindProgram(form, "program.name");
        form.Add("--display-name", "program.display_name", "The new name")->required();
        form.Add("--etag", "program.etag", "Only if this is still its etag");
      },
      Update);
}

}  // namespace perigee::cli
