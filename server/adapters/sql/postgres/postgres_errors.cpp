#include "server/adapters/sql/postgres/postgres_errors.h"

#include <array>
#include <string>

#include "server/adapters/sql/base/driver.h"
#include "server/core/error.h"

namespace perigee::sql {
namespace {

struct Meaning {
  std::string_view prefix;  // Of the SQLSTATE. The first match counts.
  Reason reason;
  std::string_view message;
};

constexpr std::string_view kNoSuchTable = "42P01";

constexpr std::string_view kAway = "the store's server is away or not up yet: try again";

constexpr std::string_view kPooled =
    "a pooler gives each transaction another session, such as pgbouncer in transaction mode: "
    "connect "
    "to the server itself, or pool by session";

constexpr auto kMeanings = std::to_array<Meaning>({
    {"23505", Reason::kAlreadyExists, "the store has a record of that key already"},
    {"40001", Reason::kConflict, "other servers changed the same at once: try again"},
    {"40P01", Reason::kConflict, "other servers changed the same at once: try again"},
    {"40003", Reason::kStoreUnavailable,
     "nobody knows whether it was written: the same request again tells"},
    {"55P03", Reason::kStoreUnavailable,
     "another server or program holds what is to be written for too long: try again"},
    {"57014", Reason::kStoreUnavailable,
     "the store's server took too long for a statement: try again"},
    {"57P", Reason::kStoreUnavailable, kAway},
    {"25P03", Reason::kStoreUnavailable, "a transaction was left alone for too long: try again"},
    {"25006", Reason::kStoreUnavailable,
     "the store's server takes no writes: it is a standby, or read only"},
    {"08P01", Reason::kInternal, "the store's server refused a statement"},
    {"08", Reason::kStoreUnavailable, kAway},
    {"53100", Reason::kStoreUnavailable, "the store's disk is full"},
    {"53300", Reason::kStoreUnavailable,
     "the store's server has too many connections: raise its max_connections, or use fewer"},
    {"53", Reason::kStoreUnavailable, "the store's server has no memory or disk left"},
    {"58", Reason::kStoreUnavailable, "the store's server cannot read or write its files"},
    {"XX001", Reason::kStoreUnavailable, "the store is damaged: restore a backup"},
    {"XX002", Reason::kStoreUnavailable, "the store is damaged: restore a backup"},
    {"28", Reason::kStoreUnavailable,
     "the store's server refused the user or the password: check the URI and the passfile"},
    {"3D000", Reason::kStoreUnavailable,
     "there is no such database: make it with `createdb`, then run `perigeed migrate`"},
    {"42501", Reason::kStoreUnavailable, "the store's server denies its tables to this user"},
    {"26000", Reason::kStoreUnavailable, kPooled},
    {"42P05", Reason::kStoreUnavailable, kPooled},
    {kNoSuchTable, Reason::kStoreUnavailable, "the store is empty: run `perigeed migrate`"},
    {"42P07", Reason::kStoreUnavailable,
     "the database has tables of another program: use one of its own"},
});

}  // namespace

absl::Status StatusOfSqlState(std::string_view state) {
  for (const Meaning& meaning : kMeanings) {
    if (state.starts_with(meaning.prefix)) {
      return state == kNoSuchTable ? Error(meaning.reason, meaning.message, {{kNoTable, ""}})
                                   : Error(meaning.reason, meaning.message);
    }
  }
  return Error(Reason::kInternal, "the store refused a statement", {{"code", std::string(state)}});
}

absl::Status ConnectionLost() {
  return Error(Reason::kStoreUnavailable,
               "the connection to the store's server was lost: try again");
}

}  // namespace perigee::sql
