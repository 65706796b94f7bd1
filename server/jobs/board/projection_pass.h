#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
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

// One step of a programme's projection: all entries from its present position to the head of one
// view of the store.
struct ProjectionPass {
  // One period's part of the pass.
  struct Part {
    PeriodPtr period;
    ports::Mark mark;
    domain::Revision through = 0;
    Touches touches;
    PeriodChanges changes;
    bool moved = false;  // True: the cache is at the head now.
    bool lost = false;   // True: the cache no longer holds the period as it should.
  };

  ProgramPtr program;
  Time start = kBeginningOfTime;
  domain::Revision from = 0;       // The oldest revision of any part.
  domain::Revision projected = 0;  // The revision of the whole programme.
  ports::Mark head;
  std::vector<Part> parts;
  std::vector<domain::MemberKey> changed_members;  // Changed, or gone from the store.
  // True: a member is gone whose id is not known.
  bool stranger_gone = false;
  std::set<std::pair<std::string, std::string>> finals;  // Board and period.
  Time first_term = kEndOfTime;  // When time alone changes a member that the entries changed.
  bool redefined = false;
  std::map<std::string, DefinitionPtr> boards;  // If redefined: the definitions at the head.
};

// The definitions in this view of the store. A board whose time zone this system does not know is
// left out, because its periods cannot be computed.
absl::StatusOr<std::map<std::string, DefinitionPtr>> ReadDefinitions(ports::StoreReader& reader,
                                                                     const std::string& program);

// The head of this view, and its hash. kNotFound if there is no such programme.
absl::StatusOr<ports::Mark> ReadMark(ports::StoreReader& reader, const std::string& program);

// The places of the period, by the transfers recorded up to `revision`. The directory learns the
// members' names.
absl::StatusOr<std::vector<domain::Place>> ReadPlaces(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const HeldPeriod& period,
                                                      domain::Revision revision,
                                                      ports::MemberDirectory& directory);

// The parts that a pass works with, besides the store.
struct PassTools {
  const ports::JournalFeed& feed;
  ports::Boards& memory;
  ports::MemberDirectory& directory;
};

// Collects the periods to move, and their positions. A period that nobody looks at rests from now
// on, and one that has rested for more than `rest_max` entries is gone.
ProjectionPass BeginPass(const ProgramPtr& program,
                         absl::FunctionRef<bool(const HeldPeriod&)> looked_at,
                         domain::Revision rest_max);
// Applies to the in-process cache the entries up to `head` at least. Needs all these entries in the
// feed, and scores that follow without the store. Otherwise returns false, with nothing done.
bool FeedPass(const PassTools& tools, domain::Revision head, ProjectionPass& pass);
// Applies the entries up to the head of this view of the store.
absl::Status ReadPass(ports::StoreReader& reader, const PassTools& tools, ProjectionPass& pass);

}  // namespace perigee::jobs
