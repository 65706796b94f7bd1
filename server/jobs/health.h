#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::jobs {

// Measures the health figures of all programmes and gives them to the telemetry. A programme is
// counted again when its head has moved, when a promise becomes overdue, and once a day, because
// activity grows old and terms come nearer to their end. One statement reads all heads. Not for
// several threads at once.
class Health {
 public:
  Health(const ports::Store& store, ports::Clock& clock, ports::Telemetry& telemetry)
      : store_(store), clock_(clock), telemetry_(telemetry) {}

  absl::Status RunOnce();

 private:
  struct Counted {
    domain::Revision head = 0;
    Time next{};  // When time alone has changed the figures.
  };

  // Answers Counted::next.
  absl::StatusOr<Time> Count(const std::string& program, Time now);

  const ports::Store& store_;
  ports::Clock& clock_;
  ports::Telemetry& telemetry_;
  std::map<std::string, Counted> counted_;
};

}  // namespace perigee::jobs
