#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/adapters/sql/activity/activity_repository.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/board/score_repository.h"
#include "server/adapters/sql/driver.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/ledger/account_repository.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/ledger/lot_repository.h"
#include "server/adapters/sql/ledger/sql_books.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/adapters/sql/program/program_repository.h"
#include "server/ports/store.h"

namespace perigee::sql {

// The repositories behind one connection as the store's readers see them.
class SqlReader : public ports::StoreReader {
 public:
  explicit SqlReader(Connection& connection);

  absl::StatusOr<domain::Revision> Head(const std::string& program) override;
  absl::StatusOr<std::optional<domain::Program>> FindProgram(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Program>> ListPrograms(const std::string& after,
                                                            int limit) override;
  absl::StatusOr<std::vector<domain::Asset>> Assets(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Rule>> Rules(const std::string& program) override;

  absl::StatusOr<std::optional<domain::Member>> FindMember(const std::string& program,
                                                           const std::string& member_id) override;
  absl::StatusOr<std::vector<domain::Member>> FindMembers(
      const std::string& program, std::span<const domain::MemberKey> keys) override;
  absl::StatusOr<std::vector<domain::Member>> FindMembersById(
      const std::string& program, std::span<const std::string> member_ids) override;
  absl::StatusOr<std::vector<domain::Member>> ListMembers(const std::string& program,
                                                          const std::string& after,
                                                          int limit) override;

  absl::StatusOr<std::optional<domain::Activity>> FindActivity(const std::string& program,
                                                               domain::Revision revision) override;
  absl::StatusOr<std::optional<domain::Activity>> FindActivityBySource(
      const std::string& program, const std::string& source,
      const std::string& source_event_id) override;
  absl::StatusOr<std::vector<domain::Activity>> ListActivities(const std::string& program,
                                                               const domain::MemberKey& member,
                                                               domain::Revision before,
                                                               int limit) override;

  domain::LedgerBooks& Books(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Account>> MemberAccounts(
      const std::string& program, const domain::MemberKey& member) override;
  absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             domain::Revision revision,
                                                             Time time) override;
  absl::StatusOr<std::vector<ports::StatementLine>> Statement(const std::string& program,
                                                              const domain::AccountRef& ref,
                                                              domain::TransferId before,
                                                              int limit) override;
  absl::StatusOr<std::vector<domain::Transfer>> TransfersOf(const std::string& program,
                                                            domain::Revision revision) override;
  absl::StatusOr<std::vector<domain::TransferId>> DueHolds(const std::string& program, Time now,
                                                           int limit) override;
  absl::StatusOr<std::vector<domain::AccountRef>> DueLots(const std::string& program, Time now,
                                                          int limit) override;

  absl::StatusOr<std::vector<domain::Board>> Boards(const std::string& program) override;
  absl::Status ForEachScore(const std::string& program, const std::string& asset, Interval interval,
                            domain::Revision revision,
                            const std::function<void(const ports::MemberScore&)>& visit) override;
  absl::StatusOr<std::optional<domain::Score>> FindScore(const std::string& program,
                                                         const std::string& asset,
                                                         const domain::MemberKey& member,
                                                         Interval interval,
                                                         domain::Revision revision) override;
  absl::StatusOr<std::vector<ports::Contribution>> Contributions(const std::string& program,
                                                                 const std::string& asset,
                                                                 const domain::MemberKey& member,
                                                                 Interval interval,
                                                                 int limit) override;
  absl::StatusOr<bool> ScoresChangedSince(const std::string& program, const std::string& asset,
                                          Interval interval, domain::Revision revision) override;
  absl::StatusOr<std::vector<domain::PeriodResult>> Results(const std::string& program,
                                                            const std::string& board,
                                                            domain::Revision created,
                                                            const std::string& period) override;
  absl::StatusOr<std::vector<domain::ResultEntry>> ResultEntries(const std::string& program,
                                                                 const domain::PeriodResult& result,
                                                                 std::int64_t after_position,
                                                                 int limit) override;

  absl::StatusOr<std::vector<domain::JournalEntry>> ReadJournal(const std::string& program,
                                                                domain::Revision after,
                                                                int limit) override;
  absl::StatusOr<std::optional<Sha256Digest>> JournalHashAt(const std::string& program,
                                                            domain::Revision revision) override;

  absl::StatusOr<std::vector<ports::MemberCount>> CountMembers(const std::string& program) override;
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program) override;
  absl::StatusOr<ports::ActivityCounts> CountActivity(const std::string& program,
                                                      Time since) override;

 protected:
  Connection& connection() { return connection_; }

 private:
  Connection& connection_;
  ProgramRepository programs_;
  MemberRepository members_;
  ActivityRepository activities_;
  AccountRepository accounts_;
  LedgerRepository ledger_;
  LotRepository lots_;
  ScoreRepository scores_;
  BoardRepository boards_;
  JournalRepository journal_;
  std::map<std::string, std::unique_ptr<SqlBooks>> books_;
};

}  // namespace perigee::sql
