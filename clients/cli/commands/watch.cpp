#include <unistd.h>

#include "clients/cli/commands/board_table.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/follow.h"
#include "clients/cli/failure.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

void Print(Session& session, const std::string& period_name, const std::string& asset,
           const v1::WatchBoardResponse& message) {
  if (session.PrintPlain(message) || message.heartbeat()) {
    return;
  }
  // On a terminal each state replaces the one before it.
  session.out() << (isatty(STDOUT_FILENO) == 1 ? "\x1b[H\x1b[2J" : "");
  PrintEntries(session, ProgramOf(period_name), asset, message.page());
  session.out() << message.page().period() << ", revision " << message.page().revision() << "\n"
                << std::endl;
}

// `count`: how many states to show; 0: all.
absl::Status Watch(Session& session, v1::WatchBoardRequest request, int count) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, request.name()));
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kPublic));
  v1::BoardService::Stub stub(channel);
  int seen = 0;
  const auto follow = [&] {
    return Follow<v1::WatchBoardResponse>(
        session, [&](auto* context) { return stub.WatchBoard(context, request); },
        [&](const v1::WatchBoardResponse& message) {
          request.set_from_cursor(message.cursor());
          Print(session, request.name(), asset, message);
          seen += message.heartbeat() ? 0 : 1;
          return count == 0 || seen < count;
        });
  };
  absl::Status status = follow();
  while (ReasonIn(status) == "CURSOR_OUT_OF_RANGE" && !request.from_cursor().empty()) {
    request.clear_from_cursor();
    status = follow();
  }
  return status;
}

}  // namespace

void AddWatch(CLI::App& root, Chosen& chosen) {
  const auto count = std::make_shared<int>(0);
  AddCall<v1::WatchBoardRequest>(
      root, chosen,
      {"watch", "Show the top of a board whenever it changes, until Ctrl-C",
       "  perigee watch renown -p demo --limit 10 --count 1\n"
       "  perigee watch renown -p demo --json --count 1"},
      [count](Form& form) {
        form.Add("BOARD", "name", "The board's id", {.read = IdIn("boards")})->required();
        BindPeriodOption(form, "name");
        form.Add("--limit", "page_size", "How many from the top", {.fallback = "20"});
        form.Add("--cursor", "from_cursor", "Resume after this one");
        form.command().add_option("--count", *count, "End after so many states; 0: never");
      },
      [count](Session& session, const v1::WatchBoardRequest& request) {
        return Watch(session, request, *count);
      });
}

}  // namespace perigee::cli
