#include <endian.h>
#include <libpq-fe.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/bare_store.h"

namespace perigee::bench {
namespace {

// The types of the schema, by their numbers in pg_type.
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr int kBinary = 1;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

BareValue ValueAt(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) {
    return {};
  }
  const char* bytes = PQgetvalue(result, row, column);
  if (PQftype(result, column) == kInt8) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    return BareValue::Int(static_cast<std::int64_t>(be64toh(number)));
  }
  const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
  return {PQftype(result, column) == kBytea ? BareValue::Kind::kBlob : BareValue::Kind::kText, 0,
          std::string(bytes, size)};
}

// The arguments that libpq needs for the values of a statement. They point into the values.
class Parameters {
 public:
  explicit Parameters(std::span<const BareValue> values) {
    numbers_.reserve(values.size());  // Pointers into it must stay valid.
    for (const BareValue& value : values) {
      numbers_.push_back(htobe64(static_cast<std::uint64_t>(value.number)));
      const bool is_number = value.kind == BareValue::Kind::kInt;
      values_.push_back(value.kind == BareValue::Kind::kNull ? nullptr
                        : is_number ? reinterpret_cast<const char*>(&numbers_.back())
                                    : value.bytes.data());
      lengths_.push_back(static_cast<int>(is_number ? sizeof(std::uint64_t) : value.bytes.size()));
    }
    formats_.assign(values.size(), kBinary);
  }

  int Send(PGconn* connection, const std::string& statement) const {
    return PQsendQueryPrepared(connection, statement.c_str(), static_cast<int>(values_.size()),
                               values_.data(), lengths_.data(), formats_.data(), kBinary);
  }

 private:
  std::vector<std::uint64_t> numbers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

class BarePostgres final : public BareStore {
 public:
  static absl::StatusOr<std::unique_ptr<BareStore>> Open(const std::string& uri) {
    auto store = std::make_unique<BarePostgres>();
    store->connection_.reset(PQconnectdb(uri.c_str()));
    if (PQstatus(store->connection_.get()) != CONNECTION_OK) {
      return store->Failed();
    }
    return store;
  }

  // Reads one row at a time, because a table may not fit into memory.
  absl::Status Select(const std::string& sql, const std::function<void(BareRow)>& visit) override {
    PGconn* connection = connection_.get();
    if (PQsendQueryParams(connection, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                          kBinary) == 0 ||
        PQsetSingleRowMode(connection) == 0) {
      return Failed();
    }
    absl::Status status;
    while (const Result result{PQgetResult(connection)}) {
      const ExecStatusType got = PQresultStatus(result.get());
      if (got != PGRES_SINGLE_TUPLE && got != PGRES_TUPLES_OK) {
        status = Failed();
      }
      for (int row = 0; row < PQntuples(result.get()); ++row) {
        BareRow values;
        for (int column = 0; column < PQnfields(result.get()); ++column) {
          values.push_back(ValueAt(result.get(), row, column));
        }
        visit(std::move(values));
      }
    }
    return status;
  }

  absl::StatusOr<int> CountColumns(const std::string& table) override {
    const Result result{
        PQexec(connection_.get(), absl::StrCat("SELECT * FROM ", table, " LIMIT 0").c_str())};
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
      return Failed();
    }
    return PQnfields(result.get());
  }

  absl::StatusOr<int> Prepare(const std::string& sql) override {
    const std::string name = absl::StrCat("s", statements_.size());
    const Result result{PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr)};
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      return Failed();
    }
    statements_.push_back(name);
    return static_cast<int>(statements_.size()) - 1;
  }

  absl::Status Begin() override {
    return PQenterPipelineMode(connection_.get()) == 1 ? Send("BEGIN") : Failed();
  }

  absl::Status Write(int statement, std::span<const BareValue> values) override {
    const std::string& name = statements_[static_cast<std::size_t>(statement)];
    return Parameters(values).Send(connection_.get(), name) == 1 ? absl::OkStatus() : Failed();
  }

  absl::Status Commit() override {
    PERIGEE_RETURN_IF_ERROR(Send("COMMIT"));
    PGconn* connection = connection_.get();
    if (PQpipelineSync(connection) != 1) {
      return Failed();
    }
    // A null result stands between the results of two statements; the end has a result of its own.
    absl::Status status;
    for (bool more = true; more && PQstatus(connection) == CONNECTION_OK;) {
      const Result result{PQgetResult(connection)};
      const ExecStatusType got = PQresultStatus(result.get());
      more = got != PGRES_PIPELINE_SYNC;
      if (result != nullptr && more && got != PGRES_COMMAND_OK && status.ok()) {
        status =
            absl::InternalError(absl::StrCat("PostgreSQL: ", PQresultErrorMessage(result.get())));
      }
    }
    PERIGEE_RETURN_IF_ERROR(status);
    return PQexitPipelineMode(connection) == 1 ? absl::OkStatus() : Failed();
  }

 private:
  absl::Status Failed() const {
    return absl::InternalError(absl::StrCat("PostgreSQL: ", PQerrorMessage(connection_.get())));
  }

  absl::Status Send(const char* sql) {
    return PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr,
                             kBinary) == 1
               ? absl::OkStatus()
               : Failed();
  }

  std::unique_ptr<PGconn, Finish> connection_;
  std::vector<std::string> statements_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<BareStore>> OpenBarePostgres(const std::string& uri) {
  return BarePostgres::Open(uri);
}

}  // namespace perigee::bench
