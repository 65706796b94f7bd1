#include "clients/cli/commands/command.h"

#include <algorithm>

#include "clients/cli/session.h"

namespace perigee::cli {
namespace {

constexpr std::string_view kPrograms = "programs/";
constexpr std::string_view kMembers = "/members/";

}  // namespace

CLI::App* NewCommand(CLI::App& noun, const CommandText& text) {
  CLI::App* command = noun.add_subcommand(text.name, text.description);
  command->footer(
      "\nThe options of all commands, such as -p and --json, are in `perigee "
      "--help`.\n\nExample:\n" +
      text.example);
  return command;
}

void WhenChosen(CLI::App& command, Chosen& chosen, Chosen run) {
  command.callback([&chosen, run = std::move(run)] { chosen = run; });
}

void BindMember(Form& form, const std::string& path, const std::string& help) {
  form.Add("MEMBER", path, help, {.read = IdIn("members")})->required();
}

void BindEtag(Form& form, const std::string& path) {
  form.Add("--etag", path, "Only if this is still its etag");
}

void BindLimit(Form& form, const std::string& fallback) {
  form.Add("--limit", "page_size", "At most so many; 0: all", {.fallback = fallback});
}

void BindProgramList(Form& form) {
  form.InProgram();
  BindLimit(form);
}

void BindMemberList(Form& form) {
  BindMember(form, "parent");
  BindLimit(form);
}

CLI::App& AddNoun(CLI::App& root, const std::string& name, const std::string& description) {
  CLI::App* noun = root.add_subcommand(name, description);
  noun->require_subcommand(1);
  noun->footer("\nEach command has examples: see `perigee " + name + " COMMAND --help`.");
  return *noun;
}

std::string MemberOf(std::string_view name) {
  name.remove_prefix(std::min(name.size(), ProgramOf(name).size() + kMembers.size()));
  return std::string(name.substr(0, name.find('/')));
}

std::string ProgramOf(std::string_view name) {
  return std::string(name.substr(0, name.find('/', kPrograms.size())));
}

void AddPerigee(CLI::App& app, Options& options, Chosen& chosen) {
  AddServerOptions(app, options);
  CLI::Option* json =
      app.add_flag("--json", options.json, "One JSON document; for streams one line a message");
  app.add_flag("--names", options.names, "Only the names of what was made or found, one a line")
      ->excludes(json);
  app.add_option("--request-id", options.request_id,
                 "Repeat an earlier change under its UUID: it takes effect once");
  app.add_option("--timeout", options.timeout_seconds, "Seconds to wait for one answer")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddPrograms(app, chosen);
  AddAssets(app, chosen);
  AddRules(app, chosen);
  AddMembers(app, chosen);
  AddFacets(app, chosen);
  AddInvitations(app, chosen);
  AddOrbit(app, chosen);
  AddInbox(app, chosen);
  AddExplain(app, chosen);
  AddInsight(app, chosen);
  AddJoin(app, chosen);
  AddTitles(app, chosen);
  AddCandidates(app, chosen);
  AddNominations(app, chosen);
  AddAppointments(app, chosen);
  AddAsks(app, chosen);
  AddThanks(app, chosen);
  AddPromises(app, chosen);
  AddRewards(app, chosen);
  AddItems(app, chosen);
  AddInsider(app, chosen);
  AddAttachments(app, chosen);
  AddItemReads(app, chosen);
  AddAgreements(app, chosen);
  AddSeats(app, chosen);
  AddCredentials(app, chosen);
  AddVerify(app, chosen);
  AddContributions(app, chosen);
  AddFeedback(app, chosen);
  AddIdeas(app, chosen);
  AddLeak(app, chosen);
  AddBadges(app, chosen);
  AddTiers(app, chosen);
  AddIdentities(app, chosen);
  AddAudit(app, chosen);
  AddRoles(app, chosen);
  AddActivities(app, chosen);
  AddCapital(app, chosen);
  AddBoards(app, chosen);
  AddAudiences(app, chosen);
  AddWebhooks(app, chosen);
  AddDevices(app, chosen);
  AddWatch(app, chosen);
  AddImport(app, chosen);
  AddDemo(app, chosen);
  AddLogin(app, chosen);
  AddWhoAmI(app, chosen);
  AddCompletion(app, chosen);
}

}  // namespace perigee::cli
