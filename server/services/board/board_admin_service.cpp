#include "server/services/board/board_admin_service.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
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
#include "server/services/lookup.h"
#include "server/services/update_mask.h"
#include "server/use_cases/board/close_period.h"

namespace perigee::services {
namespace {

constexpr std::string_view kService = "perigee.v1.BoardAdminService";
constexpr std::array<std::string_view, 4> kChangeable = {"display_name", "scheme", "facet", "kind"};
constexpr std::size_t kAmendReasonBytesMax = 500;

using Fields = std::set<std::string, std::less<>>;

ports::Decision Decided(const std::string& program, domain::Board board) {
  ports::Decision decision;
  decision.answer = ToProto(program, board).SerializeAsString();
  decision.changes.boards.push_back(std::move(board));
  return decision;
}

absl::StatusOr<ports::Decision> CreateBoard(const std::string& program_id, domain::Board board,
                                            ports::StoreReader& reader,
                                            const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program program, RequireProgram(reader, program_id));
  PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, program_id, board.asset).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards,
                           reader.boards().List(program_id));
  if (std::ranges::find(boards, board.id, &domain::Board::id) != boards.end()) {
    return AlreadyExists(BoardName(program_id, board.id));
  }
  if (board.time_zone.empty()) {
    board.time_zone = program.time_zone;
  }
  board.create_time = unit.now;
  board.created = unit.revision;
  board.epoch = unit.revision;
  board.revision = unit.revision;
  return Decided(program_id, std::move(board));
}

absl::StatusOr<Change> ChangeToCreateBoard(const v1::CreateBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("board_id", request.board_id()));
  PERIGEE_ASSIGN_OR_RETURN(domain::Board board, ParseBoard(request.board()));
  board.id = request.board_id();
  domain::Board complete = board;
  if (complete.time_zone.empty()) {
    complete.time_zone = Zone::Utc().name();  // The programme's, which is right already.
  }
  PERIGEE_RETURN_IF_ERROR(domain::ValidateBoard(complete));
  return Change{parts[0], [program = parts[0], board = std::move(board)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return CreateBoard(program, board, reader, unit);
                }};
}

absl::StatusOr<ports::Decision> UpdateBoard(const std::string& program, const v1::Board& given,
                                            const std::string& board_id, const Fields& fields,
                                            ports::StoreReader& reader,
                                            const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Board board, RequireBoard(reader, program, board_id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(given.etag(), board.revision));
  // What is not changed is not judged either, so the rest is as it stands.
  v1::Board merged = ToProto(program, board);
  if (fields.contains("display_name")) {
    merged.set_display_name(given.display_name());
  }
  if (fields.contains("scheme") && given.scheme() != v1::Board::SCHEME_UNSPECIFIED) {
    merged.set_scheme(given.scheme());
  }
  if (fields.contains("facet")) {
    merged.set_facet(given.facet());
  }
  if (fields.contains("kind")) {
    merged.set_kind(given.kind());
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Board wanted, ParseBoard(merged));
  const bool redefined =
      wanted.scheme != board.scheme || wanted.facet != board.facet || wanted.kind != board.kind;
  board.display_name = wanted.display_name;
  board.scheme = wanted.scheme;
  board.facet = wanted.facet;
  board.kind = wanted.kind;
  PERIGEE_RETURN_IF_ERROR(domain::ValidateBoard(board));
  board.revision = unit.revision;
  if (redefined) {
    board.epoch = unit.revision;
  }
  return Decided(program, std::move(board));
}

absl::StatusOr<Change> ChangeToUpdateBoard(const v1::UpdateBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("board.name", request.board().name(), kBoardPattern));
  PERIGEE_ASSIGN_OR_RETURN(Fields fields, ParseUpdateMask(request.update_mask(), kChangeable));
  return Change{parts[0], [parts, fields = std::move(fields), given = request.board()](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return UpdateBoard(parts[0], given, parts[1], fields, reader, unit);
                }};
}

absl::StatusOr<Change> ChangeToDeleteBoard(const v1::DeleteBoardRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kBoardPattern));
  return Change{parts[0],
                [parts, etag = request.etag()](
                    ports::StoreReader& reader,
                    const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
                  PERIGEE_ASSIGN_OR_RETURN(const domain::Board board,
                                           RequireBoard(reader, parts[0], parts[1]));
                  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, board.revision));
                  v1::DeleteBoardResponse response;
                  response.set_revision(unit.revision);
                  ports::Decision decision;
                  decision.answer = response.SerializeAsString();
                  decision.changes.deleted_boards.push_back(parts[1]);
                  return decision;
                }};
}

// The period that a request to close or amend it names.
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

absl::StatusOr<LongChange> ChangeToClosePeriod(const v1::ClosePeriodRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParseNamedPeriod(request.name()));
  return ChangeToMakeFinal(std::move(ref), std::nullopt);
}

absl::StatusOr<LongChange> ChangeToAmendPeriod(const v1::AmendPeriodRequest& request) {
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
    : call_(call),
      view_(view),
      create_board_(call.Register(kService, "CreateBoard")),
      update_board_(call.Register(kService, "UpdateBoard")),
      delete_board_(call.Register(kService, "DeleteBoard")),
      close_period_(call.Register(kService, "ClosePeriod")),
      amend_period_(call.Register(kService, "AmendPeriod")),
      verify_board_(call.Register(kService, "VerifyBoard")) {}

grpc::ServerUnaryReactor* BoardAdminService::CreateBoard(grpc::CallbackServerContext* context,
                                                         const v1::CreateBoardRequest* request,
                                                         v1::Board* response) {
  return call_.Write(
      context, create_board_, request, response,
      [](const CallContext&, const auto& asked) { return ChangeToCreateBoard(asked); });
}

grpc::ServerUnaryReactor* BoardAdminService::UpdateBoard(grpc::CallbackServerContext* context,
                                                         const v1::UpdateBoardRequest* request,
                                                         v1::Board* response) {
  return call_.Write(
      context, update_board_, request, response,
      [](const CallContext&, const auto& asked) { return ChangeToUpdateBoard(asked); });
}

grpc::ServerUnaryReactor* BoardAdminService::DeleteBoard(grpc::CallbackServerContext* context,
                                                         const v1::DeleteBoardRequest* request,
                                                         v1::DeleteBoardResponse* response) {
  return call_.Write(
      context, delete_board_, request, response,
      [](const CallContext&, const auto& asked) { return ChangeToDeleteBoard(asked); });
}

grpc::ServerUnaryReactor* BoardAdminService::ClosePeriod(grpc::CallbackServerContext* context,
                                                         const v1::ClosePeriodRequest* request,
                                                         v1::Period* response) {
  return call_.WriteLong(
      context, close_period_, request, response,
      [](const CallContext&, const auto& asked) { return ChangeToClosePeriod(asked); });
}

grpc::ServerUnaryReactor* BoardAdminService::AmendPeriod(grpc::CallbackServerContext* context,
                                                         const v1::AmendPeriodRequest* request,
                                                         v1::Period* response) {
  return call_.WriteLong(
      context, amend_period_, request, response,
      [](const CallContext&, const auto& asked) { return ChangeToAmendPeriod(asked); });
}

grpc::ServerUnaryReactor* BoardAdminService::VerifyBoard(grpc::CallbackServerContext* context,
                                                         const v1::VerifyBoardRequest* request,
                                                         v1::VerifyBoardResponse* response) {
  return call_.Read(context, verify_board_, request, response,
                    [this](const CallContext& call, const auto& asked) {
                      return Verify(view_, asked.name(), call.now);
                    });
}

}  // namespace perigee::services
