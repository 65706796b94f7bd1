// Measures work on all members of a programme, alone and beside the writes of others.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cli/failure.h"
#include "perigee/v1/candidate.grpc.pb.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "perigee/v1/orbit.grpc.pb.h"
#include "perigee/v1/tier.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/bare_store.h"
#include "tests/bench/parts.h"
#include "tests/bench/sweeps.h"

namespace perigee::bench {
namespace {

constexpr int kChannels = 4;
constexpr int kInFlight = 32;
constexpr double kStretch = 5;  // So many times the seconds of a round.
// Others write beside work for so long at most: jobs get a tenth of the writer meanwhile, so some
// work would take ten times as long.
constexpr double kMeanwhileSeconds = 60;
constexpr std::chrono::milliseconds kLook{20};
constexpr double kMib = 1024.0 * 1024;
// Besides one activity of today, each member has one of each of these days.
constexpr std::array kDaysAgo{40, 80};
// The shortest term of a level, and one day more.
constexpr int kReviewMonths = 1;
constexpr std::chrono::hours kTerm{24 * 32};

// Work on all members. `turn` is another number each time.
struct Work {
  const char* name;
  absl::Status (*run)(Site& site, const tests::ServerProcess& server, int turn);
};

// The server tells nobody when it is done, so it is asked now and then.
void Pause() { std::promise<void>().get_future().wait_for(kLook); }

const std::string& ProgramOf(const Site& site) { return site.communities().front().program; }

// Every member did some of that work, so everybody comes to the place of its weight.
absl::Status MapAfterANewWeight(Site& site, const tests::ServerProcess& server, int turn) {
  const auto stub =
      v1::OrbitAdminService::NewStub(load::Connect(server.Address("internal"), 1).front());
  v1::SetActivityTypeRequest set;
  v1::ActivityType& type = *set.mutable_activity_type();
  type.set_name(ProgramOf(site) + "/activityTypes/work");
  type.set_display_name("Work");
  type.set_weight(1 + turn);
  set.set_request_id(load::RequestId(NewRun(), 0));
  v1::ActivityType changed;
  grpc::ClientContext of_set;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->SetActivityType(&of_set, set, &changed)));
  v1::GetOrbitMapRequest get;
  get.set_parent(ProgramOf(site));
  v1::OrbitMap map;
  grpc::ClientContext of_get;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->GetOrbitMap(&of_get, get, &map)));
  const bool all = std::ranges::any_of(map.members(), [&](const v1::OrbitCount& count) {
    return count.place().index() == type.weight() && count.members() == site.members();
  });
  return all ? absl::OkStatus()
             : absl::InternalError("the map lacks members: " + map.DebugString());
}

absl::Status AwaitApplied(const Site& site, const tests::ServerProcess& server) {
  const auto stub = v1::TierService::NewStub(load::Connect(server.Address("public"), 1).front());
  v1::ListTierSchemesRequest request;
  request.set_parent(ProgramOf(site));
  while (true) {
    v1::ListTierSchemesResponse listed;
    grpc::ClientContext context;
    PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->ListTierSchemes(&context, request, &listed)));
    if (std::ranges::none_of(listed.schemes(), &v1::TierScheme::applying)) {
      return absl::OkStatus();
    }
    Pause();
  }
}

// Sets the scheme, and waits until it is applied. Everybody has earned the lowest level.
absl::Status ApplyTiers(const Site& site, const tests::ServerProcess& server, int levels,
                        int marks) {
  v1::SetTierSchemeRequest request;
  v1::TierScheme& scheme = *request.mutable_scheme();
  scheme.set_name(ProgramOf(site) + "/tierSchemes/work");
  scheme.set_display_name("Work");
  scheme.set_window_months(36);
  scheme.set_review_months(kReviewMonths);
  scheme.set_notice_days(14);
  for (const std::int64_t at_least : {1, 100'000, 200'000}) {
    v1::TierLevel& level = *scheme.add_levels();
    level.set_id(absl::StrCat("level-", levels, "-", at_least));
    level.set_display_name(level.id());
    level.set_at_least(at_least + (at_least > 1 ? marks : 0));
  }
  request.set_request_id(load::RequestId(NewRun(), 0));
  v1::TierScheme set;
  grpc::ClientContext context;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(
      v1::TierAdminService::NewStub(load::Connect(server.Address("internal"), 1).front())
          ->SetTierScheme(&context, request, &set)));
  return AwaitApplied(site, server);
}

// Nobody moves, because a higher mark takes no level before its review.
absl::Status RaiseMarks(Site& site, const tests::ServerProcess& server, int turn) {
  return ApplyTiers(site, server, 0, turn);
}

// Everybody comes to another level, because theirs is gone.
absl::Status ReplaceLevels(Site& site, const tests::ServerProcess& server, int turn) {
  return ApplyTiers(site, server, turn, 0);
}

// Lets the reviews of all members fall due, and waits until none is due any more.
absl::Status ReviewEverybody(Site& site, const tests::ServerProcess& /*server*/, int /*turn*/) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<BareStore> store,
                           OpenBareStore(site.store().address()));
  site.MoveClock(kTerm);
  const std::string due =
      absl::StrCat("SELECT 1 FROM due WHERE time <= ", ToMicros(site.Now()), " LIMIT 1");
  for (bool any = true; any; Pause()) {
    any = false;
    PERIGEE_RETURN_IF_ERROR(store->Select(due, [&](const BareRow&) { any = true; }));
  }
  return absl::OkStatus();
}

// The title's criteria are those that everybody meets.
absl::Status MakeTitle(const Site& site, const tests::ServerProcess& server) {
  v1::CreateTitleRequest request;
  request.set_parent(ProgramOf(site));
  request.set_title_id("worker");
  v1::Title& title = *request.mutable_title();
  title.set_display_name("Worker");
  title.set_term_months(12);
  title.add_nominators(v1::NOMINATOR_STAFF);
  const auto add = [&](const char* id, v1::CandidateCriterion::Measure measure, const char* asset) {
    v1::CandidateCriterion& criterion = *title.add_criteria();
    criterion.set_id(id);
    criterion.set_display_name(id);
    criterion.set_measure(measure);
    criterion.set_window_days(366);
    criterion.set_asset(asset);
    criterion.set_at_least(1);
  };
  add("days", v1::CandidateCriterion::MEASURE_ACTIVE_DAYS, "");
  add("earned", v1::CandidateCriterion::MEASURE_EARNED, "reputation");
  request.set_request_id(load::RequestId(NewRun(), 0));
  v1::Title made;
  grpc::ClientContext context;
  return cli::FromGrpc(
      v1::ChampionAdminService::NewStub(load::Connect(server.Address("internal"), 1).front())
          ->CreateTitle(&context, request, &made));
}

absl::Status RankCandidates(Site& site, const tests::ServerProcess& server, int /*turn*/) {
  v1::ListCandidatesRequest request;
  request.set_parent(ProgramOf(site) + "/titles/worker");
  v1::ListCandidatesResponse ranked;
  grpc::ClientContext context;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(
      v1::CandidateAdminService::NewStub(load::Connect(server.Address("internal"), 1).front())
          ->ListCandidates(&context, request, &ranked)));
  return ranked.total_count() == site.members()
             ? absl::OkStatus()
             : absl::InternalError(absl::StrCat("only ", ranked.total_count(), " candidates"));
}

constexpr std::array kWorks{
    Work{"the orbit after a new weight", MapAfterANewWeight},
    Work{"candidates for a title", RankCandidates}, Work{"tiers with higher marks", RaiseMarks},
    Work{"tiers with other levels", ReplaceLevels}, Work{"reviews of all levels", ReviewEverybody}};

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Does the work, and puts into the sweep how long it took alone and what memory it took.
absl::Status RunAlone(const Work& work, Site& site, int turn, Sweep& sweep) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site.ServeAnew({.clock = true}));
  const std::int64_t before = server->AnonymousBytes();
  std::int64_t most = before;
  const auto begin = std::chrono::steady_clock::now();
  std::future<absl::Status> done =
      std::async(std::launch::async, [&] { return work.run(site, *server, turn); });
  do {
    most = std::max(most, server->AnonymousBytes());
  } while (done.wait_for(kLook) != std::future_status::ready);
  sweep.alone_seconds = SecondsSince(begin);
  sweep.alone_memory_mib = static_cast<double>(most - before) / kMib;
  return done.get();
}

absl::StatusOr<Writes> WriteOn(const Site& site, const tests::ServerProcess& server, double seconds,
                               const std::atomic<bool>& stop) {
  load::Load load = LoadOn(site.targets(), TransferCall, server.Address("internal"), kChannels);
  load.stop = &stop;
  const load::Result result = load::RunFor(load, kInFlight, seconds);
  const load::Outcome outcome = result.Total();
  if (outcome.Ok() == 0) {
    return AllWell("transfers", outcome);
  }
  return Writes{result.Rate(), outcome.Micros(0.99) / 1000,
                static_cast<double>(outcome.Refused()) / static_cast<double>(outcome.Ended())};
}

absl::Status RunBeside(const Work& work, Site& site, int turn, double seconds, Sweep& sweep) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site.ServeAnew({.clock = true}));
  std::atomic<bool> stop{false};
  // The first writes of a server fill its memory.
  PERIGEE_RETURN_IF_ERROR(WriteOn(site, *server, seconds, stop).status());
  PERIGEE_ASSIGN_OR_RETURN(sweep.before, WriteOn(site, *server, seconds, stop));
  std::future<absl::StatusOr<Writes>> meanwhile = std::async(
      std::launch::async, [&] { return WriteOn(site, *server, kMeanwhileSeconds, stop); });
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status done = work.run(site, *server, turn);
  sweep.beside_seconds = SecondsSince(begin);
  stop = true;
  PERIGEE_ASSIGN_OR_RETURN(sweep.meanwhile, meanwhile.get());
  PERIGEE_RETURN_IF_ERROR(done);
  stop = false;
  PERIGEE_ASSIGN_OR_RETURN(sweep.after, WriteOn(site, *server, seconds, stop));
  return absl::OkStatus();
}

absl::Status Prepare(const Site& site, const tests::ServerProcess& server) {
  for (const int days : kDaysAgo) {
    PERIGEE_RETURN_IF_ERROR(FillDay(server.Address("internal"), site.communities().front(),
                                    absl::Now() - absl::Hours(24) * days));
  }
  PERIGEE_RETURN_IF_ERROR(MakeTitle(site, server));
  return ApplyTiers(site, server, 0, 0);
}

}  // namespace

absl::Status MeasureSweeps(const Bench& bench) {
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Site> site,
                           Site::Open(bench.site.workshop(), bench.site.engine(),
                                      MakeCommunities(1, bench.size.swept_members),
                                      bench.site.engine() + "-sweeps", Prepare));
  int turn = 0;
  for (const Work& work : kWorks) {
    std::vector<Sweep> rounds(static_cast<std::size_t>(bench.size.sweeps));
    for (Sweep& round : rounds) {
      std::cerr << "measuring " << work.name << "\n";
      // An answer about all members is kept for a minute, so each run has a new server.
      PERIGEE_RETURN_IF_ERROR(RunAlone(work, *site, ++turn, round));
      PERIGEE_RETURN_IF_ERROR(RunBeside(work, *site, ++turn, kStretch * bench.size.seconds, round));
    }
    AddSweeps(site->engine(), work.name, rounds, bench.report);
  }
  return site->Stop();
}

}  // namespace perigee::bench
