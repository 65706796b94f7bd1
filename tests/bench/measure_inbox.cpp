// Measures watched inboxes: what a watcher takes, how news reach all of them, and how they come
// back after all of them were dropped at once.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "clients/cli/ids.h"
#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "perigee/v1/inbox.grpc.pb.h"
#include "perigee/v1/thanks.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

constexpr double kWatcherLimitKib = 40;
constexpr int kStreamsOfAConnection = 100;
constexpr std::chrono::seconds kPatience{120};

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Streams of inboxes, one for each of these members. Only the measuring thread opens and drops
// them.
class Inboxes {
 public:
  explicit Inboxes(const std::vector<std::string>& members) {
    for (const std::string& member : members) {
      streams_.push_back(std::make_unique<Stream>(*this, member));
    }
  }
  ~Inboxes() { Drop(); }
  Inboxes(const Inboxes&) = delete;
  Inboxes& operator=(const Inboxes&) = delete;

  // Opens all streams from where they stood, and waits until each had a message.
  absl::Status Open(const Channels& channels) {
    {
      const std::lock_guard lock(mutex_);
      heard_ = 0;
      open_ = streams_.size();
    }
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i]->Start(channels[i % channels.size()]);
    }
    return Await("had a message", [this] { return heard_; });
  }
  // Waits until all have had so many notifications in all.
  absl::Status AwaitTold(std::size_t each) {
    return Await("were told", [this, each] {
      return static_cast<std::size_t>(std::ranges::count_if(
          streams_, [each](const auto& stream) { return stream->told.size() >= each; }));
    });
  }
  void Drop() {
    for (const auto& stream : streams_) {
      stream->Cancel();
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
  }
  int doubles() const { return doubles_; }

 private:
  struct Stream final : grpc::ClientReadReactor<v1::WatchInboxResponse> {
    Stream(Inboxes& owner, const std::string& member) : all(owner) { request.set_parent(member); }

    void Start(const std::shared_ptr<grpc::Channel>& channel) {
      context.emplace();
      heard = false;
      stub = v1::InboxService::NewStub(channel);
      stub->async()->WatchInbox(&*context, &request, this);
      StartRead(&message);
      StartCall();
    }
    void Cancel() {
      if (context.has_value()) {
        context->TryCancel();
      }
    }
    void OnReadDone(bool ok) override {
      if (!ok) {
        return;
      }
      {
        const std::lock_guard lock(all.mutex_);
        for (const v1::Notification& one : message.notifications()) {
          all.doubles_ += told.insert(one.name()).second ? 0 : 1;
        }
        request.set_from_cursor(message.cursor());
        all.heard_ += std::exchange(heard, true) ? 0 : 1;
      }
      all.changed_.notify_all();
      StartRead(&message);
    }
    void OnDone(const grpc::Status&) override {
      const std::lock_guard lock(all.mutex_);
      --all.open_;
      all.changed_.notify_all();
    }

    Inboxes& all;
    std::unique_ptr<v1::InboxService::Stub> stub;
    v1::WatchInboxRequest request;
    std::optional<grpc::ClientContext> context;
    v1::WatchInboxResponse message;
    bool heard = false;
    std::set<std::string> told;
  };

  template <class Count>
  absl::Status Await(const std::string& what, Count count) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kPatience, [&] { return count() == streams_.size(); })) {
      return absl::OkStatus();
    }
    return absl::UnavailableError(
        absl::StrCat(count(), " of ", streams_.size(), " watchers ", what));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t heard_ = 0;
  std::size_t open_ = 0;
  int doubles_ = 0;
  std::vector<std::unique_ptr<Stream>> streams_;
};

// Thanks each member once, for the brand.
absl::Status ThankAll(const tests::ServerProcess& server, const std::vector<std::string>& names) {
  const auto stub =
      v1::ThanksAdminService::NewStub(load::Connect(server.Address("internal"), 1).front());
  for (const std::string& name : names) {
    v1::ThankMemberRequest request;
    request.set_parent(name);
    request.set_text("Well done");
    request.set_request_id(cli::NewRequestId());
    grpc::ClientContext context;
    v1::Thanks thanks;
    if (const grpc::Status status = stub->ThankMember(&context, request, &thanks); !status.ok()) {
      return absl::UnavailableError(status.error_message());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureInbox(const Bench& bench) {
  std::cerr << "measuring " << bench.size.watchers << " watchers of inboxes\n";
  const load::Community& community = bench.site.communities().front();
  std::vector<std::string> members;
  for (int i = 0; i < std::min(bench.size.watchers, community.members); ++i) {
    members.push_back(community.Member(static_cast<std::uint64_t>(i)));
  }
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.ServeAnew());
  const int connections = std::max(1, static_cast<int>(members.size()) / kStreamsOfAConnection);
  const Channels channels = load::Connect(server->Address("public"), connections);
  const std::int64_t before = server->AnonymousBytes();
  Inboxes inboxes(members);
  const Clock::time_point opening = Clock::now();
  PERIGEE_RETURN_IF_ERROR(inboxes.Open(channels));
  const double opened = SecondsSince(opening);
  Rounds memory;
  memory.Add(kWatcherLimitKib, static_cast<double>(server->AnonymousBytes() - before) / 1024 /
                                   static_cast<double>(members.size()));
  const std::string watchers = absl::StrCat(members.size(), " watchers of inboxes");
  bench.Add({.work = watchers + ": memory each",
             .floor_is = "40 KiB, as it stands",
             .unit = "KiB",
             .target = {Target::Bound::kAtMost, 1}},
            memory);
  bench.Add(
      {.what = watchers + ": until each had its first message", .unit = "s", .value = opened});

  // All are dropped, each is thanked meanwhile, and all come back at once.
  PERIGEE_RETURN_IF_ERROR(ThankAll(*server, members));
  PERIGEE_RETURN_IF_ERROR(inboxes.AwaitTold(1));
  inboxes.Drop();
  PERIGEE_RETURN_IF_ERROR(ThankAll(*server, members));
  const Clock::time_point storm = Clock::now();
  PERIGEE_RETURN_IF_ERROR(inboxes.Open(channels));
  PERIGEE_RETURN_IF_ERROR(inboxes.AwaitTold(2));
  bench.Add({.what = watchers + ": after all were dropped, until each has what came meanwhile",
             .unit = "s",
             .value = SecondsSince(storm)});
  if (inboxes.doubles() > 0) {
    return absl::InternalError(absl::StrCat(inboxes.doubles(), " notifications came twice"));
  }
  return absl::OkStatus();
}

}  // namespace perigee::bench
