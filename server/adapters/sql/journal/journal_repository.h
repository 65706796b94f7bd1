#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/sha256.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/member_key.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"

namespace perigee::sql {

class Connection;

// Where a programme's journal ends. All zero before its first entry.
struct JournalHead {
  domain::Revision revision = 0;
  Time time = kBeginningOfTime;
  Sha256Digest hash{};
  bool operator==(const JournalHead&) const = default;
};

// What was appended.
struct AppendedEntry {
  JournalHead head;
  std::size_t payload_bytes = 0;
};

// A request id of a principal in a programme.
struct RequestName {
  std::string program;
  domain::Principal by;
  Uuid id;
  auto operator<=>(const RequestName&) const = default;
};

// What a request id stands for.
struct Remembered {
  Sha256Digest content{};
  domain::Revision revision = 0;
  std::optional<std::string> answer;  // Absent once it was erased with a member that it names.
};

// What stands for an owner's key of texts: the key, or that it was destroyed.
struct TextKey {
  std::optional<SealKey> key;
};

// The journal, its head, the keys of its texts, and the memory of request ids.
class JournalRepository : public ports::JournalReader {
 public:
  explicit JournalRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<JournalHead> FindHead(const std::string& program);
  absl::StatusOr<domain::Revision> Head(const std::string& program) override;
  absl::StatusOr<std::map<std::string, domain::Revision>> Heads() override;
  // Asks for the heads of all the programmes, which nobody else moves from then on until the
  // transaction ends; they are there when the connection has settled. Nobody waits in a ring for
  // them: they are locked in order. A programme that is not there has none yet, and nothing keeps
  // another from making it.
  absl::Status LockHeads(const std::set<std::string>& programs,
                         std::map<std::string, JournalHead>& heads);
  absl::StatusOr<std::vector<domain::JournalEntry>> Read(const std::string& program,
                                                         domain::Revision after,
                                                         int limit) override;
  absl::StatusOr<std::optional<Sha256Digest>> HashAt(const std::string& program,
                                                     domain::Revision revision) override;

  absl::StatusOr<domain::Revision> Cursor(const std::string& program,
                                          const std::string& projection) override;
  // kConflict if the cursor does not stand at `move.from`; `head` is the programme's.
  absl::Status CheckCursor(const std::string& program, const ports::CursorMove& move,
                           domain::Revision head);
  absl::Status Put(const std::string& program, const ports::CursorMove& move);

  // Appends an entry at the revision after `head`. `keys`: see SealTexts.
  absl::StatusOr<AppendedEntry> Append(const std::string& program, const JournalHead& head,
                                       Time time, const domain::Principal& by,
                                       const domain::Changes& changes, const TextKeys& keys);
  // Moves the programme's head and adds to its counts.
  absl::Status MoveHead(const std::string& program, const JournalHead& head,
                        std::int64_t activities, std::int64_t thanks);

  // The key of an owner's texts; nullopt if there was never one.
  absl::StatusOr<std::optional<TextKey>> FindTextKey(const std::string& program,
                                                     const domain::MemberKey& owner);
  absl::Status AddTextKey(const std::string& program, const domain::MemberKey& owner,
                          const SealKey& key);
  // All keys of a programme that are there.
  absl::StatusOr<TextKeys> ReadTextKeys(const std::string& program);

  // Asks for those that are known; they are there when the connection has settled.
  absl::Status AskRequests(std::span<const RequestName> requests,
                           std::map<RequestName, Remembered>& found);
  // `changed`: whether the request wrote the journal's entry of its revision.
  absl::Status Remember(const RequestName& request, const Remembered& remembered, bool changed,
                        Time now);
  // Forgets request ids first seen before `before`, `most` of them at most. Answers how many.
  absl::StatusOr<int> Forget(Time before, int most);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
