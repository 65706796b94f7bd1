#include "server/adapters/sql/migrations.h"

#include <openssl/rand.h>

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/base/keys_apart.h"
#include "server/adapters/sql/journal/journal_parties.h"
#include "server/adapters/sql/member/eligibility.h"
#include "server/adapters/sql/seal_rows.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

constexpr std::size_t kTokenSecretBytes = 32;
// The schemas that need more than SQL.
constexpr std::int64_t kEligibility = 2;
constexpr std::int64_t kSealedRows = 5;
constexpr std::int64_t kJournalParties = 7;
constexpr std::int64_t kKeysApart = 10;

// 0 if the table is empty.
absl::StatusOr<std::int64_t> SchemaVersion(Connection& connection) {
  std::int64_t version = 0;
  std::int64_t rows = 0;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      "SELECT COUNT(*), COALESCE(MAX(version), 0) FROM schema_version", {}, [&](const Row& row) {
        rows = row.Int(0);
        version = row.Int(1);
      }));
  // A newer program may count in another way.
  if (rows != version && version <= static_cast<std::int64_t>(Migrations().size())) {
    return Error(Reason::kStoreUnavailable,
                 "the store does not say all of its migrations: restore a backup");
  }
  return version;
}

absl::Status UnknownSchema(std::int64_t found) {
  const auto known = static_cast<std::int64_t>(Migrations().size());
  return Error(Reason::kStoreUnavailable,
               found < known
                   ? absl::StrCat("the store has schema ", found, ", this program needs ", known,
                                  ": run `perigeed migrate`")
                   : absl::StrCat("the store has schema ", found, ", this program only knows ",
                                  known, ": run a newer perigeed"),
               {{"found", absl::StrCat(found)}, {"known", absl::StrCat(known)}});
}

absl::Status MakeTokenSecret(Connection& connection) {
  std::array<unsigned char, kTokenSecretBytes> secret{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return Error(Reason::kInternal, "the system gave no random bytes");
  }
  return connection.Execute(
      "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
      {"token_secret", Value::Blob({reinterpret_cast<const char*>(secret.data()), secret.size()})});
}

absl::Status RunMigration(Connection& connection, KeyStore& keys, std::int64_t version) {
  PERIGEE_RETURN_IF_ERROR(
      connection.Run(std::string(Migrations()[static_cast<std::size_t>(version - 1)])));
  if (version == kEligibility) {
    PERIGEE_RETURN_IF_ERROR(Eligibility(connection).Fill());
  }
  if (version == kSealedRows) {
    PERIGEE_RETURN_IF_ERROR(SealRows(connection));
  }
  if (version == kJournalParties) {
    PERIGEE_RETURN_IF_ERROR(JournalParties(connection).Fill());
  }
  if (version == kKeysApart) {
    PERIGEE_RETURN_IF_ERROR(MoveKeysApart(connection, keys));
  }
  PERIGEE_RETURN_IF_ERROR(
      connection.Execute("INSERT INTO schema_version (version) VALUES ($1)", {version}));
  return MakeTokenSecret(connection);
}

}  // namespace

absl::StatusOr<bool> Migrate(Connection& connection, KeyStore& keys) {
  PERIGEE_RETURN_IF_ERROR(
      connection.Run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY);"));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t found, SchemaVersion(connection));
  const auto known = static_cast<std::int64_t>(Migrations().size());
  if (found > known) {
    return UnknownSchema(found);
  }
  if (found >= kKeysApart) {
    PERIGEE_RETURN_IF_ERROR(CheckKeys(connection));
  } else {
    PERIGEE_RETURN_IF_ERROR(keys.MakeTables());
  }
  for (std::int64_t version = found + 1; version <= known; ++version) {
    PERIGEE_RETURN_IF_ERROR(connection.BeginWrite());
    if (absl::Status done = RunMigration(connection, keys, version); !done.ok()) {
      connection.Rollback();
      return done;
    }
    PERIGEE_RETURN_IF_ERROR(connection.Commit());
  }
  return found < known;
}

absl::Status CheckSchema(Connection& connection) {
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t found, SchemaVersion(connection));
  if (found != static_cast<std::int64_t>(Migrations().size())) {
    return UnknownSchema(found);
  }
  return CheckKeys(connection);
}

}  // namespace perigee::sql
