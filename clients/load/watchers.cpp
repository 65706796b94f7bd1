#include "clients/load/watchers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "perigee/v1/board.grpc.pb.h"

namespace perigee::load {
namespace {

constexpr std::chrono::seconds kPatienceToOpen{60};
constexpr std::size_t kMeasuringMax = 64;

// A state that a watcher received.
struct Seen {
  std::int64_t revision;
  Clock::time_point came;
};

}  // namespace

class Watchers::Watcher final : public grpc::ClientReadReactor<v1::WatchBoardResponse> {
 public:
  Watcher(Watchers& all, std::shared_ptr<grpc::Channel> channel, v1::WatchBoardRequest request,
          bool measures)
      : all_(all), stub_(std::move(channel)), request_(std::move(request)), measures_(measures) {}

  void Start() {
    context_.emplace();
    heard_ = false;
    stub_.async()->WatchBoard(&*context_, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  void Cancel() {
    if (context_.has_value()) {
      context_->TryCancel();
    }
  }

  void OnReadDone(bool ok) override {
    const Clock::time_point now = Clock::now();
    if (!ok) {
      return;
    }
    {
      const std::lock_guard lock(all_.mutex_);
      if (!message_.heartbeat()) {
        ++all_.states_;
        if (measures_) {
          seen_.push_back({message_.page().revision(), now});
        }
        all_.opened_ += opened_ ? 0 : 1;
        opened_ = true;
      }
      all_.changed_.notify_all();
    }
    heard_ = true;
    request_.set_from_cursor(message_.cursor());
    StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(all_.mutex_);
    --all_.streams_;
    if (!all_.ending_) {
      all_.cuts_.refused_latency.Record({});
      ++all_.cuts_.refused[StatusAndReason(status)];
      all_.cuts_.refusal = status.error_message();
      if (heard_) {
        all_.closed_.push_back(this);
      }
    }
    all_.changed_.notify_all();
  }

  bool measures() const { return measures_; }
  // Call it under the lock of Watchers.
  const std::vector<Seen>& seen() const { return seen_; }

 private:
  Watchers& all_;
  v1::BoardService::Stub stub_;
  v1::WatchBoardRequest request_;
  const bool measures_;
  std::optional<grpc::ClientContext> context_;
  v1::WatchBoardResponse message_;
  bool heard_ = false;   // A message came on the present stream.
  bool opened_ = false;  // A message came on any stream.
  std::vector<Seen> seen_;
};

Watchers::Watchers(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                   const std::string& period, int page_size, int count) {
  v1::WatchBoardRequest request;
  request.set_name(period);
  request.set_page_size(page_size);
  const auto size = static_cast<std::size_t>(count);
  const std::size_t every = (size + kMeasuringMax - 1) / kMeasuringMax;
  for (std::size_t i = 0; i < size; ++i) {
    watchers_.push_back(
        std::make_unique<Watcher>(*this, channels[i % channels.size()], request, i % every == 0));
    closed_.push_back(watchers_.back().get());
  }
  keeper_ = std::thread([this] { KeepOpen(); });
}

Watchers::~Watchers() { End(); }

void Watchers::KeepOpen() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    std::vector<Watcher*> closed;
    closed.swap(closed_);
    streams_ += closed.size();
    lock.unlock();
    for (Watcher* watcher : closed) {
      watcher->Start();
    }
    lock.lock();
    changed_.wait(lock, [this] { return ending_ || !closed_.empty(); });
  }
  lock.unlock();
  for (const auto& watcher : watchers_) {
    watcher->Cancel();
  }
  lock.lock();
  changed_.wait(lock, [this] { return streams_ == 0; });
}

void Watchers::End() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  if (keeper_.joinable()) {
    keeper_.join();
  }
}

absl::Status Watchers::AwaitOpen() {
  std::unique_lock lock(mutex_);
  const bool opened = changed_.wait_for(lock, kPatienceToOpen, [this] {
    return opened_ == watchers_.size() || (streams_ == 0 && closed_.empty() && cuts_.Refused() > 0);
  });
  if (opened && opened_ == watchers_.size()) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      opened_, " of ", watchers_.size(), " watchers were shown a first state; ", cuts_.refusal));
}

void Watchers::Written(std::int64_t revision) {
  const Clock::time_point now = Clock::now();
  const std::lock_guard lock(mutex_);
  writes_.push_back({revision, now});
}

bool Watchers::AllSaw(std::int64_t revision) const {
  return std::all_of(watchers_.begin(), watchers_.end(), [revision](const auto& watcher) {
    return !watcher->measures() ||
           (!watcher->seen().empty() && watcher->seen().back().revision >= revision);
  });
}

Outcome Watchers::Finish(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock(mutex_);
    std::int64_t last = 0;
    for (const Write& write : writes_) {
      last = std::max(last, write.revision);
    }
    changed_.wait_for(lock, patience, [this, last] { return AllSaw(last); });
  }
  End();
  std::sort(writes_.begin(), writes_.end(),
            [](const Write& a, const Write& b) { return a.revision < b.revision; });
  return Measured();
}

Outcome Watchers::Measured() const {
  Outcome outcome = cuts_;
  for (const auto& watcher : watchers_) {
    if (!watcher->measures()) {
      continue;
    }
    // Both lists ascend, so that one pass over each is enough.
    auto seen = watcher->seen().begin();
    for (const Write& write : writes_) {
      while (seen != watcher->seen().end() && seen->revision < write.revision) {
        ++seen;
      }
      if (seen == watcher->seen().end()) {
        outcome.refused_latency.Record({});
        ++outcome.refused["NOT_SEEN"];
        outcome.refusal = "a watcher was not shown a write that had been answered";
        continue;
      }
      outcome.latency.Record(seen->came - write.answered);
      ++outcome.in_time;
    }
  }
  return outcome;
}

std::int64_t Watchers::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

}  // namespace perigee::load
