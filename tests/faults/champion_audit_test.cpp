#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/sql/sqlite/raw_sqlite.h"
#include "tests/faults/champion_audit.h"
#include "tests/faults/findings.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/sealed_rows.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using testing::Contains;
using testing::HasSubstr;

struct Fault {
  std::string change;  // What a faulty server might have left in the store.
  std::string found;
};

// Whether the store has something for each of the faults to be made of.
bool HasEnough(const PlainSql& sql) {
  const auto more_than = [&](int count, const std::string& rows) {
    return sql.Query("SELECT 1 FROM " + rows).size() > static_cast<std::size_t>(count);
  };
  return more_than(kAskLimit, "ask") && more_than(kThanksLimit, "thanks") &&
         more_than(0, "thanks WHERE withdraw_time IS NOT NULL") &&
         more_than(3, "redemption WHERE state IN (2, 3)") &&
         more_than(0, "redemption WHERE state > 3") && more_than(0, "nomination_voice") &&
         more_than(kSeats, "appointment") && more_than(1, "contribution") &&
         more_than(0, "contribution_share WHERE activity > 0") &&
         more_than(0, "badge_grant WHERE badge <> 'star'") &&
         more_than(0, "badge_grant WHERE badge = 'star'") &&
         more_than(0, "tier_standing WHERE scheme <> 'guests'") &&
         more_than(0, "tier_standing WHERE lock_time IS NOT NULL") && more_than(1, "credential");
}

// An audit that finds nothing in a right store must find something in a wrong one.
TEST(ChampionAuditTest, FindsWhatAFaultyServerWouldLeave) {
  const TemporaryFolder folder;
  const std::string kept = folder.File("kept.db");
  ASSERT_EQ(Perigeed::Run("migrate", "sqlite:" + kept).exit_code, 0);
  const PlainSqlite sql(kept);
  Perigeed server({.store = "sqlite:" + kept});
  ASSERT_THAT(server.Start(), IsOk());
  Workload workload(sql, {&server}, 1);
  ASSERT_THAT(workload.SetUp(), IsOk());
  workload.Round([&] { EXPECT_TRUE(Await([&] { return HasEnough(sql); })); });
  workload.Look(false, kept);
  ASSERT_FALSE(HasFailure());
  server.Stop();

  const std::string copy = folder.File("copy.db");
  for (const Fault& fault : std::vector<Fault>{
           {"DELETE FROM ask WHERE id = (SELECT MAX(id) FROM ask)", "ask lacks"},
           {"UPDATE ask SET member_key = (SELECT MIN(member_key) FROM ask), reserve_time = 1,"
            " cancel_time = NULL",
            "more asks than the budget"},
           {"UPDATE thanks SET withdraw_time = NULL WHERE id ="
            " (SELECT MAX(id) FROM thanks WHERE withdraw_time IS NOT NULL)",
            "thanks has"},
           {"UPDATE thanks SET withdraw_time = NULL, giver = (SELECT MIN(giver) FROM thanks)",
            "more thanks than the budget"},
           {"UPDATE redemption SET state = 2", "open holds of redemptions lacks"},
           {"UPDATE redemption SET state = 4", "open holds of redemptions has"},
           {"UPDATE reward SET taken = taken + 1", "redemptions take"},
           {"UPDATE appointment SET revoke_time = NULL, resign_time = NULL",
            "more appointments than seats"},
           {"UPDATE appointment SET revoke_time = NULL, resign_time = NULL,"
            " member_key = (SELECT MIN(member_key) FROM appointment)",
            "a title twice"},
           {"DELETE FROM nomination_voice", "nomination_voice lacks"},
           {"UPDATE contribution SET state = 1,"
            " same_link_index = (SELECT MIN(same_link_index) FROM contribution)",
            "a link counts twice"},
           {"UPDATE contribution_share SET activity = activity + 1 WHERE activity > 0",
            "contribution_share has"},
           {"UPDATE contribution SET credit_time = NULL;"
            "UPDATE contribution_share SET activity = 0",
            "waits in vain"},
           {"UPDATE badge_grant SET regrants = 1", "granted again"},
           {"UPDATE OR REPLACE badge_grant SET badge = 'answers-999'", "nobody earned the badge"},
           {"UPDATE badge_grant SET regrants = regrants + 1 WHERE badge = 'star'",
            "badges by staff has"},
           {"UPDATE member SET badges = ''", "badges of members lacks"},
           {"UPDATE tier_standing SET scheme = 'club-999' WHERE scheme <> 'guests'",
            "nobody ever earned the tier"},
           {"UPDATE tier_standing SET level = '' WHERE scheme <> 'guests'", "a level was lost"},
           {"UPDATE tier_standing SET lock_time = NULL", "tiers by staff lacks"},
           {"UPDATE member SET tiers = ''", "tiers of members lacks"},
           {"DELETE FROM credential", "credential lacks"},
           {"UPDATE credential SET list = 0, list_index = 0", "two credentials"},
       }) {
    for (const char* part : {"", "-keys"}) {
      std::filesystem::copy_file(kept + part, copy + part,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    RunRaw(copy, fault.change);
    const PlainSqlite changed(copy);
    Findings findings;
    workload.champions().Compare(changed, ReadMembers(changed), findings);
    EXPECT_THAT(findings.all(), Contains(HasSubstr(fault.found))) << fault.change;
  }
}

}  // namespace
}  // namespace perigee::tests
