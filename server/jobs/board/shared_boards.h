#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/serial_worker.h"
#include "server/ports/board/board_view.h"

namespace perigee::ports {
class Boards;
class Executor;
class Store;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::jobs {

// Keeps the shared cache (Redis) equal to the in-process cache, which is right by construction and
// answers all reads. One thread does the work. It mends periods that are missing, foreign or
// behind. While the cache is away, nobody waits for it. The shared cache saves starting servers
// from reading whole boards from the store. Safe from many threads.
class SharedBoards {
 public:
  // All must outlive it; `memory` is the in-process cache.
  SharedBoards(ports::BoardCopies& shared, ports::Boards& memory, const ports::Store& store,
               ports::Executor& executor, ports::Telemetry& telemetry,
               std::chrono::milliseconds retry_after, std::shared_ptr<Worker> worker);
  ~SharedBoards();
  SharedBoards(const SharedBoards&) = delete;
  SharedBoards& operator=(const SharedBoards&) = delete;

  // A whole period from the shared cache. nullopt if it is not held or not useful: of another
  // journal, far behind, or moving all the time. Asks the store only for the hash. May block.
  std::optional<ports::PeriodCopy> Fetch(const ports::PeriodKey& key);

  // Adds a period, which the in-process cache holds, and keeps it up to date.
  void Keep(const ports::PeriodKey& key, const std::string& asset);
  // A period's move in the in-process cache.
  struct Move {
    ports::PeriodKey key;
    ports::Mark from;
    ports::Mark to;
    std::vector<ports::ScoreChange> changes;
  };
  // Passes the moves on soon. The moves of a pause go to the shared cache as one step a period, so
  // that a lone write does not wait for a thread, and many writes cost little.
  void Follow(const std::string& program, domain::Revision through, std::vector<Move> moves);
  // Removes a period.
  void Drop(const ports::PeriodKey& key);
  // Removes all periods of a deleted programme, and tells the metrics no more of it.
  void Forget(const std::string& program);

  // Waits until the period has caught up with the in-process cache, compares all of it, and
  // replaces it if it differs. The in-process cache must hold `expected` at `revision` and must not
  // move meanwhile. nullopt if the shared cache is away, or if another server has moved the period
  // to a later revision.
  std::optional<ports::BoardView::Comparison> Verify(const ports::PeriodKey& key,
                                                     const std::string& asset,
                                                     domain::Revision revision,
                                                     const domain::PlacesDigest& expected);

  // Ends the thread.
  void Stop();

 private:
  struct Entry {
    std::string asset;
    std::optional<ports::Mark> known;  // The mark in the shared cache. Absent: not known.
  };

  bool IsWorthIt(const ports::PeriodKey& key, const ports::Mark& mark);
  bool IsKnownAt(const ports::PeriodKey& key, const ports::Mark& mark);
  std::vector<ports::PeriodKey> Keys();
  void SetKnown(const ports::PeriodKey& key, std::optional<ports::Mark> known);
  void Away();
  void ProbeLater();
  // Tells the metrics, and the log once for each change.
  void SayUp(bool up);

  // The moves of one period that wait, as one.
  struct Waiting {
    ports::Mark from;
    ports::Mark to;
    std::map<std::string, std::optional<domain::Score>> scores;  // By member.
  };
  // Called with `mutex_` held.
  void AddWaiting(Move move);

  // Run on the thread.
  void Probe();
  void FollowAll();
  void FollowOne(const ports::PeriodKey& key, const Waiting& waiting);
  void Mend(const ports::PeriodKey& key);
  // False: the caller must look again. Sets `known` on success.
  bool MendOnce(const ports::PeriodKey& key, const std::string& asset);
  bool Replace(const ports::PeriodKey& key);
  struct Gap {
    bool ours = false;  // The mark is of our journal.
    bool small = false;
    domain::Revision head = 0;
    std::vector<std::string> member_ids;
  };
  absl::StatusOr<Gap> ReadGap(const ports::PeriodKey& key, const std::string& asset,
                              const ports::Mark& mark);
  std::optional<bool> CloseGap(const ports::PeriodKey& key, const ports::Mark& mark,
                               const Gap& gap);

  ports::BoardCopies& shared_;
  ports::Boards& memory_;
  const ports::Store& store_;
  ports::Executor& executor_;
  ports::Telemetry& telemetry_;
  const std::chrono::milliseconds retry_after_;

  std::mutex mutex_;
  std::map<ports::PeriodKey, Entry> entries_;
  std::map<ports::PeriodKey, Waiting> waiting_;
  // The revisions of the programmes that the waiting moves lead to. Empty: nothing waits.
  std::map<std::string, domain::Revision> waiting_through_;
  std::optional<bool> said_up_;
  std::atomic<bool> up_{false};
  const std::shared_ptr<Worker> worker_;
};

}  // namespace perigee::jobs
