#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "server/ports/program_health.h"
#include "server/ports/telemetry.h"

namespace perigee::tests {

// Counts the calls and keeps the values. Safe from many threads.
class CountingTelemetry final : public ports::Telemetry {
 public:
  ports::RpcStats& Rpc(std::string_view, std::string_view) override { return rpc_; }
  ports::StreamStats& Stream(std::string_view, std::string_view) override { return streams; }
  ports::QueueStats& Queue(std::string_view) override { return queue_; }
  ports::InboxStats& Inboxes() override { return inboxes; }
  void StoreCommitted(std::chrono::nanoseconds, std::size_t) override {}
  void StoreFailed() override {}
  void JournalHead(const std::string&, domain::Revision) override {}
  void Projected(const std::string&, std::string_view projection,
                 domain::Revision applied) override {
    const std::lock_guard lock(mutex_);
    projected_[std::string(projection)] = applied;
  }
  void ProjectionFailed(std::string_view projection) override {
    const std::lock_guard lock(mutex_);
    ++failed_[std::string(projection)];
  }
  void BoardRebuilt(std::string_view cache, std::chrono::nanoseconds) override {
    const std::lock_guard lock(mutex_);
    ++rebuilt_[std::string(cache)];
  }
  void RedisUp(bool up) override { redis_up = up; }
  void GateAsked(ports::GateAnswer) override {}
  void ItemShown(bool) override {}
  void AttachmentBytesSent(std::int64_t bytes) override { attachment_bytes += bytes; }
  void DownloadShut() override { ++downloads_shut; }
  void Delivered(std::string_view receiver, std::string_view outcome,
                 std::chrono::nanoseconds) override {
    const std::lock_guard lock(mutex_);
    ++delivered_[std::string(receiver).append(" ").append(outcome)];
  }
  void Health(const std::string& program, const ports::ProgramHealth& health) override {
    const std::lock_guard lock(mutex_);
    health_[program] = health;
  }

  void ProgramDeleted(const std::string& program) override {
    const std::lock_guard lock(mutex_);
    health_.erase(program);
  }

  domain::Revision projected(const std::string& projection) {
    const std::lock_guard lock(mutex_);
    return projected_[projection];
  }
  int failed(const std::string& projection) {
    const std::lock_guard lock(mutex_);
    return failed_[projection];
  }
  int rebuilt(const std::string& cache) {
    const std::lock_guard lock(mutex_);
    return rebuilt_[cache];
  }
  // `webhook arrived`, for example.
  int delivered(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return delivered_[what];
  }
  ports::ProgramHealth health(const std::string& program) {
    const std::lock_guard lock(mutex_);
    return health_[program];
  }

  std::atomic<bool> redis_up{false};
  std::atomic<std::int64_t> attachment_bytes{0};
  std::atomic<int> downloads_shut{0};
  // Of all streams.
  class Streams final : public ports::StreamStats {
   public:
    void Started() override { ++open; }
    void Finished(absl::StatusCode, std::chrono::nanoseconds) override { --open; }
    void Message() override { ++messages; }

    std::atomic<std::int64_t> open{0};
    std::atomic<std::int64_t> messages{0};
  };
  Streams streams;
  class Inbox final : public ports::InboxStats {
   public:
    void Waiting(std::size_t watchers) override { waiting = watchers; }
    void Delivered(std::chrono::nanoseconds) override { ++delivered; }

    std::atomic<std::size_t> waiting{0};
    std::atomic<std::int64_t> delivered{0};
  };
  Inbox inboxes;

 private:
  class NoStats final : public ports::RpcStats {
    void Started() override {}
    void Finished(absl::StatusCode, std::chrono::nanoseconds) override {}
  };
  class NoWaits final : public ports::QueueStats {
    void Waited(std::chrono::nanoseconds) override {}
    void Refused() override {}
    void Dropped() override {}
  };
  NoStats rpc_;
  NoWaits queue_;
  std::mutex mutex_;
  std::map<std::string, domain::Revision> projected_;
  std::map<std::string, int> failed_;
  std::map<std::string, int> rebuilt_;
  std::map<std::string, int> delivered_;
  std::map<std::string, ports::ProgramHealth> health_;
};

}  // namespace perigee::tests
