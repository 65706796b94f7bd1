#include <memory>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/check/program_check.h"
#include "server/adapters/sql/member/erasure.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/records.h"
#include "server/domain/ledger/due_keys.h"
#include "server/domain/record/wire.h"
#include "server/ports/board/result_draft.h"

namespace perigee::sql {
namespace {

using ports::Due;
using ports::DueKind;

// Empty if it is not of a record.
std::string RecordNameOf(const Due& due) {
  const domain::RecordType* type =
      domain::FindRecord(static_cast<int>(due.kind) - static_cast<int>(DueKind::kRecord));
  const std::shared_ptr<void> record =
      type == nullptr ? nullptr : domain::DecodeRecord(*type, due.key, {}, 0);
  return record == nullptr ? "" : RecordTable::Of(*type).NameOf(record.get());
}

std::string NameOf(const Due& due) {
  switch (due.kind) {
    case DueKind::kHold:
      if (const auto hold = domain::HoldOfDueKey(due.key)) {
        return absl::StrCat("the hold of transfer ", domain::FormatTransferId(*hold));
      }
      break;
    case DueKind::kLot:
      if (const auto key = domain::LotOfDueKey(due.key)) {
        return absl::StrCat("lot ", domain::FormatTransferId(key->id), " part ", key->part);
      }
      break;
    case DueKind::kPeriod:
      if (const auto name = domain::PeriodOfDueKey(due.key)) {
        return absl::StrCat("period ", name->period, " of board ", name->board);
      }
      break;
    case DueKind::kDraft:
      return absl::StrCat("draft ", absl::BytesToHexString(due.key));
    case DueKind::kErasure:
      if (const auto member = MemberOfErasureKey(due.key)) {
        return absl::StrCat("the erasure of member ", member->Hex());
      }
      break;
    case DueKind::kDeletion:
      return "the deletion of the programme";
    default:
      if (const std::string name = RecordNameOf(due); !name.empty()) {
        return name;
      }
      break;
  }
  return absl::StrCat("something of kind ", static_cast<int>(due.kind));
}

}  // namespace

// Needs the lots that CheckLots reads.
absl::Status ProgramCheck::CheckDue() {
  std::set<Due> expected;
  for (const auto& [id, hold] : books_.holds()) {
    expected.insert({hold.expire_time.value_or(kEndOfTime), program_, DueKind::kHold,
                     domain::DueKeyOfHold(id)});
  }
  for (const auto& [key, lot] : lots_) {
    if (lot.remaining > 0) {
      expected.insert(
          {lot.expire_time, program_, DueKind::kLot, domain::DueKeyOfLot(lot.id, lot.part)});
    }
  }
  std::map<std::pair<std::string, domain::Revision>, std::set<std::string>> closed;
  for (const domain::PeriodResult& result : results_) {
    closed[{result.board, result.board_created}].insert(result.period);
  }
  for (const auto& [id, board] : boards_) {
    const absl::StatusOr<Zone> zone = Zone::Load(board.time_zone);
    if (!zone.ok()) {
      Report(absl::StrCat("board ", id, ": ", std::string(zone.status().message())));
      continue;
    }
    const domain::Period period =
        domain::FirstOpenPeriod(board, *zone, closed[{id, board.created}]);
    if (const std::optional<Time> time = domain::CloseTime(board, period)) {
      expected.insert({*time, program_, DueKind::kPeriod, domain::DueKeyOfPeriod({id, period.id})});
    }
  }
  for (Due& due : records_.Due()) {
    expected.insert(std::move(due));
  }
  // Drafts are in no journal.
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT digest, time FROM result_draft WHERE program = $1", {program_}, [&](const Row& row) {
        expected.insert({row.At(1) + ports::kDraftKept, program_, DueKind::kDraft, row.Text(0)});
      }));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Due> rows,
                           DueRepository(connection_).OfProgram(program_));
  const auto goes_on = [this](const Due& due) {
    const auto member = MemberOfErasureKey(due.key);
    return due.kind == DueKind::kErasure && member.has_value() && erased_.contains(*member);
  };
  for (const Due& due : rows) {
    if (expected.erase(due) == 0 && !goes_on(due)) {
      Report(absl::StrCat(NameOf(due), " falls due at ", FormatTime(due.time), " and must not"));
    }
  }
  for (const Due& due : expected) {
    Report(absl::StrCat(NameOf(due), " does not fall due at ", FormatTime(due.time)));
  }
  return absl::OkStatus();
}

}  // namespace perigee::sql
