#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/uuid.h"
#include "server/domain/journal/journal.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

// A search in a programme's journal, newest first.
struct AuditSearch {
  std::string program;
  domain::Revision before = 0;  // Only entries below it,
  domain::Revision after = 0;   // and above it.
  // Only entries that ports::JournalReader::Of finds by one of them. Empty: all entries.
  std::vector<Uuid> parties;
  std::function<bool(const domain::JournalEntry& entry)> matches;
  int size = 0;  // The most entries to find.
};

struct AuditFound {
  std::vector<domain::JournalEntry> entries;
  // Where the search goes on: AuditSearch::before. Absent at the end.
  std::optional<domain::Revision> next;
};

// How many entries one search looks at, at most.
inline constexpr int kAuditLookedMax = 10'000;
// The same of a search by party, which reads each entry by itself.
inline constexpr int kAuditLookedByPartyMax = 1000;

// May find fewer entries than asked for, or none, and go on all the same.
absl::StatusOr<AuditFound> Search(ports::StoreReader& reader, const AuditSearch& search);

}  // namespace perigee::services
