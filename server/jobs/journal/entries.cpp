#include "server/jobs/journal/entries.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "server/core/status_macros.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"

namespace perigee::jobs {

absl::StatusOr<std::vector<ports::JournalEntryPtr>> EntriesAfter(ports::Store& store,
                                                                 const std::string& program,
                                                                 domain::Revision after,
                                                                 int limit) {
  std::vector<ports::JournalEntryPtr> next;
  if (auto recent = store.feed().After(program, after); recent.has_value() && !recent->empty()) {
    next = *std::move(recent);
  } else {
    const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::JournalEntry> entries,
                               reader.journal().Read(program, after, limit));
      for (domain::JournalEntry& entry : entries) {
        next.push_back(std::make_shared<const domain::JournalEntry>(std::move(entry)));
      }
      return absl::OkStatus();
    });
    PERIGEE_RETURN_IF_ERROR(read);
  }
  next.resize(std::min(next.size(), static_cast<std::size_t>(limit)));
  return next;
}

}  // namespace perigee::jobs
