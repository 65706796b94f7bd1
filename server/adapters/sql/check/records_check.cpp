#include "server/adapters/sql/check/records_check.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/error.h"
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
  erased_.insert(member);
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

std::string RecordsCheck::WithoutErased(const domain::RecordType& type,
                                        const Recorded& recorded) const {
  const std::shared_ptr<void> record =
      domain::DecodeRecord(type, recorded.bytes, {}, recorded.revision);
  const std::vector<domain::MemberKey> owners = domain::OwnersOf({&type, record, false});
  if (std::ranges::any_of(owners, [&](const auto& owner) { return erased_.contains(owner); })) {
    type.ClearPersonal(record.get());
  }
  return BytesOf(type, record.get());
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
  const absl::StatusOr<std::shared_ptr<void>> found =
      table.Find(connection_, program_, change.record.get());
  if (ReasonOf(found.status()) == Reason::kInternal) {
    find_(absl::StrCat(table.NameOf(change.record.get()), " cannot be read"));
    return absl::OkStatus();
  }
  PERIGEE_RETURN_IF_ERROR(found.status());
  const std::shared_ptr<void>& row = *found;
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
  return CompareIndex(*change.type, row);
}

absl::Status RecordsCheck::CompareIndex(const domain::RecordType& type,
                                        const std::shared_ptr<void>& row) {
  const auto of_program = keys_.find({});
  if (of_program == keys_.end() || IsBeingErased(type, row)) {
    return absl::OkStatus();
  }
  const RecordTable& table = RecordTable::Of(type);
  PERIGEE_ASSIGN_OR_RETURN(const bool indexed,
                           table.IsIndexed(connection_, program_, row.get(), of_program->second));
  if (!indexed) {
    find_(absl::StrCat(table.NameOf(row.get()), " is not found by its own texts"));
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
  std::vector<std::shared_ptr<void>> rows;
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
    const std::string bytes = BytesOf(type, row.get());
    if ((expected->second.bytes != bytes && WithoutErased(type, expected->second) != bytes) ||
        expected->second.revision != type.RevisionOf(row.get())) {
      find_(absl::StrCat(name, " differs from the journal"));
    }
    recorded.erase(expected);
    rows.push_back(std::move(row));
  };
  PERIGEE_RETURN_IF_ERROR(table.ForEach(connection_, program_, compare));
  for (const std::shared_ptr<void>& row : rows) {
    PERIGEE_RETURN_IF_ERROR(CompareIndex(type, row));
  }
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
