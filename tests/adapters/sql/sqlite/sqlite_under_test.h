#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {

// A SQLite store in a folder of its own.
class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { EXPECT_THAT(sql::MigrateSqliteStore(path_), IsOk()); }
  std::unique_ptr<ports::Store> Open(std::size_t queue_max) override {
    sql::SqlStoreOptions options;
    options.queue_max = queue_max;
    auto store = sql::OpenSqliteStore(path_, options);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::string path_ = folder_.File("store.db");
};

}  // namespace perigee::tests
