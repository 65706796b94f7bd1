#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/seal.h"
#include "server/domain/member/member_key.h"

namespace perigee::sql {

class Connection;
class Row;

// The keys that seal texts, by owner: a member's pseudonym, or nil for the programme.
using TextKeys = std::unordered_map<domain::MemberKey, SealKey, UuidHash>;

// The key of a text that these members own together. Nil and doubles are passed over. A text of
// nobody is the programme's. nullopt if an owner has no key: an erased member has none.
std::optional<SealKey> JointKey(std::span<const domain::MemberKey> owners, const TextKeys& keys);

// A text is sealed in a row as one column, and read with the keys of its owners in the columns
// behind it: `, m.sealed, m_key.key` with KeyJoin("m_key", "m", "member_key").
std::string KeyJoin(std::string_view key, std::string_view row, std::string_view owner);
// The text at the column `at`. `owners` are those of the keys behind it, in order. Empty if there
// is no text, or if an owner is erased. nullopt if the text cannot be read though it should: a key
// is missing, or the text was not sealed with `context`.
std::optional<std::string> OpenInRow(const Row& row, int at,
                                     std::span<const domain::MemberKey> owners,
                                     std::string_view context);

// Rows are looked up by a personal text through its keyed hash, which only the programme's key can
// make. The key is secret, so the hash tells nothing of a text that can be guessed.
//
// The value of the index, and the same as an SQL expression of the programme $1 and of the bytes of
// Indexed at a later place.
std::string Indexed(std::string_view table, std::string_view column, std::string_view text);
std::string IndexOf(const SealKey& of_program, std::string_view indexed);
std::string IndexAt(std::size_t place);

// The stored key of an owner. Without `key`: it was destroyed.
struct TextKey {
  std::optional<SealKey> key;
};

// The table of the keys.
class TextKeyRepository {
 public:
  explicit TextKeyRepository(Connection& connection) : connection_(connection) {}

  // nullopt if there was never one.
  absl::StatusOr<std::optional<TextKey>> Find(const std::string& program,
                                              const domain::MemberKey& owner);
  absl::Status Add(const std::string& program, const domain::MemberKey& owner, const SealKey& key);
  // Makes all texts of the owner unreadable for good. No new key can be made.
  absl::Status Destroy(const std::string& program, const domain::MemberKey& owner);
  // All existing keys of a programme.
  absl::StatusOr<TextKeys> Read(const std::string& program);
  // The owners whose keys were destroyed.
  absl::StatusOr<std::set<domain::MemberKey>> Destroyed(const std::string& program);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
