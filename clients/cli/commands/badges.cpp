#include <map>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/badge_file.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/rules.h"
#include "clients/cli/table.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/badge.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::BadgeService::Stub;
using Admin = v1::BadgeAdminService::Stub;
using Badges = std::vector<v1::CreateBadgeRequest>;

// What `apply` and `try` have.
struct FileArgs {
  std::string path;
  bool stackexchange = false;
  bool grandfather = false;
};

absl::StatusOr<Badges> BadgesOf(const FileArgs& args) {
  if (args.stackexchange) {
    return ParseBadges("stackexchange_badges.toml", kStackExchangeBadges);
  }
  if (args.path.empty()) {
    return UsageFailure("give a FILE, or --stackexchange.");
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string text, ReadTomlFile(args.path));
  return ParseBadges(args.path, text);
}

absl::StatusOr<std::map<std::string, v1::Badge>> BadgesThere(Session& session,
                                                             const std::string& program_name) {
  v1::ListBadgesRequest request;
  request.set_parent(program_name);
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListBadgesResponse response,
                           session.AskAll(Door::kPublic, &Own::ListBadges, request, 0));
  std::map<std::string, v1::Badge> there;
  for (const v1::Badge& badge : response.badges()) {
    there.emplace(IdOf(badge.name()), badge);
  }
  return there;
}

bool SameBadge(const v1::Badge& there, const v1::Badge& wanted) {
  return there.display_name() == wanted.display_name() &&
         there.description() == wanted.description() &&
         google::protobuf::util::MessageDifferencer::Equals(there.rule(), wanted.rule());
}

absl::StatusOr<v1::Badge> ApplyBadge(Session& session, const std::string& program_name,
                                     v1::CreateBadgeRequest wanted, const v1::Badge* there,
                                     bool grandfather) {
  if (there != nullptr && SameBadge(*there, wanted.badge())) {
    return *there;
  }
  if (there == nullptr) {
    wanted.set_parent(program_name);
    wanted.set_request_id(NewRequestId());
    return session.Ask(Door::kInternal, &Admin::CreateBadge, wanted);
  }
  v1::UpdateBadgeRequest request;
  *request.mutable_badge() = wanted.badge();
  request.mutable_badge()->set_name(there->name());
  request.mutable_badge()->set_etag(there->etag());
  request.mutable_badge()->set_grandfather(grandfather);
  for (const char* field : {"display_name", "description", "rule", "grandfather"}) {
    request.mutable_update_mask()->add_paths(field);
  }
  request.set_request_id(NewRequestId());
  return session.Ask(Door::kInternal, &Admin::UpdateBadge, request);
}

Rows<v1::Badge> BadgeRows() {
  return {{"BADGE", "NAME", "DESCRIPTION", ">RULE VERSION", "STATE"},
          [](const v1::Badge& badge) -> Row {
            return {IdOf(badge.name()), badge.display_name(), badge.description(),
                    std::to_string(badge.rule_version()),
                    badge.retired()    ? "retired"
                    : badge.applying() ? "being applied"
                                       : ""};
          }};
}

absl::Status Apply(Session& session, const FileArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string program_name, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(const Badges wanted, BadgesOf(args));
  PERIGEE_ASSIGN_OR_RETURN(const auto there, BadgesThere(session, program_name));
  v1::ListBadgesResponse applied;
  absl::Status refused;
  for (const v1::CreateBadgeRequest& one : wanted) {
    const auto found = there.find(one.badge_id());
    absl::StatusOr<v1::Badge> badge =
        ApplyBadge(session, program_name, one, found == there.end() ? nullptr : &found->second,
                   args.grandfather);
    if (!badge.ok()) {
      refused = OfItem("badge " + one.badge_id(), badge.status());
      break;
    }
    *applied.add_badges() = *std::move(badge);
  }
  // What came before the refusal is done.
  PERIGEE_RETURN_IF_ERROR(PrintAnswer(session, applied, BadgeRows()));
  return refused;
}

int FactsOf(const v1::BadgeStageEvidence& stage) {
  return stage.activities_size() + stage.transfers_size();
}

int FactsOf(const v1::BadgeEvidence& evidence) {
  int facts = 0;
  for (const v1::BadgeStageEvidence& stage : evidence.stages()) {
    facts += FactsOf(stage);
  }
  return facts;
}

constexpr char kGroupHeading[] = "OBJECT OR DAYS";

// The objects and days of the stages that have one.
std::string GroupsOf(const v1::BadgeEvidence& evidence) {
  std::vector<std::string> groups;
  for (const v1::BadgeStageEvidence& stage : evidence.stages()) {
    if (!stage.group().empty()) {
      groups.push_back(stage.group());
    }
  }
  return absl::StrJoin(groups, ", ");
}

absl::Status Try(Session& session, const FileArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string program_name, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(const Badges wanted, BadgesOf(args));
  PERIGEE_ASSIGN_OR_RETURN(const auto there, BadgesThere(session, program_name));
  Table table({"BADGE", "MEMBER", "NAME", "MOVE", "EARNED", kGroupHeading, ">FACTS"});
  std::vector<std::pair<std::string, v1::TryBadgeRuleResponse>> tried;
  for (const v1::CreateBadgeRequest& one : wanted) {
    v1::TryBadgeRuleRequest request;
    request.set_parent(program_name);
    if (there.contains(one.badge_id())) {
      request.set_badge(program_name + "/badges/" + one.badge_id());
    }
    *request.mutable_rule() = one.badge().rule();
    request.set_grandfather(args.grandfather);
    absl::StatusOr<v1::TryBadgeRuleResponse> response =
        session.AskAll(Door::kInternal, &Admin::TryBadgeRule, request, 0);
    if (!response.ok()) {
      return OfItem("badge " + one.badge_id(), response.status());
    }
    for (const v1::BadgeMove& move : response->moves()) {
      table.Add({one.badge_id(), IdOf(move.member()), move.display_name(), Word(move.kind()),
                 FormatTimestamp(move.earn_time()), GroupsOf(move.evidence()),
                 std::to_string(FactsOf(move.evidence()))});
    }
    tried.emplace_back(one.badge_id(), *std::move(response));
  }
  if (!session.PrintPlain(tried)) {
    table.Print(session.out());
  }
  return absl::OkStatus();
}

Rows<v1::BadgeGrant> BadgeGrantRows() {
  return {{"MEMBER", "BADGE", "STATE", "EARNED", "GRANTED", kGroupHeading, ">FACTS", "REASON"},
          [](const v1::BadgeGrant& grant) -> Row {
            return {MemberOf(grant.name()),
                    IdOf(grant.name()),
                    Word(grant.state()),
                    FormatTimestamp(grant.earn_time()),
                    FormatTimestamp(grant.grant_time()),
                    GroupsOf(grant.evidence()),
                    grant.has_evidence() ? std::to_string(FactsOf(grant.evidence())) : "",
                    grant.reason()};
          }};
}

bool IsMet(const v1::BadgeProgress::Stage& stage) { return stage.evidence().has_meet_time(); }

// `3 of 10`, of each criterion, or of the days in a row. The row that goes on after the stage was
// met tells nothing of the stage.
std::string SoFar(Session& session, const std::string& program_name, const v1::BadgeStage& rule,
                  const v1::BadgeProgress::Stage& stage) {
  if (stage.has_row()) {
    const v1::BadgeProgress::Row& row = stage.row();
    return absl::StrCat(IsMet(stage) ? row.days_in_a_row() : row.length(), " of ",
                        row.days_in_a_row(), " days");
  }
  std::vector<std::string> sums;
  for (int i = 0; i < stage.sums_size(); ++i) {
    const std::string asset = i < rule.criteria_size() ? rule.criteria(i).asset() : "";
    const auto amount = [&](std::int64_t value) {
      return asset.empty() ? std::to_string(value) : session.Amount(program_name, asset, value);
    };
    sums.push_back(amount(stage.sums(i).sum()) + " of " + amount(stage.sums(i).at_least()));
  }
  return absl::StrJoin(sums, ", ");
}

// By when more must be done. Nothing must of a stage that is met.
std::string UntilOf(const v1::BadgeProgress::Stage& stage) {
  return IsMet(stage) ? ""
                      : FormatTimestamp(stage.row().has_until_time() ? stage.row().until_time()
                                                                     : stage.end_time());
}

// The evidence of a row that is not complete is of today, which need not be one of its days.
Row ProgressRow(int number, std::string so_far, const v1::BadgeProgress::Stage& stage) {
  Row row = {std::to_string(number), stage.display_name(), std::move(so_far),
             FormatTimestamp(stage.evidence().meet_time()), UntilOf(stage)};
  if (!stage.has_row() || IsMet(stage)) {
    row.push_back(stage.evidence().group());
    row.push_back(std::to_string(FactsOf(stage.evidence())));
  } else if (stage.row().length() > 0) {
    row.push_back("up to " + stage.row().last_day());
  }
  return row;
}

absl::Status ShowProgress(Session& session, const v1::BadgeProgress& progress) {
  if (progress.stages().empty()) {
    session.out() << "This badge has no rule: staff alone grant it.\n";
    return absl::OkStatus();
  }
  const std::string program_name = ProgramOf(progress.badge());
  PERIGEE_ASSIGN_OR_RETURN(const auto there, BadgesThere(session, program_name));
  const auto found = there.find(IdOf(progress.badge()));
  const v1::BadgeRule rule = found == there.end() ? v1::BadgeRule() : found->second.rule();
  Table table({">STAGE", "NAME", "SO FAR", "MET", "UNTIL", kGroupHeading, ">FACTS"});
  for (int i = 0; i < progress.stages_size(); ++i) {
    // The rule may have changed meanwhile.
    const v1::BadgeStage of_rule = i < rule.stages_size() ? rule.stages(i) : v1::BadgeStage();
    const v1::BadgeProgress::Stage& stage = progress.stages(i);
    table.Add(ProgressRow(i + 1, SoFar(session, program_name, of_rule, stage), stage));
  }
  table.Print(session.out());
  return absl::OkStatus();
}

// The name of what a member has of a badge.
void BindBadgeOfMember(Form& form, const std::string& collection) {
  BindMember(form, "name", "Whose");
  form.Add("BADGE", "name", "The badge's id", {.read = IdUnder("name", collection)})->required();
}

void BindGrant(Form& form) {
  BindBadgeOfMember(form, "badgeGrants");
  form.Add("--reason", "reason", "Why; the member can read it")->required();
}

void BindFile(CLI::App& command, FileArgs& args) {
  CLI::Option* file = command.add_option("FILE", args.path, "A file of badges in TOML");
  CLI::Option* site = command.add_flag("--stackexchange", args.stackexchange,
                                       "The badges of a Stack Exchange site instead of a file");
  file->excludes(site);
  command.add_flag("--grandfather", args.grandfather,
                   "Of a changed rule: who has the badge keeps it");
}

constexpr char kFileHelp[] = "The file; only id, at_least and terms or asset must be given:\n";
constexpr char kFile[] =
    "  [[badge]]\n"
    "  id = \"helper\"\n"
    "  display_name = \"Helper\"\n"
    "  description = \"3 answers within a day\"\n"
    "  group = \"day\"            # What must come together: none, object or day\n"
    "  days_in_a_row = 1        # By day: on so many, one after the other\n"
    "  revocable = false        # true: lost when the rule is not met any more. Only with one\n"
    "                           # stage and days_in_a_row = 1\n"
    "  start_time = \"2020-01-01T00:00:00Z\" # What was before does not count,\n"
    "  end_time = \"2030-01-01T00:00:00Z\"   # nor what is from then on.\n"
    "  [[badge.criteria]]\n"
    "  role = \"actor\"           # Or recipient\n"
    "  at_least = 3\n"
    "  terms = [{ activity_type = \"question-answered\", weight = 1 }]\n"
    "  [[badge]]\n"
    "  id = \"renowned\"\n"
    "  [[badge.criteria]]\n"
    "  asset = \"renown\"         # What was earned of it, in its smallest unit\n"
    "  at_least = 100\n"
    "  [[badge]]                # A challenge: one stage after the other\n"
    "  id = \"newcomer\"\n"
    "  [[badge.stages]]\n"
    "  display_name = \"Answer\"\n"
    "  criteria = [{ at_least = 1, terms = [{ activity_type = \"question-answered\" }] }]\n"
    "  [[badge.stages]]\n"
    "  display_name = \"Write on 3 days in a row\"\n"
    "  within_days = 30         # Whole days since the stage before was met\n"
    "  group = \"day\"\n"
    "  days_in_a_row = 3\n"
    "  criteria = [{ at_least = 1, terms = [{ activity_type = \"review-written\" }] }]";

}  // namespace

void AddBadges(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "badges", "What members are recognised for, and who is");
  AddCommand<FileArgs>(
      noun, chosen,
      {"apply",
       "Make the badges of a file, and change those that differ. The server then applies their "
       "rules to all members",
       std::string("  perigee badges apply badges.toml -p demo\n\n") + kFileHelp + kFile},
      BindFile, Apply);
  AddCommand<FileArgs>(
      noun, chosen,
      {"try", "Show who would win and lose by the badges of a file. Changes nothing",
       std::string("  perigee badges try badges.toml -p demo\n\n") + kFileHelp + kFile},
      BindFile, Try);
  AddCall<v1::ListBadgesRequest>(
      noun, chosen, {"list", "List badges", "  perigee badges list -p demo"}, BindProgramList,
      List(Door::kPublic, &Own::ListBadges, BadgeRows()));
  AddCall<v1::ListBadgeGrantsRequest>(
      noun, chosen,
      {"of", "List the badges of a member, as members see it", "  perigee badges of m-001 -p demo"},
      [](Form& form) { BindMember(form, "parent", "Whose"); },
      Send(Door::kPublic, &Own::ListBadgeGrants, BadgeGrantRows()));
  AddCall<v1::ListAllBadgeGrantsRequest>(
      noun, chosen,
      {"grants", "List who has which badge, by what, and who had it, as staff see it",
       "  perigee badges grants -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--badge", "badge", "Only those of this badge", {.read = IdIn("badges")});
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListAllBadgeGrants, BadgeGrantRows()));
  AddCall<v1::GetBadgeProgressRequest>(
      noun, chosen,
      {"progress", "Show how far a member is by a badge's rule, stage by stage",
       std::string("  perigee badges apply badges.toml -p demo\n"
                   "  perigee badges progress m-001 newcomer -p demo\n\n"
                   "The file badges.toml of the example:\n") +
           kFile},
      [](Form& form) { BindBadgeOfMember(form, "badgeProgress"); },
      Send(Door::kPublic, &Own::GetBadgeProgress, ShowProgress));
  AddCall<v1::GrantBadgeRequest>(
      noun, chosen,
      {"grant", "Grant a badge without its rule",
       std::string("  perigee badges apply badges.toml -p demo\n"
                   "  perigee badges grant m-001 founder --reason 'Here from the start' -p demo\n\n"
                   "  [[badge]]\n"
                   "  id = \"founder\"")},
      BindGrant, Send(Door::kInternal, &Admin::GrantBadge, BadgeGrantRows()));
  AddCall<v1::RevokeBadgeRequest>(
      noun, chosen,
      {"revoke", "Take a badge, which its rule then does not grant again",
       std::string("  perigee badges apply badges.toml -p demo\n"
                   "  perigee badges grant m-001 founder --reason 'Here from the start' -p demo\n"
                   "  perigee badges revoke m-001 founder --reason 'Came later' -p demo\n\n"
                   "  [[badge]]\n"
                   "  id = \"founder\"")},
      BindGrant, Send(Door::kInternal, &Admin::RevokeBadge, BadgeGrantRows()));
}

}  // namespace perigee::cli
