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
#include "server/ports/board/board_copies.h"
#include "server/ports/store.h"

namespace perigee::ports {
class Boards;
class JournalFeed;
class MemberDirectory;
}  // namespace perigee::ports

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
    // Somebody may stand there whom the directory does not know.
    bool strangers = false;
    bool moved = false;  // The cache is at the head now.
    bool lost = false;   // The cache no longer holds it as it should.
  };

  ProgramPtr program;
  domain::Revision from = 0;       // The oldest that any part is at.
  domain::Revision projected = 0;  // The programme as a whole.
  ports::Mark head;
  std::vector<Part> parts;
  std::vector<domain::MemberKey> changed_members;        // Or gone from the store.
  bool stranger_gone = false;                            // Somebody is gone whose id is not known.
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

// What a pass works with, beside the store.
struct PassTools {
  const ports::JournalFeed& feed;
  ports::Boards& memory;
  ports::MemberDirectory& directory;
};

// What there is to move, and from where.
ProjectionPass BeginPass(const ProgramPtr& program);
// Applies to the in-process cache the entries up to `head` at least, where the feed has them and
// what they make of the scores is known without the store. False where it is not so; then nothing
// was done.
bool FeedPass(const PassTools& tools, domain::Revision head, ProjectionPass& pass);
// Applies the entries up to the head of this view of the store.
absl::Status ReadPass(ports::StoreReader& reader, const PassTools& tools, ProjectionPass& pass);

}  // namespace perigee::jobs
