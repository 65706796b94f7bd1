#include "server/adapters/sql/base/key_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/adapters/sql/base/driver.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

// A block of keys costs one sync of the disk.
constexpr std::size_t kBlock = 256;
constexpr std::size_t kLeast = 64;
// Most units make at most two owners.
constexpr std::size_t kOwnersOfUnit = 2;

constexpr const char* kTables =
    "{keys_schema}"
    "CREATE TABLE IF NOT EXISTS key_store (one BIGINT PRIMARY KEY, book {blob} NOT NULL);"
    "CREATE TABLE IF NOT EXISTS sealing_key (slot BIGINT PRIMARY KEY, key {blob} NOT NULL)"
    " {clustered};";

constexpr const char* kWhere =
    " (with SQLite, the file STORE-keys or that of --keys; with PostgreSQL, the schema …_keys)";

std::string_view BytesOf(const SealKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

// The name of a book that nobody can guess, so that no other key store has it by chance.
absl::StatusOr<Sha256Digest> NameOf(Connection& book) {
  std::string secret;
  PERIGEE_RETURN_IF_ERROR(book.Query("SELECT value FROM meta WHERE name = $1", {"token_secret"},
                                     [&](const Row& row) { secret = row.Text(0); }));
  if (secret.empty()) {
    return Error(Reason::kStoreUnavailable, "the store has no token secret: restore a backup");
  }
  return HmacSha256(secret, "the key store of this book");
}

absl::Status Foreign() {
  return Error(Reason::kStoreUnavailable,
               std::string("the keys belong to another store: use those of this one") + kWhere);
}

}  // namespace

KeyStore::KeyStore(const Database& database) : database_(database) {}

// The book's connections only read the keys, so the last of them cannot move SQLite's log into the
// file.
KeyStore::~KeyStore() {
  if (connection_ != nullptr) {
    static_cast<void>(connection_->Wipe());
  }
}

absl::StatusOr<Connection*> KeyStore::Connected() {
  if (connection_ == nullptr || connection_->Lost()) {
    connection_.reset();
    PERIGEE_ASSIGN_OR_RETURN(connection_, database_.Connect(Database::Access::kKeys));
  }
  return connection_.get();
}

absl::Status KeyStore::MakeTables() {
  PERIGEE_ASSIGN_OR_RETURN(Connection * connection, Connected());
  return connection->Run(kTables);
}

absl::Status KeyStore::JoinTo(Connection& book) {
  PERIGEE_ASSIGN_OR_RETURN(const Sha256Digest name, NameOf(book));
  PERIGEE_ASSIGN_OR_RETURN(Connection * connection, Connected());
  PERIGEE_RETURN_IF_ERROR(connection->Execute(
      "INSERT INTO key_store (one, book) VALUES (1, $1) ON CONFLICT (one) DO NOTHING", {name}));
  bool same = false;
  PERIGEE_RETURN_IF_ERROR(connection->Query("SELECT book FROM key_store", {},
                                            [&](const Row& row) { same = row.Digest(0) == name; }));
  return same ? absl::OkStatus() : Foreign();
}

absl::Status KeyStore::Provide(std::size_t units) {
  if (std::exchange(ran_out_, false)) {
    least_ = std::max(kLeast, 2 * least_);
  }
  const std::size_t needed = least_ == 0 ? 0 : std::max(least_, kOwnersOfUnit * units);
  if (free_.size() >= needed) {
    return absl::OkStatus();
  }
  std::vector<std::string> made(std::max(kBlock, 2 * needed));
  for (std::string& key : made) {
    key = std::string(BytesOf(RandomSealKey()));
  }
  PERIGEE_ASSIGN_OR_RETURN(std::int64_t slot, Keep(made));
  for (const std::string& bytes : made) {
    Key& key = free_.emplace_back(Key{slot++});
    bytes.copy(reinterpret_cast<char*>(key.key.data()), bytes.size());
  }
  return absl::OkStatus();
}

std::optional<KeyStore::Key> KeyStore::Take() {
  if (free_.empty()) {
    ran_out_ = true;
    return std::nullopt;
  }
  const Key key = free_.front();
  free_.pop_front();
  return key;
}

absl::StatusOr<std::int64_t> KeyStore::Keep(std::span<const std::string> keys) {
  PERIGEE_ASSIGN_OR_RETURN(Connection * connection, Connected());
  PERIGEE_RETURN_IF_ERROR(connection->BeginWrite());
  absl::StatusOr<std::int64_t> first = Write(*connection, keys);
  if (!first.ok()) {
    connection->Rollback();
    return first;
  }
  PERIGEE_RETURN_IF_ERROR(connection->Commit());
  PERIGEE_RETURN_IF_ERROR(Wipe(*connection));
  return first;
}

// The lock keeps the slots adjacent while other servers make keys too.
absl::StatusOr<std::int64_t> KeyStore::Write(Connection& connection,
                                             std::span<const std::string> keys) {
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("SELECT book FROM key_store {for_update}", {}, [](const Row&) {}));
  std::int64_t first = 1;
  PERIGEE_RETURN_IF_ERROR(connection.Query("SELECT COALESCE(MAX(slot), 0) + 1 FROM sealing_key", {},
                                           [&](const Row& row) { first = row.Int(0); }));
  std::int64_t slot = first;
  for (const std::string& key : keys) {
    PERIGEE_RETURN_IF_ERROR(connection.Execute(
        "INSERT INTO sealing_key (slot, key) VALUES ($1, $2)", {slot++, Value::Blob(key)}));
  }
  return first;
}

absl::Status KeyStore::Destroy(std::span<const std::int64_t> slots) {
  if (slots.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(Connection * connection, Connected());
  PERIGEE_RETURN_IF_ERROR(connection->BeginWrite());
  for (const std::int64_t slot : slots) {
    if (absl::Status destroyed = connection->Execute(
            "UPDATE sealing_key SET key = {nil} WHERE slot = $1 AND LENGTH(key) > 0", {slot});
        !destroyed.ok()) {
      connection->Rollback();
      return destroyed;
    }
  }
  PERIGEE_RETURN_IF_ERROR(connection->Commit());
  unwiped_ = true;
  return Wipe(*connection);
}

absl::Status KeyStore::Wipe(Connection& connection) {
  if (unwiped_) {
    PERIGEE_ASSIGN_OR_RETURN(const bool wiped, connection.Wipe());
    unwiped_ = !wiped;
  }
  return absl::OkStatus();
}

absl::Status CheckKeys(Connection& book) {
  PERIGEE_ASSIGN_OR_RETURN(const Sha256Digest name, NameOf(book));
  bool joined = false;
  bool same = false;
  const absl::Status found = book.Query("SELECT book FROM key_store", {}, [&](const Row& row) {
    joined = true;
    same = row.Digest(0) == name;
  });
  if (MetadataOf(found).contains(kNoTable) || (found.ok() && !joined)) {
    return Error(
        Reason::kStoreUnavailable,
        std::string("the keys of the store are missing: restore the newest backup of them") +
            kWhere);
  }
  PERIGEE_RETURN_IF_ERROR(found);
  if (!same) {
    return Foreign();
  }
  std::int64_t known = 0;
  std::int64_t kept = 0;
  PERIGEE_RETURN_IF_ERROR(
      book.Query("SELECT (SELECT COALESCE(MAX(slot), 0) FROM text_key), "
                 "(SELECT COALESCE(MAX(slot), 0) FROM sealing_key)",
                 {}, [&](const Row& row) {
                   known = row.Int(0);
                   kept = row.Int(1);
                 }));
  if (known > kept) {
    return Error(
        Reason::kStoreUnavailable,
        std::string("the keys are older than the store, and lack some that it needs: restore "
                    "a newer backup of the keys, or an older one of the store") +
            kWhere);
  }
  return absl::OkStatus();
}

}  // namespace perigee::sql
