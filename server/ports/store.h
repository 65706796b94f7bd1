#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/principal.h"
#include "server/domain/record/record.h"
#include "server/ports/board/result_draft.h"
#include "server/ports/due.h"
#include "server/ports/leases.h"

namespace perigee::ports {

using domain::Revision;

class ActivityReader;
class BoardReader;
class DueReader;
class JournalFeed;
class JournalReader;
class LedgerReader;
class MemberReader;
class ProgramReader;
class RecordReader;

// One consistent view of the store, by area: whoever asks for an area includes its reader. Lists
// take the last key seen ("" or 0: from the start) and a limit. Reads answer kStoreUnavailable if
// the store is away, and nullopt or empty where there is nothing. Not for several threads.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  virtual ActivityReader& activities() = 0;
  virtual BoardReader& boards() = 0;
  virtual DueReader& due() = 0;
  virtual JournalReader& journal() = 0;
  virtual LedgerReader& ledger() = 0;
  virtual MemberReader& members() = 0;
  virtual ProgramReader& programs() = 0;
  // All plain records, by their descriptions; a kind of record that is asked for in ways of its own
  // has a reader above.
  virtual RecordReader& records() = 0;
};

// What an imported activity is known by.
struct SourceEvent {
  std::string source;
  std::string id;
  auto operator<=>(const SourceEvent&) const = default;
};

// What a mutating call brings so that it takes effect once.
struct RequestKey {
  Uuid id;
  Sha256Digest content{};  // Of method and message without request_id.
};

// The unit that erases a member takes him out of so many rows, and so does each that carries it on.
inline constexpr int kErasedAtOnce = 200;

// What a unit of work decided. `answer` may be kept for replays as it is.
struct Decision {
  domain::Changes changes;
  std::string answer;
  // Where an earlier unit made this very change, as a source event tells: then nothing is changed,
  // and the outcome is a replay at that revision.
  std::optional<Revision> made_at = std::nullopt;
  // Written with the changes, or without any; by itself it moves no head and makes no journal
  // entry.
  std::optional<DraftPortion> draft = std::nullopt;
  // An erasure (domain::Changes::erased) that stands as due: the store takes the member out of the
  // next kErasedAtOnce rows, and what is left of it falls due anew. Written as `draft` is.
  std::optional<Due> erasure = std::nullopt;
};

// The unit's own revision and its one time, which is never before that of the journal entry before
// it.
struct UnitContext {
  Revision revision = 0;
  Time now{};
};

// Reads, and decides. Runs on a thread of the store, one unit of a programme at a time, and may be
// run again, so it touches nothing but `reader`. To refuse is to answer with an error; then nothing
// is written.
using Decide =
    std::function<absl::StatusOr<Decision>(StoreReader& reader, const UnitContext& unit)>;

// A plain record by its kind and its key.
struct RecordKey {
  const domain::RecordType* type = nullptr;
  std::shared_ptr<const void> like;  // A record with that key.
};

// What a decision will most likely look up, so that the store may read it for many units at once.
// Only a hint.
struct Lookups {
  std::vector<std::string> members;  // By id; and their accounts.
  std::optional<SourceEvent> event;
  std::vector<RecordKey> records;

  // What RecordReader::Find will be asked for.
  template <class R>
  void Name(R like) {
    records.push_back({&domain::TypeOf<R>(), std::make_shared<const R>(std::move(like))});
  }
};

// How far a projection follows the journal with what it keeps in the store. It moves in one step
// with that.
struct CursorMove {
  std::string projection;
  domain::Revision from = 0;
  domain::Revision to = 0;  // An entry that is there, at or after `from`.
};

struct Unit {
  std::string program;
  // Of the principal. Absent: the caller dedupes by other means (activities, jobs).
  std::optional<RequestKey> request;
  Time now{};  // The request's.
  Decide decide;
  Lookups lookups{};
  // Present: refused with kConflict once another server has taken the lease, which it cannot until
  // this unit is done.
  std::optional<Lease> lease = std::nullopt;
  // Present: refused with kConflict, with nothing changed, where the projection's cursor does not
  // stand at `from`; else it is at `to` if the unit is not refused, also where nothing else
  // changes.
  std::optional<CursorMove> cursor = std::nullopt;
  // Asked, if there, on a thread of the store, just before work on the unit begins: an error says
  // that nobody waits for it any more, and is its outcome.
  std::function<absl::Status()> admit = nullptr;
  // Of a stream or a job, which can wait for room: takes turns with the programme's single writes,
  // instead of standing before them.
  bool background = false;
  // Who causes it; the journal entry names him.
  domain::Principal by{};
};

struct Outcome {
  Revision revision = 0;  // Of this unit, or where it was made first; the head if nothing changed.
  std::string answer;
  bool replayed = false;
};

// The book of record. Safe from many threads.
class Store {
 public:
  virtual ~Store() = default;

  // Runs the unit and makes it durable together with others that wait (group commit); each stands
  // or falls alone. Answers on a thread of the store, after the commit is on disk: `done` must not
  // block. A known request id gives the first answer, kRequestAnswerErased where that was erased
  // with a member that it names, or kRequestIdReused; a refused unit does not use its id up. A unit
  // for a programme that does not exist runs with revision 1 and must create it or refuse.
  // kOverloaded (at once, on the caller's thread, with advice) if too many of its programme wait,
  // or it would wait too long; programmes take turns. kConflict if it lost too often to other
  // servers on the store. kStoreUnavailable if it cannot be written, with nothing changed; only
  // where the store went away in the middle of the commit does nobody know, and the same request
  // again, by its id, tells.
  virtual void Write(Unit unit, std::function<void(absl::StatusOr<Outcome>)> done) = 0;

  // Runs `body` on the calling thread over one consistent view. kOverloaded, at once, if too many
  // read at the same time.
  virtual absl::Status Read(const std::function<absl::Status(StoreReader& reader)>& body) const = 0;

  // Word of commits. Other servers' are heard of from the first call on.
  virtual JournalFeed& feed() = 0;

  // Of all servers on this store.
  virtual Leases& leases() = 0;

  // The secret that signs page tokens: made with the store, the same for every server on it.
  virtual absl::StatusOr<std::string> TokenSecret() const = 0;

  // OK if the store can be read and written and its schema is the one this program knows.
  virtual absl::Status Ready() const = 0;
};

}  // namespace perigee::ports
