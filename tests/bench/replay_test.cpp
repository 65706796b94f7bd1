#include "tests/bench/replay.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/bench/site.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/temporary_folder.h"

namespace perigee::bench {
namespace {

using tests::IsOk;

constexpr int kMembers = 50;
constexpr std::uint64_t kActivities = 230;
constexpr std::uint64_t kTransfers = 120;

std::vector<std::string> Tables(BareStore& store, const std::string& engine) {
  std::vector<std::string> tables;
  const std::string sql = engine == kSqlite
                              ? "SELECT name FROM sqlite_schema WHERE type = 'table'"
                              : "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
  EXPECT_THAT(store.Select(sql, [&](const BareRow& row) { tables.push_back(row[0].bytes); }),
              IsOk());
  return tables;
}

std::vector<BareRow> Rows(BareStore& store, const std::string& table) {
  std::vector<std::string> order;
  const absl::StatusOr<int> columns = store.CountColumns(table);
  EXPECT_THAT(columns, IsOk());
  for (int column = 1; column <= columns.value_or(0); ++column) {
    order.push_back(absl::StrCat(column));
  }
  std::vector<BareRow> rows;
  EXPECT_THAT(
      store.Select(absl::StrCat("SELECT * FROM ", table, " ORDER BY ", absl::StrJoin(order, ", ")),
                   [&](BareRow row) { rows.push_back(std::move(row)); }),
      IsOk());
  return rows;
}

class ReplayTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    // PostgreSQL may run as another user, who must enter the folder.
    std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
    const Workshop workshop{
        .server = PERIGEED, .folder = folder_.path().string(), .kept = folder_.File("kept")};
    absl::StatusOr<std::unique_ptr<Site>> site =
        Site::Open(workshop, GetParam(), MakeCommunities(1, kMembers), "site");
    if (absl::IsUnavailable(site.status())) {
      PERIGEE_SKIP_OR_FAIL(site.status().ToString());
    }
    ASSERT_THAT(site, IsOk());
    site_ = *std::move(site);
  }

  void Write() {
    const absl::StatusOr<tests::ServerProcess*> server = site_->Serve();
    ASSERT_THAT(server, IsOk());
    const std::string address = (*server)->Address("internal");
    const load::Result transfers =
        load::RunCalls(LoadOn(site_->targets(), TransferCall, address, 2), 16, kTransfers);
    ASSERT_THAT(AllWell("transfers", transfers.Total()), IsOk());
    ASSERT_THAT(
        load::StreamActivities(load::Connect(address, 1).front(), site_->communities().front(),
                               kMembers, kMembers + kActivities),
        IsOk());
  }

  tests::TemporaryFolder folder_;
  std::unique_ptr<Site> site_;
};

TEST_P(ReplayTest, TheFloorWritesTheVeryRowsThatTheServerWrote) {
  ASSERT_THAT(site_->Stop(), IsOk());
  ASSERT_THAT(site_->store().Copy(), IsOk());
  Write();
  auto source = OpenBareStore(site_->store().address());
  auto into = OpenBareStore(site_->store().copy_address());
  ASSERT_THAT(source, IsOk());
  ASSERT_THAT(into, IsOk());
  auto floor = ReplayFloor::Start(*std::move(source), *std::move(into));
  ASSERT_THAT(floor, IsOk());
  // The first part ends with a commit that is not full.
  const absl::StatusOr<ReplayFloor::Result> first = (*floor)->CatchUp(7, 101);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->units, 101);
  const absl::StatusOr<ReplayFloor::Result> rest = (*floor)->CatchUp(100);
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->units, kActivities + kTransfers - 101);

  source = OpenBareStore(site_->store().address());
  into = OpenBareStore(site_->store().copy_address());
  const std::vector<std::string> tables = Tables(**source, GetParam());
  EXPECT_THAT(tables, testing::IsSupersetOf({"journal", "account", "program"}));
  for (const std::string& table : tables) {
    if (table == "server" || table == "lease") {
      continue;  // These rows belong to the running server.
    }
    const std::vector<BareRow> expected = Rows(**source, table);
    EXPECT_TRUE(Rows(**into, table) == expected) << table << ", " << expected.size() << " rows";
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, ReplayTest, testing::Values(kSqlite, kPostgres),
                         [](const auto& engine) { return std::string(engine.param); });

}  // namespace
}  // namespace perigee::bench
