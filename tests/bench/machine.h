#pragma once

#include <sys/types.h>

#include <string>

namespace perigee::bench {

// What the figures were measured on, as far as the system tells.
struct Machine {
  std::string processor;  // The model's name.
  int processors = 0;
  std::string kernel;
  double memory_gib = 0;
  std::string frequency;  // Boost and governor, or that they are unknown.
};
Machine ThisMachine();

// Binds all threads of a process to some of this machine's processors: the lower half for servers,
// the upper half for the load; or gives them all back. Nothing happens with one processor.
enum class Processors { kAll, kServers, kLoad };
void Pin(pid_t pid, Processors processors);

// How the time of all processors was spent, as shares that add up to 1.
struct Usage {
  double seconds = 0;
  double ours = 0;    // By this process and those it started.
  double others = 0;  // By every other process of this system.
  double stolen = 0;  // By other systems on the same hardware.
  double idle = 0;
  double load_before = 0;  // The system's load average over a minute.
  double load_after = 0;
};

// Watches how the machine is used from when it is made.
class UsageMeter {
 public:
  UsageMeter();
  // Processes that were started meanwhile count as ours once they were waited for.
  Usage Read() const;

 private:
  // Seconds of all processors since the system started; `ours` since this process did.
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
