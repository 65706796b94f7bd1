#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/sql_leases.h"
#include "server/core/fair_queue.h"
#include "server/core/serial_worker.h"
#include "server/ports/store.h"

namespace perigee::ports {
class QueueStats;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::sql {

class UnitRunner;

struct SqlStoreOptions {
  // Writes that may wait, shared among the programmes that write; one more is refused.
  std::size_t queue_max = 8192;
  // A write is refused that would wait longer.
  std::chrono::nanoseconds patience = std::chrono::milliseconds(400);
  // Units in one commit at most; fewer where so many would run long. What waits is taken at once,
  // so a lone writer never waits for others.
  std::size_t batch_max = 1000;
  // Connections for reads; one more read at once is refused.
  std::size_t readers_max = 64;
  // Told of commits, if there; must outlive the store.
  ports::Telemetry* telemetry = nullptr;
};

// ports::Store over any engine with a driver. One thread writes; reads run on their callers'
// threads, each over a connection of its own. Where the writer's connection is lost and cannot be
// made anew, the store is away: reads and writes are refused at once, until the writer's thread,
// which goes on trying, reaches it again.
class SqlStore final : public ports::Store {
 public:
  // kStoreUnavailable, with what to do, if the schema is not the one this program knows.
  static absl::StatusOr<std::unique_ptr<SqlStore>> Open(std::unique_ptr<Database> database,
                                                        SqlStoreOptions options);
  // Writes what waits, then ends.
  ~SqlStore() override;
  SqlStore(const SqlStore&) = delete;
  SqlStore& operator=(const SqlStore&) = delete;

  void Write(ports::Unit unit, std::function<void(absl::StatusOr<ports::Outcome>)> done) override;
  absl::Status Read(
      const std::function<absl::Status(ports::StoreReader& reader)>& body) const override;
  ports::JournalFeed& feed() override;
  ports::Leases& leases() override { return leases_; }
  absl::StatusOr<std::string> TokenSecret() const override;
  absl::Status Ready() const override;

  // Refuses writes from now on with kShuttingDown, and returns when those that waited are
  // answered. Reads go on.
  void Stop();

  // So many are forgotten between two commits, at most.
  static constexpr int kForgetMax = 200;
  // Forgets request ids first seen before `before`, in portions: what waits to be written is
  // written after each. Waits until all is done. Not from a thread of the store.
  absl::Status ForgetRequests(Time before);

 private:
  struct Waiting {
    ports::Unit unit;
    std::function<void(absl::StatusOr<ports::Outcome>)> done;
  };

  SqlStore(std::unique_ptr<Database> database, std::unique_ptr<Connection> writer,
           SqlStoreOptions options);
  void RunWriter();
  void WriteBatch(std::vector<Waiting> batch);
  // Forgets one portion of request ids, if that was asked for.
  void ForgetSome();
  absl::StatusOr<int> ForgetPortion(Time before);
  void Answer(std::vector<Waiting> batch, std::vector<absl::StatusOr<ports::Outcome>> outcomes);
  void SizeNextBatch(std::chrono::nanoseconds took, std::chrono::nanoseconds commit,
                     std::size_t units);
  // How fast the writer is, for the queue.
  void Measure(std::chrono::nanoseconds took, std::chrono::nanoseconds commit, std::size_t units);
  // Refuses what nobody waits for any more; gives the rest.
  std::vector<Waiting> Admitted(std::vector<Waiting> batch);
  void Refuse(const std::vector<Waiting>& batch, const absl::Status& refusal);
  // What waits, as much as goes into one commit; all, where the store is away.
  std::vector<Waiting> TakeBatch();
  // Sees to it that the writer has a connection that works. Needs writer_mutex_.
  absl::Status Connect() const;
  // OK, or why the store is away.
  absl::Status Away() const;
  void Report(std::chrono::nanoseconds took,
              const std::vector<absl::StatusOr<ports::Outcome>>& outcomes);
  // Says to other servers and to those who follow here what was written.
  void Tell(const WrittenEntries& written);
  // Writes something that means nothing, to see whether the store takes writes again.
  absl::Status Probe() const;
  // A connection that is given back at its end.
  struct GiveBack {
    const SqlStore* store;
    void operator()(Connection* connection) const;
  };
  using Reading = std::unique_ptr<Connection, GiveBack>;
  absl::StatusOr<Reading> TakeReader() const;

  const std::unique_ptr<Database> database_;
  const SqlStoreOptions options_;
  ports::QueueStats* const queue_stats_;  // Null where there is no telemetry.
  SqlLeases leases_{*database_};

  mutable std::mutex writer_mutex_;  // Guards writer_ and runner_.
  mutable std::unique_ptr<Connection> writer_;
  mutable std::unique_ptr<UnitRunner> runner_;

  std::size_t batch_size_;  // On the writer's thread alone.

  mutable std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  FairQueue<Waiting> queue_;
  bool stopping_ = false;
  mutable absl::Status away_;
  // Present while request ids are being forgotten.
  struct Forgetting {
    Time before;
    std::function<void(absl::Status)> done;
  };
  std::optional<Forgetting> forgetting_;

  CommitFeed feed_;
  std::once_flag watch_once_;
  std::atomic<HeadWatch*> telling_{nullptr};  // As watch_, once it is there.

  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Connection>> idle_readers_;
  mutable std::size_t busy_readers_ = 0;

  // True while the last commit failed for the store's own reasons.
  mutable std::atomic<bool> failing_{false};
  std::unique_ptr<HeadWatch> watch_;  // Null before feed(), and where no other server can be.
  SerialWorker answers_;
  std::thread writer_thread_;
};

}  // namespace perigee::sql
