#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "server/core/error.h"
#include "server/ports/store.h"

namespace perigee::tests {

// A store whose n-th call from now on fails with kStoreUnavailable, as if its disk were away for
// that call only. All other calls go to the store behind it, which must outlive it. Safe from many
// threads.
class FailingStore final : public ports::Store {
 public:
  explicit FailingStore(ports::Store& store) : store_(store) {}

  // 1 fails the next call, 0 fails none. A failed write changes nothing.
  void FailWrite(int nth) { writes_until_failure_ = nth; }
  void FailRead(int nth) { reads_until_failure_ = nth; }
  // While down, all calls fail.
  void SetDown(bool down) { down_ = down; }
  int failed_calls() const { return failed_calls_; }

  void Write(ports::Unit unit, std::function<void(absl::StatusOr<ports::Outcome>)> done) override {
    if (Fails(writes_until_failure_)) {
      done(Away());
      return;
    }
    store_.Write(std::move(unit), std::move(done));
  }
  absl::Status Read(
      const std::function<absl::Status(ports::StoreReader& reader)>& body) const override {
    return Fails(reads_until_failure_) ? Away() : store_.Read(body);
  }
  ports::JournalFeed& feed() override { return store_.feed(); }
  ports::Leases& leases() override { return store_.leases(); }
  absl::StatusOr<std::string> TokenSecret() const override {
    return down_ ? absl::StatusOr<std::string>(Away()) : store_.TokenSecret();
  }
  absl::Status Ready() const override { return down_ ? Away() : store_.Ready(); }

 private:
  static absl::Status Away() { return Error(Reason::kStoreUnavailable, "the store is away"); }
  bool Fails(std::atomic<int>& until_failure) const {
    const bool fails = down_ || (until_failure > 0 && --until_failure == 0);
    failed_calls_ += fails ? 1 : 0;
    return fails;
  }

  ports::Store& store_;
  std::atomic<int> writes_until_failure_{0};
  mutable std::atomic<int> reads_until_failure_{0};
  std::atomic<bool> down_{false};
  mutable std::atomic<int> failed_calls_{0};
};

}  // namespace perigee::tests
