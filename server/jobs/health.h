#pragma once

#include "absl/status/status.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::jobs {

// Measures how the programmes are, and tells the telemetry.
class Health {
 public:
  Health(const ports::Store& store, ports::Clock& clock, ports::Telemetry& telemetry)
      : store_(store), clock_(clock), telemetry_(telemetry) {}

  absl::Status RunOnce();

 private:
  const ports::Store& store_;
  ports::Clock& clock_;
  ports::Telemetry& telemetry_;
};

}  // namespace perigee::jobs
