#include "server/use_cases/board/boards.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/board/stored_period.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

Decided<domain::Board> PutNow(domain::Board board, const ports::UnitContext& unit) {
  board.revision = unit.revision;
  Decided<domain::Board> decided{std::move(board), {}};
  decided.changes.boards.push_back(decided.value);
  return decided;
}

absl::Status CheckFacets(ports::StoreReader& reader, const std::string& program,
                         const domain::Board& board) {
  std::vector<std::string> facets = board.audience.Facets();
  if (!board.facet.empty()) {
    facets.push_back(board.facet);
  }
  return CheckDemographic(reader, program, facets, board.allow_demographic);
}

}  // namespace

DecidedBoard CreateBoard(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, domain::Board board) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, program, board.asset).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards, reader.boards().List(program));
  if (std::ranges::find(boards, board.id, &domain::Board::id) != boards.end()) {
    return AlreadyExists(BoardName(program, board.id));
  }
  PERIGEE_RETURN_IF_ERROR(CheckFacets(reader, program, board));
  if (board.time_zone.empty()) {
    board.time_zone = owner.time_zone;
  }
  board.create_time = unit.now;
  board.created = unit.revision;
  board.epoch = unit.revision;
  return PutNow(std::move(board), unit);
}

DecidedBoard UpdateBoard(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const Edit<domain::Board>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Board present, RequireBoard(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, present.revision));
  domain::Board board = present;
  edit.apply(board);
  PERIGEE_RETURN_IF_ERROR(domain::ValidateBoard(board));
  PERIGEE_RETURN_IF_ERROR(CheckFacets(reader, program, board));
  if (board.scheme != present.scheme || board.facet != present.facet ||
      board.kind != present.kind || board.audience != present.audience) {
    board.epoch = unit.revision;
  }
  return PutNow(std::move(board), unit);
}

DecidedBoard DeleteBoard(ports::StoreReader& reader, const ports::UnitContext&,
                         const std::string& program, const std::string& id,
                         const std::string& etag) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Board board, RequireBoard(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, board.revision));
  Decided<domain::Board> decided{std::move(board), {}};
  decided.changes.deleted_boards.push_back(id);
  return decided;
}

}  // namespace perigee::use_cases
