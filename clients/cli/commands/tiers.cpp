#include <map>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/table.h"
#include "clients/cli/tier_file.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/tier.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::TierService::Stub;
using Admin = v1::TierAdminService::Stub;
using Schemes = std::vector<v1::TierScheme>;

struct FileArgs {
  std::string path;
};

// The schemes of the file, with their names and the etags of those that are there.
absl::StatusOr<Schemes> SchemesOf(Session& session, const FileArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string program_name, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(const std::string text, ReadTomlFile(args.path));
  PERIGEE_ASSIGN_OR_RETURN(Schemes schemes, ParseTierSchemes(args.path, text));
  v1::ListTierSchemesRequest request;
  request.set_parent(program_name);
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListTierSchemesResponse response,
                           session.AskAll(Door::kPublic, &Own::ListTierSchemes, request, 0));
  std::map<std::string, std::string> etags;
  for (const v1::TierScheme& scheme : response.schemes()) {
    etags.emplace(scheme.name(), scheme.etag());
  }
  for (v1::TierScheme& scheme : schemes) {
    scheme.set_name(program_name + "/tierSchemes/" + scheme.name());
    if (const auto there = etags.find(scheme.name()); there != etags.end()) {
      scheme.set_etag(there->second);
    }
  }
  return schemes;
}

// An amount of the asset that the scheme counts.
std::string AmountOf(Session& session, const v1::TierScheme& scheme, std::int64_t amount) {
  return session.Amount(ProgramOf(scheme.name()), scheme.asset(), amount);
}

// The scheme of a standing, or of the list of a scheme's standings, for the asset that it counts.
absl::StatusOr<v1::TierScheme> SchemeOf(Session& session, const std::string& name) {
  v1::ListTierSchemesRequest request;
  request.set_parent(ProgramOf(name));
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListTierSchemesResponse response,
                           session.AskAll(Door::kPublic, &Own::ListTierSchemes, request, 0));
  for (const v1::TierScheme& scheme : response.schemes()) {
    if (IdOf(scheme.name()) == IdOf(name)) {
      return scheme;
    }
  }
  return v1::TierScheme();
}

Rows<v1::TierScheme, Session> TierSchemeRows() {
  return {{"SCHEME", "NAME", "ASSET", ">MONTHS", "LEVELS", "STATE"},
          [](Session& session, const v1::TierScheme& scheme) -> Row {
            std::string levels;
            for (const v1::TierLevel& level : scheme.levels()) {
              levels += (levels.empty() ? "" : ", ") + level.id() + " " +
                        AmountOf(session, scheme, level.at_least());
            }
            return {IdOf(scheme.name()),
                    scheme.display_name(),
                    scheme.asset(),
                    std::to_string(scheme.window_months()),
                    levels,
                    scheme.retired()    ? "retired"
                    : scheme.applying() ? "being applied"
                                        : ""};
          }};
}

absl::Status Set(Session& session, const FileArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const Schemes schemes, SchemesOf(session, args));
  v1::ListTierSchemesResponse made;
  absl::Status refused;
  for (const v1::TierScheme& scheme : schemes) {
    v1::SetTierSchemeRequest request;
    *request.mutable_scheme() = scheme;
    request.set_request_id(NewRequestId());
    absl::StatusOr<v1::TierScheme> set =
        session.Ask(Door::kInternal, &Admin::SetTierScheme, request);
    if (!set.ok()) {
      refused = OfItem("scheme " + IdOf(scheme.name()), set.status());
      break;
    }
    *made.add_schemes() = *std::move(set);
  }
  // What came before the refusal is done.
  PERIGEE_RETURN_IF_ERROR(PrintAnswer(session, made, TierSchemeRows()));
  return refused;
}

absl::Status Try(Session& session, const FileArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const Schemes schemes, SchemesOf(session, args));
  Table table({"SCHEME", "MEMBER", "NAME", "FROM", "TO", "NEWS", ">EARNED"});
  std::vector<std::pair<std::string, v1::TryTierSchemeResponse>> tried;
  for (const v1::TierScheme& scheme : schemes) {
    v1::TryTierSchemeRequest request;
    *request.mutable_scheme() = scheme;
    absl::StatusOr<v1::TryTierSchemeResponse> response =
        session.AskAll(Door::kInternal, &Admin::TryTierScheme, request, 0);
    if (!response.ok()) {
      return OfItem("scheme " + IdOf(scheme.name()), response.status());
    }
    for (const v1::TierMove& move : response->moves()) {
      table.Add({IdOf(scheme.name()), IdOf(move.member()), move.display_name(), move.from_level(),
                 move.to_level(), Word(move.news()), AmountOf(session, scheme, move.earned())});
    }
    tried.emplace_back(IdOf(scheme.name()), *std::move(response));
  }
  if (!session.PrintPlain(tried)) {
    table.Print(session.out());
  }
  return absl::OkStatus();
}

std::string LockOf(const v1::TierStanding& standing) {
  return !standing.locked()               ? ""
         : standing.has_lock_until_time() ? "until " + FormatTimestamp(standing.lock_until_time())
                                          : "until it is unlocked";
}

absl::Status ShowStandings(Session& session, const v1::ListTierStandingsResponse& response) {
  v1::TierScheme scheme;
  if (!response.standings().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(scheme, SchemeOf(session, response.standings(0).name()));
  }
  Table table({"MEMBER", "LEVEL", "SINCE", "REVIEW", "FALLS", "NEWS", ">EARNED THEN", "LOCKED"});
  for (const v1::TierStanding& one : response.standings()) {
    table.Add({MemberOf(one.name()), one.level(), FormatTimestamp(one.since_time()),
               FormatTimestamp(one.review_time()), FormatTimestamp(one.fall_time()),
               Word(one.news()), AmountOf(session, scheme, one.news_earned()), LockOf(one)});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status ShowStanding(Session& session, const v1::TierStanding& standing) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::TierScheme scheme, SchemeOf(session, standing.name()));
  const auto amount = [&](std::int64_t value) { return AmountOf(session, scheme, value); };
  Card card;
  card.Add("member", MemberOf(standing.name()));
  card.Add("level", standing.level().empty() ? "none" : standing.level());
  if (standing.has_since_time()) {
    card.Add("since", FormatTimestamp(standing.since_time()));
  }
  if (!standing.next_level().empty()) {
    card.Add("next level", standing.next_level() + ", " + amount(standing.missing()) + " more");
  }
  if (standing.has_review_time()) {
    card.Add("review", FormatTimestamp(standing.review_time()));
  }
  if (standing.has_review()) {
    card.Add("it looks at", amount(standing.review().earned()) + " earned since " +
                                FormatTimestamp(standing.review().window_start_time()) + ", " +
                                amount(standing.review().needed()) + " needed");
  }
  if (standing.has_fall_time()) {
    card.Add("falls", FormatTimestamp(standing.fall_time()));
  }
  if (standing.locked()) {
    card.Add("locked", LockOf(standing) + ": " + standing.lock_reason());
  }
  card.Print(session.out());
  return absl::OkStatus();
}

void BindStanding(Form& form) {
  form.Add("MEMBER/SCHEME", "name", "Whose, and of which scheme",
           {.read = IdWithin("members", "tierStandings", "MEMBER/SCHEME, such as m-001/loyalty")})
      ->required();
}

void BindFile(CLI::App& command, FileArgs& args) {
  command.add_option("FILE", args.path, "A file of schemes in TOML")->required();
}

constexpr char kFileHelp[] = "The file; only id and levels must be given:\n";
constexpr char kFile[] =
    "  [[scheme]]\n"
    "  id = \"loyalty\"\n"
    "  display_name = \"Loyalty\"\n"
    "  asset = \"reputation\"     # What counts is what was earned of it\n"
    "  window_months = 12       # within so many calendar months.\n"
    "  review_months = 12       # For so long a level holds.\n"
    "  low_water_percent = 90   # So much of at_least keeps it.\n"
    "  grace_days = 0           # After a review that a member fails\n"
    "  notice_days = 30         # Before a fall; at least 14\n"
    "  # at_least is in the asset's smallest unit.\n"
    "  levels = [{ id = \"silver\", at_least = 50 }, { id = \"gold\", at_least = 200 }]";

constexpr char kFileOfExample[] = "The file tiers.toml of the example:\n";

std::string AfterSet(const char* command) {
  return std::string("  perigee tiers set tiers.toml -p demo\n  perigee tiers ") + command +
         " -p demo\n\n" + kFileOfExample + kFile;
}

}  // namespace

void AddTiers(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "tiers", "Levels that members reach by what they earn");
  AddCommand<FileArgs>(
      noun, chosen,
      {"set",
       "Make the schemes of a file, and change those that are there. The server then applies them "
       "to all members",
       std::string("  perigee tiers set tiers.toml -p demo\n\n") + kFileHelp + kFile},
      BindFile, Set);
  AddCommand<FileArgs>(
      noun, chosen,
      {"try", "Show who would move by the schemes of a file, and with what. Changes nothing",
       std::string("  perigee tiers try tiers.toml -p demo\n\n") + kFileHelp + kFile},
      BindFile, Try);
  AddCall<v1::ListTierSchemesRequest>(
      noun, chosen, {"list", "List schemes", "  perigee tiers list -p demo"}, BindProgramList,
      List(Door::kPublic, &Own::ListTierSchemes, TierSchemeRows()));
  AddCall<v1::ListTierStandingsRequest>(
      noun, chosen,
      {"members", "List who stands on which level, as staff see it", AfterSet("members loyalty")},
      [](Form& form) {
        form.Add("SCHEME", "parent", "The scheme's id", {.read = IdIn("tierSchemes")})->required();
        form.Add("--level", "level", "Only those on this level");
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListTierStandings, ShowStandings));
  AddCall<v1::GetTierStandingRequest>(
      noun, chosen,
      {"show", "Show where a member stands, what is missing, and what the review will look at",
       AfterSet("show m-001/loyalty")},
      BindStanding, Send(Door::kPublic, &Own::GetTierStanding, ShowStanding));
  AddCall<v1::LockTierStandingRequest>(
      noun, chosen,
      {"lock", "Hold a member on a level, whatever they earn",
       AfterSet("lock m-001/loyalty --level gold --reason 'On leave'")},
      [](Form& form) {
        BindStanding(form);
        form.Add("--level", "level", "The level; else the one that the member has");
        form.Add("--until", "until_time", "When the lock ends; else when you unlock it");
        form.Add("--reason", "reason", "Why; the member can read it")->required();
      },
      Send(Door::kInternal, &Admin::LockTierStanding, ShowStanding));
  AddCall<v1::UnlockTierStandingRequest>(
      noun, chosen,
      {"unlock", "End a lock, so that the level is reviewed again",
       std::string("  perigee tiers set tiers.toml -p demo\n"
                   "  perigee tiers lock m-001/loyalty --reason 'On leave' -p demo\n"
                   "  perigee tiers unlock m-001/loyalty -p demo\n\n") +
           kFileOfExample + kFile},
      BindStanding, Send(Door::kInternal, &Admin::UnlockTierStanding, ShowStanding));
}

}  // namespace perigee::cli
