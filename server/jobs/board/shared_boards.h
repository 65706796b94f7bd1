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

// Keeps the shared cache (Redis) as the in-process one is, which is right by construction and
// answers all reads: follows it on one thread. What is missing, strange or behind is mended by the
// thread; while the cache is away, nobody waits for it. What is kept there saves servers that start
// from asking the store for whole boards. Safe from many threads.
class SharedBoards {
 public:
  // All must outlive it; `memory` is the in-process cache.
  SharedBoards(ports::BoardCopies& shared, ports::Boards& memory, const ports::Store& store,
               ports::Executor& executor, ports::Telemetry& telemetry,
               std::chrono::milliseconds retry_after, std::shared_ptr<Worker> worker);
  ~SharedBoards();
  SharedBoards(const SharedBoards&) = delete;
  SharedBoards& operator=(const SharedBoards&) = delete;

  // All of a period as the shared cache holds it; nullopt where it is not held, or not worth its
  // while: of another journal, far behind it, or moving all the time. Asks the store for no more
  // than the hash. May block.
  std::optional<ports::PeriodCopy> Fetch(const ports::PeriodKey& key);

  // Takes a period in, which the in-process cache holds, and has it follow.
  void Keep(const ports::PeriodKey& key, const std::string& asset);
  // A period of the in-process cache moved on.
  struct Move {
    ports::PeriodKey key;
    ports::Mark from;
    ports::Mark to;
    std::vector<ports::ScoreChange> changes;
  };
  void Follow(const std::string& program, domain::Revision through, std::vector<Move> moves);
  // Takes a period out.
  void Drop(const ports::PeriodKey& key);

  // Waits until the period is caught up with the in-process cache, which must not move meanwhile
  // and hold `expected` at `revision`, and compares all of it; replaces it if it differs. nullopt
  // if the cache is away, or another server has taken it on to a later revision.
  std::optional<ports::BoardView::Comparison> Verify(const ports::PeriodKey& key,
                                                     const std::string& asset,
                                                     domain::Revision revision,
                                                     const domain::PlacesDigest& expected);

  // Ends the thread.
  void Stop();

 private:
  struct Entry {
    std::string asset;
    std::optional<ports::Mark> known;  // Where it stands; absent: not known.
  };

  bool IsWorthIt(const ports::PeriodKey& key, const ports::Mark& mark);
  bool IsKnownAt(const ports::PeriodKey& key, const ports::Mark& mark);
  std::vector<ports::PeriodKey> Keys();
  void SetKnown(const ports::PeriodKey& key, std::optional<ports::Mark> known);
  void Away();
  void ProbeLater();

  // On the thread.
  void Probe();
  void FollowOne(const Move& move);
  void Mend(const ports::PeriodKey& key);
  // False: look again. Sets known where it succeeds.
  bool MendOnce(const ports::PeriodKey& key, const std::string& asset);
  bool Replace(const ports::PeriodKey& key);
  struct Gap {
    bool ours = false;  // Whether the mark is of our journal.
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
  std::atomic<bool> up_{false};
  const std::shared_ptr<Worker> worker_;
};

}  // namespace perigee::jobs
