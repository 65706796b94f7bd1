#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/sql_leases.h"
#include "server/adapters/sql/write_queue.h"
#include "server/core/serial_worker.h"
#include "server/ports/revived.h"
#include "server/ports/store.h"

namespace perigee::ports {
class QueueStats;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::sql {

class UnitRunner;

struct SqlStoreOptions {
  // How many writes may wait, shared among the programmes that write. One more is refused.
  std::size_t queue_max = 8192;
  // A write that would have to wait longer is refused.
  std::chrono::nanoseconds patience = std::chrono::milliseconds(400);
  // The most units in one commit. A batch is smaller if so many units would run long. Waiting units
  // are taken at once, so a lone writer never waits for others.
  std::size_t batch_max = 1000;
  // How many connections read at once. One more read is refused.
  std::size_t readers_max = 64;
  // Gets figures of commits, if present. Must outlive the store.
  ports::Telemetry* telemetry = nullptr;
};

// ports::Store over any engine with a driver. One thread writes. Reads run on their callers'
// threads, each over a connection of its own. If the writer's connection is lost and cannot be made
// again, the store is away: reads and writes are refused at once, until the writer's thread, which
// keeps trying, reaches the store again.
class SqlStore final : public ports::Store {
 public:
  // kStoreUnavailable, with advice, if this program does not know the schema, or if the keys are
  // not those of the store. Destroys keys that the book gave up and the key store still has.
  static absl::StatusOr<std::unique_ptr<SqlStore>> Open(std::unique_ptr<Database> database,
                                                        SqlStoreOptions options);
  // Writes the waiting units, then ends.
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

  // Refuses writes from now on with kShuttingDown, and returns when the waiting ones are answered.
  // Reads go on.
  void Stop();

  // What must be erased again, by programme and member.
  absl::StatusOr<std::vector<ports::Revived>> RevivedByARestore() const;

  // How many request ids, at most, are forgotten between two commits.
  static constexpr int kForgetMax = 200;
  // Forgets request ids first seen before `before`, in portions. Waiting units are written after
  // each portion. Waits until all is done. Must not run on a thread of the store.
  absl::Status ForgetRequests(Time before);

 private:
  SqlStore(std::unique_ptr<Database> database, std::unique_ptr<Connection> writer,
           SqlStoreOptions options);
  absl::Status DestroyGivenUp();
  void RunWriter();
  void WriteBatch(std::vector<WaitingUnit> batch);
  // Forgets one portion of request ids, if a call of ForgetRequests waits.
  void ForgetSome();
  absl::StatusOr<int> ForgetPortion(Time before);
  void Answer(std::vector<WaitingUnit> batch, std::vector<absl::StatusOr<ports::Outcome>> outcomes);
  void SizeNextBatch(std::chrono::nanoseconds took, std::chrono::nanoseconds commit,
                     std::size_t units);
  // Waits until TakeBatch may find work.
  void AwaitWork(std::unique_lock<std::mutex>& lock);
  // Tells the queue how fast the writer is.
  void Measure(std::chrono::nanoseconds took, std::chrono::nanoseconds commit, std::size_t units);
  // Drops the units that nobody waits for any more, and returns the rest.
  std::vector<WaitingUnit> Admitted(std::vector<WaitingUnit> batch);
  void Refuse(const std::vector<WaitingUnit>& batch, const absl::Status& refusal);
  // Takes the waiting units for one commit, or all of them if the store is away.
  std::vector<WaitingUnit> TakeBatch();
  // Gives the writer a working connection. Needs writer_mutex_.
  absl::Status Connect() const;
  // OK, or the reason why the store is away.
  absl::Status Away() const;
  void Report(std::chrono::nanoseconds took,
              const std::vector<absl::StatusOr<ports::Outcome>>& outcomes);
  // Tells other servers, and this server's listeners, about the written entries, and then about the
  // deleted programmes.
  void Tell(const WrittenEntries& written, const std::set<std::string>& deleted);
  // Writes a meaningless value, to find out whether the store takes writes again.
  absl::Status Probe() const;
  // Returns a connection to the idle ones.
  struct GiveBack {
    const SqlStore* store;
    void operator()(Connection* connection) const;
  };
  using Reading = std::unique_ptr<Connection, GiveBack>;
  absl::StatusOr<Reading> TakeReader() const;

  const std::unique_ptr<Database> database_;
  const SqlStoreOptions options_;
  ports::QueueStats* const queue_stats_;  // Null without telemetry.
  SqlLeases leases_{*database_};

  mutable std::mutex writer_mutex_;  // Guards writer_, key_store_ and runner_.
  mutable std::unique_ptr<Connection> writer_;
  mutable KeyStore key_store_{*database_};
  mutable std::unique_ptr<UnitRunner> runner_;

  std::size_t batch_size_;  // Used on the writer's thread only.

  mutable std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  WriteQueue queue_;
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
  std::atomic<HeadWatch*> telling_{nullptr};  // Equals watch_ once that is made.

  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Connection>> idle_readers_;
  mutable std::size_t busy_readers_ = 0;

  // True while the last commit failed because of the store itself.
  mutable std::atomic<bool> failing_{false};
  // Null before feed(), and if no other server can use the store.
  std::unique_ptr<HeadWatch> watch_;
  SerialWorker answers_;
  std::thread writer_thread_;
};

}  // namespace perigee::sql
