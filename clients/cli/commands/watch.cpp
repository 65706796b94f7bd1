#include <unistd.h>

#include "clients/cli/commands/board_table.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

struct WatchArgs {
  std::string board;
  std::string period = "current";
  int limit = 20;
  int count = 0;
  std::string cursor;
};

void Print(Session& session, const std::string& period_name, const std::string& asset,
           const v1::WatchBoardResponse& message) {
  if (session.PrintJson(message) || message.heartbeat()) {
    return;
  }
  // On a terminal each state replaces the one before it.
  session.out() << (isatty(STDOUT_FILENO) == 1 ? "\x1b[H\x1b[2J" : "");
  PrintEntries(session, period_name.substr(0, period_name.find("/boards/")), asset, message.page());
  session.out() << message.page().period() << ", revision " << message.page().revision() << "\n"
                << std::endl;
}

absl::Status Watch(Session& session, const WatchArgs& args) {
  v1::WatchBoardRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), PeriodName(session, args.board, args.period));
  request.set_page_size(args.limit);
  request.set_from_cursor(args.cursor);
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, request.name()));
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kPublic));
  v1::BoardService::Stub stub(channel);
  int seen = 0;
  const auto enough = [&] { return args.count > 0 && seen >= args.count; };
  for (;;) {
    bool heard = false;
    absl::Status status = Session::Retry([&](grpc::ClientContext& context) {
      // A stream that broke after a message is resumed at once, with a new time limit.
      context.set_wait_for_ready(heard);
      auto stream = stub.WatchBoard(&context, request);
      v1::WatchBoardResponse message;
      while (!enough() && stream->Read(&message)) {
        heard = true;
        request.set_from_cursor(message.cursor());
        Print(session, request.name(), asset, message);
        seen += message.heartbeat() ? 0 : 1;
      }
      if (enough()) {
        context.TryCancel();
        stream->Finish();
        return grpc::Status::OK;
      }
      grpc::Status ended = stream->Finish();
      return heard && MayRetry(FromGrpc(ended)) ? grpc::Status::OK : ended;
    });
    if (ReasonIn(status) == "CURSOR_OUT_OF_RANGE" && !request.from_cursor().empty()) {
      request.clear_from_cursor();
      continue;
    }
    if (!status.ok() || enough() || !heard) {
      return status;
    }
  }
}

}  // namespace

void AddWatch(CLI::App& root, Chosen& chosen) {
  AddCommand<WatchArgs>(
      root, chosen,
      {"watch", "Show the top of a board whenever it changes, until Ctrl-C",
       "  perigee watch weekly -p acme --limit 10\n"
       "  perigee watch weekly -p acme --json --count 3"},
      [](CLI::App& command, WatchArgs& args) {
        command.add_option("BOARD", args.board, "The board's id")->required();
        command.add_option("--period", args.period, "current, all-time, or a period's first day")
            ->capture_default_str();
        command.add_option("--limit", args.limit, "How many from the top")->capture_default_str();
        command.add_option("--count", args.count, "End after so many states; 0: never");
        command.add_option("--cursor", args.cursor, "Resume after this one");
      },
      Watch);
}

}  // namespace perigee::cli
