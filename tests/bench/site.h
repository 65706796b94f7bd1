#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/requests.h"
#include "tests/bench/store.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace perigee::bench {

// The programs and folders that a run works with.
struct Workshop {
  std::string server;       // The server's program.
  std::string disk_faults;  // The library that slows down the disk of what it is loaded into.
  std::string folder;       // Of this run, on the disk that the project is on.
  std::string kept;         // Of filled stores, where later runs find them.
};

// How a server runs.
struct Serving {
  bool redis = false;
  bool slow_sync = false;  // Each sync of the store takes kSlowSyncMicros longer.
  friend bool operator==(const Serving&, const Serving&) = default;
};
inline constexpr int kSlowSyncMicros = 2000;
// What makes it so in a process's environment.
std::vector<std::string> SlowSync(const Workshop& workshop);

// A store of one engine full of members, and at most one server on it.
class Site {
 public:
  // Fills a store in a folder of that name in the workshop's, or copies one that an earlier run has
  // filled with the same schema.
  static absl::StatusOr<std::unique_ptr<Site>> Open(const Workshop& workshop,
                                                    const std::string& engine,
                                                    const Communities& communities,
                                                    const std::string& name);

  const Workshop& workshop() const { return workshop_; }
  const std::string& engine() const { return engine_; }
  const Communities& communities() const { return communities_; }
  const std::vector<load::Target>& targets() const { return targets_; }
  int members() const;  // Of all communities.
  Store& store() { return *store_; }
  tests::RedisServer& redis() { return *redis_; }  // Once a server ran with it.

  // The server that runs so. One that runs otherwise is stopped before; with Redis comes an empty
  // one.
  absl::StatusOr<tests::ServerProcess*> Serve(Serving how = {});
  // The same, but a new server; Redis, if that ran too, stays as it is.
  absl::StatusOr<tests::ServerProcess*> ServeAnew(Serving how = {});
  // Stops the server if there is one. kInternal if it had ended, or ends, otherwise than well.
  absl::Status Stop();
  // kInternal if there is a server that has ended.
  absl::Status Alive() const;

 private:
  Site(Workshop workshop, std::string engine, Communities communities, std::string folder);
  absl::Status OpenStoreOf(Serving how);
  absl::Status Fill();

  const Workshop workshop_;
  const std::string engine_;
  const Communities communities_;
  const std::vector<load::Target> targets_;
  const std::string folder_;
  std::unique_ptr<tests::RedisServer> redis_;
  std::unique_ptr<Store> store_;
  Serving serving_;
  std::unique_ptr<tests::ServerProcess> server_;
};

// The sum of what a server's metrics door shows for a name or a whole series; 0 if there is none.
absl::StatusOr<double> Metric(const tests::ServerProcess& server, const std::string& series);

}  // namespace perigee::bench
