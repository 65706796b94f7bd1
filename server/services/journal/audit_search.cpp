#include "server/services/journal/audit_search.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/access/personal_read.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"

namespace perigee::services {
namespace {

constexpr int kAtOnce = 500;
constexpr int kOfPartyAtOnce = 50;
// How many things and members the entries of a page show together, about.
constexpr std::size_t kShownMax = 10'000;

std::size_t Weight(const domain::JournalEntry& entry) {
  std::size_t weight = 1 + entry.changes.records.all().size() +
                       entry.changes.ledger.transfers.size() + entry.changes.erased.size();
  for (const auto* read : entry.changes.records.All<domain::PersonalRead>()) {
    weight += read->members.size();
  }
  return weight;
}

// The next entries below `before`, newest first. Empty at the end.
absl::StatusOr<std::vector<domain::JournalEntry>> Below(ports::StoreReader& reader,
                                                        const AuditSearch& search,
                                                        domain::Revision before) {
  const domain::Revision from = std::max(search.after, before - 1 - kAtOnce);
  if (search.parties.empty()) {
    if (from >= before - 1) {
      return std::vector<domain::JournalEntry>();
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::JournalEntry> entries,
        reader.journal().Read(search.program, from, static_cast<int>(before - 1 - from)));
    std::ranges::reverse(entries);
    return entries;
  }
  const int limit = std::clamp(search.size, kOfPartyAtOnce, kAtOnce);
  std::set<domain::Revision, std::greater<>> revisions;
  for (const Uuid& party : search.parties) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Revision> of_party,
                             reader.journal().Of(search.program, party, before, limit));
    revisions.insert(of_party.begin(), of_party.end());
  }
  while (std::cmp_greater(revisions.size(), limit)) {
    revisions.erase(std::prev(revisions.end()));  // Others of another party may come before them.
  }
  std::vector<domain::JournalEntry> entries;
  for (const domain::Revision revision : revisions) {
    if (revision > search.after) {
      PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::JournalEntry> one,
                               reader.journal().Read(search.program, revision - 1, 1));
      std::ranges::move(one, std::back_inserter(entries));
    }
  }
  return entries;
}

}  // namespace

absl::StatusOr<AuditFound> Search(ports::StoreReader& reader, const AuditSearch& search) {
  AuditFound found;
  const int looked_max = search.parties.empty() ? kAuditLookedMax : kAuditLookedByPartyMax;
  std::size_t shown = 0;
  domain::Revision before = search.before;
  for (int looked = 0; looked < looked_max;) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::JournalEntry> entries,
                             Below(reader, search, before));
    if (entries.empty()) {
      return found;
    }
    for (domain::JournalEntry& entry : entries) {
      ++looked;
      before = entry.revision;
      if (!search.matches(entry)) {
        continue;
      }
      shown += Weight(entry);
      found.entries.push_back(std::move(entry));
      if (std::ssize(found.entries) >= search.size || shown >= kShownMax) {
        found.next = before;
        return found;
      }
    }
  }
  found.next = before;
  return found;
}

}  // namespace perigee::services
