#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace perigee::tests {

// A proxy between a server of ours and another one, on a free port of the loopback. A test can make
// the connection as bad as it likes, at any time. Safe from many threads.
class TcpProxy {
 public:
  // Connects to a port of the loopback; the server there may come and go.
  explicit TcpProxy(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }

  // The trouble of each piece of a reply from now on. A piece is what is received at once.
  struct Trouble {
    std::chrono::milliseconds delay{0};
    bool swallow = false;              // Nothing passes in either direction; connections stay.
    bool refuse = false;               // Connections are closed as soon as they are made.
    std::optional<std::size_t> cut{};  // This many bytes pass, then the connection is closed.
    // The first reply that holds these bytes does not pass, and its connection is closed.
    std::string cut_before{};
  };
  // Trouble{} ends all trouble. With `refuse`, open connections are closed too.
  void Set(Trouble trouble);
  // The number of connections that were cut.
  int cuts() const;

 private:
  struct Link {
    int client = -1;
    int server = -1;
    std::thread requests;
    std::thread replies;
  };

  void Accept();
  void PassRequests(Link& link);
  void PassReplies(Link& link);
  // The number of bytes of a reply that pass before a cut; nullopt if all pass and the connection
  // stays.
  std::optional<std::size_t> Cut(std::string_view reply);
  // Waits while nothing may pass; false if the link must end.
  bool AwaitWay();
  static void Close(const Link& link);

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Trouble trouble_;
  bool stopping_ = false;
  int cuts_ = 0;
  std::list<Link> links_;
  std::thread accepting_;
};

}  // namespace perigee::tests
