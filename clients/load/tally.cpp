#include "clients/load/tally.h"

#include <limits>

#include "absl/status/status.h"
#include "clients/cli/failure.h"

namespace perigee::load {

double Outcome::Micros(double part) const {
  return Ok() == 0 ? std::numeric_limits<double>::infinity()
                   : static_cast<double>(latency.Quantile(part).count()) / 1000;
}

void Outcome::Add(const Outcome& other) {
  latency.Add(other.latency);
  in_time += other.in_time;
  refused_latency.Add(other.refused_latency);
  for (const auto& [reason, count] : other.refused) {
    refused[reason] += count;
  }
  if (!other.refusal.empty()) {
    refusal = other.refusal;
  }
}

std::string StatusAndReason(const grpc::Status& status) {
  const std::string code =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
  const std::string reason = cli::ReasonIn(cli::FromGrpc(status));
  return reason.empty() ? code : code + " " + reason;
}

void Tally::Ended(std::size_t kind, Clock::time_point intended, Clock::time_point end,
                  const grpc::Status& status) {
  const std::string refusal = status.ok() ? "" : StatusAndReason(status);
  const auto second = static_cast<std::size_t>((end - begin_) / std::chrono::seconds(1));
  const std::lock_guard lock(mutex_);
  // A call counts in the next second if its thread was delayed between its end and here.
  while (seconds_.size() < second) {
    seconds_.push_back(Present());
    if (present_.count() != 0) {
      present_.Clear();
    }
    present_refused_ = 0;
  }
  Outcome& outcome = outcomes_[kind];
  if (status.ok()) {
    outcome.latency.Record(end - intended);
    outcome.in_time += end <= end_ ? 1 : 0;
    present_.Record(end - intended);
  } else {
    outcome.refused_latency.Record(end - intended);
    ++outcome.refused[refusal];
    outcome.refusal = status.error_message();
    ++present_refused_;
  }
}

Second Tally::Present() const {
  return {present_.count(), present_refused_, present_.Quantile(0.5), present_.Quantile(0.99)};
}

std::vector<Outcome> Tally::Outcomes() const {
  const std::lock_guard lock(mutex_);
  return outcomes_;
}

std::vector<Second> Tally::Seconds() const {
  const std::lock_guard lock(mutex_);
  std::vector<Second> seconds = seconds_;
  if (present_.count() + present_refused_ > 0) {
    seconds.push_back(Present());
  }
  return seconds;
}

}  // namespace perigee::load
