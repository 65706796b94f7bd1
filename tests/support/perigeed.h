#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "tests/support/process.h"
#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {

// The real server on a store, started and ended as often as a test likes.
class Perigeed {
 public:
  struct Options {
    std::string store;  // As --store takes it.
    std::string redis = "none";
    std::vector<std::string> environment = {};  // `NAME=VALUE`
  };
  explicit Perigeed(Options options) : options_(std::move(options)) {}

  // Runs it and waits until it serves.
  absl::Status Start();
  // Ends it as a crash does.
  void Kill();
  // Ends it as an operator does.
  void Stop() { process_.reset(); }
  bool running() const { return process_ != nullptr; }
  pid_t pid() const { return process_->pid(); }

  std::string Address(const std::string& door) const { return process_->Address(door); }
  std::shared_ptr<grpc::Channel> Channel(const std::string& door) const;
  // The status of GET /readyz, and the value of a metric without labels, or with all of them.
  int Readiness() const;
  double Metric(const std::string& series) const;

  // Runs `perigeed COMMAND --store STORE` to its end, or for ten minutes.
  static Outcome Run(const std::string& command, const std::string& store,
                     const std::vector<std::string>& environment = {});

 private:
  Options options_;
  TemporaryFolder folder_;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace perigee::tests
