#include "server/adapters/sql/check/records_check.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/records.h"
#include "server/domain/record/wire.h"

namespace perigee::sql {
namespace {

std::string BytesOf(const domain::RecordType& type, const void* record) {
  return domain::EncodeRecord(type, record, domain::WireSink::Part::kAll);
}

}  // namespace

absl::Status RecordsCheck::Add(const domain::RecordChanges& changes) {
  for (const domain::RecordChange& change : changes.all()) {
    const domain::RecordType& type = *change.type;
    if (type.append_only()) {
      ++counts_[&type];
      PERIGEE_RETURN_IF_ERROR(CompareRow(change));
      continue;
    }
    const std::string name = RecordTable::Of(type).NameOf(change.record.get());
    if (change.deleted) {
      recorded_[&type].erase(name);
    } else {
      recorded_[&type][name] = {BytesOf(type, change.record.get()),
                                type.RevisionOf(change.record.get())};
    }
  }
  return absl::OkStatus();
}

void RecordsCheck::Erase(const domain::MemberKey& member) {
  for (auto& [type, recorded] : recorded_) {
    if (!type->IsKnownByOwner()) {
      continue;
    }
    const std::string name = absl::StrCat(std::string(type->table()), " ", member.Hex());
    const auto first = recorded.lower_bound(name);
    recorded.erase(first, std::find_if_not(first, recorded.end(), [&](const auto& of) {
                     return of.first.starts_with(name);
                   }));
  }
}

bool RecordsCheck::IsBeingErased(const domain::RecordType& type,
                                 const std::shared_ptr<void>& row) const {
  if (erasing_.empty()) {
    return false;
  }
  const std::vector<domain::MemberKey> owners = domain::OwnersOf({&type, row, false});
  return std::ranges::any_of(owners, [&](const auto& owner) { return erasing_.contains(owner); });
}

absl::Status RecordsCheck::CompareRow(const domain::RecordChange& change) {
  const RecordTable& table = RecordTable::Of(*change.type);
  PERIGEE_ASSIGN_OR_RETURN(const std::shared_ptr<void> row,
                           table.Find(connection_, program_, change.record.get()));
  if (row == nullptr) {
    find_(absl::StrCat(table.NameOf(change.record.get()), " is missing"));
    return absl::OkStatus();
  }
  if (IsBeingErased(*change.type, row)) {
    change.type->ClearPersonal(row.get());
  }
  if (BytesOf(*change.type, row.get()) != BytesOf(*change.type, change.record.get())) {
    find_(absl::StrCat(table.NameOf(change.record.get()), " differs from the journal"));
  }
  return absl::OkStatus();
}

absl::Status RecordsCheck::CompareTable(const domain::RecordType& type) {
  const RecordTable& table = RecordTable::Of(type);
  if (type.append_only()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t rows, table.Count(connection_, program_));
    if (rows != counts_[&type]) {
      find_(absl::StrCat("there are ", rows, " rows of ", std::string(type.table()),
                         ", the journal makes it ", counts_[&type]));
    }
    return absl::OkStatus();
  }
  std::map<std::string, Recorded>& recorded = recorded_[&type];
  const auto compare = [&](std::shared_ptr<void> row) {
    if (row == nullptr) {
      find_(absl::StrCat("a row of ", std::string(type.table()), " cannot be read"));
      return;
    }
    const std::string name = table.NameOf(row.get());
    const auto expected = recorded.find(name);
    const bool is_being_erased = IsBeingErased(type, row);
    if (expected == recorded.end() && is_being_erased && type.IsKnownByOwner()) {
      return;  // A later portion of the erasure deletes the row.
    }
    if (is_being_erased) {
      type.ClearPersonal(row.get());
    }
    if (expected == recorded.end()) {
      find_(absl::StrCat(name, " is not in the journal"));
      return;
    }
    if (expected->second.bytes != BytesOf(type, row.get()) ||
        expected->second.revision != type.RevisionOf(row.get())) {
      find_(absl::StrCat(name, " differs from the journal"));
    }
    recorded.erase(expected);
  };
  PERIGEE_RETURN_IF_ERROR(table.ForEach(connection_, program_, compare));
  for (const auto& [name, record] : recorded) {
    find_(absl::StrCat(name, " is missing"));
  }
  return absl::OkStatus();
}

std::vector<ports::Due> RecordsCheck::Due() const {
  std::vector<ports::Due> list;
  for (const auto& [type, recorded] : recorded_) {
    for (const auto& [name, known] : recorded) {
      if (!type->due_field().has_value()) {
        break;
      }
      const std::shared_ptr<void> record =
          domain::DecodeRecord(*type, known.bytes, {}, known.revision);
      if (auto due = RecordTable::Of(*type).DueOf(program_, record.get())) {
        list.push_back(*std::move(due));
      }
    }
  }
  return list;
}

absl::Status RecordsCheck::Finish() {
  for (const domain::RecordType* type : domain::AllRecords()) {
    PERIGEE_RETURN_IF_ERROR(CompareTable(*type));
  }
  return absl::OkStatus();
}

}  // namespace perigee::sql
