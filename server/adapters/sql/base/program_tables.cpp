#include "server/adapters/sql/base/program_tables.h"

#include <array>
#include <map>

#include "absl/strings/str_split.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/domain/journal/records.h"
#include "server/domain/program/program.h"

namespace perigee::sql {
namespace {

struct HandWritten {
  const char* name;
  const char* columns;
  int key_columns;
};

constexpr auto kHandWritten = std::to_array<HandWritten>({
    // A plain record, and the end of its journal.
    {"program",
     "program text, display_name text, time_zone text, create_time int, update_time int, "
     "state int, ask_limit int, ask_window_days int, revision int, head_revision int, "
     "head_time int, head_hash blob, activities int, thanks int, thanks_limit int, "
     "thanks_period int, orbit_review_months int",
     1},
    {"text_key", "program text, owner blob, slot int, destroyed int", 2},
    {"activity_member", "program text, member_key blob, revision int", 3},
    {"eligibility", "program text, member_key blob, revision int, person_revision int", 2},
    {"journal_party", "program text, party blob, revision int", 3},
    {"account",
     "program text, member_key blob, asset text, account text, overdraft int, "
     "balance int, credits_pending int, debits_pending int",
     4},
    {"hold",
     "program text, member_key blob, asset text, account text, expire_time int, revision int, "
     "idx int, amount int",
     7},
    {"transfer",
     "program text, revision int, idx int, asset text, debit_member blob, "
     "debit_account text, credit_member blob, credit_account text, amount int, kind int, "
     "effective_time int, record_time int, expire_time int, original_revision int, "
     "original_idx int, activity int, rule text, rule_version int, cap_member blob, "
     "cap_asset text, cap text, cap_window_start int, cut_amount int, "
     "debit_balance_after int, credit_balance_after int",
     3},
    {"memo", "program text, revision int, idx int, sealed blob", 3},
    {"posting",
     "program text, member_key blob, asset text, account text, revision int, idx int, "
     "effective_time int, change int, balance_after int",
     6},
    {"score",
     "program text, asset text, effective_time int, member_key blob, revision int, "
     "idx int, root_revision int, root_idx int, score int",
     6},
    {"due", "program text, time int, kind int, key blob", 4},
    {"lot",
     "program text, revision int, idx int, part int, member_key blob, asset text, "
     "account text, amount int, remaining int, expire_time int",
     4},
    {"lot_use",
     "program text, revision int, idx int, seq int, lot_revision int, lot_idx int, "
     "lot_part int, amount int",
     4},
    {"cap_use", "program text, member_key blob, asset text, cap text, window_start int, used int",
     5},
    {"board",
     "program text, id text, display_name text, asset text, cadence int, "
     "rolling_days int, week_start int, time_zone text, scheme int, facet text, kind int, "
     "grace_hours int, create_time int, created int, epoch int, revision int, audience text, "
     "allow_demographic int",
     2},
    {"result",
     "program text, board text, board_created int, period text, version int, time int, "
     "reason text, digest text, entry_count int, revision int",
     5},
    {"result_entry",
     "program text, digest blob, position int, rank int, member_key blob, score int, "
     "reach_time int",
     3},
    {"result_draft", "program text, digest blob, time int", 2},
    {"journal",
     "program text, revision int, time int, previous_hash blob, hash blob, payload blob, "
     "texts blob",
     2},
    {"cursor", "program text, projection text, revision int", 2},
    {"request",
     "program text, time int, by_kind int, by_id blob, id_hash blob, content blob, revision int, "
     "changed int, answer blob",
     5},
});

const char* KindOf(domain::FieldKind kind) {
  switch (kind) {
    case domain::FieldKind::kInt:
      return " int";
    case domain::FieldKind::kText:
      return " text";
    default:
      return " blob";
  }
}

// The key comes first, because rows are read in its order.
ProgramTable TableOf(const domain::RecordType& type) {
  std::map<std::string, std::string> kinds = {{"program", " text"}, {"revision", " int"}};
  for (const domain::Field& field : type.fields()) {
    if (!type.IsSealed() || !field.personal) {
      kinds[std::string(field.name)] = KindOf(field.kind);
    }
  }
  for (const std::string& name : RecordTable::Of(type).sealed_columns()) {
    kinds[name] = " blob";
  }
  ProgramTable table{std::string(type.table()), {}, 0};
  for (const std::string& name : RecordTable::Of(type).key()) {
    table.columns.push_back(name + kinds.extract(name).mapped());
  }
  table.key_columns = static_cast<int>(table.columns.size());
  for (const auto& [name, kind] : kinds) {
    table.columns.push_back(name + kind);
  }
  return table;
}

}  // namespace

std::vector<ProgramTable> ProgramTables() {
  std::vector<ProgramTable> tables;
  for (const HandWritten& table : kHandWritten) {
    tables.push_back({table.name, absl::StrSplit(table.columns, ", "), table.key_columns});
  }
  for (const domain::RecordType* type : domain::AllRecords()) {
    // Programmes are in the list above, because their rows hold more than the record.
    if (type != &domain::TypeOf<domain::Program>()) {
      tables.push_back(TableOf(*type));
    }
  }
  return tables;
}

}  // namespace perigee::sql
