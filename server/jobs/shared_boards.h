#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/jobs/serial_worker.h"
#include "server/ports/board_view.h"
#include "server/ports/boards.h"
#include "server/ports/executor.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"

namespace perigee::jobs {

// The shared cache (Redis) in front of the in-process one, which is right by construction: follows
// it on one thread, and lets a read through only if what it says is no older than what is held in
// memory. What is missing, strange or behind is mended by the thread; while the cache is away,
// nobody waits for it. Safe from many threads.
class SharedBoards {
 public:
  // All must outlive it; `memory` is the in-process cache.
  SharedBoards(ports::Boards& shared, ports::Boards& memory, const ports::Store& store,
               ports::Executor& executor, ports::Telemetry& telemetry,
               std::chrono::milliseconds retry_after, std::shared_ptr<Worker> worker);
  ~SharedBoards();
  SharedBoards(const SharedBoards&) = delete;
  SharedBoards& operator=(const SharedBoards&) = delete;

  using ReadSlice = std::function<absl::StatusOr<ports::Slice>(ports::Boards& boards,
                                                               const ports::PeriodKey& key)>;
  // What the shared cache says, if it holds the period at `memory_mark` or later; nullopt: ask the
  // memory. The first read of a period brings it there, for later ones.
  std::optional<ports::Slice> Read(const ports::PeriodKey& key, const std::string& asset,
                                   const ports::Mark& memory_mark, const ReadSlice& read);

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
  // and hold `expected`, and compares all of it; replaces it if it differs. nullopt if the cache is
  // away.
  std::optional<ports::BoardView::Comparison> Verify(const ports::PeriodKey& key,
                                                     const std::string& asset,
                                                     const domain::PlacesDigest& expected);

  // Ends the thread.
  void Stop();

 private:
  struct Entry {
    std::string asset;
    std::optional<ports::Mark> known;    // Where it stands; absent: not known.
    std::optional<ports::Mark> pending;  // Where a move under way would take it.
    bool mending = false;                // The thread was told to.
  };

  bool MayRead(const ports::PeriodKey& key, const std::string& asset,
               const ports::Mark& memory_mark, ports::Mark* known);
  bool Believable(const ports::PeriodKey& key, const ports::Mark& known, const ports::Mark& said);
  bool IsKnownAt(const ports::PeriodKey& key, const ports::Mark& mark);
  void Suspect(const ports::PeriodKey& key);
  void PostMend(const ports::PeriodKey& key);
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

  ports::Boards& shared_;
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
