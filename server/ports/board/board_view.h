#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/board/board.h"
#include "server/ports/board/boards.h"

namespace perigee::ports {

// A slice of a board as readers get it.
struct ViewSlice {
  std::vector<domain::RankedPlace> places;
  std::int64_t total = 0;
  domain::Revision revision = 0;  // The slice holds everything up to this revision.
  domain::Period period;
  domain::Revision epoch = 0;  // Of the definition that ranked the slice.
};

// Live boards that follow the journal. A period that is not cached is built from the store on first
// use. Safe from many threads.
class BoardView {
 public:
  virtual ~BoardView() = default;

  // `period` is an id or `current`, which means the period of `now`. kRevisionNotReached if the
  // store itself is older than `min_revision` (see WhenReached). kNotFound if the board does not
  // exist. A period that is not held is built from the store, which may take long. With `at_once`
  // the answer is WouldBlock instead, also where the store would have to be asked for the refusal.
  struct Query {
    std::string program;
    std::string board;
    std::string period;
    Time now{};
    domain::Revision min_revision = 0;
    bool at_once = false;
  };
  virtual absl::StatusOr<ViewSlice> Top(const Query& query,
                                        const std::optional<domain::Place>& after, int limit) = 0;
  // A member that is merged has the place of its head.
  virtual absl::StatusOr<ViewSlice> Around(const Query& query, const std::string& member_id,
                                           int limit) = 0;
  virtual absl::StatusOr<ViewSlice> PlacesOf(const Query& query,
                                             std::span<const std::string> member_ids) = 0;

  // The board as defined now. kNotFound if it does not exist.
  virtual absl::StatusOr<domain::Board> Definition(const std::string& program,
                                                   const std::string& board) = 0;

  // The state of a period, for callers that cache answers made from it.
  struct PeriodState {
    // Changes whenever the answer of Top may have changed, and at no other time. No two periods or
    // states in one process have the same version.
    std::uint64_t version = 0;
    domain::Revision revision = 0;  // The state holds everything up to this revision.
  };
  // nullopt if Top would not answer at once, or if the period is changing right now, when an answer
  // made earlier may be older than the answers that others get. Never blocks.
  virtual std::optional<PeriodState> StateOf(const Query& query) = 0;

  // Calls `then` once: when reads hold `revision`, or after two seconds. Does not wait at all if
  // too many callers wait already or if the programme is not known here. `then` runs on this thread
  // or another and must not block.
  virtual void WhenReached(const std::string& program, domain::Revision revision,
                           std::function<void()> then) = 0;

  // Calls `listener` after any period of that board changed, until the returned handle is dropped.
  // The listener must not block and may be called from any thread.
  virtual std::shared_ptr<void> Subscribe(const std::string& program, const std::string& board,
                                          std::function<void()> listener) = 0;

  // Compares each cache with the store and rebuilds the caches that differ.
  struct Comparison {
    std::string cache;  // `store`, `redis`, `memory`.
    bool equal = true;
    domain::PlacesDigest digest;
  };
  virtual absl::StatusOr<std::vector<Comparison>> Verify(const Query& query,
                                                         domain::Revision* revision) = 0;
};

}  // namespace perigee::ports
