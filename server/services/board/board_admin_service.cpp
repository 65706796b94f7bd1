#include "server/services/board/board_admin_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/board/board_view.h"
#include "server/services/board/board_convert.h"
#include "server/services/update_mask.h"
#include "server/use_cases/board/boards.h"
#include "server/use_cases/board/close_period.h"

namespace perigee::services {
namespace {

using domain::Board;

constexpr Changeable<Board> kChangeable[] = {
    {"display_name",
     [](Board& board, const Board& given) { board.display_name = given.display_name; }},
    {"scheme", [](Board& board, const Board& given) { board.scheme = given.scheme; }},
    {"facet", [](Board& board, const Board& given) { board.facet = given.facet; }},
    {"kind", [](Board& board, const Board& given) { board.kind = given.kind; }},
    {"audience", [](Board& board, const Board& given) { board.audience = given.audience; }},
    {"allow_demographic",
     [](Board& board, const Board& given) { board.allow_demographic = given.allow_demographic; }},
};
constexpr std::size_t kAmendReasonBytesMax = 500;

// The decision of a use case, with the board as the answer.
absl::StatusOr<ports::Decision> AnsweredWith(const std::string& program,
                                             use_cases::DecidedBoard decided) {
  return Answered(std::move(decided), [&](const Board& board) { return ToProto(program, board); });
}

absl::StatusOr<Change> ChangeToCreateBoard(const CallContext&,
                                           const v1::CreateBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("board_id", request.board_id()));
  PERIGEE_ASSIGN_OR_RETURN(Board board, ParseBoard(request.board()));
  board.id = request.board_id();
  Board complete = board;
  if (complete.time_zone.empty()) {
    // The programme's zone comes later and is valid already.
    complete.time_zone = Zone::Utc().name();
  }
  PERIGEE_RETURN_IF_ERROR(domain::ValidateBoard(complete));
  return Change{parts[0], [program = parts[0], board = std::move(board)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(program,
                                      use_cases::CreateBoard(reader, unit, program, board));
                }};
}

absl::StatusOr<Change> ChangeToUpdateBoard(const CallContext&,
                                           const v1::UpdateBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("board.name", request.board().name(), kBoardPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Board> edit,
      ParseEdit(request.update_mask(), request.board(), kChangeable, ParseChangeable));
  Board judged;  // Checks the edited fields alone. The other fields have dummy values.
  judged.id = parts[1];
  judged.display_name = "unchanged";
  judged.asset = "unchanged";
  judged.time_zone = Zone::Utc().name();
  edit.apply(judged);
  PERIGEE_RETURN_IF_ERROR(domain::ValidateBoard(judged));
  return Change{parts[0], [parts, edit = std::move(edit)](ports::StoreReader& reader,
                                                          const ports::UnitContext& unit) {
                  return AnsweredWith(
                      parts[0], use_cases::UpdateBoard(reader, unit, parts[0], parts[1], edit));
                }};
}

absl::StatusOr<Change> ChangeToDeleteBoard(const CallContext&,
                                           const v1::DeleteBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kBoardPattern));
  return Change{parts[0], [parts, etag = request.etag()](ports::StoreReader& reader,
                                                         const ports::UnitContext& unit) {
                  return Answered(use_cases::DeleteBoard(reader, unit, parts[0], parts[1], etag),
                                  [&](const Board&) {
                                    v1::DeleteBoardResponse response;
                                    response.set_revision(unit.revision);
                                    return response;
                                  });
                }};
}

// The period that a request to close or amend names.
absl::StatusOr<PeriodRef> ParseNamedPeriod(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParsePeriodRef("name", name));
  if (ref.period == "current") {
    return InvalidField("name", "must name the period, not `current`");
  }
  return ref;
}

LongChange ChangeToMakeFinal(PeriodRef ref, std::optional<std::string> amend_reason) {
  const std::string program = ref.program;
  use_cases::ResultOrder order;
  order.period = std::move(ref);
  order.amend_reason = std::move(amend_reason);
  order.answer = [program](const StoredPeriod& concluded, Time now) {
    return ToProto(program, concluded, now, false).SerializeAsString();
  };
  return {program, [order = std::move(order)](ports::Store& store, const ports::Unit& unit) {
            return use_cases::MakeFinal(store, order, unit);
          }};
}

absl::StatusOr<LongChange> ChangeToClosePeriod(const CallContext&,
                                               const v1::ClosePeriodRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParseNamedPeriod(request.name()));
  return ChangeToMakeFinal(std::move(ref), std::nullopt);
}

absl::StatusOr<LongChange> ChangeToAmendPeriod(const CallContext&,
                                               const v1::AmendPeriodRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParseNamedPeriod(request.name()));
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kAmendReasonBytesMax));
  return ChangeToMakeFinal(std::move(ref), request.reason());
}

absl::StatusOr<v1::VerifyBoardResponse> Verify(ports::BoardView& view, const std::string& name,
                                               Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("name", name));
  ports::BoardView::Query query;
  query.program = ref.program;
  query.board = ref.board;
  query.period = ref.period;
  query.now = now;
  domain::Revision revision = 0;
  PERIGEE_ASSIGN_OR_RETURN(const auto comparisons, view.Verify(query, &revision));
  v1::VerifyBoardResponse response;
  response.set_revision(revision);
  for (const ports::BoardView::Comparison& comparison : comparisons) {
    auto& out = comparison.cache == "store" ? *response.mutable_store() : *response.add_caches();
    out.set_cache(comparison.cache);
    out.set_equal(comparison.equal);
    out.set_count(comparison.digest.count);
    out.set_score_sum(static_cast<std::int64_t>(comparison.digest.score_sum));
    out.set_digest(comparison.digest.Hex());
  }
  return response;
}

}  // namespace

BoardAdminService::BoardAdminService(Call& call, ports::BoardView& view)
    : Service(call, "perigee.v1.BoardAdminService"), view_(view) {
  Write<v1::CreateBoardRequest>("CreateBoard", ChangeToCreateBoard);
  Write<v1::UpdateBoardRequest>("UpdateBoard", ChangeToUpdateBoard);
  Write<v1::DeleteBoardRequest>("DeleteBoard", ChangeToDeleteBoard);
  WriteLong<v1::ClosePeriodRequest>("ClosePeriod", ChangeToClosePeriod);
  WriteLong<v1::AmendPeriodRequest>("AmendPeriod", ChangeToAmendPeriod);
  Read<v1::VerifyBoardRequest>("VerifyBoard", [this](const CallContext& call, const auto& asked) {
    return Verify(view_, asked.name(), call.now);
  });
}

}  // namespace perigee::services
