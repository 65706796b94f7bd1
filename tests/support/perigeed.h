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

// The real server on a store. A test may start and end it any number of times.
class Perigeed {
 public:
  struct Options {
    std::string store;  // The value of --store.
    std::string redis = "none";
    std::vector<std::string> environment = {};  // `NAME=VALUE`
    std::string access = {};                    // The value of --access, if not empty.
  };
  explicit Perigeed(Options options) : options_(std::move(options)) {}

  // Runs the server and waits until it serves.
  absl::Status Start();
  // Ends the server as a crash does.
  void Kill();
  // Ends the server as an operator does.
  void Stop() { process_.reset(); }
  pid_t pid() const { return process_->pid(); }

  std::string Address(const std::string& door) const { return process_->Address(door); }
  std::shared_ptr<grpc::Channel> Channel(const std::string& door) const;
  // Readiness is the status of GET /readyz. Metric is the value of a metric without labels, or of a
  // series with all its labels.
  int Readiness() const;
  double Metric(const std::string& series) const;
  // How often the text is in the server's log.
  int InLog(const std::string& text) const;

  // Runs `perigeed COMMAND --store STORE` to its end, for ten minutes at most.
  static Outcome Run(const std::string& command, const std::string& store,
                     const std::vector<std::string>& environment = {});

 private:
  Options options_;
  TemporaryFolder folder_;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace perigee::tests
