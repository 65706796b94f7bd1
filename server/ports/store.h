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
#include "server/domain/access/principal.h"
#include "server/domain/journal/changes.h"
#include "server/domain/record/record.h"
#include "server/ports/board/result_draft.h"
#include "server/ports/due.h"
#include "server/ports/leases.h"

namespace perigee::ports {

using domain::Revision;

class ActivityReader;
class AskReader;
class BoardReader;
class DueReader;
class ItemReadReader;
class IdeaReader;
class JournalFeed;
class JournalReader;
class LedgerReader;
class MemberReader;
class ProgramReader;
class RecordReader;
class ThanksReader;

// One consistent view of the store, with one reader for each area. A caller includes the headers of
// the readers that it uses. Lists take the last key seen ("" or 0: from the start) and a limit.
// Reads answer kStoreUnavailable if the store is away, and nullopt or empty where there is nothing.
// Not for several threads.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  virtual ActivityReader& activities() = 0;
  virtual AskReader& asks() = 0;
  virtual BoardReader& boards() = 0;
  virtual DueReader& due() = 0;
  virtual ItemReadReader& item_reads() = 0;
  virtual IdeaReader& ideas() = 0;
  virtual JournalReader& journal() = 0;
  virtual LedgerReader& ledger() = 0;
  virtual MemberReader& members() = 0;
  virtual ProgramReader& programs() = 0;
  // All plain records, by their descriptions. Kinds of records with queries of their own have a
  // reader above.
  virtual RecordReader& records() = 0;
  virtual ThanksReader& thanks() = 0;
};

// Identifies an imported activity.
struct SourceEvent {
  std::string source;
  std::string id;
  auto operator<=>(const SourceEvent&) const = default;
};

// Comes with a mutating call, so that the call takes effect once.
struct RequestKey {
  Uuid id;
  Sha256Digest content{};  // Of the method and the message without request_id.
};

// How many rows one unit of an erasure clears of the member. The first unit and each unit that
// continues the erasure clear at most this many.
inline constexpr int kErasedAtOnce = 200;

// How many rows of a deleted programme one unit removes, at most.
inline constexpr int kDeletedAtOnce = 500;

// The outcome of deciding a unit of work. `answer` may be kept for replays as it is.
struct Decision {
  domain::Changes changes;
  std::string answer;
  // Present if an earlier unit made this very change, as a source event shows. Then nothing is
  // changed, and the outcome is a replay at that revision.
  std::optional<Revision> made_at = std::nullopt;
  // Written with the changes, or without any. A draft alone moves no head and makes no journal
  // entry.
  std::optional<DraftPortion> draft = std::nullopt;
  // An erasure (domain::Changes::erased) that is listed as due. The store clears the member from
  // the next kErasedAtOnce rows and lists the rest as due again. Written as `draft` is.
  std::optional<Due> erasure = std::nullopt;
  // True: the unit deletes its programme, which must be there, with its journal and its request
  // ids; nothing else that the unit decides has any effect. Readers do not find the programme any
  // more. The store removes kDeletedAtOnce rows, the keys of texts first, and lists the rest as
  // due.
  bool deletes_program = false;
  // The deletion of the unit's programme that is listed as due. The store removes the next
  // kDeletedAtOnce rows and lists the rest as due again.
  std::optional<Due> deletion = std::nullopt;
};

// The unit's own revision and its one time. The time is never before that of the previous journal
// entry.
struct UnitContext {
  Revision revision = 0;
  Time now{};
};

// Reads, and decides. Runs on a thread of the store, one unit of a programme at a time. It may run
// again, so it touches nothing but `reader`. An error refuses the unit; then nothing is written.
using Decide =
    std::function<absl::StatusOr<Decision>(StoreReader& reader, const UnitContext& unit)>;

// A plain record by its kind and its key.
struct RecordKey {
  const domain::RecordType* type = nullptr;
  std::shared_ptr<const void> like;  // A record with that key.
};

// The rows that a decision will most likely look up, so that the store may read those of many units
// at once. Only a hint.
struct Lookups {
  std::vector<std::string> members;  // By id; also their accounts.
  std::optional<SourceEvent> event;
  std::vector<RecordKey> records;

  // Adds a record that the decision will ask RecordReader::Find for.
  template <class R>
  void Name(R like) {
    records.push_back({&domain::TypeOf<R>(), std::make_shared<const R>(std::move(like))});
  }
};

// How far a projection has followed the journal with the rows that it keeps in the store. The
// cursor and those rows change in one transaction.
struct CursorMove {
  std::string projection;
  domain::Revision from = 0;
  domain::Revision to = 0;  // An entry that exists, at or after `from`.
};

struct Unit {
  std::string program;
  // The request of the principal `by`. Absent: the caller prevents doubles by other means
  // (activities, jobs).
  std::optional<RequestKey> request;
  Time now{};  // The time of the request.
  Decide decide;
  Lookups lookups{};
  // Present: the unit is refused with kConflict once another server has taken the lease. No server
  // can take the lease while this unit runs.
  std::optional<Lease> lease = std::nullopt;
  // Present: the unit is refused with kConflict, with nothing changed, if the projection's cursor
  // is not at `from`. Otherwise, unless the unit is refused, the cursor moves to `to`, even if
  // nothing else changes.
  std::optional<CursorMove> cursor = std::nullopt;
  // Present: called on a thread of the store just before work on the unit begins. An error means
  // that nobody waits for the unit any more; the error becomes its outcome.
  std::function<absl::Status()> admit = nullptr;
  // True: the unit also runs in a closed programme. Otherwise it is refused there with
  // kProgramClosed, unless its request id is known.
  bool in_closed = false;
  // True for a unit of a stream or a job, which can wait for room. Such a unit takes turns with the
  // programme's single writes instead of going before them. While others write, all units of jobs
  // together get a tenth of the writer's time.
  bool background = false;
  // Who causes the change. The journal entry names this principal.
  domain::Principal by{};
  // The RPC that causes it, such as `MemberAdminService/CreateMember`. Empty if none does. The
  // journal entry names it.
  std::string method{};
};

struct Outcome {
  // Of this unit or of the unit that made it first; the head if nothing changed.
  Revision revision = 0;
  std::string answer;
  bool replayed = false;
};

// The book of record. Safe from many threads.
class Store {
 public:
  virtual ~Store() = default;

  // Runs the unit and makes it durable together with other waiting units (group commit). Each unit
  // succeeds or fails alone. Answers on a thread of the store after the commit is on disk: `done`
  // must not block. A unit for a programme that does not exist runs with revision 1 and must create
  // the programme or refuse.
  //
  // A known request id gives the first answer, kRequestAnswerErased if that answer was erased with
  // a member that it names, or kRequestIdReused. A refused unit does not use up its id.
  //
  // kOverloaded (at once, on the caller's thread, with retry advice) if too many units of its
  // programme wait, or if it would wait too long. Programmes take turns. kConflict if it lost too
  // often to other servers on the store. kStoreUnavailable if the store cannot be written; then
  // nothing is changed. Only if the store goes away in the middle of the commit is the outcome
  // unknown, and the same request, sent again with its id, tells it.
  virtual void Write(Unit unit, std::function<void(absl::StatusOr<Outcome>)> done) = 0;

  // Runs `body` on the calling thread over one consistent view. kOverloaded, at once, if too many
  // reads run at the same time.
  virtual absl::Status Read(const std::function<absl::Status(StoreReader& reader)>& body) const = 0;

  // Tells of commits. It tells of other servers' commits from the first call on.
  virtual JournalFeed& feed() = 0;

  // The leases that all servers on this store share.
  virtual Leases& leases() = 0;

  // The secret that signs page tokens. It is made with the store and is the same for every server
  // on the store.
  virtual absl::StatusOr<std::string> TokenSecret() const = 0;

  // OK if the store can be read and written and has the schema that this program knows.
  virtual absl::Status Ready() const = 0;
};

}  // namespace perigee::ports
