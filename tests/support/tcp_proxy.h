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

// Stands between a server of ours and one it talks to, on a free port of the loopback, and makes
// the way between them as bad as a test likes, at any time. Safe from many threads.
class TcpProxy {
 public:
  // To the port of the loopback behind it, which may come and go.
  explicit TcpProxy(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }

  // What happens to each piece of a reply from now on; a piece is what is received at once.
  struct Trouble {
    std::chrono::milliseconds delay{0};
    bool swallow = false;              // Nothing passes, either way; connections stay.
    bool refuse = false;               // Connections are closed as soon as they are made.
    std::optional<std::size_t> cut{};  // So many bytes of it pass, then the connection is closed.
    // The first reply that holds these bytes does not pass, and its connection is closed.
    std::string cut_before{};
  };
  // An end of trouble is Trouble{}. Where it says `refuse`, open connections are closed too.
  void Set(Trouble trouble);
  // How many connections it has cut.
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
  // How many bytes of a reply pass before the connection is cut; nullopt: all, and it stays.
  std::optional<std::size_t> Cut(std::string_view reply);
  // Waits while nothing may pass; false if the link is to end.
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
