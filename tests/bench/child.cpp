#include "tests/bench/child.h"

#include <poll.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace perigee::bench {
namespace {

constexpr int kReadyTimeoutMs = 60'000;

pid_t Run(std::vector<std::string> command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) {
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return pid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Child>> Child::Start(std::vector<std::string> command,
                                                    const std::string& folder,
                                                    const std::string& name) {
  const std::string ready_file = folder + "/" + name + ".ready.json";
  command.emplace_back("--ready-file");
  command.push_back(ready_file);
  const std::string program = command.front();
  const pid_t pid = Run(std::move(command));
  if (pid < 0) {
    return absl::InternalError("cannot start a process");
  }
  std::unique_ptr<Child> child(new Child(pid, ready_file));
  if (absl::Status status = child->AwaitReady(folder); !status.ok()) {
    return absl::InternalError(absl::StrCat(program, ": ", std::string(status.message())));
  }
  return child;
}

// Watches the folder before it looks, so that a file written in between is not missed.
absl::Status Child::AwaitReady(const std::string& folder) {
  const int watch = ::inotify_init1(IN_CLOEXEC);
  ::inotify_add_watch(watch, folder.c_str(), IN_MOVED_TO);
  const int ended = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  absl::Status status;
  while (!std::filesystem::exists(ready_file_)) {
    std::array<pollfd, 2> events{{{watch, POLLIN, 0}, {ended, POLLIN, 0}}};
    if (::poll(events.data(), events.size(), kReadyTimeoutMs) <= 0) {
      status = absl::DeadlineExceededError("was not ready in time");
      break;
    }
    if (events[1].revents != 0) {
      status = absl::InternalError("ended before it was ready");
      break;
    }
    std::array<char, 4096> seen{};
    [[maybe_unused]] const ssize_t size = ::read(watch, seen.data(), seen.size());
  }
  ::close(watch);
  ::close(ended);
  return status;
}

Child::~Child() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

std::string Child::Address(const std::string& door) const {
  std::ifstream file(ready_file_);
  return nlohmann::json::parse(file).at(door).get<std::string>();
}

double Child::CpuSeconds() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/stat"));
  std::string stat((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // Fields 14 and 15; the second is the program's name in brackets and may hold blanks.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) {
    fields >> skipped;
  }
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void Pin(pid_t pid, Processors processors) {
  const unsigned count = std::thread::hardware_concurrency();
  if (count < 2) {
    return;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  const unsigned begin = processors == Processors::kLoad ? count / 2 : 0;
  const unsigned end = processors == Processors::kServers ? count / 2 : count;
  for (unsigned cpu = begin; cpu < end; ++cpu) {
    CPU_SET(cpu, &set);
  }
  for (const auto& task :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"))) {
    ::sched_setaffinity(std::stoi(task.path().filename().string()), sizeof set, &set);
  }
}

}  // namespace perigee::bench
