#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::ProgramAdminService::Stub;

std::string StateOf(const v1::Program& program) {
  return program.state() == v1::Program::STATE_CLOSED ? "closed" : "open";
}

void Show(Session& session, const v1::Program& program) {
  Card card;
  card.Add("name", program.name());
  card.Add("display name", program.display_name());
  card.Add("time zone", program.time_zone());
  card.Add("state", StateOf(program));
  card.Add("asks", std::to_string(program.ask_limit()) + " in " +
                       std::to_string(program.ask_window_days()) + " days");
  card.Add("thanks",
           std::to_string(program.thanks_limit()) + " a " + Word(program.thanks_period()));
  card.Add("orbit review months", std::to_string(program.orbit_review_months()));
  card.Add("created", FormatTimestamp(program.create_time()));
  card.Add("updated", FormatTimestamp(program.update_time()));
  card.Add("etag", program.etag());
  card.Add("revision", std::to_string(program.revision()));
  card.Print(session.out());
}

absl::Status Create(Session& session, v1::CreateProgramRequest request) {
  if (request.program().display_name().empty()) {
    request.mutable_program()->set_display_name(request.program_id());
  }
  return Send(Door::kInternal, &Stub::CreateProgram, Show)(session, request);
}

absl::Status Delete(Session& session, const v1::DeleteProgramRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::DeleteProgramResponse response,
                           session.Ask(Door::kInternal, &Stub::DeleteProgram, request));
  if (!session.PrintPlain(response)) {
    session.out() << "programme " << IdOf(request.name())
                  << " is deleted; its data are being removed\n";
  }
  return absl::OkStatus();
}

Rows<v1::Program> ProgramRows() {
  return {{"PROGRAM", "NAME", "TIME ZONE", "STATE", "CREATED"},
          [](const v1::Program& program) -> Row {
            return {IdOf(program.name()), program.display_name(), program.time_zone(),
                    StateOf(program), FormatTimestamp(program.create_time())};
          }};
}

void BindAskBudget(Form& form) {
  form.Add("--ask-limit", "program.ask_limit", "How many asks a member may get in the window");
  form.Add("--ask-window-days", "program.ask_window_days", "The length of that window");
}

void BindProgram(Form& form, const std::string& path) {
  form.Add("ID", path, "The programme's id", {.read = IdOfProgram()})->required();
}

void BindThanks(Form& form) {
  form.Add("--thanks-limit", "program.thanks_limit",
           "How many thanks a member may give in one period; 3 if 0");
  form.Add("--thanks-period", "program.thanks_period", "week or month");
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
        BindAskBudget(form);
        BindThanks(form);
      },
      Create);
  AddCall<v1::GetProgramRequest>(
      noun, chosen, {"get", "Show one programme", "  perigee programs get demo"},
      [](Form& form) { BindProgram(form, "name"); },
      Send(Door::kInternal, &Stub::GetProgram, Show));
  AddCall<v1::ListProgramsRequest>(
      noun, chosen, {"list", "List programmes by id", "  perigee programs list"},
      [](Form& form) { BindLimit(form); },
      List(Door::kInternal, &Stub::ListPrograms, ProgramRows()));
  AddCall<v1::UpdateProgramRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       "  perigee programs update demo --display-name 'Demo Friends'\n"
       "  perigee programs update demo --ask-limit 2 --ask-window-days 60\n"
       "  perigee programs update demo --thanks-limit 10 --thanks-period month\n"
       "  perigee programs update demo --orbit-review-months 12"},
      [](Form& form) {
        BindProgram(form, "program.name");
        form.Add("--display-name", "program.display_name", "What people call it");
        BindAskBudget(form);
        BindThanks(form);
        form.Add("--orbit-review-months", "program.orbit_review_months",
                 "How often levels of the orbit may fall: each 1, 3 or 12 months");
        BindEtag(form, "program.etag");
      },
      Send(Door::kInternal, &Stub::UpdateProgram, Show));
  AddCall<v1::CloseProgramRequest>(
      noun, chosen,
      {"close", "Refuse all changes in one from now on; it can still be read",
       "  perigee programs close demo"},
      [](Form& form) { BindProgram(form, "name"); },
      Send(Door::kInternal, &Stub::CloseProgram, Show));
  AddCall<v1::ReopenProgramRequest>(
      noun, chosen,
      {"reopen", "Open a closed one again",
       "  perigee programs close demo\n  perigee programs reopen demo"},
      [](Form& form) { BindProgram(form, "name"); },
      Send(Door::kInternal, &Stub::ReopenProgram, Show));
  AddCall<v1::DeleteProgramRequest>(
      noun, chosen,
      {"delete", "Delete a closed one with all that is in it, for good",
       "  perigee programs close demo\n  perigee programs delete demo --yes-delete demo"},
      [](Form& form) {
        BindProgram(form, "name");
        form.Add("--yes-delete", "confirmed_name", "Its ID once more", {.read = IdOfProgram()})
            ->required();
      },
      Delete);
}

}  // namespace perigee::cli
