#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace perigee::bench {

// The machine that made the figures, as far as the system tells.
struct Machine {
  std::string processor;  // The model's name.
  int processors = 0;
  std::string kernel;
  double memory_gib = 0;
  std::string frequency;  // Boost and governor, or a note that they are unknown.
};
Machine ThisMachine();

// Binds all threads of a process to processors of this machine: the lower half for servers, the
// upper half for the load, or all of them. Does nothing on a machine with one processor, or if the
// process has ended.
enum class Processors { kAll, kServers, kLoad };
void Pin(pid_t pid, Processors processors);
// Tells which processors are whose.
std::string Pinning();

// While this object lives, the servers run on their part of the machine and the load, which is this
// process, on the other.
class Pinned {
 public:
  explicit Pinned(std::vector<pid_t> servers);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  Pinned(Pinned&&) = delete;
  Pinned& operator=(Pinned&&) = delete;

 private:
  void PinAll(Processors servers, Processors load) const;

  const std::vector<pid_t> servers_;
};

// The use of the time of all processors, as shares that add up to 1.
struct Usage {
  double seconds = 0;
  double ours = 0;    // Used by this process and its children.
  double others = 0;  // Used by all other processes of this system.
  double stolen = 0;  // Used by other systems on the same hardware.
  double idle = 0;
  double load_before = 0;  // The system's load average over a minute.
  double load_after = 0;
};

// Measures the use of the machine from its construction on.
class UsageMeter {
 public:
  UsageMeter();
  // A child counts as ours only after it was waited for.
  Usage Read() const;

 private:
  // Seconds of all processors since the system started; for `ours`, since this process started.
  struct Sample {
    double busy = 0;
    double idle = 0;
    double stolen = 0;
    double ours = 0;
    double load = 0;
  };
  static Sample Now();

  const Sample begin_;
};

}  // namespace perigee::bench
