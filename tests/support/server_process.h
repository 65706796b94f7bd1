#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::tests {

// A server in a process of its own, which ends with this object and with this process. Its output
// goes to NAME.log in its folder. A status that tells how it ended holds its last line.
class ServerProcess {
 public:
  // Runs the command with `--ready-file FILE` added, FILE in `folder`, and waits until the file is
  // there. `environment` holds NAME=VALUE each, added to that of this process.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      std::vector<std::string> command, const std::string& folder, const std::string& name,
      std::vector<std::string> environment = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ServerProcess(ServerProcess&&) = delete;
  ServerProcess& operator=(ServerProcess&&) = delete;

  // HOST:PORT of a door, from the ready file.
  std::string Address(const std::string& door) const;
  // The user and system time so far.
  double CpuSeconds() const;
  // The memory of its own, without mapped files.
  std::int64_t AnonymousBytes() const;

  // kInternal if the server has ended by itself; the message says how.
  absl::Status Alive() const;
  // Asks the server to end and waits until it has. kInternal if it ends, or had ended, with a
  // fault.
  absl::Status Stop();
  pid_t pid() const { return pid_; }

 private:
  ServerProcess(pid_t pid, std::string name, const std::string& folder);
  absl::Status Ended(const siginfo_t& end) const;
  absl::Status AwaitReady(const std::string& folder);

  pid_t pid_;  // 0 before the start and after the end.
  std::string name_;
  std::string ready_file_;
  std::string log_file_;
};

}  // namespace perigee::tests
