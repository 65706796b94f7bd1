#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace perigee::tests {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int ConnectTo(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

// Without this, small pieces wait for each other.
void SendAtOnce(int descriptor) {
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

bool SendAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

using Piece = std::array<char, 16384>;

std::string_view Receive(int descriptor, Piece& piece) {
  const ssize_t size = recv(descriptor, piece.data(), piece.size(), 0);
  return {piece.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

TcpProxy::TcpProxy(int target_port)
    : target_port_(target_port), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port_ = ntohs(address.sin_port);
  }
  listen(listener_, SOMAXCONN);
  accepting_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Link& link : links_) {
      Close(link);
    }
  }
  changed_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (Link& link : links_) {
    link.requests.join();
    link.replies.join();
    close(link.client);
    close(link.server);
  }
  close(listener_);
}

void TcpProxy::Set(Trouble trouble) {
  {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(trouble);
    for (const Link& link : links_) {
      if (trouble_.refuse) {
        Close(link);
      }
    }
  }
  changed_.notify_all();
}

int TcpProxy::cuts() const {
  const std::lock_guard lock(mutex_);
  return cuts_;
}

void TcpProxy::Accept() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_ || client < 0) {
      close(client);
      return;
    }
    const int server = trouble_.refuse ? -1 : ConnectTo(target_port_);
    if (server < 0) {
      close(client);
      continue;
    }
    SendAtOnce(client);
    SendAtOnce(server);
    Link& link = links_.emplace_back();
    link.client = client;
    link.server = server;
    link.requests = std::thread([this, &link] { PassRequests(link); });
    link.replies = std::thread([this, &link] { PassReplies(link); });
  }
}

void TcpProxy::PassRequests(Link& link) {
  Piece piece;
  for (std::string_view bytes = Receive(link.client, piece); !bytes.empty();
       bytes = Receive(link.client, piece)) {
    if (!AwaitWay() || !SendAll(link.server, bytes)) {
      break;
    }
  }
  Close(link);
}

void TcpProxy::PassReplies(Link& link) {
  Piece piece;
  for (std::string_view bytes = Receive(link.server, piece); !bytes.empty();
       bytes = Receive(link.server, piece)) {
    const std::optional<std::size_t> cut = Cut(bytes);
    if (!AwaitWay() ||
        !SendAll(link.client, bytes.substr(0, cut.value_or(std::string_view::npos))) ||
        cut.has_value()) {
      break;
    }
  }
  Close(link);
}

std::optional<std::size_t> TcpProxy::Cut(std::string_view reply) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, trouble_.delay, [this] { return stopping_; });
  std::optional<std::size_t> cut = trouble_.cut;
  if (!trouble_.cut_before.empty() && reply.find(trouble_.cut_before) != std::string_view::npos) {
    trouble_.cut_before.clear();
    cut = 0;
  }
  cuts_ += cut.has_value() ? 1 : 0;
  return cut;
}

bool TcpProxy::AwaitWay() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !trouble_.swallow; });
  return !stopping_;
}

// Both ends see the close. The descriptors stay open until the proxy goes, so that no number is
// used again.
void TcpProxy::Close(const Link& link) {
  shutdown(link.client, SHUT_RDWR);
  shutdown(link.server, SHUT_RDWR);
}

}  // namespace perigee::tests
