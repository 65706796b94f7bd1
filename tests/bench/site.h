#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "tests/bench/requests.h"
#include "tests/bench/store.h"
#include "tests/faults/clock_shift.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace perigee::bench {

// The programs and folders of a run.
struct Workshop {
  std::string server;       // The server's program.
  std::string before;       // That of an older server to compare with, or empty.
  std::string disk_faults;  // The library that slows down the disk of a program.
  std::string clock_shift;  // The library that moves the clock of a program.
  std::string folder;       // The folder of this run, on the disk of the project.
  std::string kept;         // The folder of filled stores for later runs.
};

// The mode of a server.
struct Serving {
  bool redis = false;
  bool slow_sync = false;  // Each sync of the store takes kSlowSyncMicros longer.
  std::string access{};    // The access file. Empty: nobody signs in.
  bool clock = false;      // Its clock can be moved, see Site::MoveClock. Not with slow_sync.
  friend bool operator==(const Serving&, const Serving&) = default;
};
inline constexpr int kSlowSyncMicros = 2000;
// The environment of a process that slows its syncs.
std::vector<std::string> SlowSync(const Workshop& workshop);

// A store of one engine full of members, with at most one server.
class Site {
 public:
  // Adds what a part of the bench needs besides the communities.
  using Prepare = std::function<absl::Status(const Site& site, const tests::ServerProcess& server)>;
  // Fills and prepares a store in the folder `name` of the workshop, or copies one that an earlier
  // run filled with the same schema and ids, and prepared under that name.
  static absl::StatusOr<std::unique_ptr<Site>> Open(const Workshop& workshop,
                                                    const std::string& engine,
                                                    const Communities& communities,
                                                    const std::string& name,
                                                    const Prepare& prepare = {});

  const Workshop& workshop() const { return workshop_; }
  const std::string& engine() const { return engine_; }
  const Communities& communities() const { return communities_; }
  const std::vector<load::Target>& targets() const { return targets_; }
  int members() const;  // The members of all communities.
  Store& store() const { return *store_; }
  tests::RedisServer& redis() { return *redis_; }  // Only after a server ran with Redis.

  // The server in that mode. A server in another mode is stopped first; a server with Redis gets an
  // empty one.
  absl::StatusOr<tests::ServerProcess*> Serve(Serving how = {});
  // The same, but always a new server. If Redis ran already, it keeps its data.
  absl::StatusOr<tests::ServerProcess*> ServeAnew(Serving how = {});
  // Moves the clock of the servers with `clock` further ahead, of the present one and of those
  // after it. Only after such a server ran.
  void MoveClock(std::chrono::seconds ahead);
  // The time of day by that clock.
  Time Now() const;
  // Stops the server if there is one. kInternal if it ended, or had ended, with a fault.
  absl::Status Stop();
  // kInternal if the server has ended by itself.
  absl::Status Alive() const;

 private:
  Site(Workshop workshop, std::string engine, Communities communities, std::string folder);
  absl::Status Fill(const Prepare& prepare);
  absl::StatusOr<std::vector<std::string>> ClockEnvironment();

  const Workshop workshop_;
  const std::string engine_;
  const Communities communities_;
  const std::vector<load::Target> targets_;
  const std::string folder_;
  std::unique_ptr<tests::RedisServer> redis_;
  std::unique_ptr<Store> store_;
  tests::ClockShift* clock_ = nullptr;  // Absent until a server runs with `clock`.
  Serving serving_;
  std::unique_ptr<tests::ServerProcess> server_;
};

// The sum of a metric on the server's metrics door, by its name or a whole series; 0 if it is
// missing.
absl::StatusOr<double> Metric(const tests::ServerProcess& server, const std::string& series);

}  // namespace perigee::bench
