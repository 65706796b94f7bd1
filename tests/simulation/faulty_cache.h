#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/adapters/board/memory_boards.h"
#include "server/ports/board/board_copies.h"

namespace perigee::simulation {

// The cache that all servers share. Its content was always right at some time; its answers and
// their times go wrong.
class FaultyCache {
 public:
  // With `compares_marks` false the cache has a fault that the simulation must find: it moves a
  // period on from any state.
  explicit FaultyCache(bool compares_marks) : compares_marks_(compares_marks) {}

  enum class Fault { kRefused, kAnswerLost, kLate };
  // The n-th call from now on has the fault.
  void Break(Fault fault, int nth) {
    fault_ = fault;
    calls_to_fault_ = nth;
  }
  void SetDown(bool down) { down_ = down; }
  void Flush();
  void Snapshot();
  void Restore();
  // Late changes take effect now.
  void Deliver();
  void Heal();

  // `by` is called once, in the next call of a server, before the call does anything.
  void Interrupt(std::function<void()> by) { interrupt_ = std::move(by); }
  int faults() const { return faults_; }

  // The connection of one server to the cache.
  class Link;

 private:
  // True if the call may go through. `change` is its effect, kept for a call that comes late.
  bool Admit(const std::function<void()>& change, bool* answered);

  const bool compares_marks_;
  adapters::MemoryBoards boards_;
  std::set<ports::PeriodKey> keys_;
  std::map<ports::PeriodKey, ports::PeriodCopy> snapshot_;
  std::deque<std::function<void()>> late_;
  std::function<void()> interrupt_;
  bool down_ = false;
  Fault fault_ = Fault::kRefused;
  int calls_to_fault_ = 0;
  int faults_ = 0;
};

class FaultyCache::Link final : public ports::BoardCopies {
 public:
  explicit Link(FaultyCache& cache) : cache_(cache) {}

  absl::StatusOr<ports::Mark> Marked(const ports::PeriodKey& key) override;
  absl::Status Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                       std::vector<domain::Place> places) override;
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override;
  absl::Status Drop(const ports::PeriodKey& key) override;
  absl::StatusOr<ports::PeriodCopy> ReadAll(const ports::PeriodKey& key) override;

 private:
  // True if the cache answers a question.
  bool Answers();
  absl::Status Told(const std::function<absl::Status()>& change);

  FaultyCache& cache_;
};

}  // namespace perigee::simulation
