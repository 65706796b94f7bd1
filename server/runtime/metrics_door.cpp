#include "server/runtime/metrics_door.h"

#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <httplib.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include "server/core/error.h"
#include "server/runtime/config.h"

namespace perigee::runtime {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kThreads = 2;

// The library's default would let two servers share a port unnoticed.
void ReuseOnlyWhatIsClosed(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

struct MetricsDoor::Listener {
  httplib::Server server;
  Endpoint address;
  std::thread thread;
};

absl::StatusOr<std::unique_ptr<MetricsDoor>> MetricsDoor::Start(
    const Endpoint& address, prometheus::Collectable& metrics,
    std::function<absl::Status()> ready) {
  auto listener = std::make_unique<Listener>();
  httplib::Server& server = listener->server;
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the server deletes it.
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_socket_options(ReuseOnlyWhatIsClosed);
  server.Get("/metrics", [&metrics](const httplib::Request&, httplib::Response& response) {
    std::ostringstream page;
    prometheus::TextSerializer().Serialize(page, metrics.Collect());
    response.set_content(page.str(), kMetricsType);
  });
  server.Get("/livez", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", "text/plain");
  });
  server.Get("/readyz", [ready = std::move(ready)](const httplib::Request&,
                                                   httplib::Response& response) {
    const absl::Status status = ready();
    response.status = status.ok() ? 200 : 503;
    response.set_content(status.ok() ? "ok\n" : std::string(status.message()) + "\n", "text/plain");
  });
  listener->address = address;
  if (address.port == 0) {
    listener->address.port = server.bind_to_any_port(address.host);
  } else if (!server.bind_to_port(address.host, address.port)) {
    listener->address.port = -1;
  }
  if (listener->address.port <= 0) {
    return InvalidField(address.ToString(), "cannot be bound: is the port in use?");
  }
  listener->thread = std::thread([&server] { server.listen_after_bind(); });
  // A stop() before the server runs would be lost, and the library offers no way to wait for the
  // start.
  while (!server.is_running()) {
    std::this_thread::yield();
  }
  return std::unique_ptr<MetricsDoor>(new MetricsDoor(std::move(listener)));
}

MetricsDoor::MetricsDoor(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

MetricsDoor::~MetricsDoor() {
  listener_->server.stop();
  listener_->thread.join();
}

const Endpoint& MetricsDoor::address() const { return listener_->address; }

}  // namespace perigee::runtime
