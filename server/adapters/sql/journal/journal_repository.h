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
#include "server/adapters/sql/base/text_keys.h"
#include "server/core/sha256.h"
#include "server/domain/journal/journal.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"

namespace perigee::sql {

class Connection;
struct EntryCause;

// The end of a programme's journal. All zero before its first entry.
struct JournalHead {
  domain::Revision revision = 0;
  Time time = kBeginningOfTime;
  Sha256Digest hash{};
  bool closed = false;  // The programme is closed, as of this head.
  bool operator==(const JournalHead&) const = default;
};

// The result of an append.
struct AppendedEntry {
  JournalHead head;
  std::size_t payload_bytes = 0;
};

// A request of a principal in a programme, by the hash of its id.
struct RequestName {
  std::string program;
  domain::Principal by;
  Uuid id_hash;
  auto operator<=>(const RequestName&) const = default;
};

// The stored facts of a request: see RequestSecret.
struct Remembered {
  Sha256Digest content{};  // A hash of it.
  domain::Revision revision = 0;
  // Sealed. Absent after it was erased with a member that it names.
  std::optional<std::string> answer;
};

// The journal, its head, and the memory of request ids.
class JournalRepository : public ports::JournalReader {
 public:
  explicit JournalRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<JournalHead> FindHead(const std::string& program);
  absl::StatusOr<domain::Revision> Head(const std::string& program) override;
  absl::StatusOr<std::map<std::string, domain::Revision>> Heads() override;
  // Asks for the heads of all the programmes and locks them until the transaction ends. The heads
  // are in `heads` after the next Sync. They are locked in order, so that transactions never wait
  // in a ring. A programme that does not exist has no head, and another transaction may make it
  // meanwhile.
  absl::Status LockHeads(const std::set<std::string>& programs,
                         std::map<std::string, JournalHead>& heads);
  absl::StatusOr<std::vector<domain::JournalEntry>> Read(const std::string& program,
                                                         domain::Revision after,
                                                         int limit) override;
  absl::StatusOr<std::optional<Sha256Digest>> HashAt(const std::string& program,
                                                     domain::Revision revision) override;
  absl::StatusOr<domain::Revision> RevisionAt(const std::string& program, Time time) override;
  absl::StatusOr<std::vector<domain::Revision>> Of(const std::string& program, const Uuid& party,
                                                   domain::Revision before, int limit) override;
  absl::StatusOr<std::vector<domain::Revision>> Naming(const std::string& program,
                                                       const Uuid& party, domain::Revision after,
                                                       domain::Revision before, bool newest_first,
                                                       int limit) override;

  // kInternal if a programme's head is not its newest entry, or if one of the entries before it is
  // missing: the newest ones, and then ever fewer, the further back they are. A quick look, where
  // `perigeed check` reads all.
  absl::Status CheckEnds();

  absl::StatusOr<domain::Revision> Cursor(const std::string& program,
                                          const std::string& projection) override;
  // kConflict if the cursor is not at `move.from`. `head` is the programme's head.
  absl::Status CheckCursor(const std::string& program, const ports::CursorMove& move,
                           domain::Revision head);
  absl::Status Put(const std::string& program, const ports::CursorMove& move);

  // Appends an entry at the revision after `head`. The programme stays open or closed, as it was at
  // `head`. `keys`: see SealTexts.
  absl::StatusOr<AppendedEntry> Append(const std::string& program, const JournalHead& head,
                                       Time time, const EntryCause& cause,
                                       const domain::Changes& changes, const TextKeys& keys);
  // Moves the programme's head and adds to its counts.
  absl::Status MoveHead(const std::string& program, const JournalHead& head,
                        std::int64_t activities, std::int64_t thanks);

  // Asks for the known ones of these requests. They are in `found` after the next Sync.
  absl::Status AskRequests(std::span<const RequestName> requests,
                           std::map<RequestName, Remembered>& found);
  // `changed`: the request wrote the journal entry of its revision.
  absl::Status Remember(const RequestName& request, const Remembered& remembered, bool changed,
                        Time now);
  // Forgets at most `most` request ids that were first seen before `before`. Returns how many.
  absl::StatusOr<int> Forget(Time before, int most);
  // The revision up to which requests may be forgotten, or not proven by their entries.
  absl::StatusOr<domain::Revision> ForgottenUpTo(const std::string& program);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
