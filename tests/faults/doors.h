#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

namespace perigee::tests {

// The present doors of servers that come and go. Safe from many threads.
class Doors {
 public:
  explicit Doors(std::size_t servers) : channels_(servers) {}

  void Open(std::size_t server, const std::string& address);
  void Close(std::size_t server);
  // The door of server `preferred`, or of the next open one. Waits while all doors are closed.
  std::shared_ptr<grpc::Channel> Pick(std::size_t preferred);
  // Waits as long as a refused client waits before its next try, or until a door opens.
  void AwaitRetry();

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  int openings_ = 0;
};

}  // namespace perigee::tests
