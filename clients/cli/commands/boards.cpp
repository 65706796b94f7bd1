#include "clients/cli/commands/board_table.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/member.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Reads = v1::BoardService::Stub;
using Changes = v1::BoardAdminService::Stub;

std::string CadenceOf(const v1::Board& board) {
  return board.cadence() == v1::Board::CADENCE_ROLLING
             ? std::to_string(board.rolling_days()) + " days"
             : Word(board.cadence());
}

std::string ScopeOf(const v1::Board& board) {
  std::string scope = board.facet();
  if (!board.kind().empty()) {
    scope += (scope.empty() ? "" : ", ") + Friendly(board.kind(), "STAKEHOLDER_KIND_");
  }
  if (!board.audience().empty()) {
    scope += (scope.empty() ? "" : ", ") + board.audience();
  }
  return scope.empty() ? "everybody" : scope;
}

void Show(Session& session, const v1::Board& board) {
  Card card;
  card.Add("name", board.name());
  card.Add("display name", board.display_name());
  card.Add("asset", board.asset());
  card.Add("cadence", CadenceOf(board));
  if (board.cadence() == v1::Board::CADENCE_WEEK) {
    card.Add("week start", Word(board.week_start()));
  }
  card.Add("time zone", board.time_zone());
  card.Add("scheme", Word(board.scheme()));
  card.Add("scope", ScopeOf(board));
  card.Add("grace hours", std::to_string(board.grace_hours()));
  card.Add("etag", board.etag());
  card.Add("revision", std::to_string(board.revision()));
  card.Print(session.out());
}

absl::Status Create(Session& session, v1::CreateBoardRequest request) {
  if (request.board().display_name().empty()) {
    request.mutable_board()->set_display_name(request.board_id());
  }
  return Send(Door::kInternal, &Changes::CreateBoard, Show)(session, request);
}

Rows<v1::Board> BoardRows() {
  return {{"BOARD", "NAME", "ASSET", "CADENCE", "TIME ZONE", "SCHEME", "SCOPE"},
          [](const v1::Board& board) -> Row {
            return {IdOf(board.name()), board.display_name(), board.asset(), CadenceOf(board),
                    board.time_zone(),  Word(board.scheme()), ScopeOf(board)};
          }};
}

absl::Status Delete(Session& session, const v1::DeleteBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::DeleteBoardResponse response,
                           session.Ask(Door::kInternal, &Changes::DeleteBoard, request));
  if (!session.PrintPlain(response)) {
    session.out() << request.name() << " is gone; its final results stay in the journal.\n";
  }
  return absl::OkStatus();
}

absl::Status ShowEntries(Session& session, const std::string& period_name,
                         const v1::ListEntriesResponse& page) {
  if (session.PrintPlain(page)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, period_name));
  PrintEntries(session, ProgramOf(period_name), asset, page);
  session.out() << page.entries_size() << " of " << page.total_size() << ", " << page.period()
                << ", revision " << page.revision() << '\n';
  return absl::OkStatus();
}

absl::Status Entries(Session& session, const v1::ListEntriesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListEntriesResponse page,
      session.AskAll(Door::kPublic, &Reads::ListEntries, request, request.page_size()));
  return ShowEntries(session, request.parent(), page);
}

absl::Status Around(Session& session, const v1::ListEntriesAroundRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListEntriesResponse page,
                           session.Ask(Door::kPublic, &Reads::ListEntriesAround, request));
  return ShowEntries(session, request.parent(), page);
}

absl::Status Explain(Session& session, const v1::ExplainEntryRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::ExplainEntryResponse response,
                           session.Ask(Door::kPublic, &Reads::ExplainEntry, request));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, request.parent()));
  const std::string program = ProgramOf(request.parent());
  v1::ListEntriesResponse page;
  *page.add_entries() = response.entry();
  PrintEntries(session, program, asset, page);
  session.out() << '\n';
  Table table({"EFFECT", ">SCORE", "RULE", "ACTIVITY", "TRANSFER"});
  for (const auto& part : response.contributions()) {
    table.Add({FormatTimestamp(part.effective_time()), session.Amount(program, asset, part.score()),
               IdOf(part.rule()), IdOf(part.activity()), IdOf(part.transfer())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

void ShowPeriod(Session& session, const v1::Period& period) {
  Card card;
  card.Add("name", period.name());
  card.Add("state", Word(period.state()));
  card.Add("from", FormatTimestamp(period.start_time()));
  card.Add("up to", FormatTimestamp(period.end_time()));
  if (period.result_version() > 0) {
    card.Add("result", "version " + std::to_string(period.result_version()));
    card.Add("made", FormatTimestamp(period.result_time()));
    card.Add("digest", period.result_digest());
    card.Add("amended because", period.amend_reason());
    card.Add("amendment due", YesNo(period.amend_due()));
  }
  card.Print(session.out());
}

void ShowComparison(Session& session, const v1::VerifyBoardResponse& response) {
  Table table({"CACHE", "EQUAL", ">ENTRIES", ">SUM", "DIGEST"});
  const auto add = [&](const v1::VerifyBoardResponse::Comparison& side, const std::string& equal) {
    table.Add({side.cache(), equal, std::to_string(side.count()), std::to_string(side.score_sum()),
               side.digest()});
  };
  add(response.store(), "");
  for (const auto& cache : response.caches()) {
    add(cache, cache.equal() ? "yes" : "no, rebuilt");
  }
  table.Print(session.out());
  session.out() << "at revision " << response.revision() << '\n';
}

void BindBoard(Form& form, const std::string& path = "name") {
  form.Add("BOARD", path, "The board's id", {.read = IdIn("boards")})->required();
}

void BindScope(Form& form) {
  form.Add("--display-name", "board.display_name", "What people call it");
  form.Add("--scheme", "board.scheme", "competition (1224), dense (1223), ordinal (1234)");
  form.Add("--facet", "board.facet", "Only members with this facet");
  form.Add("--kind", "board.kind",
           "Only members of this kind: " + WordsOf(*v1::StakeholderKind_descriptor()),
           {.read = WordOf(v1::StakeholderKind_descriptor())});
  form.Add("--audience", "board.audience",
           "Only members of this audience: see `perigee audiences members --help`");
  form.AddFlag("--allow-demographic", "board.allow_demographic",
               "Even if it names demographic facets");
}

void BindRevision(Form& form) {
  form.Add("--min-revision", "min_revision", "Wait until the board has this revision");
}

// A period by its first day, as an argument. `fallback`: the period if none is given.
void BindPeriod(Form& form, const std::string& fallback = "") {
  BindBoard(form);
  CLI::Option* period = form.Add("PERIOD", "name", "all-time, or a period's first day: 2026-11-16",
                                 {.read = PeriodOf("name"), .fallback = fallback});
  if (fallback.empty()) {
    period->required();
  }
}

void AddDefinitions(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::CreateBoardRequest>(
      noun, chosen,
      {"create", "Add a board",
       "  perigee boards create renown-month -p demo --asset renown --cadence month\n"
       "  perigee boards create hot -p demo --asset renown --cadence rolling --rolling-days 7\n"
       "  perigee boards create fans -p demo --asset renown --cadence month "
       "--audience 'kind:customer and not facet:parent'"},
      [](Form& form) {
        form.InProgram();
        form.Add("BOARD", "board_id", "The board's id")->required();
        form.Add("--asset", "board.asset", "What it counts")->required();
        form.Add("--cadence", "board.cadence",
                 "How long a period is: " + WordsOf(*v1::Board::Cadence_descriptor()),
                 {.fallback = "all-time"});
        form.Add("--rolling-days", "board.rolling_days", "Days of a rolling window");
        form.Add("--week-start", "board.week_start",
                 "When weeks start: " + WordsOf(*v1::Board::WeekStart_descriptor()));
        form.Add("--time-zone", "board.time_zone", "IANA zone; the programme's if left out");
        form.Add("--grace-hours", "board.grace_hours", "For late events; 48 if left out");
        BindScope(form);
      },
      Create);
  AddCall<v1::GetBoardRequest>(
      noun, chosen,
      {"get", "Show a board's definition", "  perigee boards get renown-week -p demo"},
      [](Form& form) { BindBoard(form); }, Send(Door::kPublic, &Reads::GetBoard, Show));
  AddCall<v1::ListBoardsRequest>(
      noun, chosen, {"list", "List boards by id", "  perigee boards list -p demo"}, BindProgramList,
      List(Door::kPublic, &Reads::ListBoards, BoardRows()));
  AddCall<v1::UpdateBoardRequest>(
      noun, chosen,
      {"update", "Change name, scheme or scope; leaves the rest",
       "  perigee boards update renown-week -p demo --scheme dense --facet cyclist\n"
       "  perigee boards update renown-week -p demo --everybody"},
      [](Form& form) {
        BindBoard(form, "board.name");
        BindScope(form);
        form.AddClear("--everybody", {"board.facet", "board.kind", "board.audience"},
                      "All members again: no facet, no kind, no audience")
            ->excludes("--facet")
            ->excludes("--kind")
            ->excludes("--audience");
        BindEtag(form, "board.etag");
      },
      Send(Door::kInternal, &Changes::UpdateBoard, Show));
  AddCall<v1::DeleteBoardRequest>(
      noun, chosen, {"delete", "Remove a board", "  perigee boards delete renown-days -p demo"},
      [](Form& form) {
        BindBoard(form);
        BindEtag(form);
      },
      Delete);
}

void AddEntries(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::ListEntriesRequest>(
      noun, chosen,
      {"top", "Show who stands at the top", "  perigee boards top renown -p demo --limit 10"},
      [](Form& form) {
        BindBoard(form, "parent");
        BindPeriodOption(form, "parent");
        BindRevision(form);
        BindLimit(form, "20");
      },
      Entries);
  AddCall<v1::ListEntriesRequest>(
      noun, chosen,
      {"entries", "List a period's entries, or a final result's",
       "  perigee boards entries renown -p demo --period all-time"},
      [](Form& form) {
        BindBoard(form, "parent");
        BindPeriodOption(form, "parent");
        BindRevision(form);
        BindLimit(form);
        form.Add("--version", "result_version", "A final result by its version");
      },
      Entries);
  AddCall<v1::ListEntriesAroundRequest>(
      noun, chosen,
      {"around", "Show who stands around a member", "  perigee boards around renown m-001 -p demo"},
      [](Form& form) {
        BindBoard(form, "parent");
        BindMember(form, "member");
        BindPeriodOption(form, "parent");
        BindRevision(form);
        form.Add("--limit", "page_size", "So many in all", {.fallback = "20"});
      },
      Around);
  AddCall<v1::ExplainEntryRequest>(
      noun, chosen,
      {"explain", "Say what makes a member's score",
       "  perigee boards explain renown m-001 -p demo"},
      [](Form& form) {
        BindBoard(form, "parent");
        BindMember(form, "member");
        BindPeriodOption(form, "parent");
      },
      Explain);
}

void AddPeriods(CLI::App& noun, Chosen& chosen) {
  const std::string week = "  WEEK=$(date -u -d 'monday - 21 days' +%F)\n";
  AddCall<v1::GetPeriodRequest>(
      noun, chosen,
      {"period", "Show where a period is on its way",
       "  perigee boards period renown-week -p demo\n"
       "  perigee boards period renown all-time -p demo"},
      [](Form& form) { BindPeriod(form, "current"); },
      Send(Door::kPublic, &Reads::GetPeriod, ShowPeriod));
  AddCall<v1::ClosePeriodRequest>(
      noun, chosen,
      {"close", "Make a period's final result",
       week + "  perigee boards close renown-week $WEEK -p demo"},
      [](Form& form) { BindPeriod(form); },
      Send(Door::kInternal, &Changes::ClosePeriod, ShowPeriod));
  AddCall<v1::AmendPeriodRequest>(
      noun, chosen,
      {"amend", "Make a new final result beside the old one",
       week + "  perigee boards close renown-week $WEEK -p demo\n"
              "  perigee capital post renown:issued m-001/renown 5 -p demo --effective $WEEK\n"
              "  perigee boards amend renown-week $WEEK -p demo --reason 'A prize that was "
              "forgotten'"},
      [](Form& form) {
        BindPeriod(form);
        form.Add("--reason", "reason", "Why")->required();
      },
      Send(Door::kInternal, &Changes::AmendPeriod, ShowPeriod));
  AddCall<v1::VerifyBoardRequest>(
      noun, chosen,
      {"verify", "Compare what is cached with the store", "  perigee boards verify renown -p demo"},
      [](Form& form) { BindPeriod(form, "current"); },
      Send(Door::kInternal, &Changes::VerifyBoard, ShowComparison));
}

}  // namespace

void AddBoards(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "boards", "Leaderboards, their periods and entries");
  AddDefinitions(noun, chosen);
  AddEntries(noun, chosen);
  AddPeriods(noun, chosen);
}

}  // namespace perigee::cli
