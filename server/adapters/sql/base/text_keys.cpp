#include "server/adapters/sql/base/text_keys.h"

#include <algorithm>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

constexpr std::size_t kIndexBytes = 16;

// Calls `add` for each owner whose key is needed, with its place among `owners`.
template <class Add>
void ForEachKey(std::span<const domain::MemberKey> owners, const Add& add) {
  bool owned = false;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    const auto before = owners.first(i);
    if (!owners[i].IsNil() && std::ranges::find(before, owners[i]) == before.end()) {
      owned = true;
      add(i, owners[i]);
    }
  }
  if (!owned) {
    add(0, domain::MemberKey{});
  }
}

std::string_view BytesOf(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::optional<SealKey> JointKey(std::span<const domain::MemberKey> owners, const TextKeys& keys) {
  std::vector<SealKey> found;
  bool all = true;
  ForEachKey(owners, [&](std::size_t, const domain::MemberKey& owner) {
    const auto key = keys.find(owner);
    all = all && key != keys.end();
    if (all) {
      found.push_back(key->second);
    }
  });
  return all ? std::optional(JoinedKey(found)) : std::nullopt;
}

std::string KeyJoin(std::string_view key, std::string_view row, std::string_view owner) {
  std::string join = " LEFT JOIN text_key ";
  join.append(key).append(" ON ").append(key).append(".program = ").append(row);
  join.append(".program AND ").append(key).append(".owner = ").append(owner);
  return join;
}

std::optional<std::string> OpenInRow(const Row& row, int at,
                                     std::span<const domain::MemberKey> owners,
                                     std::string_view context) {
  if (row.IsNull(at)) {
    return "";
  }
  absl::InlinedVector<SealKey, 2> keys;
  bool missing = false;
  bool erased = false;
  // The column of a nil owner holds the programme's key.
  ForEachKey(owners, [&](std::size_t place, const domain::MemberKey&) {
    const int column = at + 1 + static_cast<int>(place);
    const std::string_view key = row.Bytes(column);
    missing = missing || row.IsNull(column);
    erased = erased || key.empty();
    if (key.size() == SealKey().size()) {
      key.copy(reinterpret_cast<char*>(keys.emplace_back().data()), key.size());
    }
  });
  if (missing) {
    return std::nullopt;
  }
  return erased ? "" : OpenSealed(JoinedKey(keys), context, row.Bytes(at));
}

std::string Indexed(std::string_view table, std::string_view column, std::string_view text) {
  std::string bytes(table);
  bytes.append(".").append(column).push_back('\0');
  return bytes.append(text);
}

// Both engines can compute it: the key before the hash of the key and the text.
std::string IndexOf(const SealKey& of_program, std::string_view indexed) {
  const std::string key(BytesOf(of_program));
  const Sha256Digest inner = Sha256(std::string(key).append(indexed));
  const Sha256Digest outer = Sha256(std::string(key).append(BytesOf(inner)));
  return std::string(BytesOf(outer).substr(0, kIndexBytes));
}

std::string IndexAt(std::size_t place) {
  return absl::StrCat("(SELECT SUBSTR(SHA256(key || SHA256(key || $", place, ")), 1, ", kIndexBytes,
                      ") FROM text_key WHERE program = $1 AND owner = {nil})");
}

absl::StatusOr<std::optional<TextKey>> TextKeyRepository::Find(const std::string& program,
                                                               const domain::MemberKey& owner) {
  std::optional<TextKey> key;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT key FROM text_key WHERE program = $1 AND owner = $2",
                        {program, owner}, [&](const Row& row) {
                          key.emplace();
                          if (!row.Bytes(0).empty()) {
                            key->key = row.Digest(0);
                          }
                        }));
  return key;
}

absl::Status TextKeyRepository::Add(const std::string& program, const domain::MemberKey& owner,
                                    const SealKey& key) {
  return connection_.Execute("INSERT INTO text_key (program, owner, key) VALUES ($1, $2, $3)",
                             {program, owner, key});
}

// An empty key stays, as the sign that no new key may be made.
absl::Status TextKeyRepository::Destroy(const std::string& program,
                                        const domain::MemberKey& owner) {
  return connection_.Execute(
      "INSERT INTO text_key (program, owner, key) VALUES ($1, $2, $3) "
      "ON CONFLICT (program, owner) DO UPDATE SET key = $3",
      {program, owner, Value::Blob("")});
}

absl::StatusOr<TextKeys> TextKeyRepository::Read(const std::string& program) {
  TextKeys keys;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT owner, key FROM text_key WHERE program = $1 AND LENGTH(key) > 0", {program},
      [&](const Row& row) { keys.emplace(row.Id(0), row.Digest(1)); }));
  return keys;
}

absl::StatusOr<std::set<domain::MemberKey>> TextKeyRepository::Destroyed(
    const std::string& program) {
  std::set<domain::MemberKey> owners;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT owner FROM text_key WHERE program = $1 AND LENGTH(key) = 0",
                        {program}, [&](const Row& row) { owners.insert(row.Id(0)); }));
  return owners;
}

}  // namespace perigee::sql
