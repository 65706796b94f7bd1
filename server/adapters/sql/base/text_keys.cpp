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

TextKey ReadTextKey(const Row& row) {
  TextKey key{.owner = row.Id(0), .destroyed = row.Flag(2)};
  if (!row.IsNull(1)) {
    key.slot = row.Int(1);
  }
  if (!row.IsNull(3)) {
    key.bytes = row.Text(3);
  }
  return key;
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
  const std::string of(key);
  std::string join = absl::StrCat(" LEFT JOIN text_key ", of, " ON ", of, ".program = ");
  join.append(row).append(".program AND ").append(of).append(".owner = ").append(owner);
  return absl::StrCat(join, " LEFT JOIN sealing_key ", of, "_bytes ON ", of, "_bytes.slot = ", of,
                      ".slot");
}

std::string KeyColumn(std::string_view key) {
  const std::string of(key);
  return absl::StrCat("CASE ", of, ".destroyed WHEN 0 THEN ", of,
                      "_bytes.key WHEN 1 THEN {nil} END");
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
                      ") FROM text_key t JOIN sealing_key USING (slot) "
                      "WHERE t.program = $1 AND t.owner = {nil} AND t.destroyed = 0)");
}

std::optional<SealKey> TextKey::key() const {
  SealKey key{};
  if (destroyed || !bytes.has_value() || bytes->size() != key.size()) {
    return std::nullopt;
  }
  bytes->copy(reinterpret_cast<char*>(key.data()), key.size());
  return key;
}

absl::StatusOr<std::optional<TextKey>> TextKeyRepository::Find(const std::string& program,
                                                               const domain::MemberKey& owner) {
  std::optional<TextKey> key;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT t.owner, t.slot, t.destroyed, k.key FROM text_key t "
      "LEFT JOIN sealing_key k ON k.slot = t.slot WHERE t.program = $1 AND t.owner = $2",
      {program, owner}, [&](const Row& row) {
        key = ReadTextKey(row);
        if (!key->destroyed && !key->bytes.has_value()) {
          row.Fail();
        }
      }));
  return key;
}

absl::Status TextKeyRepository::Add(const std::string& program, const domain::MemberKey& owner,
                                    std::int64_t slot) {
  return connection_.Execute(
      "INSERT INTO text_key (program, owner, slot, destroyed) VALUES ($1, $2, $3, 0)",
      {program, owner, slot});
}

// The row stays, as the sign that no new key may be given.
absl::Status TextKeyRepository::Destroy(const std::string& program,
                                        const domain::MemberKey& owner) {
  return connection_.Execute(
      "INSERT INTO text_key (program, owner, slot, destroyed) VALUES ($1, $2, NULL, 1) "
      "ON CONFLICT (program, owner) DO UPDATE SET destroyed = 1",
      {program, owner});
}

absl::StatusOr<std::optional<std::int64_t>> TextKeyRepository::Doomed(
    const std::string& program, const domain::MemberKey& owner) {
  std::optional<std::int64_t> slot;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT t.slot FROM text_key t JOIN sealing_key k ON k.slot = t.slot "
      "WHERE t.program = $1 AND t.owner = $2 AND t.destroyed = 1 AND LENGTH(k.key) > 0",
      {program, owner}, [&](const Row& row) { slot = row.Int(0); }));
  return slot;
}

absl::StatusOr<std::vector<TextKey>> TextKeyRepository::All(const std::string& program) {
  std::vector<TextKey> keys;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT t.owner, t.slot, t.destroyed, k.key FROM text_key t "
      "LEFT JOIN sealing_key k ON k.slot = t.slot WHERE t.program = $1 ORDER BY t.owner",
      {program}, [&](const Row& row) { keys.push_back(ReadTextKey(row)); }));
  return keys;
}

}  // namespace perigee::sql
