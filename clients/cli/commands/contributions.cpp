#include <chrono>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "perigee/v1/contribution.grpc.pb.h"
#include "server/core/civil_time.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::ContributionService::Stub;
using Admin = v1::ContributionAdminService::Stub;

std::string AuthorsOf(const v1::Contribution& contribution) {
  std::string all;
  for (const v1::Contribution::Author& author : contribution.authors()) {
    if (!author.declined()) {
      all += (all.empty() ? "" : ", ") + IdOf(author.member()) + "=" +
             std::to_string(contribution.credit() > 0 ? author.share() : author.weight());
    }
  }
  return all;
}

void Show(Session& session, const v1::Contribution& contribution) {
  Card card;
  card.Add("name", contribution.name());
  card.Add("kind", IdOf(contribution.kind()));
  card.Add("state", Word(contribution.state()));
  card.Add("title", contribution.title());
  card.Add("link", contribution.link());
  card.Add("evidence", contribution.evidence());
  card.Add("date", contribution.date());
  card.Add("claimed reach", std::to_string(contribution.claimed_reach()));
  card.Add("authors", AuthorsOf(contribution));
  card.Add("credit", std::to_string(contribution.credit()));
  card.Add("reason", contribution.reason());
  card.Print(session.out());
}

Rows<v1::Contribution> ContributionRows() {
  return {{"CONTRIBUTION", "KIND", "STATE", "DATE", "AUTHORS", ">CREDIT", "TITLE"},
          [](const v1::Contribution& one) -> Row {
            return {IdOf(one.name()), IdOf(one.kind()), Word(one.state()),
                    one.date(),       AuthorsOf(one),   std::to_string(one.credit()),
                    one.title()};
          }};
}

void ShowContributionKind(Session& session, const v1::ContributionKind& kind) {
  Card card;
  card.Add("name", kind.name());
  card.Add("display name", kind.display_name());
  card.Add("credit", std::to_string(kind.credit()));
  card.Add("activity type", kind.activity_type());
  card.Add("trusted", YesNo(kind.trusted()));
  card.Add("retired", YesNo(kind.retired()));
  card.Print(session.out());
}

Rows<v1::ContributionKind> ContributionKindRows() {
  return {{"KIND", "NAME", ">CREDIT", "ACTIVITY TYPE", "TRUSTED", "RETIRED"},
          [](const v1::ContributionKind& kind) -> Row {
            return {IdOf(kind.name()),    kind.display_name(),   std::to_string(kind.credit()),
                    kind.activity_type(), YesNo(kind.trusted()), YesNo(kind.retired())};
          }};
}

void ShowYear(Session& session, const v1::ChampionYear& year) {
  Card card;
  card.Add("member", year.member());
  card.Add("from", year.start_date());
  card.Add("to before", year.end_date());
  card.Add("active days", std::to_string(year.active_days()));
  card.Add("thanks", std::to_string(year.thanks()) + " from " +
                         std::to_string(year.thankful_members()) + " members");
  card.Print(session.out());
  Table table({"WHAT", "WHICH", "STATE", ">COUNT", ">SHARE", ">CLAIMED REACH"});
  for (const v1::ChampionYear::Contributions& one : year.contributions()) {
    table.Add({"contributions", IdOf(one.kind()), Word(one.state()), std::to_string(one.count()),
               std::to_string(one.share()), std::to_string(one.claimed_reach())});
  }
  for (const v1::ChampionYear::Activities& one : year.activities()) {
    table.Add({"activities", one.type(), "", std::to_string(one.count()), "", ""});
  }
  for (const v1::ChampionYear::Earned& one : year.earned()) {
    table.Add({"earned", IdOf(one.asset()), "",
               session.Amount(ProgramOf(year.member()), IdOf(one.asset()), one.amount()), "", ""});
  }
  for (const v1::Appointment& one : year.appointments()) {
    table.Add({"title", IdOf(one.title()), Word(one.state()), "", "", ""});
  }
  table.Print(session.out());
}

constexpr char kToday[] = "today";
constexpr std::size_t kYearDigits = 4;

// A day as the contract wants it. `today` is that of the programme's zone, and a year alone stands
// for its first day.
absl::StatusOr<std::string> ReadDay(Session& session, const google::protobuf::Message&,
                                    const std::string& typed) {
  if (typed == kToday) {
    PERIGEE_ASSIGN_OR_RETURN(const Zone zone, session.ProgramZone());
    return absl::FormatCivilTime(zone.DayOf(
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now())));
  }
  return typed.size() == kYearDigits ? typed + "-01-01" : typed;
}

// Adds `MEMBER` or `MEMBER=WEIGHT` to the authors of the request's contribution.
template <class Request>
absl::Status AddAuthor(Session& session, const std::string& typed,
                       google::protobuf::Message& request) {
  PERIGEE_ASSIGN_OR_RETURN(const Weighted weighted, ParseWeighted(typed));
  auto& author = *static_cast<Request&>(request).mutable_contribution()->add_authors();
  PERIGEE_ASSIGN_OR_RETURN(*author.mutable_member(),
                           IdIn("members")(session, request, weighted.what));
  author.set_weight(weighted.weight);
  return absl::OkStatus();
}

template <class Request>
void BindStated(Form& form) {
  form.Add("--kind", "contribution.kind", "Its kind: see `kinds`",
           {.read = IdIn("contributionKinds")})
      ->required();
  form.Add("--title", "contribution.title", "What it is called")->required();
  form.Add("--link", "contribution.link", "Where it is, with http:// or https://");
  form.Add("--evidence", "contribution.evidence", "How one can tell, if there is no link");
  form.Add("--date", "contribution.date", "When, such as 2026-11-30",
           {.read = ReadDay, .fallback = kToday});
  form.Add("--reach", "contribution.claimed_reach", "How many people it reached");
  form.AddFilling(
      "--author", {"contribution.authors"},
      "MEMBER or MEMBER=WEIGHT, for co-authors and other weights than 1; may be repeated",
      AddAuthor<Request>);
}

void BindName(Form& form) {
  form.Add("CONTRIBUTION", "name", "Its id", {.read = IdIn("contributions")})->required();
}

void BindBy(Form& form) {
  form.Add("--by", "member", "The member who acts", {.read = IdIn("members")})->required();
}

void BindYear(Form& form) {
  BindMember(form, "name", "Whose");
  form.Add("--from", "start_date", "The first day, or a year such as 2026", {.read = ReadDay})
      ->required();
  form.Add("--to", "end_date", "The first day after it, or a year; a year later if left out",
           {.read = ReadDay});
}

constexpr char kMade[] =
    "  perigee contributions define talk --display-name Talk --credit 10 -p demo\n";
constexpr char kSubmitted[] =
    "  perigee contributions submit m-001 --kind talk --title 'On orbits' "
    "--link https://example.com/orbits --names -p demo |\n";

void AddOfMembers(CLI::App& noun, Chosen& chosen) {
  const std::string made = kMade;
  const std::string submitted = made + kSubmitted;
  AddCall<v1::ListContributionKindsRequest>(
      noun, chosen, {"kinds", "List the kinds", "  perigee contributions kinds -p demo"},
      BindProgramList, List(Door::kPublic, &Own::ListContributionKinds, ContributionKindRows()));
  AddCall<v1::SubmitContributionRequest>(
      noun, chosen,
      {"submit", "Hand a contribution in",
       made + "  perigee contributions submit m-001 --kind talk --title 'On orbits' "
              "--link https://example.com/orbits --reach 120 --author m-001=2 --author m-002 "
              "-p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Whose");
        BindStated<v1::SubmitContributionRequest>(form);
      },
      Send(Door::kPublic, &Own::SubmitContribution, Show));
  AddCall<v1::ReviseContributionRequest>(
      noun, chosen,
      {"revise", "Hand it in again, all of it, after changes were asked for",
       submitted +
           "    xargs perigee contributions start-review --names |\n"
           "    xargs perigee contributions ask-for-changes --reason 'Which one?' --names |\n"
           "    xargs perigee contributions revise --by m-001 --kind talk "
           "--title 'On orbits, part 1' --link https://example.com/orbits -p demo"},
      [](Form& form) {
        BindName(form);
        BindBy(form);
        BindStated<v1::ReviseContributionRequest>(form);
        BindEtag(form, "contribution.etag");
      },
      Send(Door::kPublic, &Own::ReviseContribution, Show));
  AddCall<v1::WithdrawContributionRequest>(
      noun, chosen,
      {"withdraw", "Take it back before it is decided",
       submitted + "    xargs perigee contributions withdraw --by m-001 -p demo"},
      [](Form& form) {
        BindName(form);
        BindBy(form);
      },
      Send(Door::kPublic, &Own::WithdrawContribution, Show));
  AddCall<v1::DeclineCreditRequest>(
      noun, chosen,
      {"decline", "Decline to be named as a co-author",
       made + "  perigee contributions submit m-001 --kind talk --title 'On orbits' "
              "--evidence 'A recording' --author m-002 --names -p demo |\n"
              "    xargs perigee contributions decline --by m-002 -p demo"},
      [](Form& form) {
        BindName(form);
        BindBy(form);
      },
      Send(Door::kPublic, &Own::DeclineCredit, Show));
  AddCall<v1::ListOwnContributionsRequest>(
      noun, chosen,
      {"own", "List those of which a member is an author",
       "  perigee contributions own m-001 -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Whose");
        BindLimit(form);
      },
      List(Door::kPublic, &Own::ListOwnContributions, ContributionRows()));
  AddCall<v1::GetYearRequest>(noun, chosen,
                              {"year", "A member's year at a glance, as the member sees it",
                               "  perigee contributions year m-001 --from 2026 -p demo"},
                              BindYear, Send(Door::kPublic, &Own::GetYear, ShowYear));
}

void AddOfStaff(CLI::App& noun, Chosen& chosen) {
  const std::string submitted = std::string(kMade) + kSubmitted;
  const std::string reviewed =
      submitted + "    xargs perigee contributions start-review --names |\n";
  AddCall<v1::SetContributionKindRequest>(
      noun, chosen,
      {"define", "Define a kind, or replace its definition",
       "  perigee contributions define talk --display-name Talk --credit 10 -p demo\n"
       "  perigee contributions define answer --display-name Answer --type question-answered "
       "--trusted -p demo"},
      [](Form& form) {
        form.Add("KIND", "contribution_kind.name", "Its id", {.read = IdIn("contributionKinds")})
            ->required();
        form.Add("--display-name", "contribution_kind.display_name", "What people see")->required();
        form.Add("--credit", "contribution_kind.credit", "What an accepted one is worth");
        form.Add("--type", "contribution_kind.activity_type",
                 "Type of the activities that it becomes; the kind's id if left out");
        form.AddFlag("--trusted", "contribution_kind.trusted",
                     "They are accepted when they are submitted");
        form.AddFlag("--retired", "contribution_kind.retired", "Nothing is handed in any more");
        BindEtag(form, "contribution_kind.etag");
      },
      Send(Door::kInternal, &Admin::SetContributionKind, ShowContributionKind));
  AddCall<v1::ListContributionsRequest>(
      noun, chosen,
      {"list", "List contributions, as reviewers see them",
       "  perigee contributions list --state submitted -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--state", "state", WordsOf(*v1::Contribution::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListContributions, ContributionRows()));
  AddCall<v1::StartContributionReviewRequest>(
      noun, chosen,
      {"start-review", "Begin the review",
       submitted + "    xargs perigee contributions start-review"},
      BindName, Send(Door::kInternal, &Admin::StartContributionReview, Show));
  AddCall<v1::AskForChangesRequest>(
      noun, chosen,
      {"ask-for-changes", "Ask the member for changes",
       reviewed + "    xargs perigee contributions ask-for-changes --reason 'Which one?'"},
      [](Form& form) {
        BindName(form);
        form.Add("--reason", "reason", "What is to be changed")->required();
      },
      Send(Door::kInternal, &Admin::AskForChanges, Show));
  AddCall<v1::AcceptContributionRequest>(
      noun, chosen,
      {"accept", "Accept it: it becomes activities of its authors",
       reviewed + "    xargs perigee contributions accept"},
      [](Form& form) {
        BindName(form);
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::AcceptContribution, Show));
  AddCall<v1::RejectContributionRequest>(
      noun, chosen,
      {"reject", "Reject it", reviewed + "    xargs perigee contributions reject --reason 'An ad'"},
      [](Form& form) {
        BindName(form);
        form.Add("--reason", "reason", "Why")->required();
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::RejectContribution, Show));
  AddCall<v1::GetYearRequest>(
      noun, chosen,
      {"year-of", "A member's year at a glance, as staff see it",
       "  perigee contributions year-of m-001 --from 2026-01-01 --to 2026-07-01 -p demo"},
      BindYear, Send(Door::kInternal, &Admin::GetYear, ShowYear));
}

}  // namespace

void AddContributions(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "contributions", "What members do elsewhere and hand in");
  AddOfMembers(noun, chosen);
  AddOfStaff(noun, chosen);
}

}  // namespace perigee::cli
