#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/check/books_fold.h"
#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/check/records_check.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/member/eligibility.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/domain/rule/rules.h"

namespace perigee::domain {
struct Activity;
struct JournalEntry;
struct RequestProof;
}  // namespace perigee::domain

namespace perigee::sql {

// The check of one programme: walks its journal once, then compares the result with the tables. A
// status that is not OK means that the store could not be read.
class ProgramCheck {
 public:
  ProgramCheck(Connection& connection, std::string program, std::vector<Finding>& findings)
      : connection_(connection),
        ledger_(connection),
        program_(std::move(program)),
        findings_(findings),
        records_(connection, program_, erasing_, text_keys_,
                 [this](std::string what) { Report(std::move(what)); }) {}

  absl::Status Run();

 private:
  void Report(std::string what);

  // journal_check.cpp: the entries, and the rows that each entry made.
  absl::Status WalkJournal();
  absl::Status CheckEntry(const domain::JournalEntry& entry, const Sha256Digest& expected_hash);
  absl::Status CheckTransfers(domain::Revision revision,
                              const std::vector<domain::Transfer>& recorded);
  absl::Status CheckSides(const domain::Transfer& transfer);
  absl::Status CheckLotUses(domain::Revision revision, const std::vector<domain::LotUse>& recorded);
  absl::Status CheckActivityMembers(const domain::Activity& activity);
  absl::Status CheckParties(const domain::JournalEntry& entry);
  void CheckBalances(const domain::Transfer& transfer);
  void CheckPooling(const domain::Transfer& transfer);
  absl::Status CheckHead();
  absl::Status CheckRowCounts();

  // requests_check.cpp: the memory of the requests that made entries.
  absl::Status CheckRequest(const domain::JournalEntry& entry, const domain::RequestProof& proof);
  void CheckAnswer(const domain::JournalEntry& entry, bool erased);
  absl::Status CheckRequestCount();

  // books_check.cpp: the state after the last entry.
  absl::Status CheckAccounts();
  void CheckUnused(const domain::Account& account);
  void CheckBudgets(const std::map<domain::AccountRef, domain::Account>& rows);
  absl::Status CheckHolds();
  absl::Status CheckLots();
  absl::Status CheckCaps();
  absl::Status ReadTextKeys();
  void CheckTextKeys();
  absl::Status CheckMerged();
  absl::Status CheckEligibility();
  absl::Status CheckBoards();
  absl::Status CheckResults();
  absl::Status CheckDrafts();

  // due_check.cpp
  absl::Status CheckDue();

  Connection& connection_;
  LedgerRepository ledger_;
  std::string program_;
  std::vector<Finding>& findings_;
  std::size_t found_ = 0;

  // Members whose rows may still have texts that the journal no longer has.
  std::set<domain::MemberKey> erasing_;
  std::vector<TextKey> owners_;
  // Those of them whose key is destroyed.
  std::set<domain::MemberKey> destroyed_;
  // The memory of requests may have holes up to this revision.
  domain::Revision forgotten_ = 0;

  // The results of the journal.
  JournalHead head_;
  std::int64_t activities_ = 0;
  std::int64_t thanks_ = 0;
  std::int64_t transfers_ = 0;
  std::int64_t memos_ = 0;
  std::int64_t scores_ = 0;
  std::int64_t lot_uses_ = 0;
  std::int64_t activity_members_ = 0;
  std::int64_t parties_ = 0;
  std::int64_t requests_ = 0;
  std::set<domain::AccountRef> budgets_;
  BooksFold books_;
  RecordsCheck records_;
  TextKeys text_keys_;  // Those that open texts.
  std::set<domain::MemberKey> text_owners_;
  std::set<domain::MemberKey> erased_;
  EligibilityFold eligibility_;
  domain::MergedMembers merged_;
  std::map<std::string, domain::Asset> assets_;
  std::vector<domain::Rule> rules_;
  std::vector<domain::PeriodResult> results_;
  std::map<std::string, domain::Board> boards_;
  std::map<std::pair<domain::TransferId, std::int32_t>, domain::Lot> lots_;
  std::map<domain::CapKey, std::int64_t> caps_;
};

}  // namespace perigee::sql
