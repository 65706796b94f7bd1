#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
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

absl::Status Show(Session& session, const v1::Program& program) {
  if (session.PrintJson(program)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", program.name());
  card.Add("display name", program.display_name());
  card.Add("time zone", program.time_zone());
  card.Add("state", StateOf(program));
  card.Add("created", FormatTimestamp(program.create_time()));
  card.Add("updated", FormatTimestamp(program.update_time()));
  card.Add("etag", program.etag());
  card.Add("revision", std::to_string(program.revision()));
  card.Print(session.out());
  return absl::OkStatus();
}

struct ProgramArgs {
  std::string id;
  std::string display_name;
  std::string time_zone;
  std::string etag;
  std::string confirmed;
};

absl::Status Create(Session& session, const ProgramArgs& args) {
  v1::CreateProgramRequest request;
  request.set_program_id(args.id);
  request.mutable_program()->set_display_name(args.display_name.empty() ? args.id
                                                                        : args.display_name);
  request.mutable_program()->set_time_zone(args.time_zone);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::CreateProgram, request));
  return Show(session, program);
}

absl::Status Get(Session& session, const ProgramArgs& args) {
  v1::GetProgramRequest request;
  request.set_name("programs/" + IdOf(args.id));
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::GetProgram, request));
  return Show(session, program);
}

absl::Status Update(Session& session, const ProgramArgs& args) {
  v1::UpdateProgramRequest request;
  request.mutable_program()->set_name("programs/" + IdOf(args.id));
  request.mutable_program()->set_display_name(args.display_name);
  request.mutable_program()->set_etag(args.etag);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::UpdateProgram, request));
  return Show(session, program);
}

absl::Status Close(Session& session, const ProgramArgs& args) {
  v1::CloseProgramRequest request;
  request.set_name("programs/" + IdOf(args.id));
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::CloseProgram, request));
  return Show(session, program);
}

absl::Status Reopen(Session& session, const ProgramArgs& args) {
  v1::ReopenProgramRequest request;
  request.set_name("programs/" + IdOf(args.id));
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Program program,
                           session.Ask(Door::kInternal, &Stub::ReopenProgram, request));
  return Show(session, program);
}

absl::Status Delete(Session& session, const ProgramArgs& args) {
  const std::string id = IdOf(args.id);
  if (IdOf(args.confirmed) != id) {
    return UsageFailure("--yes-delete must name the programme once more: a deletion is for good");
  }
  v1::DeleteProgramRequest request;
  request.set_name("programs/" + id);
  request.set_confirmed_name(request.name());
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::DeleteProgramResponse response,
                           session.Ask(Door::kInternal, &Stub::DeleteProgram, request));
  if (!session.PrintJson(response)) {
    session.out() << "programme " << id << " is deleted; its data are being removed\n";
  }
  return absl::OkStatus();
}

absl::Status List(Session& session, int limit) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListProgramsResponse response,
      session.AskAll(Door::kInternal, &Stub::ListPrograms, v1::ListProgramsRequest(), limit,
                     [](const v1::ListProgramsResponse& page) { return page.programs_size(); }));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  Table table({"PROGRAM", "NAME", "TIME ZONE", "STATE", "CREATED"});
  for (const v1::Program& program : response.programs()) {
    table.Add({IdOf(program.name()), program.display_name(), program.time_zone(), StateOf(program),
               FormatTimestamp(program.create_time())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

}  // namespace

void AddPrograms(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "programs", "A brand's champion programmes");
  AddCommand<ProgramArgs>(
      noun, chosen,
      {"create", "Make a programme, with the assets reputation, affiliation and access",
       "  perigee programs create acme --display-name 'Acme Champions' --time-zone Europe/Berlin"},
      [](CLI::App& command, ProgramArgs& args) {
        command.add_option("ID", args.id, "a-z, 0-9 and '-'")->required();
        command.add_option("--display-name", args.display_name, "What people call it");
        command.add_option("--time-zone", args.time_zone, "IANA zone of its days; UTC if left out");
      },
      Create);
  AddCommand<ProgramArgs>(
      noun, chosen, {"get", "Show one programme", "  perigee programs get acme"},
      [](CLI::App& command, ProgramArgs& args) {
        command.add_option("ID", args.id, "The programme")->required();
      },
      Get);
  AddCommand<int>(
      noun, chosen, {"list", "List programmes by id", "  perigee programs list"},
      [](CLI::App& command, int& limit) {
        command.add_option("--limit", limit, "At most so many; all if left out");
      },
      List);
  AddCommand<ProgramArgs>(
      noun, chosen,
      {"update", "Change what people call it",
       "  perigee programs update acme --display-name 'Acme Friends'"},
      [](CLI::App& command, ProgramArgs& args) {
        command.add_option("ID", args.id, "The programme")->required();
        command.add_option("--display-name", args.display_name, "The new name")->required();
        command.add_option("--etag", args.etag, "Only if this is still its etag");
      },
      Update);
  AddCommand<ProgramArgs>(
      noun, chosen,
      {"close", "Refuse all changes in one from now on; it can still be read",
       "  perigee programs close old-site"},
      [](CLI::App& command, ProgramArgs& args) {
        command.add_option("ID", args.id, "The programme")->required();
      },
      Close);
  AddCommand<ProgramArgs>(
      noun, chosen, {"reopen", "Open a closed one again", "  perigee programs reopen old-site"},
      [](CLI::App& command, ProgramArgs& args) {
        command.add_option("ID", args.id, "The programme")->required();
      },
      Reopen);
  AddCommand<ProgramArgs>(
      noun, chosen,
      {"delete", "Delete a closed one with all that is in it, for good",
       "  perigee programs close old-site\n  perigee programs delete old-site --yes-delete "
       "old-site"},
      [](CLI::App& command, ProgramArgs& args) {
        command.add_option("ID", args.id, "The programme, which must be closed")->required();
        command.add_option("--yes-delete", args.confirmed, "Its ID once more")->required();
      },
      Delete);
}

}  // namespace perigee::cli
