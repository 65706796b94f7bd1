#include <unistd.h>

#include <iostream>

#include <nlohmann/json.hpp>

#include "clients/cli/commands/command.h"
#include "clients/cli/plan.h"
#include "clients/cli/rules.h"
#include "clients/cli/stackexchange.h"
#include "clients/cli/summary.h"
#include "clients/cli/xml_rows.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

struct ImportArgs {
  std::string folder;
  std::string rules;
  std::string source = "stackexchange";
  bool no_boards = false;
  bool update = false;
};

// Prints one line for each file; on a terminal the line is updated in place.
void ShowProgress(const std::string& file, const XmlProgress& progress) {
  const std::uint64_t percent = progress.of == 0 ? 100 : progress.bytes * 100 / progress.of;
  if (isatty(STDERR_FILENO) == 1) {
    std::cerr << "\r" << file << " " << percent << " %" << (percent == 100 ? "   \n" : "   ")
              << std::flush;
  } else if (percent == 100) {
    std::cerr << file << " read\n";
  }
}

absl::Status StackExchange(Session& session, const ImportArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string program_name, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(Plan plan, args.rules.empty() ? ParsePlan("stackexchange.toml",
                                                                     kStackExchangeRules, Zone::Utc)
                                                         : ReadPlan(session, args.rules));
  if (args.no_boards) {
    plan.boards.clear();
  }
  PERIGEE_RETURN_IF_ERROR(CheckStackExchangeDump(args.folder));
  PERIGEE_ASSIGN_OR_RETURN(const PlanStep made,
                           EnsureProgram(session, program_name, IdOf(program_name)));
  std::vector<PlanStep> steps;
  PERIGEE_RETURN_IF_ERROR(ApplyPlan(session, program_name, plan, steps));
  steps.insert(steps.begin(), made);
  PERIGEE_ASSIGN_OR_RETURN(
      const ImportSummary summary,
      ImportStackExchange(session, {args.folder, program_name, args.source, args.update},
                          ShowProgress));
  PrintSummary(session, steps, summary);
  return absl::OkStatus();
}

}  // namespace

void AddImport(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "import", "Take over a community from elsewhere");
  AddCommand<ImportArgs>(
      noun, chosen,
      {"stackexchange",
       "Read a Stack Exchange data dump: a folder with Users.xml, Posts.xml, Votes.xml and, if "
       "there, Badges.xml and Comments.xml. Makes the programme, assets, rules and boards that are "
       "missing. Run it again at any time: what is there already stays as it is, or with --update "
       "follows the dump. Display names that cannot be one here become \"user <Id>\"",
       "  perigee import stackexchange dump/ -p beer\n"
       "  perigee boards top reputation -p beer"},
      [](CLI::App& command, ImportArgs& args) {
        command.add_option("DIR", args.folder, "The folder")->required();
        command.add_option("--rules", args.rules, "A rules file instead of the site's own");
        command
            .add_option("--source", args.source,
                        "What the site is called in source ids; the same each time")
            ->capture_default_str();
        command.add_flag("--no-boards", args.no_boards, "Make no boards");
        command.add_flag(
            "--update", args.update,
            "Also rename members as in this newer dump of the same site, and take back "
            "what its deleted posts and withdrawn votes had earned");
      },
      StackExchange);
}

}  // namespace perigee::cli
