#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/board/board.h"
#include "server/jobs/board/projected_program.h"
#include "server/jobs/board/score_changes.h"
#include "server/ports/board/boards.h"
#include "server/ports/member/member_directory.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// One step of a programme's projection: everything between where it is and the head of one view of
// the store.
struct ProjectionPass {
  // One period's part in it.
  struct Part {
    PeriodPtr period;
    ports::Mark mark;
    domain::Revision through = 0;
    Touches touches;
    PeriodChanges changes;
    bool moved = false;  // The cache is at the head now.
    bool lost = false;   // The cache no longer holds it as it should.
  };

  ProgramPtr program;
  domain::Revision from = 0;
  ports::Mark head;
  std::vector<Part> parts;
  std::vector<domain::MemberKey> changed_members;
  std::set<std::pair<std::string, std::string>> finals;  // Board and period.
  bool redefined = false;
  std::map<std::string, DefinitionPtr> boards;  // If redefined: as they are at the head.
};

// The definitions in this view of the store. A board whose zone this system does not know is left
// out: nothing right can be said about it.
absl::StatusOr<std::map<std::string, DefinitionPtr>> ReadDefinitions(ports::StoreReader& reader,
                                                                     const std::string& program);

// The head of this view, and its hash.
absl::StatusOr<ports::Mark> ReadMark(ports::StoreReader& reader, const std::string& program);

// Who stands there, by what was recorded up to `revision`. The directory learns their names.
absl::StatusOr<std::vector<domain::Place>> ReadPlaces(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const HeldPeriod& period,
                                                      domain::Revision revision,
                                                      ports::MemberDirectory& directory);

// Fills the pass: what there is to move, and from where.
void BeginPass(const ProgramPtr& program, ProjectionPass& pass);
// Reads the entries up to the head, and applies them to the in-process cache.
absl::Status ReadPass(ports::StoreReader& reader, ports::Boards& memory, ProjectionPass& pass);

}  // namespace perigee::jobs
