#include "server/jobs/delivery/lanes.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace perigee::jobs {
namespace {

constexpr char kPushLane[] = "push";
constexpr char kSlowLane[] = "slow";

}  // namespace

void Lanes::Take(SendingJob job, Time now) {
  const auto resting = resting_.find(job.due);
  const auto slow = slow_.find(job.receiver);
  const bool is_slow = slow != slow_.end();
  if (known_.contains(job.due) || (resting != resting_.end() && resting->second > now) ||
      (is_slow && slow->second.waits)) {
    return;
  }
  Lane& lane = lanes_[is_slow       ? kSlowLane
                      : job.is_push ? kPushLane
                                    : absl::StrCat("webhook/", job.receiver)];
  lane.workers_max = is_slow ? kSlowWorkersMax : job.is_push ? kPushWorkersMax : kWebhookWorkersMax;
  if (lane.waiting.size() >= kLaneMax) {
    return;
  }
  if (is_slow) {
    slow->second.waits = true;
  }
  known_.insert(job.due);
  lane.waiting.push_back(std::move(job));
}

std::vector<std::string> Lanes::Employ(Time now) {
  std::erase_if(resting_, [now](const auto& resting) { return resting.second <= now; });
  std::erase_if(slow_,
                [now](const auto& slow) { return slow.second.until <= now && !slow.second.waits; });
  std::erase_if(lanes_, [](const auto& lane) {
    return lane.second.waiting.empty() && lane.second.workers == 0;
  });
  std::vector<std::string> employed;
  for (auto& [name, lane] : lanes_) {
    while (lane.workers < lane.workers_max && std::cmp_less(lane.workers, lane.waiting.size())) {
      ++lane.workers;
      ++workers_;
      employed.push_back(name);
    }
  }
  return employed;
}

std::optional<SendingJob> Lanes::Next(const std::string& lane) {
  std::deque<SendingJob>& waiting = lanes_[lane].waiting;
  while (!waiting.empty()) {
    SendingJob job = std::move(waiting.front());
    waiting.pop_front();
    if (lane == kSlowLane || !IsSlow(job.receiver)) {
      return job;
    }
    known_.erase(job.due);  // It will be taken to the slow ones.
  }
  return std::nullopt;
}

void Lanes::End(const SendingJob& job, std::optional<Duration> waited, Time now) {
  known_.erase(job.due);
  if (waited.has_value() && *waited > kSlowAttempt) {
    slow_[job.receiver] = {now + kSlowFor, false};
  } else if (waited.has_value()) {
    slow_.erase(job.receiver);
  } else if (const auto slow = slow_.find(job.receiver); slow != slow_.end()) {
    slow->second.waits = false;
  }
}

void Lanes::Leave(const std::string& lane) {
  --lanes_[lane].workers;
  --workers_;
}

}  // namespace perigee::jobs
