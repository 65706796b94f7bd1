#include "server/adapters/sql/member/eligibility.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"

namespace perigee::sql {
namespace {

constexpr int kEntriesAtOnce = 500;

// The columns that domain::IsEligible looks at.
constexpr std::array<std::string_view, 5> kColumns = {"type", "standing", "board_opt_out", "facets",
                                                      "kinds"};

// The values of those columns. `all` are the values of all fields.
std::vector<Value> Picked(const FieldValues& all) {
  const std::vector<domain::Field>& fields = domain::TypeOf<domain::Member>().fields();
  std::vector<Value> values;
  for (const std::string_view column : kColumns) {
    const auto field = std::ranges::find(fields, column, &domain::Field::name);
    values.push_back(all.values()[static_cast<std::size_t>(field - fields.begin())]);
  }
  return values;
}

std::string PickedBytes(const domain::Member& member) {
  FieldValues all(domain::TypeOf<domain::Member>());
  domain::TypeOf<domain::Member>().Write(&member, all);
  return absl::StrJoin(Picked(all), " ", [](std::string* out, const Value& value) {
    absl::StrAppend(out, value.as_int(), std::string(value.bytes()));
  });
}

// $1 is the programme, $2 the member, $3 the revision, $4 the first of the columns.
Sql PutIfChanged() {
  std::vector<std::string> differences;
  for (const std::string_view column : kColumns) {
    differences.push_back(absl::StrCat(std::string(column), " <> $", 4 + differences.size()));
  }
  return Sql::Built(
      absl::StrCat("INSERT INTO eligibility (program, member_key, revision) "
                   "SELECT program, member_key, $3 FROM member "
                   "WHERE program = $1 AND member_key = $2 AND (",
                   absl::StrJoin(differences, " OR "),
                   ") ON CONFLICT (program, member_key) DO UPDATE SET revision = $3"));
}

}  // namespace

absl::Status Eligibility::Put(const std::string& program, const domain::Member& member,
                              domain::Revision revision) {
  static const Sql kSql = PutIfChanged();
  FieldValues all(domain::TypeOf<domain::Member>());
  domain::TypeOf<domain::Member>().Write(&member, all);
  std::vector<Value> values = {program, member.key, revision};
  std::ranges::copy(Picked(all), std::back_inserter(values));
  return connection_.Execute(kSql, values);
}

absl::Status Eligibility::End(const std::string& program, const domain::MemberKey& member,
                              domain::Revision revision) {
  return connection_.Execute(
      "INSERT INTO eligibility (program, member_key, revision) VALUES ($1, $2, $3) "
      "ON CONFLICT (program, member_key) DO UPDATE SET revision = $3",
      {program, member, revision});
}

absl::Status Eligibility::Fill() {
  JournalRepository journal(connection_);
  PERIGEE_ASSIGN_OR_RETURN(const auto heads, journal.Heads());
  for (const auto& [program, head] : heads) {
    PERIGEE_ASSIGN_OR_RETURN(const TextKeys keys, journal.ReadTextKeys(program));
    EligibilityFold fold;
    std::set<domain::MemberKey> owners;
    domain::Revision last = 0;
    while (last < head) {
      const domain::Revision before = last;
      absl::Status read;
      PERIGEE_RETURN_IF_ERROR(connection_.Query(
          "SELECT revision, payload, texts FROM journal WHERE program = $1 AND revision > $2 "
          "ORDER BY revision LIMIT $3",
          {program, before, kEntriesAtOnce}, [&, &program = program](const Row& row) {
            last = row.Int(0);
            absl::StatusOr<DecodedEntry> entry = DecodeEntry(row.Bytes(1), last);
            read.Update(entry.ok()
                            ? OpenTexts(program, last, row.Bytes(2), keys, entry->changes, owners)
                            : entry.status());
            if (entry.ok()) {
              fold.Add(entry->changes, last);
            }
          }));
      PERIGEE_RETURN_IF_ERROR(read);
      if (last == before) {
        break;  // The journal ends before its head, which a check finds.
      }
    }
    for (const auto& [member, revision] : fold.rows()) {
      PERIGEE_RETURN_IF_ERROR(End(program, member, revision));
    }
  }
  return absl::OkStatus();
}

void EligibilityFold::Add(const domain::Changes& changes, domain::Revision revision) {
  for (const domain::RecordChange& change : changes.records.all()) {
    if (change.type != &domain::TypeOf<domain::Member>()) {
      continue;
    }
    const auto& member = *static_cast<const domain::Member*>(change.record.get());
    if (change.deleted) {
      known_.erase(member.key);
      rows_[member.key] = revision;
      continue;
    }
    const std::string now = PickedBytes(member);
    std::string& known = known_.try_emplace(member.key, now).first->second;
    if (known != now) {
      known = now;
      rows_[member.key] = revision;
    }
  }
  for (const domain::MemberKey& member : changes.erased) {
    known_.erase(member);
    rows_[member] = revision;
  }
}

}  // namespace perigee::sql
