#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/domain/insider/item_read.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/use_cases/insider/reads.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using domain::ItemPart;
using domain::ItemRead;
using std::chrono::seconds;

// The read of a part at `now`, by the clock of the caller and of the store.
ports::Unit Reads(const domain::MemberKey& member, const ItemPart& part, Time now) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = now;
  unit.decide = [=](ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    auto recorded = use_cases::RecordItemRead(reader, context, kProgram, member, part, now);
    if (!recorded.ok()) {
      return recorded.status();
    }
    return use_cases::DecisionOf(*std::move(recorded));
  };
  return unit;
}

}  // namespace

TEST_P(StoreConformance, ReadsAtOnceShareOneEntry) {
  MakeProgram();
  const ItemPart body{"bike", 1, ""};
  const domain::Revision before = Head();
  std::mutex mutex;
  std::set<domain::Revision> revisions;
  int shared = 0;
  EXPECT_EQ(AtOnce(20,
                   [&](int) {
                     const Outcome outcome = Write(Reads(ada_, body, kStart));
                     const std::lock_guard lock(mutex);
                     if (outcome.ok()) {
                       revisions.insert(outcome->revision);
                       shared += outcome->replayed ? 1 : 0;
                     }
                     return outcome;
                   }),
            (Race{20, {}}));
  EXPECT_EQ(Head(), before + 1);
  EXPECT_EQ(revisions, (std::set{before + 1}));
  EXPECT_EQ(shared, 19);
  // Within the minute, and when it is over.
  ASSERT_THAT(Write(Reads(ada_, body, kStart + seconds(59))), IsOk());
  EXPECT_EQ(Head(), before + 1);
  ASSERT_THAT(Write(Reads(ada_, body, kStart + seconds(60))), IsOk());
  EXPECT_EQ(Head(), before + 2);
  // Nothing but the same part of the same member shares an entry.
  for (const ItemPart& other :
       {ItemPart{"car", 1, ""}, ItemPart{"bike", 2, ""}, ItemPart{"bike", 1, "photo"}}) {
    ASSERT_THAT(Write(Reads(ada_, other, kStart + seconds(60))), IsOk());
  }
  ASSERT_THAT(Write(Reads(bob_, body, kStart + seconds(60))), IsOk());
  EXPECT_EQ(Head(), before + 6);
}

TEST_P(StoreConformance, NobodyWhoIsNotThereReads) {
  MakeProgram();
  EXPECT_THAT(Write(Reads(NumberedId(9), {"bike", 1, ""}, kStart)), HasReason(Reason::kNotFound));
}

TEST_P(StoreConformance, ReadsAreListedNewestFirst) {
  MakeProgram();
  const domain::Revision first = Head() + 1;
  // Two share each time.
  const std::vector<ItemPart> parts = {{"bike", 1, ""}, {"car", 1, ""}};
  for (int minute = 0; minute < 3; ++minute) {
    for (const domain::MemberKey& member : {ada_, bob_}) {
      for (const ItemPart& part : parts) {
        ASSERT_THAT(Write(Reads(member, part, kStart + seconds(60 * minute))), IsOk());
      }
    }
  }
  const auto revisions = [&](const ports::ItemReadQuery& query, int limit) {
    std::vector<domain::Revision> found;
    for (const ItemRead& read : Reading<std::vector<ItemRead>>([&](ports::StoreReader& reader) {
           return reader.item_reads().List(kProgram, query, limit);
         })) {
      found.push_back(read.revision - first);
    }
    return found;
  };
  using Revisions = std::vector<domain::Revision>;
  ports::ItemReadQuery query;
  EXPECT_EQ(revisions(query, 100), (Revisions{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(revisions(query, 2), (Revisions{11, 10}));
  query.before = {kStart + seconds(120), first + 10};
  EXPECT_EQ(revisions(query, 2), (Revisions{9, 8}));
  query.before = {kStart + seconds(120), 0};
  query.since = kStart + seconds(60);
  EXPECT_EQ(revisions(query, 100), (Revisions{7, 6, 5, 4}));
  query.member = bob_;
  EXPECT_EQ(revisions(query, 100), (Revisions{7, 6}));
  query.item = "car";
  EXPECT_EQ(revisions(query, 100), (Revisions{7}));
  query = {};
  query.item = "bike";
  EXPECT_EQ(revisions(query, 100), (Revisions{10, 8, 6, 4, 2, 0}));
  query.item = "boat";
  EXPECT_EQ(revisions(query, 100), Revisions{});

  const auto newest = [&](const ItemPart& part, Time since) {
    return Reading<std::optional<ItemRead>>([&](ports::StoreReader& reader) {
      return reader.item_reads().Newest(kProgram, ada_, part, since);
    });
  };
  const auto found = newest(parts[0], kStart + seconds(1));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->revision, first + 8);
  EXPECT_EQ(found->member, ada_);
  EXPECT_EQ(found->until_time, kStart + seconds(180));
  EXPECT_FALSE(newest(parts[0], kStart + seconds(121)).has_value());
  EXPECT_FALSE(newest({"bike", 2, ""}, kStart).has_value());
}

}  // namespace perigee::tests
