#include "clients/cli/commands/board_table.h"

#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

Reader PeriodOf(std::string path) {
  return [path = std::move(path)](Session& /*session*/, const Form::Message& so_far,
                                  const std::string& typed) -> absl::StatusOr<std::string> {
    const std::string name = TextAt(so_far, path);
    return name.find("/periods/") == std::string::npos ? name + "/periods/" + typed : name;
  };
}

void BindPeriodOption(Form& form, const std::string& path) {
  form.Add("--period", path, "current, all-time, or a period's first day",
           {.read = PeriodOf(path), .fallback = "current"});
}

absl::StatusOr<std::string> AssetOfBoard(Session& session, const std::string& period_name) {
  v1::GetBoardRequest request;
  request.set_name(period_name.substr(0, period_name.find("/periods/")));
  PERIGEE_ASSIGN_OR_RETURN(const v1::Board board,
                           session.Ask(Door::kPublic, &v1::BoardService::Stub::GetBoard, request));
  return board.asset();
}

void PrintEntries(Session& session, const std::string& program_name, const std::string& asset,
                  const v1::ListEntriesResponse& page) {
  Table table({">RANK", ">SCORE", "NAME", "MEMBER", "REACHED"});
  for (const v1::Entry& entry : page.entries()) {
    table.Add({std::to_string(entry.rank()) + (entry.tied() ? "=" : ""),
               session.Amount(program_name, asset, entry.score()), entry.display_name(),
               IdOf(entry.member()), FormatTimestamp(entry.reach_time())});
  }
  table.Print(session.out());
}

void BindShownBoards(Form& form) {
  form.Add("--board", "boards", "Show where the members stand on it afterwards; may be repeated",
           {.read = IdIn("boards")});
}

absl::Status PrintShownBoards(
    Session& session, const google::protobuf::RepeatedPtrField<v1::ListEntriesResponse>& boards) {
  for (const v1::ListEntriesResponse& page : boards) {
    const std::string& period = page.period();
    const std::string board = period.substr(0, period.find("/periods/"));
    PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOfBoard(session, period));
    session.out() << "Board " << IdOf(board) << ", period " << IdOf(period) << ", of "
                  << page.total_size() << ":\n";
    PrintEntries(session, ProgramOf(period), asset, page);
  }
  return absl::OkStatus();
}

}  // namespace perigee::cli
