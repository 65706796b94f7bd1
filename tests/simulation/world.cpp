#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/core/check.h"
#include "tests/simulation/decisions.h"

namespace perigee::simulation {
namespace {

// The pauses that a server makes to gather work are over whenever its threads run.
constexpr std::chrono::milliseconds kShortPause{100};
constexpr std::string_view kSeasons[] = {"2026-03-06T12:00:00Z", "2026-10-23T12:00:00Z"};

std::string RamFolder() {
  const std::filesystem::path ram = "/dev/shm";
  std::error_code error;
  const bool is_there = std::filesystem::is_directory(ram, error);
  return is_there ? ram.string() : std::filesystem::temp_directory_path().string();
}

}  // namespace

Ground::Ground() : folder_(RamFolder() + "/perigee-XXXXXX") {
  PERIGEE_CHECK(mkdtemp(folder_.data()) != nullptr, "the simulation can make a folder");
  PERIGEE_CHECK(sql::MigrateSqliteStore(folder_ + "/empty.db").ok(), "and a store in it");
}

Ground::~Ground() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<sql::Database> Ground::NewStore() {
  const std::string before = absl::StrCat(folder_, "/", stores_, ".db");
  for (const char* end : {"", "-wal", "-shm", "-lock", "-keys", "-keys-wal", "-keys-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(before + end, ignored);
  }
  const std::string path = absl::StrCat(folder_, "/", ++stores_, ".db");
  std::error_code error;
  for (const char* end : {"", "-keys"}) {
    std::filesystem::copy_file(folder_ + "/empty.db" + end, path + end, error);
  }
  absl::StatusOr<std::unique_ptr<sql::Database>> database =
      sql::OpenSqlite(path, sql::SqliteUse::kServe);
  PERIGEE_CHECK(database.ok(), "the simulation can open its store");
  return *std::move(database);
}

void Report::Add(const Report& other) {
  steps += other.steps;
  pages += other.pages;
  faults.crashes += other.faults.crashes;
  faults.of_store += other.faults.of_store;
  faults.answers_lost += other.faults.answers_lost;
  faults.of_cache += other.faults.of_cache;
  digest = digest * 31 + other.digest;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    machines[i].steps += other.machines[i].steps;
    machines[i].changes += other.machines[i].changes;
    machines[i].refusals += other.machines[i].refusals;
    machines[i].faults += other.machines[i].faults;
  }
}

Tally Report::Sum() const {
  Tally sum;
  for (const Tally& machine : machines) {
    sum.steps += machine.steps;
    sum.changes += machine.changes;
    sum.refusals += machine.refusals;
    sum.faults += machine.faults;
  }
  return sum;
}

World::World(Ground& ground, const Sabotage& sabotage, int season, bool keep_log)
    : database_(ground.NewStore()),
      observer_(*database_->Connect(sql::Database::Access::kRead)),
      clock_(*ParseTime(kSeasons[season])),
      cache_(!sabotage.cache_ignores_marks),
      sabotage_(sabotage),
      keep_log_(keep_log),
      model_(ToMicros(clock_.Now()), 1) {
  for (int server = 0; server < kServers; ++server) {
    servers_[static_cast<std::size_t>(server)] =
        std::make_unique<Server>(*database_, cache_, clock_, ids_, sabotage_);
  }
  std::vector<ports::Unit> units;
  units.push_back(UnitToBegin(Now()));
  const auto outcomes = servers_[0]->store().Commit(std::move(units));
  PERIGEE_CHECK(outcomes.front().ok(), "the programme can be made");
  for (int server = 0; server < kServers; ++server) {
    StartServer(server);
  }
}

void World::StartServer(int server) {
  auto& place = servers_[static_cast<std::size_t>(server)];
  Count(*place);
  place.reset();
  place = std::make_unique<Server>(*database_, cache_, clock_, ids_, sabotage_);
  listening_[static_cast<std::size_t>(server)] = place->store().feed().Listen(
      [this, server](const std::string& program, domain::Revision head) {
        for (int other = 0; other < kServers; ++other) {
          if (other != server && !deaf_) {
            servers_[static_cast<std::size_t>(other)]->store().Hear(program, head);
          }
        }
      });
  PERIGEE_CHECK(place->Start().ok(), "a server can start");
}

void World::Note(std::string what) {
  for (const char c : what) {
    report_.digest = (report_.digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  if (keep_log_) {
    report_.log.push_back(absl::StrCat(report_.steps, ". ", what));
  }
}

void World::Fail(const std::string& what, const std::string& how) {
  if (!report_.failure) {
    Note(absl::StrCat("  FAILED: ", what, ": ", how));
    report_.failure = Failure{report_.steps, what, how};
  }
}

Report World::Run(const std::vector<Step>& steps) {
  report_.digest = 0xcbf29ce484222325;
  for (const Step& step : steps) {
    ++report_.steps;
    Take(step);
    if (report_.failure) {
      break;
    }
  }
  if (!report_.failure) {
    Rest();
  }
  report_.faults.of_cache = cache_.faults();
  for (const auto& server : servers_) {
    Count(*server);
  }
  return std::move(report_);
}

void World::Count(const Server& server) {
  report_.faults.of_store += server.faults.happened;
  report_.faults.answers_lost += server.faults.answers_lost;
}

void World::CatchUp(Server& server, const std::string& on) {
  const int projected = server.projector().Run(1000);
  server.executor().RunUpTo(kShortPause);
  Note(absl::StrCat("catch up", on, ": ", projected, " and ", server.follower().Run(1000)));
}

void World::Take(const Step& step) {
  Server& server = At(step.n[0]);
  const std::string on = absl::StrCat(" on server ", step.n[0] % kServers);
  switch (step.action) {
    case Action::kCommit:
      deaf_ = step.n[1] % 4 == 0;
      Commit(step.n[0] % kServers);
      break;
    case Action::kProject:
      Note(absl::StrCat("project", on, ": ", server.projector().Run(1 + step.n[1] % 3)));
      break;
    case Action::kFollow:
      server.executor().RunUpTo(kShortPause);
      Note(absl::StrCat("follow", on, ": ", server.follower().Run(1 + step.n[1] % 3)));
      break;
    case Action::kFollowRules:
      if (step.n[1] % 3 == 0) {
        Note(absl::StrCat("follow a rule", on, ": ", server.rules().Run(1)));
        JudgeTime();
      } else {
        FollowRules(server);
      }
      break;
    case Action::kCatchUp:
      CatchUp(server, on);
      break;
    case Action::kWake:
      Note(absl::StrCat("wake", on, ": ", server.executor().RunUpTo(std::chrono::hours(1))));
      break;
    case Action::kExpire:
      Expire(server);
      break;
    case Action::kClosePeriods:
      ClosePeriods(server);
      break;
    case Action::kDeleteProgram:
      DeleteProgram(server);
      break;
    case Action::kRead:
      Read(step);
      break;
    case Action::kWait:
      Wait(step);
      break;
    case Action::kTurnBack:
      clock_.Advance(-Duration{(1 + step.n[1]) * 7 * kSecond});
      Note(absl::StrCat("the clock is turned back to ", FormatTime(clock_.Now())));
      break;
    case Action::kBreakStore:
      BreakStore(step);
      break;
    case Action::kBreakCache:
      BreakCache(step);
      break;
    case Action::kInterleave:
      Interleave(step);
      break;
    case Action::kCrash:
      ++report_.faults.crashes;
      Note(absl::StrCat("crash", on, ", ", server.waiting.size(), " changes waiting there"));
      StartServer(step.n[0] % kServers);
      break;
    default:
      Ask(step);
      break;
  }
}

// Many periods in one jump take long, so long jumps are for worlds without short periods.
Micros World::LongestWait() const {
  const bool has_short = std::ranges::any_of(model_.boards(), [](const auto& board) {
    const Rhythm rhythm = board.second.spec.rhythm;
    return rhythm == Rhythm::kDaily || rhythm == Rhythm::kWeek || rhythm == Rhythm::kRolling;
  });
  return has_short ? 32 * kDay : 200 * kDay;
}

void World::Wait(const Step& step) {
  const Micros a = step.n[1];
  const Micros b = step.n[2];
  Micros to = Now();
  switch (step.n[0] % 16) {
    case 0:
    case 1:
    case 2:
      to += (1 + a % 12) * kHour;
      break;
    case 3:
    case 4: {
      const char* zone = kZones[a % 4];
      to = StartOfDay(zone, DayAt(zone, to) + 1) + (b % 3 - 1) * kSecond;
      break;
    }
    case 5:
    case 8:
    case 9: {
      // The exact instant at which something begins or ends.
      std::vector<Micros> ends = model_.champions().Instants(to);
      std::ranges::copy(model_.tiers().Instants(), std::back_inserter(ends));
      std::erase_if(ends, [&](Micros end) { return end <= to || end > to + LongestWait(); });
      for (const Move& move : model_.books().moves()) {
        if (move.expire && *move.expire > to && !model_.books().IsResolved(move.name)) {
          ends.push_back(*move.expire);
        }
      }
      if (!ends.empty()) {
        to = ends[static_cast<std::size_t>(a) % ends.size()];
      }
      break;
    }
    case 6:
      to += kDay;
      break;
    case 7:
      to += a % 6 == 0 ? 32 * kDay : 3 * kDay;
      break;
    default:
      to += a * b * 1000;
      break;
  }
  clock_.Set(FromMicros(std::max(to, Now())));
  Note(absl::StrCat("it is ", FormatTime(clock_.Now())));
}

void World::BreakStore(const Step& step) {
  Server& server = At(step.n[0]);
  StoreFaults& faults = server.faults;
  faults.Mend();
  static constexpr const char* kHow[] = {"a statement fails",
                                         "a statement fails oddly",
                                         "a statement loses to another server",
                                         "a commit fails",
                                         "a commit's answer is lost",
                                         "is away",
                                         "is well"};
  static constexpr Reason kWith[] = {Reason::kStoreUnavailable, Reason::kInternal,
                                     Reason::kConflict};
  const std::size_t how = step.n[1] % std::size(kHow);
  if (how < std::size(kWith)) {
    faults.statements_to_fault = 1 + step.n[2] % 60;
    faults.with = kWith[how];
  }
  faults.commit_fails = how == 3;
  faults.commit_is_lost = how == 4;
  faults.down = how == 5;
  Note(absl::StrCat("the store of server ", step.n[0] % kServers, ": ", kHow[how],
                    faults.statements_to_fault > 0
                        ? absl::StrCat(" (no. ", faults.statements_to_fault, ")")
                        : ""));
}

void World::BreakCache(const Step& step) {
  static constexpr const char* kHow[] = {"will refuse a call",
                                         "will lose an answer",
                                         "will do something too late",
                                         "is away",
                                         "is well",
                                         "is flushed",
                                         "has a snapshot taken",
                                         "is restored from that",
                                         "does what was late"};
  const std::size_t how = step.n[0] % 9;
  if (how < 3) {
    cache_.Break(static_cast<FaultyCache::Fault>(how), 1 + step.n[1] % 6);
  } else if (how < 5) {
    cache_.SetDown(how == 3);
  } else if (how == 5) {
    cache_.Flush();
  } else if (how == 6) {
    cache_.Snapshot();
  } else if (how == 7) {
    cache_.Restore();
  } else {
    cache_.Deliver();
  }
  Note(absl::StrCat("the cache ", kHow[how],
                    how < 3 ? absl::StrCat(" (no. ", 1 + step.n[1] % 6, ")") : ""));
}

void World::Interleave(const Step& step) {
  const int server = step.n[0] % kServers;
  const int what = step.n[1] % 3;
  Note(absl::StrCat("the next call of the cache will be overtaken by server ", server,
                    what == 0   ? "'s projector"
                    : what == 1 ? "'s follower"
                                : "'s commit"));
  interrupt_before_ = 1 + step.n[2] % 6;
  interrupt_ = [this, server] {
    Note("  meanwhile");
    Commit(server);
  };
  cache_.Interrupt([this, server, what] {
    Server& other = *servers_[static_cast<std::size_t>(server)];
    if (what == 0) {
      Note(absl::StrCat("  meanwhile projected: ", other.projector().Run(2)));
    } else if (what == 1) {
      Note(absl::StrCat("  meanwhile followed: ", other.follower().Run(2)));
    } else {
      Commit(server);
    }
  });
}

}  // namespace perigee::simulation
