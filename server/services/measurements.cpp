#include "server/services/measurements.h"

#include <chrono>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"

namespace perigee::services {
namespace {

constexpr std::chrono::minutes kFresh{1};
constexpr std::size_t kWaitingMax = 8;
constexpr std::size_t kAnswersMax = 64;
constexpr std::chrono::seconds kComeBackAfter{5};

}  // namespace

absl::StatusOr<std::string> Measurements::Find(const std::string& name, Time now, bool at_once) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(name);
  if (found != answers_.end() && now <= found->second.until) {
    return found->second.bytes;
  }
  PERIGEE_RETURN_IF_ERROR(CheckGoesOn());
  return at_once ? WouldBlock()
                 : Overloaded("too many questions about all members wait", kComeBackAfter);
}

void Measurements::Make(const std::string& name, Measure measure, std::function<void()> then) {
  std::unique_lock lock(mutex_);
  if (const auto under_way = waiting_.find(name); under_way != waiting_.end()) {
    under_way->second.push_back(std::move(then));
    return;
  }
  if (waiting_.size() < kWaitingMax) {
    waiting_[name].push_back(then);
    const bool posted =
        worker_.Post([this, name, measure = std::move(measure)] { Run(name, measure); });
    if (posted) {
      return;
    }
    waiting_.erase(name);
  }
  lock.unlock();
  then();
}

void Measurements::Run(const std::string& name, const Measure& measure) {
  absl::StatusOr<std::string> bytes = measure(clock_.Now(), [this] { return CheckGoesOn(); });
  const Time made = clock_.Now();
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(answers_, [&](const auto& answer) { return answer.second.until < made; });
    if (answers_.size() == kAnswersMax) {
      answers_.erase(answers_.begin());
    }
    // A refusal is for those who wait.
    const Time until = bytes.ok() ? made + kFresh : made;
    answers_.insert_or_assign(name, Answer{std::move(bytes), until});
    waiting = std::move(waiting_.at(name));
    waiting_.erase(name);
  }
  for (const auto& then : waiting) {
    then();
  }
}

absl::Status Measurements::CheckGoesOn() const {
  return stopping_ ? Error(Reason::kShuttingDown, "the server is shutting down") : absl::OkStatus();
}

void Measurements::Stop() {
  stopping_ = true;
  worker_.Stop();
}

}  // namespace perigee::services
