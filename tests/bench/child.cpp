#include "tests/bench/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace perigee::bench {
namespace {

constexpr int kReadyTimeoutMs = 60'000;

pid_t Run(std::vector<std::string> command, const std::vector<std::string>& environment,
          const std::string& log_file) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) {
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    for (const std::string& variable : environment) {
      // The process is a copy of its own by now, which is all that putenv asks for.
      ::putenv(
          const_cast<char*>(variable.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    }
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return pid;
}

std::string LastLine(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    last = line;
  }
  return last;
}

}  // namespace

Child::Child(pid_t pid, std::string name, const std::string& folder)
    : pid_(pid),
      name_(std::move(name)),
      ready_file_(folder + "/" + name_ + ".ready.json"),
      log_file_(folder + "/" + name_ + ".log") {}

absl::StatusOr<std::unique_ptr<Child>> Child::Start(std::vector<std::string> command,
                                                    const std::string& folder,
                                                    const std::string& name,
                                                    const std::vector<std::string>& environment) {
  const std::string program = command.front();
  std::unique_ptr<Child> child(new Child(0, name, folder));
  command.emplace_back("--ready-file");
  command.push_back(child->ready_file_);
  // What an earlier process of that name has left would be taken for this one's.
  std::error_code ignored;
  std::filesystem::remove(child->ready_file_, ignored);
  child->pid_ = Run(std::move(command), environment, child->log_file_);
  if (child->pid_ < 0) {
    return absl::InternalError("cannot start a process");
  }
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
      const absl::Status how = Alive();
      status = absl::InternalError(
          absl::StrCat("ended before it was ready: ", std::string(how.message())));
      break;
    }
    std::array<char, 4096> seen{};
    [[maybe_unused]] const ssize_t size = ::read(watch, seen.data(), seen.size());
  }
  ::close(watch);
  ::close(ended);
  return status;
}

Child::~Child() { static_cast<void>(Stop()); }

// How it ended, as waitid tells.
absl::Status Child::Ended(const siginfo_t& end) const {
  if (end.si_code == CLD_EXITED && end.si_status == 0) {
    return absl::OkStatus();
  }
  const std::string how = end.si_code == CLD_EXITED
                              ? absl::StrCat("ended with exit code ", end.si_status)
                              : absl::StrCat("was ended by signal ", end.si_status, " (",
                                             sigabbrev_np(end.si_status), ")");
  return absl::InternalError(
      absl::StrCat(name_, " ", how, "; it last said: ", LastLine(log_file_)));
}

absl::Status Child::Alive() const {
  siginfo_t end{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT);
  if (end.si_pid == 0) {
    return absl::OkStatus();
  }
  const absl::Status how = Ended(end);
  return how.ok() ? absl::InternalError(name_ + " ended though nobody asked it to") : how;
}

absl::Status Child::Stop() {
  if (pid_ <= 0) {
    return absl::OkStatus();
  }
  const absl::Status alive = Alive();
  ::kill(pid_, SIGTERM);
  siginfo_t end{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED);
  pid_ = 0;
  return alive.ok() ? Ended(end) : alive;
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

std::int64_t Child::AnonymousBytes() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/status"));
  std::string word;
  while (file >> word) {
    std::int64_t kib = 0;
    if (word == "RssAnon:" && file >> kib) {
      return kib * 1024;
    }
  }
  return 0;
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
