#include <chrono>
#include <string>
#include <string_view>

#include "server/ports/program_health.h"
#include "server/runtime/metrics.h"

namespace perigee::runtime {
namespace {

// Retries come for days.
const prometheus::Histogram::BucketBoundaries kAgeBuckets = {
    0.1, 0.5, 1, 5, 30, 180, 1200, 7200, 12 * 3600, 86400, 259200};
constexpr std::string_view kArrived = "arrived";

}  // namespace

void Metrics::Delivered(std::string_view receiver, std::string_view outcome,
                        std::chrono::nanoseconds age) {
  const std::string name(receiver);
  deliveries_.Add({{"receiver", name}, {"outcome", std::string(outcome)}}).Increment();
  if (outcome == kArrived) {
    delivery_age_.Add({{"receiver", name}}, kAgeBuckets)
        .Observe(std::chrono::duration<double>(age).count());
  }
}

void Metrics::CountDeliveries(const std::string& program, const ports::ProgramHealth& health) {
  const prometheus::Labels labels = {{"program", program}};
  deliveries_waiting_.Add(labels).Set(static_cast<double>(health.deliveries_waiting));
  deliveries_dead_.Add(labels).Set(static_cast<double>(health.deliveries_dead));
  webhooks_disabled_.Add(labels).Set(static_cast<double>(health.webhooks_disabled));
}

}  // namespace perigee::runtime
