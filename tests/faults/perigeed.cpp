#include "tests/faults/perigeed.h"

#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdio>

#include <httplib.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/load/engine.h"
#include "server/core/status_macros.h"

namespace perigee::tests {

absl::Status Perigeed::Start() {
  std::vector<std::string> command;
  if (!options_.environment.empty()) {
    command = options_.environment;
    command.insert(command.begin(), "/usr/bin/env");
  }
  command.insert(
      command.end(),
      {PERIGEED, "serve", "--store", options_.store, "--redis", options_.redis, "--public-address",
       "127.0.0.1:0", "--internal-address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0"});
  // The ready file of a killed server stays, so each start has another.
  PERIGEE_ASSIGN_OR_RETURN(process_,
                           bench::Child::Start(std::move(command), folder_.path().string(),
                                               absl::StrCat("start-", ++starts_)));
  return absl::OkStatus();
}

void Perigeed::Kill() {
  kill(process_->pid(), SIGKILL);
  process_.reset();
}

std::shared_ptr<grpc::Channel> Perigeed::Channel(const std::string& door) const {
  return load::Connect(Address(door), 1).front();
}

int Perigeed::Readiness() const {
  httplib::Client client(Address("metrics"));
  const auto page = client.Get("/readyz");
  return page ? page->status : 0;
}

double Perigeed::Metric(const std::string& series) const {
  httplib::Client client(Address("metrics"));
  const auto page = client.Get("/metrics");
  const std::size_t at = page ? page->body.find("\n" + series + " ") : std::string::npos;
  double value = 0;
  if (at != std::string::npos) {
    const std::size_t begin = at + series.size() + 2;
    if (!absl::SimpleAtod(page->body.substr(begin, page->body.find('\n', begin) - begin), &value)) {
      return 0;
    }
  }
  return value;
}

Perigeed::Outcome Perigeed::Run(const std::string& command, const std::string& store,
                                const std::vector<std::string>& environment) {
  const std::string line = absl::StrCat("timeout 30 env ", absl::StrJoin(environment, " "), " ",
                                        PERIGEED, " ", command, " --store '", store, "' 2>&1");
  std::FILE* const pipe = popen(line.c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
    outcome.output.append(part.data(), size);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace perigee::tests
