#pragma once

#include "server/adapters/sql/activity/activity_repository.h"
#include "server/adapters/sql/ask/ask_repository.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/sql_record_reader.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/idea/idea_repository.h"
#include "server/adapters/sql/insider/item_read_repository.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/ledger/sql_ledger_reader.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/adapters/sql/program/program_repository.h"
#include "server/adapters/sql/thanks/thanks_repository.h"
#include "server/ports/store.h"

namespace perigee::sql {

class Connection;

// The repositories of one connection, as the readers of a StoreReader.
class SqlReader final : public ports::StoreReader {
 public:
  explicit SqlReader(Connection& connection)
      : activities_(connection),
        asks_(connection),
        boards_(connection),
        due_(connection),
        item_reads_(connection),
        ideas_(connection),
        journal_(connection),
        ledger_(connection),
        members_(connection),
        programs_(connection),
        records_(connection),
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
  ActivityRepository activities_;
  AskRepository asks_;
  BoardRepository boards_;
  DueRepository due_;
  ItemReadRepository item_reads_;
  IdeaRepository ideas_;
  JournalRepository journal_;
  SqlLedgerReader ledger_;
  MemberRepository members_;
  ProgramRepository programs_;
  SqlRecordReader records_;
  ThanksRepository thanks_;
};

}  // namespace perigee::sql
