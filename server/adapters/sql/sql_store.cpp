#include "server/adapters/sql/sql_store.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/migrations.h"
#include "server/adapters/sql/sql_reader.h"
#include "server/adapters/sql/unit_runner.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/telemetry.h"

namespace perigee::sql {
namespace {

// Connections kept for the next reads. More are made while more reads run at once.
constexpr std::size_t kIdleReadersMax = 16;
// The pause between two tries to reach a store that is away.
constexpr std::chrono::milliseconds kReconnectPause{200};
// The longest run time of a batch: kRunTime, or the time of kRunCommits commits if commits are
// slow.
constexpr std::chrono::milliseconds kRunTime{4};
constexpr int kRunCommits = 4;
constexpr std::size_t kBatchMin = 16;
// Others count as gone once the writer has had nothing to do for so long. A caller who writes again
// and again comes back sooner.
constexpr std::chrono::milliseconds kOthersGone{2};
// Answering this few units takes less time than waking another thread.
constexpr std::size_t kAnsweredAtOnce = 4;

}  // namespace

absl::StatusOr<std::unique_ptr<SqlStore>> SqlStore::Open(std::unique_ptr<Database> database,
                                                         SqlStoreOptions options) {
  PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer,
                           database->Connect(Database::Access::kWrite));
  PERIGEE_RETURN_IF_ERROR(CheckSchema(*writer));
  std::unique_ptr<SqlStore> store(new SqlStore(std::move(database), std::move(writer), options));
  PERIGEE_RETURN_IF_ERROR(store->DestroyGivenUp());
  return store;
}

SqlStore::SqlStore(std::unique_ptr<Database> database, std::unique_ptr<Connection> writer,
                   SqlStoreOptions options)
    : database_(std::move(database)),
      options_(options),
      queue_stats_(options.telemetry == nullptr ? nullptr : &options.telemetry->Queue("writes")),
      writer_(std::move(writer)),
      runner_(std::make_unique<UnitRunner>(*writer_, key_store_)),
      batch_size_(std::max(kBatchMin, options_.batch_max)),
      queue_({options.queue_max, options.patience}),
      feed_(options.telemetry),
      writer_thread_([this] { RunWriter(); }) {}

SqlStore::~SqlStore() { Stop(); }

void SqlStore::Stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_changed_.notify_all();
  if (writer_thread_.joinable()) {
    writer_thread_.join();
  }
  answers_.Stop();
  watch_.reset();
}

void SqlStore::Write(ports::Unit unit, std::function<void(absl::StatusOr<ports::Outcome>)> done) {
  const auto now = std::chrono::steady_clock::now();
  WaitingUnit waiting{std::move(unit), std::move(done)};
  absl::Status refusal;
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) {
      refusal = Error(Reason::kShuttingDown, "the store is stopping");
    } else if (!away_.ok()) {
      refusal = away_;
    } else {
      refusal = queue_.Push(waiting, now);
    }
  }
  if (!refusal.ok()) {
    if (queue_stats_ != nullptr && ReasonOf(refusal) == Reason::kOverloaded) {
      queue_stats_->Refused();
    }
    waiting.done(refusal);
    return;
  }
  queue_changed_.notify_one();
}

void SqlStore::AwaitWork(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] { return stopping_ || !queue_.empty() || forgetting_.has_value(); };
  if (!away_.ok()) {
    queue_changed_.wait_for(lock, kReconnectPause, has_work);
    return;
  }
  queue_changed_.wait(lock, has_work);
  const auto goes_on = [this] {
    return stopping_ || !queue_.JobsRest() || forgetting_.has_value();
  };
  if (stopping_ || !queue_changed_.wait_for(lock, kOthersGone, goes_on)) {
    queue_.EndRest();
  }
}

void SqlStore::RunWriter() {
  while (true) {
    {
      std::unique_lock lock(queue_mutex_);
      AwaitWork(lock);
      if (stopping_ && queue_.empty() && !forgetting_.has_value()) {
        return;
      }
    }
    absl::Status connected;
    {
      const std::lock_guard lock(writer_mutex_);
      connected = Connect();
    }
    std::vector<WaitingUnit> batch = TakeBatch();
    if (connected.ok()) {
      WriteBatch(Admitted(std::move(batch)));
    } else {
      Refuse(batch, connected);
    }
    ForgetSome();
  }
}

void SqlStore::ForgetSome() {
  Time before{};
  bool stopping = false;
  {
    const std::lock_guard lock(queue_mutex_);
    if (!forgetting_.has_value()) {
      return;
    }
    before = forgetting_->before;
    stopping = stopping_;
  }
  const absl::StatusOr<int> forgotten =
      stopping ? Error(Reason::kShuttingDown, "the store is stopping") : ForgetPortion(before);
  if (forgotten.ok() && *forgotten == kForgetMax) {
    return;  // There may be more.
  }
  std::function<void(absl::Status)> done;
  {
    const std::lock_guard lock(queue_mutex_);
    done = std::move(forgetting_->done);
    forgetting_.reset();
  }
  done(forgotten.status());
}

absl::StatusOr<int> SqlStore::ForgetPortion(Time before) {
  const std::lock_guard lock(writer_mutex_);
  PERIGEE_RETURN_IF_ERROR(Connect());
  PERIGEE_RETURN_IF_ERROR(writer_->BeginWrite());
  absl::StatusOr<int> forgotten = JournalRepository(*writer_).Forget(before, kForgetMax);
  if (!forgotten.ok()) {
    writer_->Rollback();
    return forgotten;
  }
  PERIGEE_RETURN_IF_ERROR(writer_->Commit());
  return forgotten;
}

std::vector<WaitingUnit> SqlStore::TakeBatch() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<WaitingUnit> batch;
  const std::lock_guard lock(queue_mutex_);
  std::vector<WriteQueue::Taken> all =
      away_.ok() ? queue_.Take(batch_size_, now) : queue_.TakeAll(now);
  batch.reserve(all.size());
  for (WriteQueue::Taken& taken : all) {
    batch.push_back(std::move(taken.item));
    if (queue_stats_ != nullptr) {
      queue_stats_->Waited(taken.waited);
    }
  }
  return batch;
}

std::vector<WaitingUnit> SqlStore::Admitted(std::vector<WaitingUnit> batch) {
  std::erase_if(batch, [this](const WaitingUnit& waiting) {
    const absl::Status refusal = waiting.unit.admit ? waiting.unit.admit() : absl::OkStatus();
    if (refusal.ok()) {
      return false;
    }
    if (queue_stats_ != nullptr) {
      queue_stats_->Dropped();
    }
    waiting.done(refusal);
    return true;
  });
  return batch;
}

// A batch that runs long makes the next units wait for all of it. A batch that is short beside its
// commit wastes the commit.
void SqlStore::SizeNextBatch(std::chrono::nanoseconds took, std::chrono::nanoseconds commit,
                             std::size_t units) {
  const std::chrono::nanoseconds ran = std::max(took - commit, std::chrono::nanoseconds(1));
  const std::chrono::nanoseconds may_run =
      std::max<std::chrono::nanoseconds>(kRunTime, kRunCommits * commit);
  const double fitting = static_cast<double>(units) * static_cast<double>(may_run.count()) /
                         static_cast<double>(ran.count());
  const auto max = static_cast<double>(std::max(kBatchMin, options_.batch_max));
  const auto fits =
      static_cast<std::size_t>(std::clamp(fitting, static_cast<double>(kBatchMin), max));
  // One batch may have been an exception.
  batch_size_ = std::clamp(fits, batch_size_ / 2, 2 * batch_size_);
}

void SqlStore::Refuse(const std::vector<WaitingUnit>& batch, const absl::Status& refusal) {
  if (!batch.empty()) {
    Report({}, {refusal});
  }
  for (const WaitingUnit& waiting : batch) {
    waiting.done(refusal);
  }
}

absl::Status SqlStore::Connect() const {
  if (writer_ != nullptr && !writer_->Lost()) {
    return absl::OkStatus();
  }
  runner_.reset();
  writer_.reset();
  absl::StatusOr<std::unique_ptr<Connection>> connected =
      database_->Connect(Database::Access::kWrite);
  absl::Status status = connected.ok() ? CheckSchema(**connected) : connected.status();
  if (status.ok()) {
    writer_ = *std::move(connected);
    runner_ = std::make_unique<UnitRunner>(*writer_, key_store_);
  }
  const std::lock_guard lock(queue_mutex_);
  away_ = status;
  return status;
}

absl::Status SqlStore::Away() const {
  const std::lock_guard lock(queue_mutex_);
  return away_;
}

void SqlStore::WriteBatch(std::vector<WaitingUnit> batch) {
  if (batch.empty()) {
    return;
  }
  std::vector<const ports::Unit*> units;
  units.reserve(batch.size());
  for (const WaitingUnit& waiting : batch) {
    units.push_back(&waiting.unit);
  }
  std::vector<absl::StatusOr<ports::Outcome>> outcomes;
  WrittenEntries written;
  std::set<std::string> deleted;
  std::chrono::nanoseconds commit{};
  const auto start = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(writer_mutex_);
    outcomes = runner_->Run(units);
    written = runner_->written();
    deleted = runner_->deleted();
    commit = runner_->commit_time();
  }
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start;
  if (batch.front().IsOfJob()) {
    const std::lock_guard lock(queue_mutex_);
    queue_.JobWorked(took);
  } else {
    SizeNextBatch(took, commit, units.size());
    Measure(took, commit, units.size());
  }
  Report(took, outcomes);
  // Before the answers, so that any answered caller finds the entries in the feed.
  feed_.Keep(written);
  Answer(std::move(batch), std::move(outcomes));
  Tell(written, deleted);
}

void SqlStore::Tell(const WrittenEntries& written, const std::set<std::string>& deleted) {
  HeadWatch* const watch = telling_.load();
  const auto tell = [&](const std::string& program, domain::Revision head) {
    if (watch != nullptr) {
      watch->Tell(program, head);
    }
    feed_.Tell(program, head);
  };
  for (const auto& [program, entries] : written) {
    tell(program, entries.back().entry->revision);
  }
  for (const std::string& program : deleted) {
    tell(program, 0);
  }
}

// Answers are made and sent on a thread of their own, so that the next batch does not wait for many
// of them.
void SqlStore::Answer(std::vector<WaitingUnit> batch,
                      std::vector<absl::StatusOr<ports::Outcome>> outcomes) {
  const auto answer = [](std::vector<WaitingUnit>& waiting,
                         std::vector<absl::StatusOr<ports::Outcome>>& of_each) {
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      waiting[i].done(std::move(of_each[i]));
    }
  };
  if (batch.size() <= kAnsweredAtOnce) {
    answer(batch, outcomes);
  } else {
    answers_.Post([answer, batch = std::move(batch), outcomes = std::move(outcomes)]() mutable {
      answer(batch, outcomes);
    });
  }
}

// The time of a unit while many wait: its own work, and its part of the commit of a full batch.
void SqlStore::Measure(std::chrono::nanoseconds took, std::chrono::nanoseconds commit,
                       std::size_t units) {
  const auto count = static_cast<std::int64_t>(units);
  const auto full = static_cast<std::int64_t>(batch_size_);
  const std::chrono::nanoseconds work = std::max(took - commit, std::chrono::nanoseconds(0));
  const std::lock_guard lock(queue_mutex_);
  queue_.OthersWorked(took, work / count + commit / full, units);
}

void SqlStore::Report(std::chrono::nanoseconds took,
                      const std::vector<absl::StatusOr<ports::Outcome>>& outcomes) {
  const bool failed = std::ranges::any_of(outcomes, [](const auto& outcome) {
    return ReasonOf(outcome.status()) == Reason::kStoreUnavailable;
  });
  failing_.store(failed);
  if (options_.telemetry == nullptr) {
    return;
  }
  if (failed) {
    options_.telemetry->StoreFailed();
  } else {
    options_.telemetry->StoreCommitted(took, outcomes.size());
  }
}

absl::StatusOr<SqlStore::Reading> SqlStore::TakeReader() const {
  PERIGEE_RETURN_IF_ERROR(Away());
  {
    const std::lock_guard lock(readers_mutex_);
    if (busy_readers_ >= options_.readers_max) {
      return Error(Reason::kOverloaded, "too many reads at once: try again later");
    }
    ++busy_readers_;
    while (!idle_readers_.empty()) {
      std::unique_ptr<Connection> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      if (!reader->Lost()) {
        return Reading(reader.release(), GiveBack{this});
      }
    }
  }
  absl::StatusOr<std::unique_ptr<Connection>> made = database_->Connect(Database::Access::kRead);
  if (!made.ok()) {
    const std::lock_guard lock(readers_mutex_);
    --busy_readers_;
    return made.status();
  }
  return Reading(made->release(), GiveBack{this});
}

void SqlStore::GiveBack::operator()(Connection* connection) const {
  std::unique_ptr<Connection> reader(connection);
  reader->Rollback();
  const std::lock_guard lock(store->readers_mutex_);
  --store->busy_readers_;
  if (store->idle_readers_.size() < kIdleReadersMax) {
    store->idle_readers_.push_back(std::move(reader));
  }
}

absl::Status SqlStore::Read(
    const std::function<absl::Status(ports::StoreReader& reader)>& body) const {
  PERIGEE_ASSIGN_OR_RETURN(const Reading connection, TakeReader());
  PERIGEE_RETURN_IF_ERROR(connection->BeginRead());
  SqlReader reader(*connection);
  return body(reader);
}

ports::JournalFeed& SqlStore::feed() {
  std::call_once(watch_once_, [this] {
    watch_ = database_->Watch(
        [this](const std::string& program, std::int64_t head) { feed_.Tell(program, head); });
    telling_ = watch_.get();
  });
  return feed_;
}

absl::StatusOr<std::string> SqlStore::TokenSecret() const {
  PERIGEE_ASSIGN_OR_RETURN(const Reading connection, TakeReader());
  std::string secret;
  PERIGEE_RETURN_IF_ERROR(connection->Query("SELECT value FROM meta WHERE name = $1",
                                            {"token_secret"},
                                            [&](const Row& row) { secret = row.Text(0); }));
  if (secret.empty()) {
    return Error(Reason::kStoreUnavailable, "the store has no token secret: restore a backup");
  }
  return secret;
}

// A restored key store may have keys again that were destroyed.
absl::Status SqlStore::DestroyGivenUp() {
  const std::lock_guard lock(writer_mutex_);
  std::vector<std::int64_t> slots;
  PERIGEE_RETURN_IF_ERROR(
      writer_->Query("SELECT t.slot FROM text_key t JOIN sealing_key k ON k.slot = t.slot "
                     "WHERE t.destroyed = 1 AND LENGTH(k.key) > 0",
                     {}, [&](const Row& row) { slots.push_back(row.Int(0)); }));
  return key_store_.Destroy(slots);
}

absl::StatusOr<std::vector<ports::Revived>> SqlStore::RevivedByARestore() const {
  PERIGEE_ASSIGN_OR_RETURN(const Reading connection, TakeReader());
  std::vector<ports::Revived> found;
  PERIGEE_RETURN_IF_ERROR(connection->Query(
      "SELECT t.program, t.owner FROM sealing_key k JOIN text_key t ON t.slot = k.slot "
      "JOIN program p ON p.program = t.program WHERE LENGTH(k.key) = 0 AND t.destroyed = 0 "
      "ORDER BY t.program, t.owner",
      {}, [&](const Row& row) {
        // A programme's own key has no owner, so it comes first.
        if (found.empty() || found.back().program != row.Text(0) || !found.back().member.IsNil()) {
          found.push_back({row.Text(0), row.Id(1)});
        }
      }));
  return found;
}

absl::Status SqlStore::Ready() const {
  PERIGEE_RETURN_IF_ERROR(Away());
  if (failing_.load()) {
    PERIGEE_RETURN_IF_ERROR(Probe());
  }
  PERIGEE_ASSIGN_OR_RETURN(const Reading connection, TakeReader());
  return CheckSchema(*connection);
}

// Writes another value each time, because some engines do not write an unchanged value.
absl::Status SqlStore::Probe() const {
  const std::lock_guard lock(writer_mutex_);
  PERIGEE_RETURN_IF_ERROR(Connect());
  PERIGEE_RETURN_IF_ERROR(writer_->BeginWrite());
  absl::Status written = writer_->Execute(
      "INSERT INTO meta (name, value) VALUES ('probe', $1) ON CONFLICT (name) "
      "DO UPDATE SET value = CASE WHEN meta.value = $1 THEN $2 ELSE $1 END",
      {Value::Blob("0"), Value::Blob("1")});
  if (!written.ok()) {
    writer_->Rollback();
    return written;
  }
  PERIGEE_RETURN_IF_ERROR(writer_->Commit());
  failing_.store(false);
  return absl::OkStatus();
}

absl::Status SqlStore::ForgetRequests(Time before) {
  const auto done = std::make_shared<std::promise<absl::Status>>();
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) {
      return Error(Reason::kShuttingDown, "the store is stopping");
    }
    if (forgetting_.has_value()) {
      return Error(Reason::kConflict, "request ids are being forgotten already");
    }
    forgetting_ =
        Forgetting{before, [done](absl::Status status) { done->set_value(std::move(status)); }};
  }
  queue_changed_.notify_one();
  return done->get_future().get();
}

}  // namespace perigee::sql
