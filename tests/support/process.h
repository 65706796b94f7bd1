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

// How a program is started.
struct Launching {
  std::vector<std::string> command;        // The program is looked for where a shell would.
  std::string log{};                       // The file it writes to; empty: where we do.
  std::vector<std::string> environment{};  // NAME=VALUE each, set beside ours.
  std::optional<User> user{};              // Who it runs as, in `/`; absent: as we do, where we do.
  int last_signal = SIGKILL;               // What it is sent when the thread that started it ends.
};

// Starts it, with no signal blocked, and answers its id; -1 if there can be no more processes. What
// cannot be run ends with exit code 127.
pid_t Launch(Launching launching);

// How a program ended, and what it said.
struct Outcome {
  int exit_code = 0;  // -1: ended by a signal.
  std::string output;
};
// Runs a command of the shell to its end.
Outcome RunToEnd(const std::string& command);

// Asks again and again, for half a minute at most, until it is so; whether it is.
bool Await(const std::function<bool()>& so);

// A port of the loopback that was free a moment ago.
int FreePort();

// Waits a moment for a child to end; it is left to be reaped.
bool Ended(pid_t pid);

// Waits until it ended, and reaps it.
void Reap(pid_t pid);

}  // namespace perigee::tests
