#include "tests/support/perigeed.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include <httplib.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/load/engine.h"
#include "server/core/status_macros.h"

namespace perigee::tests {
namespace {

// A check of a thousand rounds of faults takes a minute on a busy machine.
constexpr int kRunSeconds = 600;

}  // namespace

absl::Status Perigeed::Start() {
  std::vector<std::string> command = {PERIGEED,
                                      "serve",
                                      "--store",
                                      options_.store,
                                      "--redis",
                                      options_.redis,
                                      "--public-address",
                                      "127.0.0.1:0",
                                      "--internal-address",
                                      "127.0.0.1:0",
                                      "--metrics-address",
                                      "127.0.0.1:0"};
  if (!options_.access.empty()) {
    command.insert(command.end(), {"--access", options_.access});
  }
  PERIGEE_ASSIGN_OR_RETURN(
      process_, ServerProcess::Start(std::move(command), folder_.path().string(), "perigeed",
                                     options_.environment));
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

int Perigeed::InLog(const std::string& text) const {
  std::ostringstream log;
  log << std::ifstream(folder_.File("perigeed.log")).rdbuf();
  const std::string all = log.str();
  int count = 0;
  for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) {
    ++count;
  }
  return count;
}

Outcome Perigeed::Run(const std::string& command, const std::string& store,
                      const std::vector<std::string>& environment) {
  return RunToEnd(absl::StrCat("timeout ", kRunSeconds, " env ", absl::StrJoin(environment, " "),
                               " ", PERIGEED, " ", command, " --store '", store, "'"));
}

}  // namespace perigee::tests
