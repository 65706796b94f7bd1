#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
// behind it: `, m.sealed, ` and KeyColumn("m_key") with KeyJoin("m_key", "m", "member_key"). The
// column is empty if the key was destroyed, and null if it is missing.
std::string KeyJoin(std::string_view key, std::string_view row, std::string_view owner);
std::string KeyColumn(std::string_view key);
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

// What the book and the key store have of an owner.
struct TextKey {
  domain::MemberKey owner;
  // Absent if the owner was erased without ever having a key.
  std::optional<std::int64_t> slot = std::nullopt;
  // By the book: the owner is erased, or being erased.
  bool destroyed = false;
  // The bytes in the key store: empty if they are destroyed, absent if the store lacks the slot.
  std::optional<std::string> bytes = std::nullopt;

  // The key, unless it was destroyed.
  std::optional<SealKey> key() const;
};

// The table of the book that says which key an owner has.
class TextKeyRepository {
 public:
  explicit TextKeyRepository(Connection& connection) : connection_(connection) {}

  // nullopt if the owner never had one. kInternal if the key store lacks it.
  absl::StatusOr<std::optional<TextKey>> Find(const std::string& program,
                                              const domain::MemberKey& owner);
  absl::Status Add(const std::string& program, const domain::MemberKey& owner, std::int64_t slot);
  // Makes all texts of the owner unreadable for good. No new key can be given. The key itself must
  // be destroyed after the commit.
  absl::Status Destroy(const std::string& program, const domain::MemberKey& owner);
  // The slot of a key that Destroy gave up, as long as the key store still has it.
  absl::StatusOr<std::optional<std::int64_t>> Doomed(const std::string& program,
                                                     const domain::MemberKey& owner);
  // The owners of a programme, in order.
  absl::StatusOr<std::vector<TextKey>> All(const std::string& program);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
