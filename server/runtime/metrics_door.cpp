#include "server/runtime/metrics_door.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
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
constexpr int kConnectionsMax = 64;
// How long a peer may send nothing. A connection serves one request, so an idle one ends soon, also
// when the server stops.
constexpr time_t kSilenceSeconds = 1;
constexpr std::chrono::seconds kLastAnswers{1};

// The library's default would let two servers share a port unnoticed.
void ReuseOnlyWhatIsClosed(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

// A thread for each connection: a peer that sends nothing, or slowly, occupies only its own.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override {
    std::unique_lock lock(state_->mutex);
    state_->ended.wait(lock, [this] { return state_->open < kConnectionsMax; });
    ++state_->open;
    std::thread([state = state_, serve = std::move(serve)] {
      serve();
      const std::lock_guard closing(state->mutex);
      --state->open;
      state->ended.notify_all();
    }).detach();
  }
  // Waits a little. A thread whose peer goes on sending slowly ends with the process.
  void shutdown() override {
    std::unique_lock lock(state_->mutex);
    state_->ended.wait_for(lock, kLastAnswers, [this] { return state_->open == 0; });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable ended;
    int open = 0;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Lets requests through until the door closes, after which what they would read is gone.
class Gate {
 public:
  void Run(httplib::Response& response, const std::function<void()>& answer) {
    const std::shared_lock lock(mutex_);
    if (closed_) {
      response.status = 503;
    } else {
      answer();
    }
  }
  void Close() {
    const std::unique_lock lock(mutex_);
    closed_ = true;
  }

 private:
  std::shared_mutex mutex_;
  bool closed_ = false;
};

}  // namespace

struct MetricsDoor::Listener {
  httplib::Server server;
  Gate gate;
  Endpoint address;
  std::thread thread;
};

absl::StatusOr<std::unique_ptr<MetricsDoor>> MetricsDoor::Start(
    const Endpoint& address, prometheus::Collectable& metrics,
    std::function<absl::Status()> ready) {
  auto listener = std::make_unique<Listener>();
  httplib::Server& server = listener->server;
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the server deletes it.
  server.new_task_queue = [] { return new ConnectionThreads; };
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kSilenceSeconds);
  server.set_read_timeout(kSilenceSeconds);
  server.set_socket_options(ReuseOnlyWhatIsClosed);
  Gate& gate = listener->gate;
  server.Get("/metrics", [&gate, &metrics](const httplib::Request&, httplib::Response& response) {
    gate.Run(response, [&] {
      std::ostringstream page;
      prometheus::TextSerializer().Serialize(page, metrics.Collect());
      response.set_content(page.str(), kMetricsType);
    });
  });
  server.Get("/livez", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", "text/plain");
  });
  server.Get("/readyz", [&gate, ready = std::move(ready)](const httplib::Request&,
                                                          httplib::Response& response) {
    gate.Run(response, [&] {
      const absl::Status status = ready();
      response.status = status.ok() ? 200 : 503;
      response.set_content(status.ok() ? "ok\n" : std::string(status.message()) + "\n",
                           "text/plain");
    });
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
  listener_->gate.Close();
  // A connection whose peer sends slowly may still run in the listener, which ends with the
  // process.
  static_cast<void>(listener_.release());
}

const Endpoint& MetricsDoor::address() const { return listener_->address; }

}  // namespace perigee::runtime
