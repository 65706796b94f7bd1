#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/ports/telemetry.h"
#include "server/runtime/inbox_metrics.h"

namespace perigee::runtime {

// The metrics of what goes out without being asked for: to inboxes that are watched, to webhooks
// and to devices. Safe from many threads, as long as one thread at a time calls Health and
// ProgramDeleted.
class SendingMetrics {
 public:
  // The registry must outlive this.
  explicit SendingMetrics(prometheus::Registry& registry);

  ports::InboxStats& Inboxes() { return inboxes_; }
  void Delivered(std::string_view receiver, std::string_view outcome, std::chrono::nanoseconds age);
  void Health(const std::string& program, const ports::ProgramHealth& health);
  void ProgramDeleted(const std::string& program);

 private:
  using Gauges = prometheus::Family<prometheus::Gauge>;

  InboxMetrics inboxes_;
  prometheus::Family<prometheus::Counter>& deliveries_;
  prometheus::Family<prometheus::Histogram>& delivery_age_;
  Gauges& deliveries_waiting_;
  Gauges& deliveries_dead_;
  Gauges& webhooks_disabled_;
};

}  // namespace perigee::runtime
