#include "clients/cli/commands/board_table.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Reads = v1::BoardService::Stub;
using Changes = v1::BoardAdminService::Stub;

struct BoardArgs {
  std::string id;
  std::string display_name;
  std::string asset;
  std::string cadence = "all-time";
  int rolling_days = 0;
  std::string week_start;
  std::string time_zone;
  std::string scheme;
  std::string facet;
  std::string kind;
  bool everybody = false;
  int grace_hours = 0;
  std::string etag;
};

std::string CadenceOf(const v1::Board& board) {
  return board.cadence() == v1::Board::CADENCE_ROLLING
             ? std::to_string(board.rolling_days()) + " days"
             : Friendly(v1::Board::Cadence_Name(board.cadence()), "CADENCE_");
}

std::string ScopeOf(const v1::Board& board) {
  std::string scope = board.facet();
  if (!board.kind().empty()) {
    scope += (scope.empty() ? "" : ", ") + Friendly(board.kind(), "STAKEHOLDER_KIND_");
  }
  return scope.empty() ? "everybody" : scope;
}

absl::Status Show(Session& session, const v1::Board& board) {
  if (session.PrintJson(board)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", board.name());
  card.Add("display name", board.display_name());
  card.Add("asset", board.asset());
  card.Add("cadence", CadenceOf(board));
  if (board.cadence() == v1::Board::CADENCE_WEEK) {
    card.Add("week start", Friendly(v1::Board::WeekStart_Name(board.week_start()), "WEEK_START_"));
  }
  card.Add("time zone", board.time_zone());
  card.Add("scheme", Friendly(v1::Board::Scheme_Name(board.scheme()), "SCHEME_"));
  card.Add("scope", ScopeOf(board));
  card.Add("grace hours", std::to_string(board.grace_hours()));
  card.Add("etag", board.etag());
  card.Add("revision", std::to_string(board.revision()));
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status SetScheme(const std::string& word, v1::Board& board) {
  v1::Board::Scheme scheme = v1::Board::SCHEME_UNSPECIFIED;
  if (!word.empty() && !v1::Board::Scheme_Parse(Unfriendly(word, "SCHEME_"), &scheme)) {
    return UsageFailure("--scheme " + word + " is none of competition, dense, ordinal.");
  }
  board.set_scheme(scheme);
  return absl::OkStatus();
}

absl::Status Create(Session& session, const BoardArgs& args) {
  v1::CreateBoardRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  request.set_board_id(args.id);
  v1::Board& board = *request.mutable_board();
  board.set_display_name(args.display_name.empty() ? args.id : args.display_name);
  board.set_asset(args.asset);
  v1::Board::Cadence cadence{};
  if (!v1::Board::Cadence_Parse(Unfriendly(args.cadence, "CADENCE_"), &cadence)) {
    return UsageFailure("--cadence " + args.cadence +
                        " is none of all-time, day, week, month, quarter, year, rolling.");
  }
  board.set_cadence(cadence);
  board.set_rolling_days(args.rolling_days);
  if (args.week_start == "sunday") {
    board.set_week_start(v1::Board::WEEK_START_SUNDAY);
  }
  board.set_time_zone(args.time_zone);
  PERIGEE_RETURN_IF_ERROR(SetScheme(args.scheme, board));
  board.set_facet(args.facet);
  board.set_kind(args.kind.empty() ? "" : Unfriendly(args.kind, "STAKEHOLDER_KIND_"));
  board.set_grace_hours(args.grace_hours);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Board made,
                           session.Ask(Door::kInternal, &Changes::CreateBoard, request));
  return Show(session, made);
}

absl::Status Get(Session& session, const BoardArgs& args) {
  v1::GetBoardRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("boards", args.id));
  PERIGEE_ASSIGN_OR_RETURN(const v1::Board board,
                           session.Ask(Door::kPublic, &Reads::GetBoard, request));
  return Show(session, board);
}

absl::Status List(Session& session, int limit) {
  v1::ListBoardsRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListBoardsResponse response,
      session.AskAll(Door::kPublic, &Reads::ListBoards, request, limit,
                     [](const v1::ListBoardsResponse& page) { return page.boards_size(); }));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  Table table({"BOARD", "NAME", "ASSET", "CADENCE", "TIME ZONE", "SCHEME", "SCOPE"});
  for (const v1::Board& board : response.boards()) {
    table.Add({IdOf(board.name()), board.display_name(), board.asset(), CadenceOf(board),
               board.time_zone(), Friendly(v1::Board::Scheme_Name(board.scheme()), "SCHEME_"),
               ScopeOf(board)});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status Update(Session& session, const BoardArgs& args) {
  v1::UpdateBoardRequest request;
  v1::Board& board = *request.mutable_board();
  PERIGEE_ASSIGN_OR_RETURN(*board.mutable_name(), session.Name("boards", args.id));
  board.set_display_name(args.display_name);
  PERIGEE_RETURN_IF_ERROR(SetScheme(args.scheme, board));
  board.set_facet(args.facet);
  board.set_kind(args.kind.empty() ? "" : Unfriendly(args.kind, "STAKEHOLDER_KIND_"));
  board.set_etag(args.etag);
  const std::pair<const char*, bool> given[] = {{"display_name", !args.display_name.empty()},
                                                {"scheme", !args.scheme.empty()},
                                                {"facet", args.everybody || !args.facet.empty()},
                                                {"kind", args.everybody || !args.kind.empty()}};
  for (const auto& [field, present] : given) {
    if (present) {
      request.mutable_update_mask()->add_paths(field);
    }
  }
  if (request.update_mask().paths().empty()) {
    return UsageFailure("nothing to change was given; see `perigee boards update --help`.");
  }
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Board updated,
                           session.Ask(Door::kInternal, &Changes::UpdateBoard, request));
  return Show(session, updated);
}

absl::Status Delete(Session& session, const BoardArgs& args) {
  v1::DeleteBoardRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("boards", args.id));
  request.set_etag(args.etag);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::DeleteBoardResponse response,
                           session.Ask(Door::kInternal, &Changes::DeleteBoard, request));
  if (!session.PrintJson(response)) {
    session.out() << request.name() << " is gone; its final results stay in the journal.\n";
  }
  return absl::OkStatus();
}

struct EntryArgs {
  std::string board;
  std::string period = "current";
  std::string member;
  int limit = 20;
  std::int64_t min_revision = 0;
  int version = 0;
};

absl::Status ShowEntries(Session& session, const std::string& period_name,
                         const v1::ListEntriesResponse& page) {
  if (session.PrintJson(page)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, period_name));
  PrintEntries(session, period_name.substr(0, period_name.find("/boards/")), asset, page);
  session.out() << page.entries_size() << " of " << page.total_size() << ", " << page.period()
                << ", revision " << page.revision() << '\n';
  return absl::OkStatus();
}

absl::Status Entries(Session& session, const EntryArgs& args) {
  v1::ListEntriesRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), PeriodName(session, args.board, args.period));
  request.set_min_revision(args.min_revision);
  request.set_result_version(args.version);
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListEntriesResponse page,
      session.AskAll(Door::kPublic, &Reads::ListEntries, request, args.limit,
                     [](const v1::ListEntriesResponse& part) { return part.entries_size(); }));
  return ShowEntries(session, request.parent(), page);
}

absl::Status Around(Session& session, const EntryArgs& args) {
  v1::ListEntriesAroundRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), PeriodName(session, args.board, args.period));
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_member(), session.Name("members", args.member));
  request.set_page_size(args.limit);
  request.set_min_revision(args.min_revision);
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListEntriesResponse page,
                           session.Ask(Door::kPublic, &Reads::ListEntriesAround, request));
  return ShowEntries(session, request.parent(), page);
}

absl::Status Explain(Session& session, const EntryArgs& args) {
  v1::ExplainEntryRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), PeriodName(session, args.board, args.period));
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_member(), session.Name("members", args.member));
  PERIGEE_ASSIGN_OR_RETURN(const v1::ExplainEntryResponse response,
                           session.Ask(Door::kPublic, &Reads::ExplainEntry, request));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, request.parent()));
  const std::string program = request.parent().substr(0, request.parent().find("/boards/"));
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

struct PeriodArgs {
  std::string board;
  std::string period;
  std::string reason;
};

absl::Status ShowPeriod(Session& session, const v1::Period& period) {
  if (session.PrintJson(period)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", period.name());
  card.Add("state", Friendly(v1::Period::State_Name(period.state()), "STATE_"));
  card.Add("from", FormatTimestamp(period.start_time()));
  card.Add("up to", FormatTimestamp(period.end_time()));
  if (period.result_version() > 0) {
    card.Add("result", "version " + std::to_string(period.result_version()));
    card.Add("made", FormatTimestamp(period.result_time()));
    card.Add("digest", period.result_digest());
    card.Add("amended because", period.amend_reason());
    card.Add("amendment due", period.amend_due() ? "yes" : "no");
  }
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status GetPeriod(Session& session, const PeriodArgs& args) {
  v1::GetPeriodRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), PeriodName(session, args.board, args.period));
  PERIGEE_ASSIGN_OR_RETURN(const v1::Period period,
                           session.Ask(Door::kPublic, &Reads::GetPeriod, request));
  return ShowPeriod(session, period);
}

absl::Status Close(Session& session, const PeriodArgs& args) {
  v1::ClosePeriodRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), PeriodName(session, args.board, args.period));
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Period period,
                           session.Ask(Door::kInternal, &Changes::ClosePeriod, request));
  return ShowPeriod(session, period);
}

absl::Status Amend(Session& session, const PeriodArgs& args) {
  v1::AmendPeriodRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), PeriodName(session, args.board, args.period));
  request.set_reason(args.reason);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Period period,
                           session.Ask(Door::kInternal, &Changes::AmendPeriod, request));
  return ShowPeriod(session, period);
}

absl::Status Verify(Session& session, const PeriodArgs& args) {
  v1::VerifyBoardRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), PeriodName(session, args.board, args.period));
  PERIGEE_ASSIGN_OR_RETURN(const v1::VerifyBoardResponse response,
                           session.Ask(Door::kInternal, &Changes::VerifyBoard, request));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
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
  return absl::OkStatus();
}

void BindBoard(CLI::App& command, BoardArgs& args) {
  command.add_option("BOARD", args.id, "The board's id")->required();
}

void BindScope(CLI::App& command, BoardArgs& args) {
  command.add_option("--display-name", args.display_name, "What people call it");
  command.add_option("--scheme", args.scheme, "competition (1224), dense (1223), ordinal (1234)");
  command.add_option("--facet", args.facet, "Only members with this facet");
  command.add_option("--kind", args.kind, "Only members of this stakeholder kind");
}

void BindEntries(CLI::App& command, EntryArgs& args) {
  command.add_option("BOARD", args.board, "The board's id")->required();
  command.add_option("--period", args.period, "current, all-time, or a period's first day")
      ->capture_default_str();
  command.add_option("--min-revision", args.min_revision, "Wait until it holds this revision");
}

void BindPeriod(CLI::App& command, PeriodArgs& args) {
  command.add_option("BOARD", args.board, "The board's id")->required();
  command.add_option("PERIOD", args.period, "all-time, or a period's first day: 2026-11-16")
      ->required();
}

void AddDefinitions(CLI::App& noun, Chosen& chosen) {
  AddCommand<BoardArgs>(
      noun, chosen,
      {"create", "Add a board",
       "  perigee boards create weekly -p acme --asset reputation --cadence week\n"
       "  perigee boards create hot -p acme --asset reputation --cadence rolling --rolling-days 7"},
      [](CLI::App& command, BoardArgs& args) {
        BindBoard(command, args);
        command.add_option("--asset", args.asset, "What it counts")->required();
        command
            .add_option("--cadence", args.cadence,
                        "all-time, day, week, month, quarter, year, rolling")
            ->capture_default_str();
        command.add_option("--rolling-days", args.rolling_days, "Days of a rolling window");
        command.add_option("--week-start", args.week_start, "monday or sunday")
            ->check(CLI::IsMember({"monday", "sunday"}));
        command.add_option("--time-zone", args.time_zone, "IANA zone; the programme's if left out");
        command.add_option("--grace-hours", args.grace_hours, "For late events; 48 if left out");
        BindScope(command, args);
      },
      Create);
  AddCommand<BoardArgs>(noun, chosen,
                        {"get", "Show a board's definition", "  perigee boards get weekly -p acme"},
                        BindBoard, Get);
  AddCommand<int>(
      noun, chosen, {"list", "List boards by id", "  perigee boards list -p acme"},
      [](CLI::App& command, int& limit) {
        command.add_option("--limit", limit, "At most so many; all if left out");
      },
      List);
  AddCommand<BoardArgs>(
      noun, chosen,
      {"update", "Change name, scheme or scope; leaves the rest",
       "  perigee boards update weekly -p acme --scheme dense\n"
       "  perigee boards update weekly -p acme --everybody"},
      [](CLI::App& command, BoardArgs& args) {
        BindBoard(command, args);
        BindScope(command, args);
        command.add_flag("--everybody", args.everybody, "All members again: no facet, no kind")
            ->excludes("--facet")
            ->excludes("--kind");
        command.add_option("--etag", args.etag, "Only if this is still its etag");
      },
      Update);
  AddCommand<BoardArgs>(
      noun, chosen, {"delete", "Remove a board", "  perigee boards delete weekly -p acme"},
      [](CLI::App& command, BoardArgs& args) {
        BindBoard(command, args);
        command.add_option("--etag", args.etag, "Only if this is still its etag");
      },
      Delete);
}

void AddEntries(CLI::App& noun, Chosen& chosen) {
  const auto bind_with_limit = [](CLI::App& command, EntryArgs& args) {
    BindEntries(command, args);
    command.add_option("--limit", args.limit, "At most so many; 0: all")->capture_default_str();
  };
  AddCommand<EntryArgs>(
      noun, chosen,
      {"top", "Show who stands at the top", "  perigee boards top weekly -p acme --limit 10"},
      bind_with_limit, Entries);
  AddCommand<EntryArgs>(
      noun, chosen,
      {"entries", "List a period's entries, or a final result's",
       "  perigee boards entries weekly -p acme --period 2026-11-16 --version 1"},
      [](CLI::App& command, EntryArgs& args) {
        args.limit = 0;
        BindEntries(command, args);
        command.add_option("--limit", args.limit, "At most so many; 0: all")->capture_default_str();
        command.add_option("--version", args.version, "A final result by its version");
      },
      Entries);
  const auto bind_with_member = [](CLI::App& command, EntryArgs& args) {
    command.add_option("BOARD", args.board, "The board's id")->required();
    command.add_option("MEMBER", args.member, "The member's id")->required();
    command.add_option("--period", args.period, "current, all-time, or a period's first day")
        ->capture_default_str();
  };
  AddCommand<EntryArgs>(
      noun, chosen,
      {"around", "Show who stands around a member", "  perigee boards around weekly ada -p acme"},
      [bind_with_member](CLI::App& command, EntryArgs& args) {
        bind_with_member(command, args);
        command.add_option("--limit", args.limit, "So many in all")->capture_default_str();
        command.add_option("--min-revision", args.min_revision, "Wait until it holds this");
      },
      Around);
  AddCommand<EntryArgs>(noun, chosen,
                        {"explain", "Say what makes a member's score",
                         "  perigee boards explain weekly ada -p acme --period 2026-11-16"},
                        bind_with_member, Explain);
}

void AddPeriods(CLI::App& noun, Chosen& chosen) {
  AddCommand<PeriodArgs>(noun, chosen,
                         {"period", "Show where a period is on its way",
                          "  perigee boards period weekly 2026-11-16 -p acme"},
                         BindPeriod, GetPeriod);
  AddCommand<PeriodArgs>(
      noun, chosen,
      {"close", "Make a period's final result", "  perigee boards close weekly 2026-11-16 -p acme"},
      BindPeriod, Close);
  AddCommand<PeriodArgs>(
      noun, chosen,
      {"amend", "Make a new final result beside the old one",
       "  perigee boards amend weekly 2026-11-16 -p acme --reason 'Votes of a bot taken back'"},
      [](CLI::App& command, PeriodArgs& args) {
        BindPeriod(command, args);
        command.add_option("--reason", args.reason, "Why")->required();
      },
      Amend);
  AddCommand<PeriodArgs>(noun, chosen,
                         {"verify", "Compare what is cached with the store",
                          "  perigee boards verify weekly current -p acme"},
                         BindPeriod, Verify);
}

}  // namespace

void AddBoards(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "boards", "Leaderboards, their periods and entries");
  AddDefinitions(noun, chosen);
  AddEntries(noun, chosen);
  AddPeriods(noun, chosen);
}

}  // namespace perigee::cli
