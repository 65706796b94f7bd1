#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/fair_queue.h"
#include "server/ports/store.h"

namespace perigee::sql {

// A unit that waits for the writer.
struct WaitingUnit {
  ports::Unit unit;
  std::function<void(absl::StatusOr<ports::Outcome>)> done;

  // Whether it is a job's, so that nobody waits for it.
  bool IsOfJob() const;
};

// The units that wait for the writer. While others write, all jobs together get the writer for a
// tenth of the time: a job's unit may be as long as a hundred others, so that turns alone would not
// be fair. Not for several threads.
class WriteQueue {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using TimePoint = FairQueue<WaitingUnit>::TimePoint;
  using Taken = FairQueue<WaitingUnit>::Taken;

  // Jobs have no limit of time.
  explicit WriteQueue(QueueLimits limits) : others_(limits), jobs_({limits.places_max}) {}

  bool empty() const { return others_.empty() && jobs_.empty(); }

  // Moves the unit into the queue, or refuses it with kOverloaded and leaves it as it is.
  absl::Status Push(WaitingUnit& waiting, TimePoint now);

  // Whether only jobs wait, and rest because others had less of the writer than they are owed.
  bool JobsRest() const { return others_.empty() && owed_.count() > 0; }
  // Others write no more.
  void EndRest() { owed_ = {}; }

  // The units for one commit: one of a job, or at most `most` of others. None while JobsRest().
  std::vector<Taken> Take(std::size_t most, TimePoint now);
  // All units.
  std::vector<Taken> TakeAll(TimePoint now);

  // Notes how long a job's unit kept the writer.
  void JobWorked(nanoseconds took);
  // Notes how long `items` others kept the writer; see FairQueue::Worked for `each`.
  void OthersWorked(nanoseconds took, nanoseconds each, std::size_t items);

 private:
  FairQueue<WaitingUnit> others_;
  FairQueue<WaitingUnit> jobs_;
  nanoseconds owed_{};  // How long others may have the writer before the next unit of a job.
};

}  // namespace perigee::sql
