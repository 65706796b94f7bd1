// Starts a PostgreSQL that lives as long as its standard input is open, and prints the URI of an
// empty database once it answers. Then it reads one word a line: stop, kill, restart, pause, resume
// or database. It answers `ok` or `failed`; database makes one more and answers its URI.
//
// usage: postgres-for-tests [--fsync] [--port] [--connections N]

#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/postgres_server.h"

namespace {

using perigee::tests::PostgresServer;

bool Read(const std::vector<std::string>& args, perigee::tests::PostgresOptions& options) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--fsync") {
      options.fsync = true;
    } else if (args[i] == "--port") {
      options.port = true;
    } else if (args[i] == "--connections" && i + 1 < args.size()) {
      options.connections_max = std::stoi(args[++i]);
    } else {
      return false;
    }
  }
  return true;
}

std::string Obey(PostgresServer& server, const std::string& word) {
  if (word == "database") {
    const std::string uri = server.MakeDatabase();
    return uri.empty() ? "failed" : uri;
  }
  if (word == "restart") {
    return server.Restart() ? "ok" : "failed";
  }
  const std::map<std::string, std::function<void()>> words = {{"stop", [&] { server.Stop(); }},
                                                              {"kill", [&] { server.Kill(); }},
                                                              {"pause", [&] { server.Pause(); }},
                                                              {"resume", [&] { server.Resume(); }}};
  const auto found = words.find(word);
  if (found == words.end()) {
    return "failed";
  }
  found->second();
  return "ok";
}

}  // namespace

int main(int argc, char** argv) {
  perigee::tests::PostgresOptions options;
  if (!Read({argv + 1, argv + argc}, options)) {
    std::cerr << "usage: postgres-for-tests [--fsync] [--port] [--connections N]\n";
    return 2;
  }
  std::string reason;
  const auto server = PostgresServer::Start(reason, options);
  if (server == nullptr) {
    std::cerr << reason << "\n";
    return 1;
  }
  std::cout << Obey(*server, "database") << std::endl;
  for (std::string word; std::cin >> word;) {
    std::cout << Obey(*server, word) << std::endl;
  }
  return 0;
}
