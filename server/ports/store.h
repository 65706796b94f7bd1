#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/journal.h"
#include "server/ports/leases.h"

namespace perigee::ports {

using domain::Revision;

// A member's score, computed from the ledger. See board.proto for what counts.
struct MemberScore {
  domain::MemberKey member;
  domain::Score score;
};

// One line of an account's statement.
struct StatementLine {
  domain::Transfer transfer;
  std::int64_t change = 0;
  std::int64_t balance_after = 0;
};

// One transfer's part of a score, after reversals.
struct Contribution {
  domain::Transfer transfer;
  std::int64_t score = 0;
};

struct MemberCount {
  domain::StakeholderKind kind{};
  domain::Standing standing{};
  std::int64_t members = 0;
};

struct AssetTotals {
  std::string asset;
  std::int64_t issued = 0;  // Debits posted less credits posted of `issued`.
  std::int64_t spent = 0;   // Balance of `spent`.
  std::int64_t imbalance =
      0;  // Σ credits − Σ debits over all accounts, posted and pending; must be 0.
};

// What an imported activity is known by.
struct SourceEvent {
  std::string source;
  std::string id;
  auto operator<=>(const SourceEvent&) const = default;
};

struct ActivityCounts {
  std::int64_t active_members = 0;        // Actor of anything since.
  std::int64_t contributing_members = 0;  // Credited by a rule since.
  std::int64_t thanks = 0;                // Ever.
  std::int64_t activities = 0;            // Ever.
  std::int64_t pulled = 0;                // Since, by members of type PERSON.
  std::int64_t pushed = 0;                // Since, by staff and bots.
};

// One consistent view of the store. Lists take the last key seen ("" or 0: from the start) and a
// limit. Reads answer kStoreUnavailable if the store is away, and nullopt or empty where there is
// nothing. Not for several threads.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // The newest revision of a programme; 0 if there is no such programme.
  virtual absl::StatusOr<Revision> Head(const std::string& program) = 0;
  virtual absl::StatusOr<std::optional<domain::Program>> FindProgram(
      const std::string& program) = 0;
  virtual absl::StatusOr<std::vector<domain::Program>> ListPrograms(const std::string& after,
                                                                    int limit) = 0;

  virtual absl::StatusOr<std::vector<domain::Asset>> Assets(const std::string& program) = 0;
  // All versions of all rules, by id and version.
  virtual absl::StatusOr<std::vector<domain::Rule>> Rules(const std::string& program) = 0;

  virtual absl::StatusOr<std::optional<domain::Member>> FindMember(
      const std::string& program, const std::string& member_id) = 0;
  // In the order of the keys or ids; those that nobody has are left out.
  virtual absl::StatusOr<std::vector<domain::Member>> FindMembers(
      const std::string& program, std::span<const domain::MemberKey> keys) = 0;
  virtual absl::StatusOr<std::vector<domain::Member>> FindMembersById(
      const std::string& program, std::span<const std::string> member_ids) = 0;
  // By id, after `after`.
  virtual absl::StatusOr<std::vector<domain::Member>> ListMembers(const std::string& program,
                                                                  const std::string& after,
                                                                  int limit) = 0;

  virtual absl::StatusOr<std::optional<domain::Activity>> FindActivity(const std::string& program,
                                                                       Revision revision) = 0;
  virtual absl::StatusOr<std::optional<domain::Activity>> FindActivityBySource(
      const std::string& program, const std::string& source,
      const std::string& source_event_id) = 0;
  // Newest first, before revision `before` (0: from the newest); of one member, or of all where
  // `member` is nil.
  virtual absl::StatusOr<std::vector<domain::Activity>> ListActivities(
      const std::string& program, const domain::MemberKey& member, Revision before, int limit) = 0;

  // The ledger of one programme. Lives as long as the reader.
  virtual domain::LedgerBooks& Books(const std::string& program) = 0;
  virtual absl::StatusOr<std::vector<domain::Account>> MemberAccounts(
      const std::string& program, const domain::MemberKey& member) = 0;
  // The account from the transfers alone: those recorded up to `revision` and effective up to
  // `time`. Posted totals only; nullopt if none had touched it.
  virtual absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                                     const domain::AccountRef& ref,
                                                                     Revision revision,
                                                                     Time time) = 0;
  // Newest first, before `before` ({}: from the newest).
  virtual absl::StatusOr<std::vector<StatementLine>> Statement(const std::string& program,
                                                               const domain::AccountRef& ref,
                                                               domain::TransferId before,
                                                               int limit) = 0;
  // The transfers of one revision, by index.
  virtual absl::StatusOr<std::vector<domain::Transfer>> TransfersOf(const std::string& program,
                                                                    Revision revision) = 0;
  // Pending transfers whose expire_time is at or before `now`, oldest first, and accounts that hold
  // lots whose is.
  virtual absl::StatusOr<std::vector<domain::TransferId>> DueHolds(const std::string& program,
                                                                   Time now, int limit) = 0;
  virtual absl::StatusOr<std::vector<domain::AccountRef>> DueLots(const std::string& program,
                                                                  Time now, int limit) = 0;

  virtual absl::StatusOr<std::vector<domain::Board>> Boards(const std::string& program) = 0;
  // Every member's score of an asset from transfers effective in `interval` and recorded up to
  // `revision` (0: all), by no particular order. Members whose transfers are all reversed have
  // none.
  virtual absl::Status ForEachScore(const std::string& program, const std::string& asset,
                                    Interval interval, Revision revision,
                                    const std::function<void(const MemberScore&)>& visit) = 0;
  virtual absl::StatusOr<std::optional<domain::Score>> FindScore(const std::string& program,
                                                                 const std::string& asset,
                                                                 const domain::MemberKey& member,
                                                                 Interval interval,
                                                                 Revision revision) = 0;
  virtual absl::StatusOr<std::vector<Contribution>> Contributions(const std::string& program,
                                                                  const std::string& asset,
                                                                  const domain::MemberKey& member,
                                                                  Interval interval, int limit) = 0;
  // Whether a transfer that counts on boards was recorded after `revision` with effect in
  // `interval`.
  virtual absl::StatusOr<bool> ScoresChangedSince(const std::string& program,
                                                  const std::string& asset, Interval interval,
                                                  Revision revision) = 0;
  // Heads (no entries) of all versions of a period's result, oldest first. `created` tells a board
  // from earlier ones.
  virtual absl::StatusOr<std::vector<domain::PeriodResult>> Results(const std::string& program,
                                                                    const std::string& board,
                                                                    Revision created,
                                                                    const std::string& period) = 0;
  virtual absl::StatusOr<std::vector<domain::ResultEntry>> ResultEntries(
      const std::string& program, const domain::PeriodResult& result, std::int64_t after_position,
      int limit) = 0;

  // Entries after `after`, in order, at most `limit`.
  virtual absl::StatusOr<std::vector<domain::JournalEntry>> ReadJournal(const std::string& program,
                                                                        Revision after,
                                                                        int limit) = 0;
  // The hash of one entry, by which a cache knows that it belongs to this journal; nullopt if there
  // is none.
  virtual absl::StatusOr<std::optional<Sha256Digest>> JournalHashAt(const std::string& program,
                                                                    Revision revision) = 0;

  // The programme's health. `since`: what counts as present activity.
  virtual absl::StatusOr<std::vector<MemberCount>> CountMembers(const std::string& program) = 0;
  virtual absl::StatusOr<std::vector<AssetTotals>> TotalAssets(const std::string& program) = 0;
  virtual absl::StatusOr<ActivityCounts> CountActivity(const std::string& program, Time since) = 0;
};

// What a mutating call brings so that it takes effect once.
struct RequestKey {
  Uuid id;
  Sha256Digest content{};  // Of method and message without request_id.
};

// What a unit of work decided. `answer` may be kept for replays as it is.
struct Decision {
  domain::Changes changes;
  std::string answer;
  // Where an earlier unit made this very change, as a source event tells: then nothing is changed,
  // and the outcome is a replay at that revision.
  std::optional<Revision> made_at = std::nullopt;
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

// What a decision will most likely look up, so that the store may read it for many units at once.
// Only a hint.
struct Lookups {
  std::vector<std::string> members;  // By id; and their accounts.
  std::optional<SourceEvent> event;
};

struct Unit {
  std::string program;
  std::optional<RequestKey>
      request;  // Absent: the caller dedupes by other means (activities, jobs).
  Time now{};   // The request's.
  Decide decide;
  Lookups lookups{};
  // Present: refused with kConflict once another server has taken the lease, which it cannot until
  // this unit is done.
  std::optional<Lease> lease = std::nullopt;
  // Asked, if there, on a thread of the store, just before work on the unit begins: an error says
  // that nobody waits for it any more, and is its outcome.
  std::function<absl::Status()> admit = nullptr;
  // Of a stream or a job, which can wait for room: takes turns with the programme's single writes,
  // instead of standing before them.
  bool background = false;
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
  // block. A known request id gives the first answer, or kRequestIdReused; a refused unit does not
  // use its id up. A unit for a programme that does not exist runs with revision 1 and must create
  // it or refuse. kOverloaded (at once, on the caller's thread, with advice) if too many of its
  // programme wait, or it would wait too long; programmes take turns. kConflict if it lost too
  // often to other servers on the store. kStoreUnavailable if it cannot be written, with nothing
  // changed; only where the store went away in the middle of the commit does nobody know, and the
  // same request again, by its id, tells.
  virtual void Write(Unit unit, std::function<void(absl::StatusOr<Outcome>)> done) = 0;

  // Runs `body` on the calling thread over one consistent view. kOverloaded, at once, if too many
  // read at the same time.
  virtual absl::Status Read(const std::function<absl::Status(StoreReader& reader)>& body) const = 0;

  // Calls `listener(program, head)` after each commit that changed the programme, by this server or
  // another on the same store, on threads of the store; of several commits of others perhaps only
  // for the last. Other servers' are heard of within milliseconds as a rule, and for sure within a
  // second or so while the store can be reached. Once, at the start.
  virtual void OnCommit(
      std::function<void(const std::string& program, Revision head)> listener) = 0;

  // Of all servers on this store.
  virtual Leases& leases() = 0;

  // The secret that signs page tokens: made with the store, the same for every server on it.
  virtual absl::StatusOr<std::string> TokenSecret() const = 0;

  // OK if the store can be read and written and its schema is the one this program knows.
  virtual absl::Status Ready() const = 0;
};

}  // namespace perigee::ports
