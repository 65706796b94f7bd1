#include "server/use_cases/program/zones.h"

#include <string>
#include <vector>

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/domain/program/program.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {
namespace {

constexpr int kProgramsPerPage = 1000;

}  // namespace

absl::Status CheckZones(ports::StoreReader& reader) {
  std::string after;
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Program> programs,
                             reader.programs().List(after, kProgramsPerPage));
    if (programs.empty()) {
      return absl::OkStatus();
    }
    for (const domain::Program& program : programs) {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards,
                               reader.boards().List(program.id));
      absl::Status status = Zone::Load(program.time_zone).status();
      for (const domain::Board& board : boards) {
        status.Update(Zone::Load(board.time_zone).status());
      }
      if (!status.ok()) {
        return Error(Reason::kTimeZoneMissing, "programme " + program.id + " cannot be served: " +
                                                   std::string(status.message()));
      }
    }
    after = programs.back().id;
  }
}

}  // namespace perigee::use_cases
