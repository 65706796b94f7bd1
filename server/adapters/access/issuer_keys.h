#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "server/adapters/access/key_source.h"

namespace perigee::ports {
class SteadyClock;
}  // namespace perigee::ports

namespace perigee::adapters {

class JwkSet;

// The keys of one issuer, kept new by a thread of its own. A source that fails leaves the keys as
// they are; each new cause is logged. Safe from many threads.
class IssuerKeys {
 public:
  // A token with an unknown key makes the thread look at the source at most this often.
  static constexpr std::chrono::seconds kAskPause{10};
  // The pause after a failure, if the usual one is not shorter.
  static constexpr std::chrono::seconds kRetryPause{10};

  struct Setup {
    std::string issuer;
    std::unique_ptr<KeySource> source;
    std::chrono::milliseconds pause{};  // Between two looks at the source.
    // Called once the keys are those of a newer set that lacks a key of the one before.
    std::function<void()> key_lost;
  };

  // Starts to read at once. The clock must outlive the object.
  IssuerKeys(Setup setup, const ports::SteadyClock& clock);
  // Cancels the source and waits for the thread.
  ~IssuerKeys();
  IssuerKeys(const IssuerKeys&) = delete;
  IssuerKeys& operator=(const IssuerKeys&) = delete;

  // Never null. Without keys until the first set is read.
  std::shared_ptr<const JwkSet> Current() const;
  // Lets the thread look at the source soon, unless it was let less than kAskPause ago. Does not
  // wait for it.
  void AskForNewer();
  // Looks at the source and returns the outcome. Waits.
  absl::Status Refresh();
  // The outcome of the first look, or kInvalidField if it takes longer than `patience`.
  absl::Status AwaitFirstLook(std::chrono::milliseconds patience);

  bool IsFile() const { return source_->IsFile(); }
  // How many looks have failed, and how many AskForNewer has caused.
  std::uint64_t failures() const { return failures_; }
  std::uint64_t asked() const { return asked_; }
  // How long ago the source was last read. nullopt if it never was.
  std::optional<std::chrono::nanoseconds> age() const;

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  void Run();
  absl::Status Look(bool anew);
  void Take(JwkSet set);
  void Say(const absl::Status& outcome);

  const std::string issuer_;
  const std::unique_ptr<KeySource> source_;
  const std::chrono::milliseconds pause_;
  const std::function<void()> key_lost_;
  const ports::SteadyClock& clock_;

  // Not std::atomic<std::shared_ptr>: that of g++ 12 takes a lock too, which the thread sanitizer
  // does not understand. It is held only to copy the pointer.
  mutable std::mutex keys_mutex_;
  std::shared_ptr<const JwkSet> keys_;

  std::atomic<std::int64_t> last_asked_ns_;
  std::atomic<std::uint64_t> asked_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::int64_t> last_read_ns_{kNever};

  std::mutex mutex_;  // Guards what follows. Never held while the source is read.
  std::condition_variable changed_;
  bool stopping_ = false;
  std::uint64_t wanted_ = 1;  // Looks that were asked for, the first one included,
  std::uint64_t done_ = 0;    // and those of them that are over.
  absl::Status outcome_;      // Of the last look.

  // Used on the thread only.
  std::optional<std::string> text_;  // That of the keys.
  absl::Status said_;

  std::thread thread_;
};

}  // namespace perigee::adapters
