#include "tests/bench/site.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include <httplib.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "tests/bench/bare_store.h"
#include "tests/faults/control_file.h"

namespace perigee::bench {
namespace {

// Filling a smaller store is faster than looking for a kept one.
constexpr int kWorthKeepingMembers = 10'000;

absl::Status RunCommand(const std::string& command) {
  return std::system(command.c_str()) == 0 ? absl::OkStatus()
                                           : absl::InternalError("failed: " + command);
}

// A digest of this program's schema and of the ids in a filled store, so that a program never takes
// a store that another one would fill otherwise.
absl::StatusOr<std::string> ContentDigest(const Workshop& workshop, const Communities& of) {
  const std::string folder = workshop.folder + "/schema";
  std::filesystem::remove_all(folder);  // It may be of another program.
  std::filesystem::create_directory(folder);
  const std::string file = folder + "/book.db";
  PERIGEE_RETURN_IF_ERROR(RunCommand(workshop.server + " migrate --store sqlite:" + file));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<BareStore> store, OpenBareSqlite(file));
  std::string schema;
  PERIGEE_RETURN_IF_ERROR(store->Select(
      "SELECT sql FROM sqlite_schema ORDER BY name",
      [&](const BareRow& row) { absl::StrAppend(&schema, row.front().bytes, "\n"); }));
  return Hex(Sha256(schema + of.front().Member(1))).substr(0, 12);
}

}  // namespace

std::vector<std::string> SlowSync(const Workshop& workshop) {
  return {"LD_PRELOAD=" + workshop.disk_faults,
          absl::StrCat("PERIGEE_SYNC_DELAY_US=", kSlowSyncMicros)};
}

absl::StatusOr<double> Metric(const tests::ServerProcess& server, const std::string& series) {
  httplib::Client client(server.Address("metrics"));
  const httplib::Result page = client.Get("/metrics");
  if (!page || page->status != 200) {
    return absl::InternalError("the metrics door does not answer");
  }
  double sum = 0;
  for (const absl::string_view line : absl::StrSplit(page->body, '\n')) {
    double value = 0;
    const std::size_t blank = line.rfind(' ');
    if (blank != absl::string_view::npos && line.substr(0, blank) == series &&
        absl::SimpleAtod(line.substr(blank + 1), &value)) {
      sum += value;
    }
  }
  return sum;
}

Site::Site(Workshop workshop, std::string engine, Communities communities, std::string folder)
    : workshop_(std::move(workshop)),
      engine_(std::move(engine)),
      communities_(std::move(communities)),
      targets_(TargetsOf(communities_)),
      folder_(std::move(folder)) {}

int Site::members() const {
  return static_cast<int>(communities_.size()) * communities_.front().members;
}

absl::StatusOr<std::unique_ptr<Site>> Site::Open(const Workshop& workshop,
                                                 const std::string& engine,
                                                 const Communities& communities,
                                                 const std::string& name, const Prepare& prepare) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string content, ContentDigest(workshop, communities));
  std::unique_ptr<Site> site(
      new Site(workshop, engine, communities, absl::StrCat(workshop.folder, "/", name)));
  const std::string kept =
      absl::StrCat(workshop.kept, "/", engine, "-", content, "-", communities.size(), "x",
                   communities.front().members, prepare ? "-" + name : "");
  if (!std::filesystem::exists(kept)) {
    std::filesystem::create_directories(site->folder_);
    PERIGEE_RETURN_IF_ERROR(site->Fill(prepare));
    if (site->members() >= kWorthKeepingMembers) {
      // The copy gets its name only when it is complete.
      site->store_.reset();
      std::filesystem::create_directories(workshop.kept);
      const std::string draft = absl::StrCat(kept, ".draft");
      PERIGEE_RETURN_IF_ERROR(
          RunCommand(absl::StrCat("rm -rf ", draft, " && cp -a ", site->folder_, " ", draft)));
      std::filesystem::rename(draft, kept);
    }
  } else {
    PERIGEE_RETURN_IF_ERROR(RunCommand(absl::StrCat("cp -a ", kept, " ", site->folder_)));
  }
  PERIGEE_RETURN_IF_ERROR(site->Serve().status());
  return site;
}

absl::Status Site::Fill(const Prepare& prepare) {
  std::cerr << "filling a store of " << engine_ << ": " << communities_.size() << " programmes, "
            << members() << " members\n";
  PERIGEE_ASSIGN_OR_RETURN(store_, OpenStore(engine_, folder_));
  PERIGEE_RETURN_IF_ERROR(
      RunCommand(absl::StrCat(workshop_.server, " migrate --store ", store_->address())));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, Serve());
  for (const load::Community& community : communities_) {
    PERIGEE_RETURN_IF_ERROR(
        load::FillCommunity(server->Address("public"), server->Address("internal"), community));
  }
  if (prepare) {
    PERIGEE_RETURN_IF_ERROR(prepare(*this, *server));
  }
  return Stop();
}

absl::StatusOr<tests::ServerProcess*> Site::Serve(Serving how) {
  if (server_ != nullptr && serving_ == how) {
    return server_.get();
  }
  return ServeAnew(how);
}

absl::StatusOr<tests::ServerProcess*> Site::ServeAnew(Serving how) {
  PERIGEE_RETURN_IF_ERROR(Stop());
  const std::vector<std::string> slow =
      how.slow_sync ? SlowSync(workshop_) : std::vector<std::string>();
  std::vector<std::string> environment = slow;
  if (how.clock) {
    PERIGEE_ASSIGN_OR_RETURN(environment, ClockEnvironment());
  }
  if (store_ == nullptr || serving_.slow_sync != how.slow_sync) {
    store_.reset();
    PERIGEE_ASSIGN_OR_RETURN(store_, OpenStore(engine_, folder_, slow));
  }
  if (how.redis && (redis_ == nullptr || !serving_.redis)) {
    std::string reason;
    redis_ = tests::RedisServer::Start(reason);
    if (redis_ == nullptr) {
      return absl::UnavailableError(reason);
    }
  }
  const std::string redis = how.redis ? "unix:" + redis_->socket_path() : "none";
  serving_ = how;
  std::vector<std::string> command{workshop_.server,
                                   "serve",
                                   "--store",
                                   store_->address(),
                                   "--redis",
                                   redis,
                                   "--public-address",
                                   "127.0.0.1:0",
                                   "--internal-address",
                                   "127.0.0.1:0",
                                   "--metrics-address",
                                   "127.0.0.1:0"};
  if (!how.access.empty()) {
    command.insert(command.end(), {"--access", how.access});
  }
  PERIGEE_ASSIGN_OR_RETURN(
      server_, tests::ServerProcess::Start(
                   std::move(command), workshop_.folder,
                   "server-" + std::filesystem::path(folder_).filename().string(), environment));
  return server_.get();
}

absl::StatusOr<std::vector<std::string>> Site::ClockEnvironment() {
  const std::string file = folder_ + ".clock";
  if (clock_ == nullptr) {
    clock_ = tests::MapControlFile<tests::ClockShift>(file.c_str(), true);
  }
  if (clock_ == nullptr) {
    return absl::InternalError("cannot make " + file);
  }
  return std::vector{"LD_PRELOAD=" + workshop_.clock_shift, "PERIGEE_CLOCK_SHIFT=" + file};
}

void Site::MoveClock(std::chrono::seconds ahead) { clock_->seconds += ahead.count(); }

Time Site::Now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now()) +
         std::chrono::seconds(clock_->seconds);
}

absl::Status Site::Stop() {
  absl::Status status = server_ == nullptr ? absl::OkStatus() : server_->Stop();
  server_.reset();
  return status;
}

absl::Status Site::Alive() const {
  return server_ == nullptr ? absl::OkStatus() : server_->Alive();
}

}  // namespace perigee::bench
