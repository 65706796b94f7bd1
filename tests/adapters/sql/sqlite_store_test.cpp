#include "server/adapters/sql/sqlite_store.h"

#include <utility>

#include "tests/adapters/sql/temporary_folder.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { EXPECT_THAT(sql::MigrateSqliteStore(path_), IsOk()); }
  std::unique_ptr<ports::Store> Open(std::size_t queue_max) override {
    auto store = sql::OpenSqliteStore(path_, {.queue_max = queue_max});
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }

 private:
  TemporaryFolder folder_;
  std::string path_ = folder_.File("store.db");
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(StoreEngine{
                             "Sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}),
                         EngineName);

}  // namespace
}  // namespace perigee::tests
