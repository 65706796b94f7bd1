#include "server/adapters/sql/base/record_table.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/core/error.h"
#include "server/core/seal.h"
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
  static constexpr std::string_view kTable = "vow";
  static constexpr bool kAppendOnly = false;
  static auto Fields() {
    return std::tuple(domain::Owner(1, "member_key", &Promise::member),
                      domain::Key(2, "id", &Promise::id),
                      domain::Findable(3, "words", &Promise::words),
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
    EXPECT_THAT(connection_->Run("CREATE TABLE vow (program TEXT, member_key BLOB, id TEXT, "
                                 "due_time BIGINT, revision BIGINT, sealed BLOB, words_index BLOB, "
                                 "PRIMARY KEY (program, id))"),
                IsOk());
    sql::KeyStore key_store(*database_);
    key_store.Take();  // Asks for keys.
    EXPECT_THAT(key_store.Provide(1), IsOk());
    for (const domain::MemberKey& owner : {domain::MemberKey{}, KeyOf(1), KeyOf(2)}) {
      const sql::KeyStore::Key key = key_store.Take().value();
      keys_[owner] = key.key;
      EXPECT_THAT(sql::TextKeyRepository(*connection_).Add("demo", owner, key.slot), IsOk());
    }
  }
  // Puts a member's promise that falls due at that hour.
  Promise Put(std::uint8_t member, const std::string& id, std::optional<int> hour) {
    Promise promise{KeyOf(member), id, "I will", std::nullopt, ++revision_};
    if (hour.has_value()) {
      promise.due_time = Hour(*hour);
    }
    EXPECT_THAT(table_.Put(*connection_, "demo", &promise, keys_), IsOk());
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
  sql::TextKeys keys_;
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

TEST_F(RecordTableTest, PersonalFieldsAreStoredSealedOnly) {
  const Promise ada = Put(1, "call", 3);
  Promise silent{KeyOf(1), "none", "", std::nullopt, 9};
  EXPECT_THAT(table_.Put(*connection_, "demo", &silent, keys_), IsOk());
  std::vector<std::string> rows;
  EXPECT_THAT(connection_->Query("SELECT sealed, words_index FROM vow ORDER BY id", {},
                                 [&](const sql::Row& row) {
                                   EXPECT_EQ(row.IsNull(0), row.IsNull(1));
                                   rows.push_back(row.Text(0) + row.Text(1));
                                 }),
              IsOk());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0], testing::Not(testing::HasSubstr("I will")));
  EXPECT_GT(rows[0].size(), ada.words.size() + 16);
  EXPECT_EQ(rows[1], "");
}

TEST_F(RecordTableTest, AnErasedOwnersFieldsAreEmptyAndAMissingKeyIsAnError) {
  const Promise ada = Put(1, "call", 3);
  const Promise bob = Put(2, "write", 1);
  EXPECT_THAT(sql::TextKeyRepository(*connection_).Destroy("demo", KeyOf(1)), IsOk());
  const auto found = table_.Find(*connection_, "demo", &ada);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(static_cast<const Promise*>(found->get())->words, "");
  EXPECT_THAT(connection_->Run("DELETE FROM text_key WHERE length(owner) = 16"), IsOk());
  EXPECT_THAT(table_.Find(*connection_, "demo", &bob), HasReason(Reason::kInternal));
  // The connection goes on.
  EXPECT_THAT(table_.Count(*connection_, "demo"), IsOk());
}

TEST_F(RecordTableTest, ASealedTextBelongsToItsRow) {
  Put(1, "call", 3);
  const Promise other = Put(1, "write", 3);
  EXPECT_THAT(connection_->Run("UPDATE vow SET sealed = (SELECT sealed FROM vow WHERE id = "
                               "'call') WHERE id = 'write'"),
              IsOk());
  EXPECT_THAT(table_.Find(*connection_, "demo", &other), HasReason(Reason::kInternal));
}

TEST_F(RecordTableTest, ARowIsFoundByItsTextThroughAKeyedHash) {
  Put(1, "call", 3);
  const domain::Field& words = table_.field("words");
  const auto count = [&](const std::string& program, const std::string& text) {
    std::int64_t found = 0;
    EXPECT_THAT(
        connection_->Query(sql::Sql::Built("SELECT 1 FROM vow p WHERE " + table_.Is("p", words, 2) +
                                           " AND p.program <> $1 || 'x'"),
                           {program, sql::Value::Blob(table_.Sought(words, text))},
                           [&](const sql::Row&) { ++found; }),
        IsOk());
    return found;
  };
  EXPECT_EQ(count("demo", "I will"), 1);
  EXPECT_EQ(count("demo", "I will not"), 0);
  EXPECT_EQ(count("other", "I will"), 0);  // There is no key.
  Promise like{KeyOf(1), "call", "I will", std::nullopt, 1};
  EXPECT_TRUE(table_.IsIndexed(*connection_, "demo", &like, keys_[{}]).value());
  like.words = "I might";
  EXPECT_FALSE(table_.IsIndexed(*connection_, "demo", &like, keys_[{}]).value());
}

}  // namespace
}  // namespace perigee::tests
