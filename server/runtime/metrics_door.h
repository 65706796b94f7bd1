#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::runtime {
struct DoorTls;
struct Endpoint;
}  // namespace perigee::runtime

namespace prometheus {
class Collectable;
}

namespace perigee::runtime {

// HTTP, or HTTPS, on a port of its own. `/metrics` is for Prometheus. `/livez` answers 200 while
// the process answers. `/readyz` answers 200 while `ready` is OK, else 503 with the reason.
class MetricsDoor {
 public:
  // The metrics must outlive the door. Without `tls` it speaks plain text. With TLS the process
  // must ignore SIGPIPE. kInvalidField, naming the address, if it cannot be bound, or a file of its
  // TLS that is of no use.
  static absl::StatusOr<std::unique_ptr<MetricsDoor>> Start(const Endpoint& address,
                                                            prometheus::Collectable& metrics,
                                                            std::function<absl::Status()> ready,
                                                            const std::optional<DoorTls>& tls);
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
