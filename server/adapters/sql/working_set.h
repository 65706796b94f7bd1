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
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/domain/activity/activity.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/domain/record/record.h"
#include "server/domain/rule/rules.h"
#include "server/ports/store.h"

namespace perigee::sql {

// One programme as a transaction that has locked its head sees it. What was read once is known from
// then on, and rows that unit after unit changes (accounts, caps, the head) are written once, by
// Flush. Not for several threads.
class WorkingProgram {
 public:
  WorkingProgram(Connection& connection, std::string id)
      : connection_(connection), id_(std::move(id)) {}

  // The head that the transaction found. False if what is known is of another one.
  bool Lock(const JournalHead& head);
  const JournalHead& head() const { return *head_; }

  // Asks, for many units, for what they will look up and is not known yet; it is known once the
  // connection has settled.
  absl::Status Ask(std::span<const ports::Lookups* const> lookups);

  // As ports::StoreReader and domain::LedgerBooks promise. Pointers are good until the next call;
  // null: there is none.
  absl::StatusOr<std::optional<domain::Program>> Definition();
  absl::StatusOr<std::vector<domain::Asset>> Assets();
  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& asset);
  absl::StatusOr<std::vector<domain::Rule>> Rules();
  absl::StatusOr<const domain::Member*> FindMember(const std::string& member_id);
  absl::StatusOr<std::vector<domain::Member>> FindMembers(std::span<const domain::MemberKey> keys);
  absl::StatusOr<std::optional<domain::Activity>> FindActivity(const ports::SourceEvent& event);
  absl::StatusOr<std::shared_ptr<void>> FindRecord(const domain::RecordType& type,
                                                   const void* like);
  absl::StatusOr<std::vector<domain::Account>> AccountsOf(const domain::MemberKey& owner);
  absl::StatusOr<std::optional<domain::Account>> FindAccount(const domain::AccountRef& ref);
  absl::StatusOr<std::int64_t> CapUsed(const domain::CapKey& key);

  // Writes the rows of one unit of work and its journal entry, which it answers, and moves the
  // head.
  absl::StatusOr<WrittenEntry> Write(const domain::Principal& by, domain::Changes changes,
                                     Time now);
  // Writes what Write has left. Needed before a commit, and before anything else reads the tables
  // `account`, `cap_use` and `program`.
  absl::Status Flush();

  // The transaction is over, and what it wrote is kept.
  void EndTransaction() { ForgetRows(); }
  // What was asked for in this transaction alone is read again.
  void ForgetRows();
  // Rows known, roughly.
  std::size_t size() const {
    return members_.size() + accounts_.size() + caps_.size() + text_keys_.size();
  }

 private:
  struct KnownAccount {
    domain::Account account;
    bool unwritten = false;
  };
  struct KnownCap {
    std::int64_t used = 0;
    bool unwritten = false;
  };
  using KnownAccounts = std::vector<KnownAccount>;  // All of one owner, by ref.

  void Know(domain::Member member);
  // Of an owner whose accounts are known, or are just being asked for.
  KnownAccount& Know(domain::Account account);
  absl::StatusOr<KnownAccounts*> KnowAccountsOf(const domain::MemberKey& owner);
  absl::StatusOr<KnownCap*> KnowCap(const domain::CapKey& key);
  absl::Status AskMembers(std::span<const ports::Lookups* const> lookups);
  absl::Status AskEvents(std::span<const ports::Lookups* const> lookups);
  absl::Status AskRecords(std::span<const ports::Lookups* const> lookups);
  // Sees to it that the owners of texts have keys: who has none yet gets one.
  absl::Status KnowTextKeys(const domain::Changes& changes);
  // Resources change rarely: they are read again.
  void Forget(const domain::Changes& changes);

  Connection& connection_;
  const std::string id_;
  std::optional<JournalHead> head_;  // There once it was locked.
  std::optional<domain::Program> definition_;
  std::optional<std::vector<domain::Asset>> assets_;
  std::optional<std::vector<domain::Rule>> rules_;
  std::unordered_map<std::string, domain::MemberKey> keys_;
  std::unordered_map<domain::MemberKey, domain::Member, UuidHash> members_;
  std::unordered_map<domain::MemberKey, KnownAccounts, UuidHash> accounts_;
  std::map<domain::CapKey, KnownCap> caps_;
  TextKeys text_keys_;
  // Of this transaction alone: each is asked for once.
  std::map<ports::SourceEvent, std::optional<domain::Activity>> events_;
  // The same, by RecordTable::KeyBytes; null: there is none.
  std::map<const domain::RecordType*, std::map<std::string, std::shared_ptr<void>>> records_;

  std::vector<domain::AccountRef> unwritten_accounts_;
  std::vector<domain::CapKey> unwritten_caps_;
  bool head_unwritten_ = false;
  std::int64_t activities_unwritten_ = 0;
  std::int64_t thanks_unwritten_ = 0;
};

// The programmes that the writer knows. What is kept between transactions is good only while the
// programme's journal ends where it did when it was left: all that changes a programme moves its
// head, and whoever writes has locked it. Any doubt drops it.
class WorkingSet {
 public:
  explicit WorkingSet(Connection& connection) : connection_(connection) {}

  // A transaction begins that locks the heads of these. Until Lock says otherwise, what is known of
  // them is taken for right.
  void Begin(const std::set<std::string>& programs);
  // As WorkingProgram::Lock; what is of another head is dropped.
  bool Lock(const std::string& program, const JournalHead& head);
  // One of the programmes of this transaction, or null.
  WorkingProgram* Find(const std::string& program);
  absl::Status Flush();
  // Call Flush before a transaction is committed.
  void End(bool committed);

 private:
  struct Kept {
    WorkingProgram program;
    bool in_transaction = false;
  };

  Connection& connection_;
  std::unordered_map<std::string, Kept> programs_;
  std::vector<std::string> in_transaction_;
  std::size_t rows_ = 0;  // Of those that are in no transaction.
};

}  // namespace perigee::sql
