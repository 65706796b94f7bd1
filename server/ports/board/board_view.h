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

// A slice as readers get it.
struct ViewSlice {
  std::vector<domain::RankedPlace> places;
  std::int64_t total = 0;
  domain::Revision revision = 0;  // Everything up to it is in it.
  domain::Period period;
  domain::Revision epoch = 0;  // Of the definition it was ranked by.
};

// Live boards, kept up with the journal by whoever implements this, from the cache that is right at
// the moment. Periods that are not cached are built from the store on first use. Safe from many
// threads.
class BoardView {
 public:
  virtual ~BoardView() = default;

  // `period` is an id or `current`, settled at `now`. kRevisionNotReached if the store itself is
  // older than `min_revision` (see WhenReached). kNotFound if the board is not there. A period that
  // is not held is built from the store, which may take long; `at_once` says WouldBlock instead,
  // also where the refusal would have to be looked up.
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
  virtual absl::StatusOr<ViewSlice> Around(const Query& query, const std::string& member_id,
                                           int limit) = 0;
  virtual absl::StatusOr<ViewSlice> Find(const Query& query,
                                         std::span<const std::string> member_ids) = 0;

  // The board as defined now; kNotFound if it is not there.
  virtual absl::StatusOr<domain::Board> Definition(const std::string& program,
                                                   const std::string& board) = 0;

  // The state of a period, for those who keep what they made of it.
  struct PeriodState {
    // Changes whenever the answer of Top may have changed, and at no other time. Of all periods
    // and states in one process, no two have the same.
    std::uint64_t version = 0;
    domain::Revision revision = 0;  // Everything up to it is in the state.
  };
  // nullopt where Top would not answer at once, or where the period changes right now, so that what
  // was made before may be older than what others are shown. Never blocks.
  virtual std::optional<PeriodState> StateOf(const Query& query) = 0;

  // Calls `then` once: when reads hold `revision`, or when it has waited long enough (two seconds,
  // or no time at all where too many wait already or the programme is not known here). On this
  // thread or another; it must not block.
  virtual void WhenReached(const std::string& program, domain::Revision revision,
                           std::function<void()> then) = 0;

  // Calls `listener` after any period of that board changed, until the returned handle is dropped.
  // The listener must not block, and may be called from any thread.
  virtual std::shared_ptr<void> Subscribe(const std::string& program, const std::string& board,
                                          std::function<void()> listener) = 0;

  // Compares each cache with the store; rebuilds what differs.
  struct Comparison {
    std::string cache;  // `store`, `redis`, `memory`.
    bool equal = true;
    domain::PlacesDigest digest;
  };
  virtual absl::StatusOr<std::vector<Comparison>> Verify(const Query& query,
                                                         domain::Revision* revision) = 0;
};

}  // namespace perigee::ports
