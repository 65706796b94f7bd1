#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::bench {

// A server run as a process of its own. Ends with this object, and with this process.
class Child {
 public:
  // Runs the command with `--ready-file FILE` added, FILE in `folder`, and waits until it is there.
  static absl::StatusOr<std::unique_ptr<Child>> Start(std::vector<std::string> command,
                                                      const std::string& folder,
                                                      const std::string& name);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;

  // HOST:PORT of a door, as the ready file names it.
  std::string Address(const std::string& door) const;
  // User and system time used so far.
  double CpuSeconds() const;
  pid_t pid() const { return pid_; }

 private:
  Child(pid_t pid, std::string ready_file) : pid_(pid), ready_file_(std::move(ready_file)) {}
  absl::Status AwaitReady(const std::string& folder);

  pid_t pid_;
  std::string ready_file_;
};

// Binds all threads of a process to some of this machine's processors: the lower half for servers,
// the upper half for the load; or gives them all back. Nothing happens with one processor.
enum class Processors { kAll, kServers, kLoad };
void Pin(pid_t pid, Processors processors);

}  // namespace perigee::bench
