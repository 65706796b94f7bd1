#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/adapters/board/ranking.h"
#include "server/ports/board/boards.h"

namespace perigee::adapters {

// Boards in this process. Reads of one period run side by side; a change of the period makes them
// wait until it is done. Takes 90 to 120 bytes for each member with an id of 16 bytes.
class MemoryBoards : public ports::Boards {
 public:
  absl::StatusOr<ports::Mark> Marked(const ports::PeriodKey& key) override;
  absl::Status Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                       std::vector<domain::Place> places) override;
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override;
  absl::Status Drop(const ports::PeriodKey& key) override;
  absl::StatusOr<ports::PeriodCopy> ReadAll(const ports::PeriodKey& key) override;
  absl::StatusOr<ports::Slice> Top(const ports::PeriodKey& key,
                                   const std::optional<domain::Place>& after, int limit) override;
  absl::StatusOr<ports::Slice> Around(const ports::PeriodKey& key, const std::string& member_id,
                                      int limit) override;
  absl::StatusOr<ports::Slice> PlacesOf(const ports::PeriodKey& key,
                                        std::span<const std::string> member_ids) override;
  absl::StatusOr<domain::PlacesDigest> Digest(const ports::PeriodKey& key,
                                              ports::Mark* mark) override;

 private:
  // The state of one key. Not held while `ranking` is null.
  struct Held {
    std::shared_mutex mutex;
    ports::Mark mark;
    std::unique_ptr<Ranking> ranking;
  };

  // Null if the period is not held.
  std::shared_ptr<Held> FindHeld(const ports::PeriodKey& key);
  // Calls `read(held)` while no thread changes the period. kNotFound if it is not held.
  template <class Read>
  auto Reading(const ports::PeriodKey& key, const Read& read)
      -> absl::StatusOr<decltype(read(std::declval<const Held&>()))>;

  std::shared_mutex mutex_;  // Guards the map. Taken before the mutex of a period.
  std::map<ports::PeriodKey, std::shared_ptr<Held>> periods_;
};

}  // namespace perigee::adapters
