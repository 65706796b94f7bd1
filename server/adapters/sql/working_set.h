#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/domain/activity/activity.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/domain/record/record.h"
#include "server/domain/rule/rules.h"
#include "server/ports/store.h"

namespace perigee::sql {

// One programme in a transaction that has locked its head. Every read is cached. Rows that many
// units change (accounts, caps, the head) are written once, by Flush. Not for several threads.
class WorkingProgram {
 public:
  WorkingProgram(Connection& connection, KeyStore& key_store, std::string id)
      : connection_(connection), key_store_(key_store), id_(std::move(id)) {}

  // Takes over the head that the transaction found. False if the cache is of another head.
  bool Lock(const JournalHead& head);
  const JournalHead& head() const { return *head_; }

  // Asks, for many units, for the rows that they will look up and that are not cached. The rows are
  // cached after the next Sync of the connection.
  absl::Status Ask(std::span<const ports::Lookups* const> lookups);

  // As ports::StoreReader and domain::LedgerBooks promise. Pointers are valid until the next call.
  // Null: there is none.
  absl::StatusOr<std::optional<domain::Program>> Definition();
  absl::StatusOr<std::vector<domain::Asset>> Assets();
  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& asset);
  absl::StatusOr<std::vector<domain::Rule>> Rules();
  absl::StatusOr<const domain::Member*> FindMember(const std::string& member_id);
  absl::StatusOr<std::vector<domain::Member>> FindMembers(std::span<const domain::MemberKey> keys);
  absl::StatusOr<const domain::MergedMembers*> Merged();  // Never null.
  absl::StatusOr<std::optional<domain::Activity>> FindActivity(const ports::SourceEvent& event);
  absl::StatusOr<std::shared_ptr<void>> FindRecord(const domain::RecordType& type,
                                                   const void* like);
  absl::StatusOr<std::vector<domain::Account>> AccountsOf(const domain::MemberKey& owner);
  absl::StatusOr<std::optional<domain::Account>> FindAccount(const domain::AccountRef& ref);
  absl::StatusOr<std::int64_t> CapUsed(const domain::CapKey& key);

  // Writes the rows of one unit of work and its journal entry, and moves the head. Returns the
  // entry.
  // A new owner of texts takes a key of the key store. If that has none, nothing of the unit is
  // written, KeyStore::ran_out tells so, and the status says nothing about the unit.
  absl::StatusOr<WrittenEntry> Write(const EntryCause& cause, domain::Changes changes, Time now);
  // Writes the rows that Write has left. Must be called before a commit, and before other code
  // reads the tables `account`, `cap_use` and `program`.
  absl::Status Flush();

  // The transaction is over, and its writes are kept.
  void EndTransaction() { ForgetRows(); }
  // Forgets the reads that are valid in this transaction only.
  void ForgetRows();
  // About how many rows are cached. A key of texts counts with its member.
  std::size_t size() const { return members_.size() + accounts_.size() + caps_.size(); }

 private:
  struct KnownAccount {
    domain::Account account;
    bool unwritten = false;
  };
  struct KnownCap {
    std::int64_t used = 0;
    bool unwritten = false;
  };
  using KnownAccounts = std::vector<KnownAccount>;  // All accounts of one owner, by ref.

  void Know(domain::Member member);
  // For an owner whose accounts are known, or are being asked for.
  KnownAccount& Know(domain::Account account);
  absl::StatusOr<KnownAccounts*> KnowAccountsOf(const domain::MemberKey& owner);
  absl::StatusOr<KnownCap*> KnowCap(const domain::CapKey& key);
  absl::Status AskMembers(std::span<const ports::Lookups* const> lookups);
  absl::Status AskEvents(std::span<const ports::Lookups* const> lookups);
  absl::Status AskRecords(std::span<const ports::Lookups* const> lookups);
  // Gives a key to each owner of texts that has none yet.
  absl::Status KnowTextKeys(const domain::Changes& changes);
  // Changed resources are dropped and read again, because they change rarely.
  void Forget(const domain::Changes& changes);

  Connection& connection_;
  KeyStore& key_store_;
  const std::string id_;
  std::optional<JournalHead> head_;  // Present once the head was locked.
  std::optional<domain::Program> definition_;
  std::optional<std::vector<domain::Asset>> assets_;
  std::optional<std::vector<domain::Rule>> rules_;
  std::optional<domain::MergedMembers> merged_;
  std::unordered_map<std::string, domain::MemberKey> keys_;
  std::unordered_map<domain::MemberKey, domain::Member, UuidHash> members_;
  std::unordered_map<domain::MemberKey, KnownAccounts, UuidHash> accounts_;
  std::map<domain::CapKey, KnownCap> caps_;
  TextKeys text_keys_;
  // Valid in this transaction only. Each is asked for once.
  std::map<ports::SourceEvent, std::optional<domain::Activity>> events_;
  // Also valid in this transaction only, by RecordTable::KeyBytes. Null: there is none.
  std::map<const domain::RecordType*, std::map<std::string, std::shared_ptr<void>>> records_;

  std::vector<domain::AccountRef> unwritten_accounts_;
  std::vector<domain::CapKey> unwritten_caps_;
  bool head_unwritten_ = false;
  std::int64_t activities_unwritten_ = 0;
  std::int64_t thanks_unwritten_ = 0;
};

// The programmes that the writer has cached. A cached programme is right only while its journal
// ends where it ended at the last transaction: every change of a programme moves its head, and
// every writer locks the head. Any doubt drops the programme.
class WorkingSet {
 public:
  WorkingSet(Connection& connection, KeyStore& key_store)
      : connection_(connection), key_store_(key_store) {}

  // Begins a transaction that locks the heads of these programmes. Their caches count as right
  // until Lock shows otherwise.
  void Begin(const std::set<std::string>& programs);
  // As WorkingProgram::Lock. Drops the cache if it is of another head.
  bool Lock(const std::string& program, const JournalHead& head);
  // One of the programmes of this transaction, or null.
  WorkingProgram* Find(const std::string& program);
  // Forgets a programme of this transaction, whose rows are deleted. It has no head any more.
  void Delete(const std::string& program) { Lock(program, {}); }
  absl::Status Flush();
  // Ends the transaction. Call Flush before the commit.
  void End(bool committed);

 private:
  struct Kept {
    WorkingProgram program;
    bool in_transaction = false;
  };

  Connection& connection_;
  KeyStore& key_store_;
  std::unordered_map<std::string, Kept> programs_;
  std::vector<std::string> in_transaction_;
  std::size_t rows_ = 0;  // Of the programmes that are in no transaction.
};

}  // namespace perigee::sql
