#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "server/adapters/board/memory_boards.h"
#include "server/adapters/member/member_directory.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/sql_leases.h"
#include "server/jobs/badge/badge_granting.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/board/period_closer.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/lease_keeper.h"
#include "server/jobs/ledger/expiry.h"
#include "server/jobs/member/erasing.h"
#include "server/jobs/member/terms.h"
#include "server/jobs/program/deleting.h"
#include "server/jobs/tier/tier_following.h"
#include "server/ports/ids.h"
#include "tests/fakes/counting_telemetry.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"
#include "tests/simulation/faulty_cache.h"
#include "tests/simulation/faulty_store.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// Keeps its work until it is told to run it. Stopping drops the rest.
class SteppedWorker final : public Worker {
 public:
  bool Post(std::function<void()> work) override {
    if (stopped_) {
      return false;
    }
    queue_.push_back(std::move(work));
    if (eager_) {
      Run(1000);
    }
    return true;
  }
  void Stop() override {
    stopped_ = true;
    queue_.clear();
  }
  // Runs at most `most` tasks and answers how many it ran. During a task it runs nothing else.
  int Run(int most) {
    int done = 0;
    while (!running_ && done < most && !queue_.empty()) {
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      running_ = true;
      work();
      running_ = false;
      ++done;
    }
    return done;
  }
  // While eager, runs new work at once, for callers who wait for it.
  void SetEager(bool eager) { eager_ = eager; }

 private:
  std::deque<std::function<void()>> queue_;
  bool stopped_ = false;
  bool running_ = false;
  bool eager_ = false;
};

// A change that waits at a server for a commit.
struct Waiting {
  Operation operation;
  ports::Unit unit;
};

// One server: the real projection and the real jobs, over a store and a cache that may fail.
// Dropping it kills it.
class Server {
 public:
  Server(const sql::Database& database, FaultyCache& cache, ports::Clock& clock, ports::Ids& ids,
         const Sabotage& sabotage);

  StoreFaults faults;
  std::vector<Waiting> waiting;

  SteppedStore& store() { return *store_; }
  jobs::BoardProjection& view() { return *view_; }
  // Takes the lease of what falls due from any holder. Call it before a run of either loop.
  absl::Status TakeLease() { return keeper_.RunOnce(); }
  // The loop of what falls due, in two halves, so that one half may be late.
  jobs::DueLoop& expiry() { return expiry_; }
  jobs::DueLoop& closer() { return closer_; }
  tests::ManualExecutor& executor() { return executor_; }
  SteppedWorker& projector() { return *workers_[0]; }
  SteppedWorker& follower() { return *workers_[1]; }
  // The followers of badges and tiers.
  SteppedWorker& rules() { return *rules_; }
  absl::Status Start();

 private:
  std::unique_ptr<FaultyConnection> connection_;
  sql::SqlLeases leases_;
  std::unique_ptr<SteppedStore> store_;
  adapters::MemoryBoards memory_;
  FaultyCache::Link link_;
  adapters::StoreMemberDirectory directory_;
  jobs::StoreTerms terms_;
  tests::ManualExecutor executor_;
  tests::CountingTelemetry telemetry_;
  std::vector<std::shared_ptr<SteppedWorker>> workers_;
  std::unique_ptr<jobs::BoardProjection> view_;
  const std::shared_ptr<SteppedWorker> rules_ = std::make_shared<SteppedWorker>();
  jobs::BadgeGranting badges_;
  jobs::TierFollowing tiers_;
  tests::FakeSteadyClock steady_clock_;
  jobs::LeaseKeeper keeper_;
  jobs::DueLoop expiry_;
  jobs::DueLoop closer_;
};

}  // namespace perigee::simulation
