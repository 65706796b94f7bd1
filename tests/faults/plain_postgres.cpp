#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/faults/plain_sql.h"

namespace perigee::tests {
namespace {

constexpr Oid kBytea = 17;

std::string Value(const PGresult* result, int row, int column) {
  const std::string_view text = PQgetvalue(result, row, column);
  // A blob comes as `\x…`.
  return std::string(PQftype(result, column) == kBytea && !text.empty() ? text.substr(2) : text);
}

}  // namespace

std::shared_ptr<PGconn> PlainPostgres::Open() const {
  return {PQconnectdb(uri_.c_str()), &PQfinish};
}

SqlRows PlainPostgres::Query(const std::string& sql) const {
  const std::shared_ptr<PGconn> connection = held_ == nullptr ? Open() : held_;
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             &PQclear);
  EXPECT_EQ(PQresultStatus(result.get()), PGRES_TUPLES_OK)
      << sql << ": " << PQerrorMessage(connection.get());
  SqlRows rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    std::string& row = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      row += (column == 0 ? "" : "|") + Value(result.get(), i, column);
    }
  }
  return rows;
}

std::unique_ptr<PlainSql> PlainPostgres::Snapshot() const {
  auto snapshot = std::make_unique<PlainPostgres>(uri_);
  snapshot->held_ = Open();
  // The transaction begins with the first read.
  snapshot->Query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM meta");
  return snapshot;
}

}  // namespace perigee::tests
