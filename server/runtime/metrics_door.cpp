#include "server/runtime/metrics_door.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <httplib.h>
#include <openssl/ssl.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/runtime/config.h"
#include "server/runtime/door_certificate.h"

namespace perigee::runtime {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
// So many connections may wait for their peers; one more ends the oldest of them.
constexpr std::size_t kWaitingMax = 64;
// So many may be open. The limit is reached only while half of them are being answered.
constexpr std::size_t kConnectionsMax = 2 * kWaitingMax;
// How long a peer may take to send its request, and to take any of the answer.
constexpr std::chrono::seconds kRequestTime{2};
constexpr std::chrono::seconds kAnswerTime{5};
// So much is encrypted at once: a record of TLS.
constexpr std::size_t kTlsPart = 16'384;

// The library's default would let two servers share a port unnoticed.
void ReuseOnlyWhatIsClosed(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

// The open connections. Each has a thread, which waits for its peer or makes an answer. A peer that
// is slow or silent must not keep others out: where there are many, the oldest of those is cut.
class Connections {
 public:
  // Called before a connection's thread starts.
  void Enter() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] { return open_ < kConnectionsMax; });
    ++open_;
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    --open_;
    left_.notify_all();
  }
  // Cuts all connections that wait for their peers, and returns when the others are answered too.
  void End() {
    std::unique_lock lock(mutex_);
    ending_ = true;
    while (CutOldest()) {
    }
    left_.wait(lock, [this] { return open_ == 0; });
  }

  // The connection waits for its peer. Waiting ends with the object.
  class Waiting {
   public:
    Waiting(Connections& all, std::uint64_t number, int socket) : all_(all), number_(number) {
      const std::lock_guard lock(all_.mutex_);
      all_.waiting_[number] = socket;
      if (all_.ending_ || all_.waiting_.size() > kWaitingMax) {
        all_.CutOldest();
      }
    }
    ~Waiting() {
      const std::lock_guard lock(all_.mutex_);
      all_.waiting_.erase(number_);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Connections& all_;
    const std::uint64_t number_;
  };
  std::uint64_t NextNumber() { return ++last_number_; }

 private:
  // Wakes its thread, which closes it. False if no connection waits.
  bool CutOldest() {
    if (waiting_.empty()) {
      return false;
    }
    shutdown(waiting_.begin()->second, SHUT_RDWR);
    waiting_.erase(waiting_.begin());
    return true;
  }

  std::atomic<std::uint64_t> last_number_{0};
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t open_ = 0;
  bool ending_ = false;
  std::map<std::uint64_t, int> waiting_;  // Sockets, the oldest connection first.
};

// A thread for each connection.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(std::shared_ptr<Connections> connections)
      : connections_(std::move(connections)) {}
  void enqueue(std::function<void()> serve) override {
    connections_->Enter();
    std::thread([connections = connections_, serve = std::move(serve)] {
      serve();
      connections->Leave();
    }).detach();
  }
  void shutdown() override { connections_->End(); }

 private:
  const std::shared_ptr<Connections> connections_;
};

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
};
using TlsPtr = std::unique_ptr<SSL, FreeTls>;

// The TLS of the door's connections.
class Tls {
 public:
  explicit Tls(DoorCertificate certificate) : certificate_(std::move(certificate)) {}
  // For a new connection, with the certificate of now.
  TlsPtr Begin(int socket) {
    const std::lock_guard lock(mutex_);
    certificate_.Renew();
    TlsPtr tls(SSL_new(certificate_.context().get()));
    SSL_set_fd(tls.get(), socket);
    SSL_set_accept_state(tls.get());
    return tls;
  }

 private:
  std::mutex mutex_;
  DoorCertificate certificate_;
};

// A connection whose waits can be cut.
class PeerStream final : public httplib::Stream {
 public:
  // `tls` is null for plain text.
  PeerStream(Connections& connections, int socket, TlsPtr tls)
      : connections_(connections),
        number_(connections.NextNumber()),
        socket_(socket),
        tls_(std::move(tls)) {
    if (tls_ != nullptr) {
      fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK);
    }
  }

  bool is_readable() const override {
    return read_ < filled_ || (tls_ != nullptr && SSL_pending(tls_.get()) > 0) ||
           Await(POLLIN, request_end_);
  }
  bool is_writable() const override { return Await(POLLOUT, AnswerEnd()); }
  ssize_t read(char* to, std::size_t size) override {
    if (read_ == filled_) {
      const ssize_t got = Receive();
      if (got <= 0) {
        return got;
      }
      read_ = 0;
      filled_ = static_cast<std::size_t>(got);
    }
    const std::size_t taken = std::min(size, filled_ - read_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(read_), taken, to);
    read_ += taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, std::size_t size) override {
    if (tls_ != nullptr) {
      const auto part = static_cast<int>(std::min(size, kTlsPart));
      return Step(AnswerEnd(), [&] { return SSL_write(tls_.get(), from, part); });
    }
    return is_writable() ? send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL) : -1;
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }
  // Tells the peer that the answer is whole.
  void End() {
    if (tls_ != nullptr) {
      SSL_shutdown(tls_.get());
    }
  }

 private:
  static std::chrono::steady_clock::time_point AnswerEnd() {
    return std::chrono::steady_clock::now() + kAnswerTime;
  }

  // The handshake is part of the first step. A step may wait for either direction.
  template <class Do>
  int Step(std::chrono::steady_clock::time_point end, Do step) const {
    for (;;) {
      const int done = step();
      if (done > 0) {
        return done;
      }
      const int lacks = SSL_get_error(tls_.get(), done);
      if ((lacks != SSL_ERROR_WANT_READ && lacks != SSL_ERROR_WANT_WRITE) ||
          !Await(lacks == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, end)) {
        return -1;
      }
    }
  }

  ssize_t Receive() {
    if (tls_ != nullptr) {
      return Step(request_end_, [this] {
        return SSL_read(tls_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
      });
    }
    return is_readable() ? recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT) : -1;
  }

  bool Await(short event, std::chrono::steady_clock::time_point end) const {
    pollfd ready{socket_, event, 0};
    if (poll(&ready, 1, 0) == 0) {
      const Connections::Waiting waiting(connections_, number_, socket_);
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      poll(&ready, 1, std::max(0, static_cast<int>(left.count())));
    }
    return (ready.revents & event) != 0 && std::chrono::steady_clock::now() < end;
  }

  Connections& connections_;
  const std::uint64_t number_;
  const int socket_;
  const TlsPtr tls_;
  const std::chrono::steady_clock::time_point request_end_ =
      std::chrono::steady_clock::now() + kRequestTime;
  std::array<char, 4096> buffer_;
  std::size_t read_ = 0;
  std::size_t filled_ = 0;
};

// A connection serves one request.
class DoorServer final : public httplib::Server {
 public:
  // `tls` is null for plain text.
  explicit DoorServer(std::unique_ptr<Tls> tls) : tls_(std::move(tls)) {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the server deletes it.
    new_task_queue = [this] { return new ConnectionThreads(connections_); };
  }
  // Call it once the port is bound. The library lets 5 new peers wait, and one more would come back
  // only after a second.
  void LetMoreWait() { ::listen(svr_sock_, SOMAXCONN); }

 private:
  bool process_and_close_socket(socket_t socket) override {
    PeerStream peer(*connections_, socket, tls_ == nullptr ? nullptr : tls_->Begin(socket));
    bool closed = false;
    const bool served = process_request(peer, true, closed, nullptr);
    peer.End();
    ::shutdown(socket, SHUT_RDWR);
    close(socket);
    return served;
  }

  const std::shared_ptr<Connections> connections_ = std::make_shared<Connections>();
  const std::unique_ptr<Tls> tls_;
};

absl::StatusOr<std::unique_ptr<Tls>> OpenTls(const std::optional<DoorTls>& files) {
  if (!files.has_value()) {
    return nullptr;
  }
  PERIGEE_ASSIGN_OR_RETURN(DoorCertificate certificate, DoorCertificate::Open(*files));
  return std::make_unique<Tls>(std::move(certificate));
}

}  // namespace

struct MetricsDoor::Listener {
  explicit Listener(std::unique_ptr<Tls> tls) : server(std::move(tls)) {}
  DoorServer server;
  Endpoint address;
  std::thread thread;
};

absl::StatusOr<std::unique_ptr<MetricsDoor>> MetricsDoor::Start(
    const Endpoint& address, prometheus::Collectable& metrics, std::function<absl::Status()> ready,
    const std::optional<DoorTls>& tls_files) {
  PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<Tls> tls, OpenTls(tls_files));
  auto listener = std::make_unique<Listener>(std::move(tls));
  DoorServer& server = listener->server;
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
  server.LetMoreWait();
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
