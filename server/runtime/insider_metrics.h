#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "server/ports/telemetry.h"

namespace perigee::runtime {

// The metrics of insider items, their gate, attachments and seats, and of ideas. Safe from many
// threads, as long as one thread at a time calls Health and ProgramDeleted.
class InsiderMetrics {
 public:
  // The registry must outlive this.
  explicit InsiderMetrics(prometheus::Registry& registry);

  void GateAsked(ports::GateAnswer answer);
  void ItemShown(bool shared);
  void AttachmentBytesSent(std::int64_t bytes);
  void DownloadShut();
  void Health(const std::string& program, const ports::ProgramHealth& health);
  void ProgramDeleted(const std::string& program);

 private:
  using Gauges = prometheus::Family<prometheus::Gauge>;

  std::array<prometheus::Counter*, 3> gate_decisions_;  // By GateAnswer.
  std::array<prometheus::Counter*, 2> item_reads_;      // Those with a new entry first.
  prometheus::Counter& attachment_bytes_;
  prometheus::Counter& downloads_shut_;
  Gauges& releases_ahead_;
  Gauges& seats_;
  Gauges& ideas_;
  Gauges& idea_votes_;
};

}  // namespace perigee::runtime
