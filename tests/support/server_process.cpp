#include "tests/support/server_process.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

constexpr int kReadyTimeoutMs = 60'000;

std::string LastLine(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    last = line;
  }
  return last;
}

}  // namespace

ServerProcess::ServerProcess(pid_t pid, std::string name, const std::string& folder)
    : pid_(pid),
      name_(std::move(name)),
      ready_file_(folder + "/" + name_ + ".ready.json"),
      log_file_(folder + "/" + name_ + ".log") {}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    std::vector<std::string> command, const std::string& folder, const std::string& name,
    std::vector<std::string> environment) {
  const std::string program = command.front();
  std::unique_ptr<ServerProcess> server(new ServerProcess(0, name, folder));
  command.emplace_back("--ready-file");
  command.push_back(server->ready_file_);
  // A ready file of an earlier process with that name would be taken for this one's.
  std::error_code ignored;
  std::filesystem::remove(server->ready_file_, ignored);
  server->pid_ = Launch({.command = std::move(command),
                         .log = server->log_file_,
                         .environment = std::move(environment)});
  if (server->pid_ < 0) {
    return absl::InternalError("cannot start a process");
  }
  if (absl::Status status = server->AwaitReady(folder); !status.ok()) {
    return absl::InternalError(absl::StrCat(program, ": ", std::string(status.message())));
  }
  return server;
}

// The watch starts before the look at the folder, so that no file is missed.
absl::Status ServerProcess::AwaitReady(const std::string& folder) {
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

ServerProcess::~ServerProcess() { static_cast<void>(Stop()); }

// Turns an end that waitid tells into a status.
absl::Status ServerProcess::Ended(const siginfo_t& end) const {
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

absl::Status ServerProcess::Alive() const {
  siginfo_t end{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT);
  if (end.si_pid == 0) {
    return absl::OkStatus();
  }
  const absl::Status how = Ended(end);
  return how.ok() ? absl::InternalError(name_ + " ended though nobody asked it to") : how;
}

absl::Status ServerProcess::Stop() {
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

std::string ServerProcess::Address(const std::string& door) const {
  std::ifstream file(ready_file_);
  return nlohmann::json::parse(file).at(door).get<std::string>();
}

double ServerProcess::CpuSeconds() const { return tests::CpuSeconds(pid_); }

std::int64_t ServerProcess::AnonymousBytes() const {
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

}  // namespace perigee::tests
