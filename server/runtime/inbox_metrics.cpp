#include "server/runtime/inbox_metrics.h"

#include "server/runtime/metric_family.h"

namespace perigee::runtime {
namespace {

// An embargo that lifts for everybody is to reach the last of them within seconds.
const prometheus::Histogram::BucketBoundaries kReachSeconds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25,
                                                               0.5,   1,     2.5,  5,    10,  60};

}  // namespace

InboxMetrics::InboxMetrics(prometheus::Registry& registry)
    : depth_(Family(prometheus::BuildGauge, registry, "perigee_inbox_depth",
                    "Watchers of inboxes that wait for a look at theirs.")
                 .Add({})),
      age_(Family(prometheus::BuildHistogram, registry, "perigee_inbox_delivery_age_seconds",
                  "Time from the instant of a notification to its message on an open stream.")
               .Add({}, kReachSeconds)) {}

void InboxMetrics::Waiting(std::size_t watchers) { depth_.Set(static_cast<double>(watchers)); }

void InboxMetrics::Delivered(std::chrono::nanoseconds age) { age_.Observe(Seconds(age)); }

}  // namespace perigee::runtime
