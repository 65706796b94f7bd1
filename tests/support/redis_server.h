#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace perigee::tests {

// A redis-server of a test's own, in a temporary folder, on a Unix socket or a free port of the
// loopback. It saves nothing by itself, and ends with the test.
class RedisServer {
 public:
  enum class Door { kSocket, kPort };

  // A running server; null with a reason if this machine has none or it does not start.
  static std::unique_ptr<RedisServer> Start(std::string& reason, Door door = Door::kSocket);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // The path is empty if the door is a port; the port is 0 if the door is a socket.
  const std::string& socket_path() const { return socket_path_; }
  int port() const { return port_; }

  // Stop ends the server at once. Restart starts it again at the same address, with the data of the
  // last SAVE or else empty, and waits until it answers. `settings` are added to its command line.
  void Stop();
  bool Restart(const std::vector<std::string>& settings = {});
  // Pause stops the server, and Resume lets it go on. Connections stay open.
  void Pause();
  void Resume();

  // Sends a command as one line of words, and answers the first line of the reply, such as `+OK`;
  // empty if the server is away.
  std::string Send(const std::string& command);
  // Any bytes as one word of a command.
  static std::string Word(const std::string& bytes);

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
