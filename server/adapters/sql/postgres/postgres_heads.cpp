#include "server/adapters/sql/postgres/postgres_heads.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/postgres/postgres_session.h"
#include "server/core/check.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookPause{1000};
// The pause if the database has no LISTEN.
constexpr milliseconds kDeafLookPause{25};
constexpr milliseconds kReconnectPause{250};
constexpr milliseconds kSilence{3000};
constexpr std::int64_t kGone = -1;
// No write of this connection has to be on disk.
constexpr const char* kSettings =
    "SET application_name = 'perigeed heads'; SET synchronous_commit = off";
constexpr const char* kListen = "LISTEN perigee_heads";
constexpr std::string_view kNotify = "NOTIFY perigee_heads, ";
constexpr const char* kLook = "SELECT program, head_revision, create_time FROM program";

std::int64_t ToNumber(std::string_view digits) {
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

struct FreeMemory {
  void operator()(void* memory) const { PQfreemem(memory); }
};

class PostgresHeadWatch final : public HeadWatch {
 public:
  PostgresHeadWatch(std::string uri, const PostgresLimits& limits, Heard heard)
      : uri_(std::move(uri)), limits_(limits), heard_(std::move(heard)) {
    limits_.silence = std::min(limits_.silence, kSilence);
    PERIGEE_CHECK(wake_ >= 0, "a thread can be woken");
    thread_ = std::thread([this] { Run(); });
  }
  ~PostgresHeadWatch() override {
    stopping_ = true;
    Wake();
    thread_.join();
    close(wake_);
  }
  PostgresHeadWatch(const PostgresHeadWatch&) = delete;
  PostgresHeadWatch& operator=(const PostgresHeadWatch&) = delete;

  void Tell(const std::string& program, std::int64_t head) override {
    {
      const std::lock_guard lock(mutex_);
      to_tell_[program] = head;
    }
    Wake();
  }

 private:
  void Wake() const {
    // The counter is full only after 2^64 wakes without a read.
    static_cast<void>(eventfd_write(wake_, 1));
  }

  void Run() {
    while (!stopping_) {
      if (!Connected()) {
        Sleep(-1, steady_clock::now() + kReconnectPause);
        continue;
      }
      Speak();
      if (steady_clock::now() >= next_look_) {
        Look();
      }
      if (!session_->lost()) {
        Hear();
      }
      if (!session_->lost() && !stopping_) {
        Sleep(PQsocket(session_->conn()), next_look_);
      }
    }
  }

  bool Connected() {
    if (session_ != nullptr && !session_->lost()) {
      return true;
    }
    session_.reset();
    auto session = PostgresSession::Connect(uri_, limits_, kSettings);
    if (!session.ok()) {
      return false;
    }
    session_ = *std::move(session);
    hears_ = session_->Run(kListen).ok();
    next_look_ = {};  // Looks at once, because earlier notifications were missed.
    return !session_->lost();
  }

  // Sleeps until there is data to read, a head to tell, or time to look.
  void Sleep(int socket, steady_clock::time_point until) const {
    std::array<pollfd, 2> descriptors{pollfd{wake_, POLLIN, 0}, pollfd{socket, POLLIN, 0}};
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    poll(descriptors.data(), descriptors.size(),
         static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    eventfd_t woken = 0;
    static_cast<void>(eventfd_read(wake_, &woken));
  }

  // Without a connection nothing is told. The other servers find the heads when they look.
  void Speak() {
    std::map<std::string, std::int64_t> heads;
    {
      const std::lock_guard lock(mutex_);
      heads.swap(to_tell_);
    }
    if (heads.empty() || !hears_) {
      return;
    }
    std::string script;
    for (const auto& [program, head] : heads) {
      const std::string word = absl::StrCat(program, " ", head);
      const std::unique_ptr<char, FreeMemory> quoted(
          PQescapeLiteral(session_->conn(), word.data(), word.size()));
      if (quoted != nullptr) {
        absl::StrAppend(&script, absl::string_view(kNotify.data(), kNotify.size()), quoted.get(),
                        ";");
      }
    }
    static_cast<void>(session_->Run(script));
  }

  void Hear() {
    session_->Poll();
    while (const std::unique_ptr<PGnotify, FreeMemory> said{PQnotifies(session_->conn())}) {
      const std::string_view word = said->extra;
      const std::size_t space = word.find(' ');
      if (said->be_pid != PQbackendPID(session_->conn()) && space != std::string_view::npos) {
        const std::string program(word.substr(0, space));
        const std::int64_t head = ToNumber(word.substr(space + 1));
        if (head == 0 || made_.contains(program)) {
          heard_(program, head);
        } else {
          next_look_ = {};  // A new programme, or late news of a deleted one.
        }
      }
    }
  }

  void Look() {
    next_look_ = steady_clock::now() + (hears_ ? kLookPause : kDeafLookPause);
    if (PQsendQuery(session_->conn(), kLook) == 0) {
      static_cast<void>(session_->Lose());
      return;
    }
    while (true) {
      const absl::StatusOr<PostgresResult> result = session_->Next();
      if (!result.ok() || *result == nullptr) {
        return;
      }
      if (PQresultStatus(result->get()) == PGRES_TUPLES_OK) {
        See(result->get());
      }
    }
  }

  // A programme that is missing was deleted, and one that was made at another time followed a
  // deleted one. A deletion is told once more at the next look, because a thread that was held up
  // may tell an old head after it.
  void See(const PGresult* heads) {
    std::map<std::string, std::int64_t> before = std::exchange(made_, {});
    for (int row = 0; row < PQntuples(heads); ++row) {
      const std::string program = PQgetvalue(heads, row, 0);
      const std::int64_t made = ToNumber(PQgetvalue(heads, row, 2));
      const auto last = before.extract(program);
      if (!last.empty() && last.mapped() != made) {
        heard_(program, 0);
      }
      made_[program] = made;
      heard_(program, ToNumber(PQgetvalue(heads, row, 1)));
    }
    for (const auto& [program, made] : before) {
      heard_(program, 0);
      if (made != kGone) {
        made_[program] = kGone;
      }
    }
  }

  const std::string uri_;
  PostgresLimits limits_;
  const Heard heard_;
  const int wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // Guards to_tell_.
  std::map<std::string, std::int64_t> to_tell_;

  // Used on the thread only.
  std::unique_ptr<PostgresSession> session_;
  bool hears_ = false;
  // When each programme was made, by the last look, or kGone.
  std::map<std::string, std::int64_t> made_;
  steady_clock::time_point next_look_;

  std::thread thread_;
};

}  // namespace

std::unique_ptr<HeadWatch> WatchPostgresHeads(std::string uri, const PostgresLimits& limits,
                                              HeadWatch::Heard heard) {
  return std::make_unique<PostgresHeadWatch>(std::move(uri), limits, std::move(heard));
}

}  // namespace perigee::sql
