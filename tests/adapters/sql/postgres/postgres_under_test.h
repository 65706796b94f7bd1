#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/adapters/sql/postgres/postgres_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/postgres_server.h"

namespace perigee::tests {

// The server of this test program, started by the first call; null with a reason if there is none.
inline PostgresServer* SharedPostgres(std::string& reason) {
  static std::string why;
  static const std::unique_ptr<PostgresServer> server = PostgresServer::Start(why);
  reason = why;
  return server.get();
}

// The URI of a database with an empty store; empty if there is no server.
inline std::string MakePostgresStore(PostgresServer& server) {
  static const std::string model = [&server] {
    const std::string uri = server.MakeDatabase();
    EXPECT_THAT(sql::MigratePostgresStore(uri), IsOk());
    return PostgresServer::DatabaseOf(uri);
  }();
  return server.MakeDatabase(model);
}

// A PostgreSQL store in a database of its own.
class PostgresUnderTest final : public StoreUnderTest {
 public:
  std::string Missing() override {
    std::string reason;
    return SharedPostgres(reason) == nullptr ? reason : "";
  }
  std::unique_ptr<ports::Store> Open(std::size_t queue_max) override {
    if (uri_.empty()) {
      std::string reason;
      uri_ = MakePostgresStore(*SharedPostgres(reason));
    }
    sql::SqlStoreOptions options;
    options.queue_max = queue_max;
    auto store = sql::OpenPostgresStore(uri_, options);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }
  // Empty before the first opening.
  const std::string& uri() const { return uri_; }

 private:
  std::string uri_;
};

}  // namespace perigee::tests
