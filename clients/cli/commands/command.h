#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "clients/cli/command_line.h"
#include "clients/cli/form.h"

namespace perigee::cli {

class Session;

// The name and the help of a command. `example` holds one or two full command lines.
struct CommandText {
  std::string name;
  std::string description;
  std::string example;
};

// NewCommand makes a command of a noun, without arguments. WhenChosen sets what the command does.
CLI::App* NewCommand(CLI::App& noun, const CommandText& text);
void WhenChosen(CLI::App& command, Chosen& chosen, Chosen run);

// Adds a command to a noun. `Args` holds its arguments; `bind` (CLI::App&, Args&) declares them,
// and `run` (Session&, const Args&) → Status does the work.
template <class Args, class Bind, class Run>
CLI::App* AddCommand(CLI::App& noun, Chosen& chosen, const CommandText& text, Bind bind, Run run) {
  auto args = std::make_shared<Args>();
  CLI::App* command = NewCommand(noun, text);
  bind(*command, *args);
  WhenChosen(*command, chosen,
             [args, run](Session& session) { return run(session, std::as_const(*args)); });
  return command;
}

// Adds a command that sends one request. `bind` (Form&) binds its options to the request's fields,
// and `run` (Session&, Request) → Status sends it.
template <class Request, class Bind, class Run>
CLI::App* AddCall(CLI::App& noun, Chosen& chosen, const CommandText& text, Bind bind, Run run) {
  CLI::App* command = NewCommand(noun, text);
  auto form = std::make_shared<Form>(*command, Request::descriptor());
  bind(*form);
  WhenChosen(*command, chosen, [form, run](Session& session) -> absl::Status {
    Request request;
    absl::Status status = form->Fill(session, request);
    if (status.ok()) {
      status = run(session, std::move(request));
    }
    return form->NameOption(status);
  });
  return command;
}

// MEMBER, which must be given: a member's id or full name.
void BindMember(Form& form, const std::string& path, const std::string& help = "The member's id");
// `--etag`, so that only the version that the user saw is changed.
void BindEtag(Form& form, const std::string& path = "etag");
// `--limit` of a list: it fills `page_size`, and 0 means all.
void BindLimit(Form& form, const std::string& fallback = "0");
// The options of a list of the programme, and of a member's list, which need no others.
void BindProgramList(Form& form);
void BindMemberList(Form& form);

CLI::App& AddNoun(CLI::App& root, const std::string& name, const std::string& description);

// The last part of a resource's name.
inline std::string IdOf(std::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

// The id of the member in a name such as `programs/demo/members/m-001/asks/12`.
std::string MemberOf(std::string_view name);
// The programme of a name: its first two parts.
std::string ProgramOf(std::string_view name);

// All options and commands of `perigee`.
void AddPerigee(CLI::App& app, Options& options, Chosen& chosen);

void AddPrograms(CLI::App& root, Chosen& chosen);
void AddAssets(CLI::App& root, Chosen& chosen);
void AddRules(CLI::App& root, Chosen& chosen);
void AddMembers(CLI::App& root, Chosen& chosen);
// Commands of `members`.
void AddKinds(CLI::App& members, Chosen& chosen);
void AddFacets(CLI::App& root, Chosen& chosen);
void AddInvitations(CLI::App& root, Chosen& chosen);
void AddTitles(CLI::App& root, Chosen& chosen);
void AddCandidates(CLI::App& root, Chosen& chosen);
void AddNominations(CLI::App& root, Chosen& chosen);
void AddAppointments(CLI::App& root, Chosen& chosen);
void AddAsks(CLI::App& root, Chosen& chosen);
void AddThanks(CLI::App& root, Chosen& chosen);
void AddPromises(CLI::App& root, Chosen& chosen);
void AddRewards(CLI::App& root, Chosen& chosen);
void AddItems(CLI::App& root, Chosen& chosen);
void AddInsider(CLI::App& root, Chosen& chosen);
void AddAttachments(CLI::App& root, Chosen& chosen);
void AddItemReads(CLI::App& root, Chosen& chosen);
void AddAgreements(CLI::App& root, Chosen& chosen);
void AddSeats(CLI::App& root, Chosen& chosen);
void AddCredentials(CLI::App& root, Chosen& chosen);
void AddVerify(CLI::App& root, Chosen& chosen);
void AddContributions(CLI::App& root, Chosen& chosen);
void AddFeedback(CLI::App& root, Chosen& chosen);
void AddIdeas(CLI::App& root, Chosen& chosen);
void AddLeak(CLI::App& root, Chosen& chosen);
void AddOrbit(CLI::App& root, Chosen& chosen);
void AddBadges(CLI::App& root, Chosen& chosen);
void AddTiers(CLI::App& root, Chosen& chosen);
void AddInbox(CLI::App& root, Chosen& chosen);
void AddExplain(CLI::App& root, Chosen& chosen);
void AddInsight(CLI::App& root, Chosen& chosen);
void AddJoin(CLI::App& root, Chosen& chosen);
void AddRoles(CLI::App& root, Chosen& chosen);
void AddIdentities(CLI::App& root, Chosen& chosen);
void AddLogin(CLI::App& root, Chosen& chosen);
void AddWhoAmI(CLI::App& root, Chosen& chosen);
void AddAudit(CLI::App& root, Chosen& chosen);
void AddActivities(CLI::App& root, Chosen& chosen);
void AddCapital(CLI::App& root, Chosen& chosen);
void AddBoards(CLI::App& root, Chosen& chosen);
void AddAudiences(CLI::App& root, Chosen& chosen);
void AddWebhooks(CLI::App& root, Chosen& chosen);
// A command of `webhooks`.
void AddListen(CLI::App& webhooks, Chosen& chosen);
void AddDevices(CLI::App& root, Chosen& chosen);
void AddWatch(CLI::App& root, Chosen& chosen);
void AddImport(CLI::App& root, Chosen& chosen);
void AddDemo(CLI::App& root, Chosen& chosen);
void AddCompletion(CLI::App& root, Chosen& chosen);

}  // namespace perigee::cli
