#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/board.h"
#include "server/ports/boards.h"

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

  // `period` is an id or `current`, settled at `now`. `min_revision` 0: whatever is there;
  // otherwise waits up to `patience` for it, then kRevisionNotReached. kNotFound if the board is
  // not there.
  struct Query {
    std::string program;
    std::string board;
    std::string period;
    Time now{};
    domain::Revision min_revision = 0;
    std::chrono::milliseconds patience{2000};
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

  // A number that changes whenever the answer of Top for that period may have changed, and at no
  // other time. Cheap, and never asks the store: readers that keep rendered pages compare it.
  // Counts up within one process; 0 while the period is not held or not at min_revision, so that
  // there is nothing to compare: ask Top. kNotFound where the programme or the board is not known
  // here yet.
  virtual absl::StatusOr<std::uint64_t> Version(const Query& query) = 0;

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
