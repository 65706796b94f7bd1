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

// The cache that all servers share. What is in it was always right once; what it answers, and when,
// is what goes wrong.
class FaultyCache {
 public:
  // `compares_marks` false: a fault for the simulation to find; a period is moved on from wherever
  // it stands.
  explicit FaultyCache(bool compares_marks) : compares_marks_(compares_marks) {}

  enum class Fault { kRefused, kAnswerLost, kLate };
  // Of the n-th call from now on.
  void Break(Fault fault, int nth) {
    fault_ = fault;
    calls_to_fault_ = nth;
  }
  void SetDown(bool down) { down_ = down; }
  void Flush();
  void Snapshot();
  void Restore();
  // What came late takes effect now.
  void Deliver();
  void Heal();

  // Called once, in the midst of the next call of a server, before anything is done.
  void Interrupt(std::function<void()> by) { interrupt_ = std::move(by); }
  int faults() const { return faults_; }

  // The way from one server to it.
  class Link;

 private:
  // Whether the call may go through; `change` is what it would do, for one that comes late.
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
  // Whether the cache answers a question.
  bool Answers();
  absl::Status Told(const std::function<absl::Status()>& change);

  FaultyCache& cache_;
};

}  // namespace perigee::simulation
