#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::tests {

// A server run as a process of its own. Ends with this object, and with this process. What it says
// goes to NAME.log in its folder, and its last words into the status that tells how it ended.
class ServerProcess {
 public:
  // Runs the command with `--ready-file FILE` added, FILE in `folder`, and waits until it is there.
  // `environment` holds NAME=VALUE that are set beside those of this process.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      std::vector<std::string> command, const std::string& folder, const std::string& name,
      std::vector<std::string> environment = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ServerProcess(ServerProcess&&) = delete;
  ServerProcess& operator=(ServerProcess&&) = delete;

  // HOST:PORT of a door, as the ready file names it.
  std::string Address(const std::string& door) const;
  // User and system time used so far.
  double CpuSeconds() const;
  // Memory of its own: without what it maps of files.
  std::int64_t AnonymousBytes() const;

  // kInternal, saying how, if it has ended by itself.
  absl::Status Alive() const;
  // Asks it to end and waits until it has. kInternal if it ends, or had ended, otherwise than well.
  absl::Status Stop();
  pid_t pid() const { return pid_; }

 private:
  ServerProcess(pid_t pid, std::string name, const std::string& folder);
  absl::Status Ended(const siginfo_t& end) const;
  absl::Status AwaitReady(const std::string& folder);

  pid_t pid_;  // 0 before it was started and once it was waited for.
  std::string name_;
  std::string ready_file_;
  std::string log_file_;
};

}  // namespace perigee::tests
