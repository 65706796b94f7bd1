#include "server/adapters/access/issuer_keys.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <spdlog/spdlog.h>

#include "server/adapters/access/jwk_set.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"

namespace perigee::adapters {
namespace {

using std::chrono::nanoseconds;

// A connection that the other side closes would end the process.
void BlockBrokenPipeSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

IssuerKeys::IssuerKeys(Setup setup, const ports::SteadyClock& clock)
    : issuer_(std::move(setup.issuer)),
      source_(std::move(setup.source)),
      pause_(setup.pause),
      key_lost_(std::move(setup.key_lost)),
      clock_(clock),
      keys_(std::make_shared<const JwkSet>()),
      last_asked_ns_(nanoseconds(clock.Now().time_since_epoch() - kAskPause).count()) {
  thread_ = std::thread([this] { Run(); });
}

IssuerKeys::~IssuerKeys() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  source_->Cancel();
  thread_.join();
}

std::shared_ptr<const JwkSet> IssuerKeys::Current() const {
  const std::lock_guard lock(keys_mutex_);
  return keys_;
}

void IssuerKeys::AskForNewer() {
  const std::int64_t now = nanoseconds(clock_.Now().time_since_epoch()).count();
  std::int64_t last = last_asked_ns_.load();
  if (now - last < nanoseconds(kAskPause).count() ||
      !last_asked_ns_.compare_exchange_strong(last, now)) {
    return;
  }
  ++asked_;
  const std::lock_guard lock(mutex_);
  ++wanted_;
  changed_.notify_all();
}

absl::Status IssuerKeys::Refresh() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++wanted_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return done_ >= mine; });
  return outcome_;
}

absl::Status IssuerKeys::AwaitFirstLook(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, patience, [this] { return done_ > 0; })) {
    return InvalidField(source_->name(), "has not answered yet");
  }
  return outcome_;
}

void IssuerKeys::Run() {
  BlockBrokenPipeSignal();
  bool has_failed = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t wanted = wanted_;
    const bool anew = has_failed || wanted != done_;
    lock.unlock();
    absl::Status outcome = Look(anew);
    has_failed = !outcome.ok();
    lock.lock();
    // A cancelled look says nothing about the source.
    if (!stopping_) {
      Say(outcome);
    }
    outcome_ = std::move(outcome);
    done_ = wanted;
    changed_.notify_all();
    const auto pause =
        has_failed ? std::min<std::chrono::milliseconds>(pause_, kRetryPause) : pause_;
    changed_.wait_for(lock, pause, [this] { return stopping_ || wanted_ != done_; });
  }
  // Whoever waits in Refresh gets the last outcome.
  done_ = wanted_;
  changed_.notify_all();
}

absl::Status IssuerKeys::Look(bool anew) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<std::string> text, source_->Read(anew));
  if (text && *text != text_) {
    PERIGEE_ASSIGN_OR_RETURN(JwkSet set, JwkSet::Parse(*text, source_->name()));
    text_ = std::move(text);
    Take(std::move(set));
  }
  last_read_ns_ = nanoseconds(clock_.Now().time_since_epoch()).count();
  return absl::OkStatus();
}

void IssuerKeys::Take(JwkSet set) {
  const auto newer = std::make_shared<const JwkSet>(std::move(set));
  const std::shared_ptr<const JwkSet> older = Current();
  {
    const std::lock_guard lock(keys_mutex_);
    keys_ = newer;
  }
  // Only now: whoever sees the change must not find the old keys any more.
  if (!newer->KeepsKeysOf(*older)) {
    key_lost_();
  }
  spdlog::info("event=issuer_keys issuer=\"{}\" keys={} left_out={}", issuer_, newer->size(),
               newer->left_out());
}

std::optional<nanoseconds> IssuerKeys::age() const {
  const std::int64_t last = last_read_ns_;
  if (last == kNever) {
    return std::nullopt;
  }
  return nanoseconds(clock_.Now().time_since_epoch()) - nanoseconds(last);
}

void IssuerKeys::Say(const absl::Status& outcome) {
  if (!outcome.ok()) {
    ++failures_;
  }
  if (outcome == said_) {
    return;
  }
  said_ = outcome;
  if (outcome.ok()) {
    spdlog::info("event=issuer_keys_back issuer=\"{}\"", issuer_);
  } else {
    spdlog::warn(R"(event=issuer_keys_failed issuer="{}" cause="{}" effect="the last keys stay")",
                 issuer_, std::string(outcome.message()));
  }
}

}  // namespace perigee::adapters
