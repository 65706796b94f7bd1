#include <array>
#include <chrono>
#include <future>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "server/jobs/lease_keeper.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/sequence_ids.h"

namespace perigee::tests {
namespace {

using jobs::LeaseKeeper;
using ports::Lease;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kClean = "clean";
const std::string kSweep = "sweep";
const std::vector<std::string> kJobs = {kClean, kSweep};

// A unit under a lease that adds a member.
ports::Unit LeasedUnit(const Lease& lease, std::uint32_t n) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.lease = lease;
  unit.decide = [n](ports::StoreReader&, const ports::UnitContext& context) {
    ports::Decision decision;
    decision.changes.records.Put(MakeMember(n, "m" + std::to_string(n), context.revision));
    return absl::StatusOr<ports::Decision>(std::move(decision));
  };
  return unit;
}

// One of several servers on one store, with a clock that starts at any value.
struct Server {
  Server(ports::Leases& leases, SequenceIds& ids, std::chrono::nanoseconds clock_start)
      : clock(clock_start),
        keeper({leases, clock, ids}, {.jobs = kJobs},
               [this](const LeaseKeeper::Change& change) { held[change.job] = change.held; }) {}
  FakeSteadyClock clock;
  std::map<std::string, bool> held;  // The changes that the server was told.
  LeaseKeeper keeper;
};

}  // namespace

TEST_P(StoreConformance, OnlyAPresentServerHoldsALease) {
  MakeProgram();
  ports::Leases& leases = store_->leases();
  const Uuid one = NumberedId(1);
  const Uuid two = NumberedId(2);
  EXPECT_EQ(*leases.Renew(one, kJobs), std::nullopt);
  ASSERT_THAT(leases.Join(one), IsOk());
  ASSERT_THAT(leases.Join(two), IsOk());

  const auto held = leases.Renew(one, kJobs);
  ASSERT_THAT(held, IsOk());
  EXPECT_THAT(**held, testing::UnorderedElementsAre(Lease{kClean, 1}, Lease{kSweep, 1}));
  EXPECT_THAT(**leases.Renew(two, kJobs), IsEmpty());
  EXPECT_THAT(*leases.Servers(), ElementsAre(std::pair(one, 1), std::pair(two, 1)));

  EXPECT_EQ(*leases.Remove(one, 0), false);  // The server has shown a sign of life since.
  EXPECT_EQ(*leases.Remove(one, 1), true);
  EXPECT_EQ(*leases.Remove(one, 1), false);
  EXPECT_EQ(*leases.Renew(one, kJobs), std::nullopt);
  const std::vector<std::string> clean = {kClean};
  EXPECT_THAT(**leases.Renew(two, clean), ElementsAre(Lease{kClean, 2}));
  EXPECT_EQ(*leases.Remove(two, std::nullopt), true);
  EXPECT_THAT(*leases.Servers(), IsEmpty());
}

TEST_P(StoreConformance, AUnitUnderALostLeaseIsRefused) {
  MakeProgram();
  ports::Leases& leases = store_->leases();
  ASSERT_THAT(leases.Join(NumberedId(1)), IsOk());
  ASSERT_THAT(leases.Join(NumberedId(2)), IsOk());
  const Lease first = (**leases.Renew(NumberedId(1), kJobs)).front();
  EXPECT_THAT(Write(LeasedUnit(first, 10)), IsOk());
  ASSERT_EQ(*leases.Remove(NumberedId(1), std::nullopt), true);
  const Lease second = (**leases.Renew(NumberedId(2), kJobs)).front();
  ASSERT_EQ(second.job, first.job);

  const domain::Revision head = Head();
  EXPECT_THAT(Write(LeasedUnit(first, 11)), HasReason(Reason::kConflict));
  EXPECT_THAT(Write(LeasedUnit({"nobody", 1}, 11)), HasReason(Reason::kConflict));
  EXPECT_EQ(Head(), head);
  EXPECT_THAT(Write(LeasedUnit(second, 11)), IsOk());
}

TEST_P(StoreConformance, ALeaseStaysWhileItsUnitIsWritten) {
  MakeProgram();
  ports::Leases& leases = store_->leases();
  ASSERT_THAT(leases.Join(NumberedId(1)), IsOk());
  ASSERT_THAT(leases.Join(NumberedId(2)), IsOk());
  const Lease lease = (**leases.Renew(NumberedId(1), kJobs)).front();
  ASSERT_EQ(*leases.Remove(NumberedId(1), std::nullopt), true);
  // Either may come first, but a unit that was admitted is written before the lease is taken.
  std::promise<void> deciding;
  std::atomic<bool> taken = false;
  bool taken_meanwhile = true;
  ports::Unit unit = LeasedUnit(lease, 10);
  unit.decide = [&, decide = unit.decide](ports::StoreReader& reader,
                                          const ports::UnitContext& context) {
    deciding.set_value();
    // This is long enough for a taking that does not wait.
    for (int i = 0; i < 100; ++i) {
      static_cast<void>(reader.journal().Head(kProgram));
    }
    taken_meanwhile = taken;
    return decide(reader, context);
  };
  std::thread taker([&] {
    deciding.get_future().wait();
    const auto held = leases.Renew(NumberedId(2), kJobs);
    taken = true;
    EXPECT_THAT(held, IsOk());
  });
  EXPECT_THAT(Write(std::move(unit)), IsOk());
  taker.join();
  EXPECT_FALSE(taken_meanwhile);
  EXPECT_THAT(Write(LeasedUnit(lease, 11)), HasReason(Reason::kConflict));
}

TEST_P(StoreConformance, ALeaseIsTakenOverAfterItsFullLength) {
  MakeProgram();
  SequenceIds ids;
  Server one(store_->leases(), ids, std::chrono::hours(5));
  Server two(store_->leases(), ids, std::chrono::hours(900));
  const auto pass = [&](milliseconds time) {
    one.clock.Advance(time);
    two.clock.Advance(time);
  };
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  ASSERT_THAT(two.keeper.RunOnce(), IsOk());
  EXPECT_TRUE(one.held[kClean]);
  EXPECT_EQ(two.keeper.Held(kClean), std::nullopt);

  pass(milliseconds(4499));
  EXPECT_EQ(one.keeper.Held(kClean), (Lease{kClean, 1}));
  ASSERT_THAT(two.keeper.RunOnce(), IsOk());
  pass(milliseconds(1));
  EXPECT_EQ(one.keeper.Held(kClean), std::nullopt);  // It stops before another may start.
  EXPECT_FALSE(one.keeper.Holds({kClean, 1}));
  pass(milliseconds(1500));
  ASSERT_THAT(two.keeper.RunOnce(), IsOk());
  EXPECT_EQ(two.keeper.Held(kClean), std::nullopt);
  pass(milliseconds(1));
  ASSERT_THAT(two.keeper.RunOnce(), IsOk());
  EXPECT_EQ(two.keeper.Held(kClean), (Lease{kClean, 2}));

  // The first server goes on, is refused, and then holds nothing.
  EXPECT_THAT(Write(LeasedUnit({kClean, 1}, 10)), HasReason(Reason::kConflict));
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  EXPECT_EQ(one.keeper.Held(kClean), std::nullopt);
  EXPECT_FALSE(one.held[kClean]);
}

TEST_P(StoreConformance, AnExpiredLeaseIsHeldAgainIfItIsFree) {
  MakeProgram();
  SequenceIds ids;
  Server one(store_->leases(), ids, {});
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  one.clock.Advance(std::chrono::hours(1));
  EXPECT_EQ(one.keeper.Held(kClean), std::nullopt);
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  EXPECT_EQ(one.keeper.Held(kClean), (Lease{kClean, 1}));
}

TEST_P(StoreConformance, AnotherServerTakesAGivenUpLeaseAtOnce) {
  MakeProgram();
  SequenceIds ids;
  Server one(store_->leases(), ids, {});
  Server two(store_->leases(), ids, {});
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  ASSERT_THAT(two.keeper.RunOnce(), IsOk());
  ASSERT_THAT(one.keeper.GiveUp(), IsOk());
  EXPECT_FALSE(one.held[kClean]);
  ASSERT_THAT(one.keeper.RunOnce(), IsOk());
  EXPECT_EQ(one.keeper.Held(kClean), std::nullopt);
  ASSERT_THAT(two.keeper.RunOnce(), IsOk());
  EXPECT_EQ(two.keeper.Held(kClean), (Lease{kClean, 2}));
}

TEST_P(StoreConformance, AServerAloneTakesOldLeasesAtOnce) {
  MakeProgram();
  SequenceIds ids;
  Server earlier(store_->leases(), ids, {});
  ASSERT_THAT(earlier.keeper.RunOnce(), IsOk());
  LeaseKeeper alone({store_->leases(), earlier.clock, ids}, {.jobs = kJobs, .alone = true},
                    [](const LeaseKeeper::Change&) {});
  ASSERT_THAT(alone.RunOnce(), IsOk());
  EXPECT_EQ(alone.Held(kClean), (Lease{kClean, 2}));
  EXPECT_THAT(*store_->leases().Servers(), testing::SizeIs(1));
}

// Servers run, pause and come back at random. No two of them hold one lease at a time, each term
// belongs to one server, and a late write is refused.
TEST_P(StoreConformance, NoScheduleLetsTwoServersHoldOneLease) {
  MakeProgram();
  std::minstd_rand random(7);
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  SequenceIds ids;
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(
        std::make_unique<Server>(store_->leases(), ids, std::chrono::hours(below(1000))));
  }
  std::array<int, 3> paused{};  // Rounds that are left of the pause.
  std::map<Lease, std::size_t> owners;
  std::vector<Lease> old;
  std::set<Lease> newest;
  std::uint32_t members = 100;
  for (int round = 0; round < 800; ++round) {
    const milliseconds time(below(2000));
    for (const auto& server : servers) {
      server->clock.Advance(time);
    }
    for (std::size_t i = 0; i < servers.size(); ++i) {
      if (paused[i] > 0) {
        --paused[i];
      } else if (below(20) == 0) {
        paused[i] = below(12);
      } else if (below(3) > 0) {
        ASSERT_THAT(servers[i]->keeper.RunOnce(), IsOk());
      }
    }
    std::map<std::string, std::size_t> holders;
    for (std::size_t i = 0; i < servers.size(); ++i) {
      for (const std::string& job : kJobs) {
        const std::optional<Lease> lease = servers[i]->keeper.Held(job);
        if (!lease.has_value()) {
          continue;
        }
        ASSERT_TRUE(holders.try_emplace(job, i).second) << "round " << round;
        const auto [owner, is_new] = owners.try_emplace(*lease, i);
        ASSERT_EQ(owner->second, i) << "round " << round;
        if (is_new) {
          std::erase_if(newest, [&](const Lease& before) {
            if (before.job == job) {
              old.push_back(before);
            }
            return before.job == job;
          });
          newest.insert(*lease);
          ASSERT_THAT(Write(LeasedUnit(*lease, ++members)), IsOk());
        }
      }
    }
    if (!old.empty() && below(8) == 0) {
      const Lease& late = old[static_cast<std::size_t>(below(static_cast<int>(old.size())))];
      ASSERT_THAT(Write(LeasedUnit(late, members + 1)), HasReason(Reason::kConflict));
    }
  }
  EXPECT_GT(old.size(), 20U);  // Fewer terms would test nothing.
}

}  // namespace perigee::tests
