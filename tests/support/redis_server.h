#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace perigee::tests {

// A redis-server of a test's own: in a temporary folder, behind a Unix socket or a free port of the
// loopback, keeping nothing on disk by itself. Dies with the test.
class RedisServer {
 public:
  enum class Door { kSocket, kPort };

  // A running server; null with a reason if this machine has none or it does not start.
  static std::unique_ptr<RedisServer> Start(std::string& reason, Door door = Door::kSocket);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // Empty if the door is a port, and 0 if it is a socket.
  const std::string& socket_path() const { return socket_path_; }
  int port() const { return port_; }

  // Ends it at once. Restart starts it again, behind the same door, with what the last SAVE kept or
  // else empty, and waits until it answers; `settings` are added to its command line.
  void Stop();
  bool Restart(const std::vector<std::string>& settings = {});
  // Stops and goes on with what it does, its connections left open.
  void Pause();
  void Resume();

  // Sends a command as one line of words, and answers the first line of the reply, such as `+OK`;
  // empty if it is away.
  std::string Send(const std::string& command);

 private:
  RedisServer() = default;
  bool Spawn(const std::vector<std::string>& settings);
  int Connect() const;

  std::filesystem::path folder_;
  std::string socket_path_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace perigee::tests
