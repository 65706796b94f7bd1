#include "tests/bench/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace perigee::bench {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string ModelName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      return line.substr(line.find(": ") + 2);
    }
  }
  return "unknown";
}

std::string Frequency() {
  const std::string cpu = "/sys/devices/system/cpu/";
  const std::string governor = FirstLine(cpu + "cpu0/cpufreq/scaling_governor");
  const std::string boost = FirstLine(cpu + "cpufreq/boost");
  const std::string no_turbo = FirstLine(cpu + "intel_pstate/no_turbo");
  const char* is = boost.empty() && no_turbo.empty() ? "unknown"
                   : boost == "1" || no_turbo == "0" ? "on"
                                                     : "off";
  return absl::StrCat("boost ", is, ", governor ", governor.empty() ? "unknown" : governor);
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double UsedBy(int who) {
  rusage used{};
  ::getrusage(who, &used);
  return Seconds(used.ru_utime) + Seconds(used.ru_stime);
}

}  // namespace

Machine ThisMachine() {
  utsname system{};
  ::uname(&system);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  constexpr double kGib = 1024.0 * 1024 * 1024;
  return {ModelName(), static_cast<int>(std::thread::hardware_concurrency()), system.release,
          static_cast<double>(memory.totalram) * memory.mem_unit / kGib, Frequency()};
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
  std::error_code ended;
  std::filesystem::directory_iterator task(absl::StrCat("/proc/", pid, "/task"), ended);
  for (; task != std::filesystem::directory_iterator(); task.increment(ended)) {
    ::sched_setaffinity(std::stoi(task->path().filename().string()), sizeof set, &set);
  }
}

std::string Pinning() {
  const unsigned count = std::thread::hardware_concurrency();
  return count < 2 ? "not pinned"
                   : absl::StrFormat("servers on processors 0-%d, load on %d-%d", count / 2 - 1,
                                     count / 2, count - 1);
}

Pinned::Pinned(std::vector<pid_t> servers) : servers_(std::move(servers)) {
  PinAll(Processors::kServers, Processors::kLoad);
}

Pinned::~Pinned() { PinAll(Processors::kAll, Processors::kAll); }

void Pinned::PinAll(Processors servers, Processors load) const {
  for (const pid_t server : servers_) {
    Pin(server, servers);
  }
  Pin(::getpid(), load);
}

UsageMeter::UsageMeter() : begin_(Now()) {}

UsageMeter::Sample UsageMeter::Now() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  std::array<double, 8> spent{};
  for (double& each : spent) {
    file >> each;
  }
  const auto [user, nice, system, idle, waiting, irq, soft_irq, stolen] = spent;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  Sample sample;
  sample.busy = (user + nice + system + irq + soft_irq) / ticks;
  sample.idle = (idle + waiting) / ticks;
  sample.stolen = stolen / ticks;
  sample.ours = UsedBy(RUSAGE_SELF) + UsedBy(RUSAGE_CHILDREN);
  ::getloadavg(&sample.load, 1);
  return sample;
}

Usage UsageMeter::Read() const {
  const Sample end = Now();
  const double busy = end.busy - begin_.busy;
  const double idle = end.idle - begin_.idle;
  const double stolen = end.stolen - begin_.stolen;
  const double all = std::max(busy + idle + stolen, 1e-9);
  const double ours = std::min(end.ours - begin_.ours, busy);
  Usage usage;
  usage.seconds = all / std::max(1U, std::thread::hardware_concurrency());
  usage.ours = ours / all;
  usage.others = (busy - ours) / all;
  usage.stolen = stolen / all;
  usage.idle = idle / all;
  usage.load_before = begin_.load;
  usage.load_after = end.load;
  return usage;
}

}  // namespace perigee::bench
