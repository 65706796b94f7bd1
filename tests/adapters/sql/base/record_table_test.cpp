#include "server/adapters/sql/base/record_table.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/core/time.h"
#include "server/domain/record/describe.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {

// A promise that a member must keep by some time.
struct Promise {
  domain::MemberKey member;
  std::string id;
  std::string words;
  std::optional<Time> due_time;
  domain::Revision revision = 0;

  static constexpr int kNumber = 900;
  static constexpr std::string_view kTable = "promise";
  static constexpr bool kAppendOnly = false;
  static auto Fields() {
    return std::tuple(domain::Owner(1, "member_key", &Promise::member),
                      domain::Key(2, "id", &Promise::id),
                      domain::Personal(3, "words", &Promise::words),
                      domain::Due(4, "due_time", &Promise::due_time));
  }
};

}  // namespace perigee::tests

namespace perigee::domain {
template <>
const RecordType& TypeOf<tests::Promise>() {
  static const RecordTypeFor<tests::Promise> kType;
  return kType;
}
}  // namespace perigee::domain

namespace perigee::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

domain::MemberKey KeyOf(std::uint8_t number) {
  domain::MemberKey key;
  key.bytes[15] = number;
  return key;
}

class RecordTableTest : public testing::Test {
 protected:
  RecordTableTest() {
    EXPECT_THAT(sql::MigrateSqliteStore(path_), IsOk());
    database_ = *sql::OpenSqlite(path_, sql::SqliteUse::kMigrate);
    connection_ = *database_->Connect(sql::Database::Access::kWrite);
    EXPECT_THAT(connection_->Run("CREATE TABLE promise (program TEXT, member_key BLOB, id TEXT, "
                                 "words TEXT, due_time BIGINT, revision BIGINT, "
                                 "PRIMARY KEY (program, id))"),
                IsOk());
  }
  // Puts a member's promise that falls due at that hour.
  Promise Put(std::uint8_t member, const std::string& id, std::optional<int> hour) {
    Promise promise{KeyOf(member), id, "I will", std::nullopt, ++revision_};
    if (hour.has_value()) {
      promise.due_time = Hour(*hour);
    }
    EXPECT_THAT(table_.Put(*connection_, "demo", &promise), IsOk());
    return promise;
  }
  static Time Hour(int hour) { return kBeginningOfTime + std::chrono::hours(hour); }
  std::vector<ports::Due> AllDue() { return *sql::DueRepository(*connection_).OfProgram("demo"); }
  static ports::Due DueAt(const Promise& promise, int hour) {
    return {
        Hour(hour), "demo", ports::DueKindOf(domain::TypeOf<Promise>()),
        domain::EncodeRecord(domain::TypeOf<Promise>(), &promise, domain::WireSink::Part::kKey)};
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("store.db");
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Connection> connection_;
  const sql::RecordTable table_{domain::TypeOf<Promise>()};
  domain::Revision revision_ = 0;
};

TEST_F(RecordTableTest, ARecordFallsDueAtItsNewestTime) {
  const Promise ada = Put(1, "call", 3);
  const Promise bob = Put(2, "write", 1);
  EXPECT_THAT(AllDue(), ElementsAre(DueAt(bob, 1), DueAt(ada, 3)));
  Put(1, "call", 5);
  EXPECT_THAT(AllDue(), ElementsAre(DueAt(bob, 1), DueAt(ada, 5)));
  Put(1, "call", std::nullopt);
  EXPECT_THAT(AllDue(), ElementsAre(DueAt(bob, 1)));
  EXPECT_THAT(table_.Delete(*connection_, "demo", &bob), IsOk());
  EXPECT_THAT(AllDue(), IsEmpty());
}

TEST_F(RecordTableTest, ADueKeyFindsItsRecord) {
  Put(1, "call", 3);
  const auto like = domain::DecodeRecord(domain::TypeOf<Promise>(), AllDue().at(0).key, {}, 0);
  ASSERT_NE(like, nullptr);
  const auto found = table_.Find(*connection_, "demo", like.get());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(static_cast<const Promise*>(found->get())->words, "I will");
}

}  // namespace
}  // namespace perigee::tests
