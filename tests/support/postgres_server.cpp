#include "tests/support/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <utility>

#include "tests/support/process.h"

namespace perigee::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kStartTries = 3000;
constexpr const char* kUser = "perigee";

// The newest version that Debian installed; empty if there is none.
fs::path Binaries() {
  fs::path newest;
  std::error_code ignored;
  for (const fs::directory_entry& version :
       fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(version.path() / "bin/postgres") && version.path() > newest) {
      newest = version.path();
    }
  }
  return newest.empty() ? newest : newest / "bin";
}

// The user of the server if we are root, because the server refuses root.
std::optional<User> Unprivileged() {
  const passwd* entry = geteuid() == 0 ? getpwnam("postgres") : nullptr;
  return entry == nullptr ? std::nullopt : std::optional(User{entry->pw_uid, entry->pw_gid});
}

// Starts a program of PostgreSQL as that user. SIGQUIT makes the server end at once and leave
// nothing behind.
pid_t LaunchAsUser(std::vector<std::string> command, const fs::path& log,
                   std::vector<std::string> environment = {}) {
  return Launch({.command = std::move(command),
                 .log = log.string(),
                 .environment = std::move(environment),
                 .user = Unprivileged(),
                 .last_signal = SIGQUIT});
}

bool GiveAway(const fs::path& path) {
  const std::optional<User> user = Unprivileged();
  return !user.has_value() || lchown(path.c_str(), user->id, user->group) == 0;
}

bool CopyTree(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy(from, to, fs::copy_options::recursive, error);
  return !error;
}

// Holds a lock on a file while it lives.
class FileLock {
 public:
  explicit FileLock(const fs::path& path)
      : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    flock(descriptor_, LOCK_EX);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { close(descriptor_); }

 private:
  int descriptor_;
};

bool InitDb(const fs::path& data, const fs::path& scratch, std::vector<std::string> options) {
  std::vector<std::string> args = {(Binaries() / "initdb").string(),
                                   "-D",
                                   data.string(),
                                   "-U",
                                   kUser,
                                   "-A",
                                   "trust",
                                   "-E",
                                   "UTF8",
                                   "--locale=C",
                                   "--no-instructions"};
  args.insert(args.end(), options.begin(), options.end());
  Reap(LaunchAsUser(std::move(args), scratch / "log"));
  return fs::exists(data / "PG_VERSION");
}

// The folder that initdb makes, made once for the build tree. Empty if it cannot be made.
fs::path Template(const fs::path& scratch) {
  fs::path kept = PERIGEE_POSTGRES_TEMPLATE;
  const FileLock lock(kept.string() + ".lock");
  if (fs::exists(kept)) {
    return kept;
  }
  const fs::path made = scratch / "template";
  const fs::path part = kept.string() + ".part";
  std::error_code error;
  fs::remove_all(part, error);
  if (!InitDb(made, scratch, {"--no-sync", "--wal-segsize=1"}) || !CopyTree(made, part)) {
    return {};
  }
  fs::remove_all(made, error);
  fs::rename(part, kept, error);
  return error ? fs::path() : kept;
}

}  // namespace

std::unique_ptr<PostgresServer> PostgresServer::Start(std::string& reason,
                                                      PostgresOptions options) {
  if (Binaries().empty()) {
    reason = "PostgreSQL is not on this machine";
    return nullptr;
  }
  std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(options)));
  if (!server->MakeFolder() || !server->Spawn()) {
    reason = "PostgreSQL does not start";
    return nullptr;
  }
  return server;
}

PostgresServer::~PostgresServer() {
  // Kept data need a clean end; other data are not worth the time.
  End(options_.data.empty() ? SIGQUIT : SIGINT);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

bool PostgresServer::MakeFolder() {
  std::string folder = (fs::temp_directory_path() / "perigee-postgres-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    return false;
  }
  folder_ = folder;
  if (options_.port) {
    port_ = FreePort();
  }
  std::ofstream(folder_ / "log").close();
  if (!GiveAway(folder_) || !GiveAway(folder_ / "log")) {
    return false;
  }
  data_ = options_.data.empty() ? folder_ / "data" : fs::absolute(options_.data);
  return fs::exists(data_ / "PG_VERSION") || MakeData();
}

bool PostgresServer::MakeData() {
  if (!options_.data.empty()) {
    fs::create_directories(data_);
    return GiveAway(data_) && InitDb(data_, folder_, {});
  }
  const fs::path made = Template(folder_);
  if (made.empty() || !CopyTree(made, data_) || !GiveAway(data_)) {
    return false;
  }
  fs::permissions(data_, fs::perms::owner_all);
  const fs::recursive_directory_iterator inside(data_);
  return std::ranges::all_of(begin(inside), end(inside), [](const fs::directory_entry& entry) {
    return GiveAway(entry.path());
  });
}

bool PostgresServer::Spawn() {
  const std::string durable = options_.fsync ? "on" : "off";
  std::vector<std::string> settings = {
      std::string("listen_addresses=") + (options_.port ? "127.0.0.1" : ""),
      "port=" + std::to_string(port_),
      "unix_socket_directories=" + (options_.port ? "" : folder_.string()),
      "max_connections=" + std::to_string(options_.connections_max),
      "fsync=" + durable,
      "full_page_writes=" + durable,
      "recovery_init_sync_method=syncfs",
      "jit=off",
      "logging_collector=off"};
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  std::vector<std::string> args = {(Binaries() / "postgres").string(), "-D", data_.string()};
  for (const std::string& setting : settings) {
    args.insert(args.end(), {"-c", setting});
  }
  pid_ = LaunchAsUser(std::move(args), folder_ / "log", options_.environment);
  for (int tries = 0; pid_ > 0 && tries < kStartTries; ++tries) {
    if (PQping(Uri("postgres").c_str()) == PQPING_OK) {
      return true;
    }
    if (Ended(pid_)) {
      break;
    }
  }
  End(SIGQUIT);
  return false;
}

std::string PostgresServer::Uri(const std::string& database) const {
  const std::string user = kUser;
  return options_.port
             ? "postgresql://" + user + "@127.0.0.1:" + std::to_string(port_) + "/" + database
             : "postgresql://" + user + "@/" + database + "?host=" + folder_.string();
}

std::string PostgresServer::DatabaseOf(const std::string& uri) {
  const std::string whole = uri.substr(0, uri.find('?'));
  return whole.substr(whole.rfind('/') + 1);
}

std::string PostgresServer::MakeDatabase(const std::string& copy_of) {
  const std::string name = "perigee_" + std::to_string(++databases_);
  const std::string answer =
      RunSql(Uri("postgres"), "CREATE DATABASE " + name + " TEMPLATE " + copy_of);
  return answer.empty() ? Uri(name) : "";
}

std::vector<pid_t> PostgresServer::Processes() const {
  std::vector<pid_t> processes = {pid_};
  const std::string pid = std::to_string(pid_);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  for (pid_t child = 0; children >> child;) {
    processes.push_back(child);
  }
  return processes;
}

void PostgresServer::Stop() { End(SIGINT); }

void PostgresServer::End(int signal) {
  if (pid_ > 0) {
    Resume();
    kill(pid_, signal);
    Reap(pid_);
    pid_ = 0;
  }
}

void PostgresServer::Kill() {
  if (pid_ > 0) {
    const std::vector<pid_t> processes = Processes();
    for (const pid_t process : processes) {
      kill(process, SIGKILL);
    }
    Reap(pid_);
    // init reaps the other processes; the server starts again only when all are gone.
    for (const pid_t process : processes) {
      while (process != pid_ && kill(process, 0) == 0 && !Ended(process)) {
      }
    }
    pid_ = 0;
  }
}

bool PostgresServer::Restart() {
  Stop();
  return Spawn();
}

void PostgresServer::Pause() {
  for (const pid_t process : Processes()) {
    kill(process, SIGSTOP);
  }
}

void PostgresServer::Resume() {
  for (const pid_t process : Processes()) {
    kill(process, SIGCONT);
  }
}

SqlSession::SqlSession(const std::string& uri) : conn_(PQconnectdb(uri.c_str())) {
  PQsetNoticeProcessor(
      conn_.get(), [](void*, const char*) {}, nullptr);
}

void SqlSession::Finish::operator()(pg_conn* conn) const { PQfinish(conn); }

std::string SqlSession::Run(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(conn_.get(), sql.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    return std::string("failed: ") + (state == nullptr ? "no connection" : state);
  }
  return PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0
             ? std::string(PQgetvalue(result.get(), 0, 0))
             : "";
}

}  // namespace perigee::tests
