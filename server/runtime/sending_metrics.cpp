#include "server/runtime/sending_metrics.h"

#include "server/ports/program_health.h"
#include "server/runtime/metric_family.h"

namespace perigee::runtime {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Retries come for days.
const prometheus::Histogram::BucketBoundaries kArrivalSeconds = {
    0.1, 0.5, 1, 5, 30, 180, 1200, 7200, 12 * 3600, 86400, 259200};
constexpr std::string_view kArrived = "arrived";

}  // namespace

SendingMetrics::SendingMetrics(prometheus::Registry& registry)
    : inboxes_(registry),
      deliveries_(Family(BuildCounter, registry, "perigee_deliveries_total",
                         "Attempts to send to webhooks and devices, by outcome.")),
      delivery_age_(Family(BuildHistogram, registry, "perigee_delivery_age_seconds",
                           "From the making of a delivery until it arrived, by receiver.")),
      deliveries_waiting_(Family(BuildGauge, registry, "perigee_deliveries_waiting",
                                 "Deliveries to webhooks that have not arrived yet.")),
      deliveries_dead_(Family(BuildGauge, registry, "perigee_deliveries_dead",
                              "Deliveries to webhooks that were given up and are kept.")),
      webhooks_disabled_(Family(BuildGauge, registry, "perigee_webhooks_disabled",
                                "Webhooks to which nothing is sent because nothing arrived.")) {}

void SendingMetrics::Delivered(std::string_view receiver, std::string_view outcome,
                               std::chrono::nanoseconds age) {
  const prometheus::Labels labels = {{"receiver", std::string(receiver)}};
  deliveries_.Add({{"receiver", std::string(receiver)}, {"outcome", std::string(outcome)}})
      .Increment();
  if (outcome == kArrived) {
    delivery_age_.Add(labels, kArrivalSeconds).Observe(Seconds(age));
  }
}

void SendingMetrics::Health(const std::string& program, const ports::ProgramHealth& health) {
  const prometheus::Labels labels = {{"program", program}};
  deliveries_waiting_.Add(labels).Set(static_cast<double>(health.deliveries_waiting));
  deliveries_dead_.Add(labels).Set(static_cast<double>(health.deliveries_dead));
  webhooks_disabled_.Add(labels).Set(static_cast<double>(health.webhooks_disabled));
}

void SendingMetrics::ProgramDeleted(const std::string& program) {
  for (Gauges* gauges : {&deliveries_waiting_, &deliveries_dead_, &webhooks_disabled_}) {
    RemoveProgram(program, *gauges);
  }
}

}  // namespace perigee::runtime
