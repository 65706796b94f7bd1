#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::runtime {
struct Endpoint;
}  // namespace perigee::runtime

namespace prometheus {
class Collectable;
}

namespace perigee::runtime {

// Plain HTTP on a port of its own. `/metrics` is for Prometheus. `/livez` answers 200 while the
// process answers. `/readyz` answers 200 while `ready` is OK, else 503 with the reason.
class MetricsDoor {
 public:
  // The arguments must outlive the door. kInvalidField, naming the address, if it cannot be bound.
  static absl::StatusOr<std::unique_ptr<MetricsDoor>> Start(const Endpoint& address,
                                                            prometheus::Collectable& metrics,
                                                            std::function<absl::Status()> ready);
  ~MetricsDoor();
  MetricsDoor(const MetricsDoor&) = delete;
  MetricsDoor& operator=(const MetricsDoor&) = delete;
  const Endpoint& address() const;

 private:
  struct Listener;
  explicit MetricsDoor(std::unique_ptr<Listener> listener);
  std::unique_ptr<Listener> listener_;
};

}  // namespace perigee::runtime
