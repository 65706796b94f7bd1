// Measures watched inboxes: what a watcher takes, how an embargo that lifts reaches all of them,
// and how they come back after all of them were dropped at once.

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
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/ids.h"
#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "perigee/v1/inbox.grpc.pb.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "perigee/v1/thanks.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;
using WallClock = std::chrono::system_clock;
using WallTime = WallClock::time_point;
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
  // Waits until all have had so many notifications in all, of which each gets as many.
  absl::Status AwaitTold(std::size_t each) {
    return Await("were told", [this, each] { return told_ / each; });
  }
  // When the first and the last of them had its news of the release. After AwaitTold.
  std::pair<WallTime, WallTime> Released() {
    const std::lock_guard lock(mutex_);
    return {first_release_, last_release_};
  }
  void Drop() {
    for (const auto& stream : streams_) {
      stream->Cancel();
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
  }
  std::size_t doubles() {
    const std::lock_guard lock(mutex_);
    return doubles_;
  }

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
      const WallTime now = WallClock::now();
      {
        const std::lock_guard lock(all.mutex_);
        for (const v1::Notification& one : message.notifications()) {
          const bool is_new = told.insert(one.name()).second;
          ++(is_new ? all.told_ : all.doubles_);
          if (one.kind() == v1::Notification::KIND_ITEM_RELEASED) {
            all.first_release_ = std::min(all.first_release_, now);
            all.last_release_ = std::max(all.last_release_, now);
          }
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
    if (changed_.wait_for(lock, kPatience, [&] { return count() >= streams_.size(); })) {
      return absl::OkStatus();
    }
    return absl::UnavailableError(
        absl::StrCat(count(), " of ", streams_.size(), " watchers ", what));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t heard_ = 0;
  std::size_t open_ = 0;
  std::size_t told_ = 0;
  std::size_t doubles_ = 0;
  WallTime first_release_ = WallTime::max();
  WallTime last_release_ = WallTime::min();
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

// Calls the items' service for staff.
template <class Request, class Response>
absl::Status Do(v1::InsiderAdminService::Stub& stub,
                grpc::Status (v1::InsiderAdminService::Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                Request request) {
  request.set_request_id(cli::NewRequestId());
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  return status.ok() ? absl::OkStatus() : absl::InternalError("an item: " + status.error_message());
}

// Opens an item that everybody sees from that instant on, and nobody before.
absl::Status MakeEmbargo(const tests::ServerProcess& server, const std::string& program,
                         absl::Time instant) {
  using Stub = v1::InsiderAdminService::Stub;
  const auto stub =
      v1::InsiderAdminService::NewStub(load::Connect(server.Address("internal"), 1).front());
  v1::CreateItemRequest create;
  create.set_parent(program);
  create.set_item_id("embargo");
  create.mutable_item()->set_display_name("Under embargo");
  create.mutable_item()->set_kind(v1::InsiderItem::KIND_BRIEFING);
  create.mutable_item()->set_audience("not everybody");
  v1::ItemRelease& release = *create.mutable_item()->add_releases();
  release.set_id("all");
  release.set_display_name("All");
  release.set_local_time(absl::FormatTime("%Y-%m-%dT%H:%M:%S", instant, absl::UTCTimeZone()));
  release.set_time_zone("Etc/UTC");
  PERIGEE_RETURN_IF_ERROR(Do(*stub, &Stub::CreateItem, create));
  v1::AddItemVersionRequest body;
  body.set_parent(program + "/items/embargo");
  body.set_body("# It folds");
  PERIGEE_RETURN_IF_ERROR(Do(*stub, &Stub::AddItemVersion, body));
  v1::OpenItemRequest open;
  open.set_name(body.parent());
  return Do(*stub, &Stub::OpenItem, open);
}

// An item is released for all of them at once.
absl::Status MeasureRelease(const Bench& bench, const std::string& watchers,
                            const tests::ServerProcess& server, const std::string& program,
                            std::size_t count, Inboxes& inboxes) {
  // They look once when it is opened, and have time for that.
  const absl::Time instant =
      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 3 + static_cast<int>(count) / 1000);
  PERIGEE_RETURN_IF_ERROR(MakeEmbargo(server, program, instant));
  PERIGEE_RETURN_IF_ERROR(inboxes.AwaitTold(1));
  const auto [first, last] = inboxes.Released();
  const auto after = [&](WallTime time) {
    return absl::ToDoubleSeconds(absl::FromChrono(time) - instant);
  };
  if (after(first) < 0) {
    return absl::InternalError(absl::StrCat("news of a release came ", -after(first), " s early"));
  }
  bench.Add({.what = watchers + ": after a release, until the first was told",
             .unit = "ms",
             .value = after(first) * 1000});
  bench.Add({.what = watchers + ": after a release, until the last was told",
             .unit = "s",
             .value = after(last)});
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureInbox(const Bench& bench) {
  std::cerr << "measuring " << bench.size.watchers << " watchers of inboxes\n";
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  const Communities communities = MakeCommunities(1, bench.size.watchers);
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Site> site,
      Site::Open(bench.site.workshop(), bench.site.engine(), communities, "inbox"));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site->Serve());
  const load::Community& community = communities.front();
  std::vector<std::string> members;
  for (int i = 0; i < community.members; ++i) {
    members.push_back(community.Member(static_cast<std::uint64_t>(i)));
  }
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
  PERIGEE_RETURN_IF_ERROR(MeasureRelease(bench, watchers, *server, site->targets().front().program,
                                         members.size(), inboxes));

  // All are dropped, each is thanked meanwhile, and all come back at once.
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
  inboxes.Drop();
  return site->Stop();
}

}  // namespace perigee::bench
