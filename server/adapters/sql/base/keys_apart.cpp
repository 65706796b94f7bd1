#include "server/adapters/sql/base/keys_apart.h"

#include <cstdint>
#include <vector>

#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

struct Owner {
  std::string program;
  domain::MemberKey owner;
};

}  // namespace

absl::StatusOr<KeysInBook> ReadKeysInBook(Connection& connection, const std::string& program) {
  KeysInBook found;
  PERIGEE_RETURN_IF_ERROR(connection.Query("SELECT owner, key FROM text_key WHERE program = $1",
                                           {program}, [&](const Row& row) {
                                             if (row.Bytes(1).empty()) {
                                               found.destroyed.insert(row.Id(0));
                                             } else {
                                               found.keys.emplace(row.Id(0), row.Digest(1));
                                             }
                                           }));
  return found;
}

absl::Status MoveKeysApart(Connection& connection, KeyStore& keys) {
  std::vector<Owner> owners;
  std::vector<std::string> bytes;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("SELECT program, owner, key FROM plain_text_key WHERE LENGTH(key) > 0", {},
                       [&](const Row& row) {
                         owners.push_back({row.Text(0), row.Id(1)});
                         bytes.push_back(row.Text(2));
                       }));
  PERIGEE_RETURN_IF_ERROR(keys.JoinTo(connection));
  PERIGEE_ASSIGN_OR_RETURN(std::int64_t slot, keys.Keep(bytes));
  TextKeyRepository text_keys(connection);
  for (const Owner& owner : owners) {
    PERIGEE_RETURN_IF_ERROR(text_keys.Add(owner.program, owner.owner, slot++));
  }
  return connection.Run(
      "INSERT INTO text_key (program, owner, slot, destroyed) "
      "SELECT program, owner, NULL, 1 FROM plain_text_key WHERE LENGTH(key) = 0;"
      "DROP TABLE plain_text_key;");
}

}  // namespace perigee::sql
