#include "server/adapters/sql/member/eligibility.h"

#include <algorithm>
#include <array>
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
#include "server/adapters/sql/keys_apart.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"

namespace perigee::sql {
namespace {

constexpr int kEntriesAtOnce = 500;

// The fields that domain::IsEligible looks at.
constexpr std::array<std::string_view, 5> kFields = {"type", "standing", "board_opt_out", "facets",
                                                     "kinds"};

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

}  // namespace

absl::Status Eligibility::Put(const std::string& program, const domain::Member& member,
                              domain::Revision revision) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::Member> before,
      MemberRepository(connection_).FindByKeys(program, std::array{member.key}));
  return before.empty() || PickedBytes(before.front()) == PickedBytes(member)
             ? absl::OkStatus()
             : End(program, member.key, revision);
}

absl::Status Eligibility::End(const std::string& program, const domain::MemberKey& member,
                              domain::Revision revision) {
  return connection_.Execute(
      "INSERT INTO eligibility (program, member_key, revision) VALUES ($1, $2, $3) "
      "ON CONFLICT (program, member_key) DO UPDATE SET revision = $3",
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
