#pragma once

#include <chrono>
#include <cstddef>

#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/ports/telemetry.h"

namespace perigee::runtime {

// The metrics of inboxes that are watched. The registry must outlive it.
class InboxMetrics final : public ports::InboxStats {
 public:
  explicit InboxMetrics(prometheus::Registry& registry);

  void Waiting(std::size_t watchers) override;
  void Delivered(std::chrono::nanoseconds age) override;

 private:
  prometheus::Gauge& depth_;
  prometheus::Histogram& age_;
};

}  // namespace perigee::runtime
