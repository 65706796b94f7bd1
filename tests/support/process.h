#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace perigee::tests {

struct User {
  uid_t id;
  gid_t group;
};

// The start of a program.
struct Launching {
  std::vector<std::string> command;        // The program is found as a shell finds it.
  std::string log{};                       // The file of its output; empty: our own output.
  std::vector<std::string> environment{};  // NAME=VALUE each, added to ours.
  std::optional<User> user{};              // It runs as this user, in `/`; absent: as we do.
  int last_signal = SIGKILL;               // The signal when its starting thread ends.
};

// Starts the program with no signal blocked, and answers its id; -1 if there can be no more
// processes. A program that cannot run ends with exit code 127.
pid_t Launch(Launching launching);

// The end of a program and its output.
struct Outcome {
  int exit_code = 0;  // -1 if a signal ended it.
  std::string output;
};
// Runs a shell command to its end.
Outcome RunToEnd(const std::string& command);

// Calls `so` until it is true, for half a minute at most, and answers its last value.
bool Await(const std::function<bool()>& so);

// A port of the loopback that was free a moment ago.
int FreePort();

// Waits a moment for a child to end; true if it has ended. Does not reap it.
bool Ended(pid_t pid);

// The user and system time of a running process so far; 0 if there is none.
double CpuSeconds(pid_t pid);

// Waits until the child has ended, and reaps it.
void Reap(pid_t pid);

}  // namespace perigee::tests
