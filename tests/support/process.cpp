#include "tests/support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace perigee::tests {
namespace {

constexpr int kMomentMs = 10;
constexpr int kMomentsMax = 3000;

bool Become(const User& user) {
  return setgroups(0, nullptr) == 0 && setgid(user.group) == 0 && setuid(user.id) == 0 &&
         chdir("/") == 0;
}

// Applies `launching` in the new process; true on success.
bool Prepare(Launching& launching, pid_t parent) {
  if (!launching.log.empty()) {
    const int log = open(launching.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (std::string& variable : launching.environment) {
    putenv(variable.data());
  }
  if (launching.user.has_value() && !Become(*launching.user)) {
    return false;
  }
  // This comes after the change of the user, which would undo it. The parent may be gone already.
  prctl(PR_SET_PDEATHSIG, launching.last_signal);
  return getppid() == parent;
}

}  // namespace

pid_t Launch(Launching launching) {
  std::vector<char*> arguments;
  for (std::string& argument : launching.command) {
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    if (Prepare(launching, parent)) {
      execvp(arguments[0], arguments.data());
    }
    _exit(127);
  }
  return pid;
}

Outcome RunToEnd(const std::string& command) {
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
    outcome.output.append(part.data(), size);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

bool Await(const std::function<bool()>& so) {
  for (int moments = 0; moments < kMomentsMax; ++moments) {
    if (so()) {
      return true;
    }
    poll(nullptr, 0, kMomentMs);
  }
  return false;
}

int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  return found ? ntohs(address.sin_port) : 0;
}

bool Ended(pid_t pid) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd process{descriptor, POLLIN, 0};
  const bool ended = poll(&process, 1, kMomentMs) != 0;
  close(descriptor);
  return ended;
}

double CpuSeconds(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return 0;
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void Reap(pid_t pid) { waitpid(pid, nullptr, 0); }

}  // namespace perigee::tests
