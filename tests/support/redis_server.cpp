#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/support/process.h"

namespace perigee::tests {
namespace {

constexpr int kStartTries = 1000;
constexpr int kReplyMs = 10'000;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

std::unique_ptr<RedisServer> RedisServer::Start(std::string& reason, Door door) {
  std::unique_ptr<RedisServer> server(new RedisServer);
  std::string folder = (std::filesystem::temp_directory_path() / "perigee-redis-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    reason = "no temporary folder can be made";
    return nullptr;
  }
  server->folder_ = folder;
  if (door == Door::kSocket) {
    server->socket_path_ = folder + "/redis.sock";
  } else {
    server->port_ = FreePort();
  }
  if (!server->Spawn({})) {
    reason = "redis-server is not on this machine, or does not start";
    return nullptr;
  }
  return server;
}

RedisServer::~RedisServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool RedisServer::Spawn(const std::vector<std::string>& settings) {
  std::vector<std::string> args = {"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "no",
                                   "--dir",
                                   folder_.string(),
                                   "--logfile",
                                   "redis.log"};
  if (!socket_path_.empty()) {
    args.insert(args.end(), {"--unixsocket", socket_path_});
  }
  args.insert(args.end(), settings.begin(), settings.end());
  pid_ = Launch({.command = std::move(args)});
  for (int tries = 0; pid_ > 0 && tries < kStartTries; ++tries) {
    if (Send("PING") == "+PONG") {
      return true;
    }
    if (Ended(pid_)) {
      break;
    }
  }
  Stop();
  return false;
}

void RedisServer::Stop() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    Reap(pid_);
    pid_ = 0;
  }
  if (!socket_path_.empty()) {
    unlink(socket_path_.c_str());
  }
}

bool RedisServer::Restart(const std::vector<std::string>& settings) {
  Stop();
  return Spawn(settings);
}

void RedisServer::Pause() { kill(pid_, SIGSTOP); }
void RedisServer::Resume() { kill(pid_, SIGCONT); }

int RedisServer::Connect() const {
  const bool local = !socket_path_.empty();
  const int descriptor = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int failed = -1;
  if (local) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path_.copy(address.sun_path, sizeof address.sun_path - 1);
    failed = connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address);
  } else {
    const sockaddr_in address = Loopback(port_);
    failed = connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  if (failed != 0) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

std::string RedisServer::Send(const std::string& command) {
  const int descriptor = Connect();
  if (descriptor < 0) {
    return "";
  }
  const std::string line = command + "\r\n";
  std::string reply;
  if (send(descriptor, line.data(), line.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(line.size())) {
    std::array<char, 512> part{};
    pollfd readable{descriptor, POLLIN, 0};
    while (reply.find("\r\n") == std::string::npos && poll(&readable, 1, kReplyMs) == 1) {
      const ssize_t size = recv(descriptor, part.data(), part.size(), 0);
      if (size <= 0) {
        break;
      }
      reply.append(part.data(), static_cast<std::size_t>(size));
    }
  }
  close(descriptor);
  return reply.substr(0, reply.find("\r\n"));
}

std::string RedisServer::Word(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string word = "\"";
  for (const char byte : bytes) {
    const auto number = static_cast<std::uint8_t>(byte);
    word.append("\\x").append(1, kDigits[number >> 4]).append(1, kDigits[number & 0xF]);
  }
  return word + "\"";
}

}  // namespace perigee::tests
