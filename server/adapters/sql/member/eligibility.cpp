#include "server/adapters/sql/member/eligibility.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/keys_apart.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"

namespace perigee::sql {
namespace {

constexpr int kEntriesAtOnce = 500;

using Known = EligibilityFold::Known;

// The fields that domain::IsEligible looks at, besides merged_into.
constexpr std::array<std::string_view, 6> kFields = {"type",   "standing", "board_opt_out",
                                                     "facets", "kinds",    "titles"};

// The values of those fields.
std::string PickedBytes(const domain::Member& member) {
  const std::vector<domain::Field>& fields = domain::TypeOf<domain::Member>().fields();
  FieldValues all(domain::TypeOf<domain::Member>());
  domain::TypeOf<domain::Member>().Write(&member, all);
  return absl::StrJoin(kFields, " ", [&](std::string* out, std::string_view name) {
    const auto field = std::ranges::find(fields, name, &domain::Field::name);
    const Value& value = all.begin()[field - fields.begin()];
    absl::StrAppend(out, value.as_int(), std::string(value.bytes()));
  });
}

// The members whose rows change, and whether each is merged or parted itself.
using Moved = std::map<domain::MemberKey, bool>;

// `known` has what is known of the changed members, or of all, before the changes. It is moved on.
Moved MovedBy(const domain::Changes& changes, std::map<domain::MemberKey, Known>& known) {
  Moved moved;
  // The member leaves or joins the person of that head.
  const auto regroup = [&](const domain::MemberKey& member, const domain::MemberKey& head) {
    if (!head.IsNil()) {
      moved[member] = true;
      moved.try_emplace(head, false);
    }
  };
  const auto end = [&](const domain::MemberKey& member) {
    moved.try_emplace(member, false);
    if (const auto before = known.find(member); before != known.end()) {
      regroup(member, before->second.head);
      known.erase(before);
    }
  };
  for (const domain::RecordChange& change : changes.records.all()) {
    if (change.type != &domain::TypeOf<domain::Member>()) {
      continue;
    }
    const auto& member = *static_cast<const domain::Member*>(change.record.get());
    if (change.deleted) {
      end(member.key);
      continue;
    }
    Known now{PickedBytes(member), member.merged_into};
    Known& before = known.try_emplace(member.key, now).first->second;
    if (before.fields != now.fields) {
      moved.try_emplace(member.key, false);
    }
    if (before.head != now.head) {
      regroup(member.key, before.head);
      regroup(member.key, now.head);
    }
    before = std::move(now);
  }
  std::ranges::for_each(changes.erased, end);
  return moved;
}

}  // namespace

absl::Status Eligibility::Note(const std::string& program, const domain::Changes& changes,
                               domain::Revision revision) {
  const std::vector<domain::MemberKey> changed = domain::ChangedMembers(changes);
  if (changed.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> before,
                           MemberRepository(connection_).FindByKeys(program, changed));
  std::map<domain::MemberKey, Known> known;
  for (const domain::Member& member : before) {
    known.emplace(member.key, Known{PickedBytes(member), member.merged_into});
  }
  for (const auto& [member, person] : MovedBy(changes, known)) {
    PERIGEE_RETURN_IF_ERROR(Put(program, member, revision, person));
  }
  return absl::OkStatus();
}

absl::Status Eligibility::Put(const std::string& program, const domain::MemberKey& member,
                              domain::Revision revision, bool person) {
  // Fill runs before the table has the column.
  return person ? connection_.Execute(
                      "INSERT INTO eligibility (program, member_key, revision, person_revision) "
                      "VALUES ($1, $2, $3, $3) ON CONFLICT (program, member_key) "
                      "DO UPDATE SET revision = $3, person_revision = $3",
                      {program, member, revision})
                : connection_.Execute(
                      "INSERT INTO eligibility (program, member_key, revision) "
                      "VALUES ($1, $2, $3) ON CONFLICT (program, member_key) "
                      "DO UPDATE SET revision = $3",
                      {program, member, revision});
}

absl::Status Eligibility::Fill() {
  PERIGEE_ASSIGN_OR_RETURN(const auto heads, JournalRepository(connection_).Heads());
  for (const auto& [program, head] : heads) {
    PERIGEE_ASSIGN_OR_RETURN(const KeysInBook in_book, ReadKeysInBook(connection_, program));
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
            read.Update(entry.ok() ? OpenTexts(program, last, row.Bytes(2), in_book.keys,
                                               entry->changes, owners)
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
    // At this version of the tables no member was merged.
    for (const auto& [member, row] : fold.rows()) {
      PERIGEE_RETURN_IF_ERROR(Put(program, member, row.revision, false));
    }
  }
  return absl::OkStatus();
}

void EligibilityFold::Add(const domain::Changes& changes, domain::Revision revision) {
  for (const auto& [member, person] : MovedBy(changes, known_)) {
    EligibilityRow& row = rows_[member];
    row.revision = revision;
    row.person_revision = person ? revision : row.person_revision;
  }
}

}  // namespace perigee::sql
