#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/adapters/sql/activity/activity_repository.h"
#include "server/adapters/sql/ask/ask_repository.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/sql_record_reader.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/idea/idea_repository.h"
#include "server/adapters/sql/insider/item_read_repository.h"
#include "server/adapters/sql/ledger/sql_ledger_reader.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/adapters/sql/program/program_repository.h"
#include "server/adapters/sql/thanks/thanks_repository.h"
#include "server/adapters/sql/working_set.h"
#include "server/domain/activity/activity.h"
#include "server/domain/rule/rules.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"

namespace perigee::sql {

class WorkingActivities final : public ActivityRepository {
 public:
  WorkingActivities(Connection& connection, WorkingSet& set)
      : ActivityRepository(connection), set_(set) {}
  absl::StatusOr<std::optional<domain::Activity>> FindBySource(
      const std::string& program, const std::string& source,
      const std::string& source_event_id) override;
  absl::StatusOr<ports::ActivityCounts> Count(const std::string& program, Time since) override;

 private:
  WorkingSet& set_;
};

class WorkingJournal final : public JournalRepository {
 public:
  WorkingJournal(Connection& connection, WorkingSet& set)
      : JournalRepository(connection), set_(set) {}
  absl::StatusOr<domain::Revision> Head(const std::string& program) override;
  absl::StatusOr<std::map<std::string, domain::Revision>> Heads() override;

 private:
  WorkingSet& set_;
};

class WorkingLedger final : public SqlLedgerReader {
 public:
  WorkingLedger(Connection& connection, WorkingSet& set) : SqlLedgerReader(connection), set_(set) {}
  absl::StatusOr<std::vector<domain::Account>> AccountsOf(const std::string& program,
                                                          const domain::MemberKey& member) override;
  absl::StatusOr<std::vector<domain::Transfer>> HoldsOf(const std::string& program,
                                                        const domain::MemberKey& member,
                                                        int limit) override;
  absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             domain::Revision revision,
                                                             Time time) override;
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program) override;

 protected:
  std::unique_ptr<domain::LedgerBooks> MakeBooks(const std::string& program) override;

 private:
  WorkingSet& set_;
};

class WorkingMembers final : public MemberRepository {
 public:
  WorkingMembers(Connection& connection, WorkingSet& set)
      : MemberRepository(connection), set_(set) {}
  absl::StatusOr<std::optional<domain::Member>> Find(const std::string& program,
                                                     const std::string& member_id) override;
  absl::StatusOr<std::vector<domain::Member>> FindByKeys(
      const std::string& program, std::span<const domain::MemberKey> keys) override;
  absl::StatusOr<domain::MergedMembers> Merged(const std::string& program) override;

 private:
  WorkingSet& set_;
};

class WorkingPrograms final : public ProgramRepository {
 public:
  WorkingPrograms(Connection& connection, WorkingSet& set)
      : ProgramRepository(connection), set_(set) {}
  absl::StatusOr<std::optional<domain::Program>> Find(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Asset>> Assets(const std::string& program) override;
  absl::StatusOr<std::vector<domain::Rule>> Rules(const std::string& program) override;

 private:
  WorkingSet& set_;
};

class WorkingRecords final : public SqlRecordReader {
 public:
  WorkingRecords(Connection& connection, WorkingSet& set)
      : SqlRecordReader(connection), set_(set) {}

 protected:
  absl::StatusOr<std::shared_ptr<void>> FindAny(const std::string& program,
                                                const domain::RecordType& type,
                                                const void* like) override;

 private:
  WorkingSet& set_;
};

// The reader for decisions within the writer's transaction. It answers from the working set, and
// from the tables for all that the working set does not know. So decisions see the tables as they
// will be when the transaction is written.
class WorkingReader final : public ports::StoreReader {
 public:
  WorkingReader(Connection& connection, WorkingSet& set)
      : activities_(connection, set),
        asks_(connection),
        boards_(connection),
        due_(connection),
        item_reads_(connection),
        ideas_(connection),
        journal_(connection, set),
        ledger_(connection, set),
        members_(connection, set),
        programs_(connection, set),
        records_(connection, set),
        thanks_(connection) {}

  ports::ActivityReader& activities() override { return activities_; }
  ports::AskReader& asks() override { return asks_; }
  ports::BoardReader& boards() override { return boards_; }
  ports::DueReader& due() override { return due_; }
  ports::ItemReadReader& item_reads() override { return item_reads_; }
  ports::IdeaReader& ideas() override { return ideas_; }
  ports::JournalReader& journal() override { return journal_; }
  ports::LedgerReader& ledger() override { return ledger_; }
  ports::MemberReader& members() override { return members_; }
  ports::ProgramReader& programs() override { return programs_; }
  ports::RecordReader& records() override { return records_; }
  ports::ThanksReader& thanks() override { return thanks_; }

 private:
  WorkingActivities activities_;
  AskRepository asks_;
  BoardRepository boards_;
  DueRepository due_;
  ItemReadRepository item_reads_;
  IdeaRepository ideas_;
  WorkingJournal journal_;
  WorkingLedger ledger_;
  WorkingMembers members_;
  WorkingPrograms programs_;
  WorkingRecords records_;
  ThanksRepository thanks_;
};

}  // namespace perigee::sql
