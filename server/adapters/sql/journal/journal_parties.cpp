#include "server/adapters/sql/journal/journal_parties.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>

#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/access/personal_read.h"
#include "server/domain/activity/activity.h"
#include "server/domain/journal/changes.h"

namespace perigee::sql {
namespace {

constexpr int kEntriesAtOnce = 500;

}  // namespace

std::set<Uuid> PartiesOf(const domain::Principal& by, const domain::Changes& changes) {
  std::set<Uuid> parties(changes.erased.begin(), changes.erased.end());
  // Services cause most entries and are few, so a list by service would help nobody.
  if (by.kind == domain::PrincipalKind::kMember || by.kind == domain::PrincipalKind::kStaff) {
    parties.insert(by.id);
  }
  for (const domain::RecordChange& change : changes.records.all()) {
    // An edge is of the members of its activity.
    if (change.type->owner_index().empty() && change.type != &domain::TypeOf<domain::Edge>()) {
      std::ranges::copy(domain::OwnersOf(change), std::inserter(parties, parties.end()));
    }
  }
  for (const auto* read : changes.records.All<domain::PersonalRead>()) {
    parties.insert(read->members.begin(), read->members.end());
  }
  parties.erase(Uuid());
  return parties;
}

absl::Status JournalParties::Add(const std::string& program, const std::set<Uuid>& parties,
                                 domain::Revision revision) {
  for (const Uuid& party : parties) {
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(
        "INSERT INTO journal_party (program, party, revision) VALUES ($1, $2, $3)",
        {program, party, revision}));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<domain::Revision>> JournalParties::Of(const std::string& program,
                                                                 const Uuid& party,
                                                                 domain::Revision before,
                                                                 int limit) {
  std::set<domain::Revision, std::greater<>> found;
  const auto find = [&](const Row& row) { found.insert(row.Int(0)); };
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision FROM journal_party WHERE program = $1 AND party = $2 AND revision < $3 "
      "ORDER BY revision DESC LIMIT $4",
      {program, party, before, limit}, find));
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision FROM activity_member WHERE program = $1 AND member_key = $2 "
      "AND revision < $3 ORDER BY revision DESC LIMIT $4",
      {program, party, before, limit}, find));
  // Each account has its own order of postings.
  std::vector<std::pair<std::string, std::string>> accounts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT asset, account FROM account WHERE program = $1 AND member_key = $2", {program, party},
      [&](const Row& row) { accounts.emplace_back(row.Text(0), row.Text(1)); }));
  for (const auto& [asset, account] : accounts) {
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT DISTINCT revision FROM posting WHERE program = $1 AND member_key = $2 "
        "AND asset = $3 AND account = $4 AND revision < $5 ORDER BY revision DESC LIMIT $6",
        {program, party, asset, account, before, limit}, find));
  }
  const auto most = std::min(found.size(), static_cast<std::size_t>(limit));
  return std::vector<domain::Revision>(found.begin(),
                                       std::next(found.begin(), static_cast<std::ptrdiff_t>(most)));
}

absl::StatusOr<std::vector<domain::Revision>> JournalParties::Naming(
    const std::string& program, const Uuid& party, domain::Revision after, domain::Revision before,
    bool newest_first, int limit) {
  std::vector<domain::Revision> found;
  const auto find = [&](const Row& row) { found.push_back(row.Int(0)); };
  if (newest_first) {
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT revision FROM journal_party WHERE program = $1 AND party = $2 AND revision > $3 "
        "AND revision < $4 ORDER BY revision DESC LIMIT $5",
        {program, party, after, before, limit}, find));
  } else {
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT revision FROM journal_party WHERE program = $1 AND party = $2 AND revision > $3 "
        "AND revision < $4 ORDER BY revision LIMIT $5",
        {program, party, after, before, limit}, find));
  }
  return found;
}

absl::Status JournalParties::Fill() {
  JournalRepository journal(connection_);
  PERIGEE_ASSIGN_OR_RETURN(const auto heads, journal.Heads());
  for (const auto& [program, head] : heads) {
    for (domain::Revision last = 0; last < head;) {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                               journal.Read(program, last, kEntriesAtOnce));
      if (entries.empty()) {
        break;  // The journal ends before its head, which a check finds.
      }
      for (const domain::JournalEntry& entry : entries) {
        PERIGEE_RETURN_IF_ERROR(Add(program, PartiesOf(entry.by, entry.changes), entry.revision));
      }
      last = entries.back().revision;
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::sql
