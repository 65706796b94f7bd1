#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/record/revision.h"
#include "server/ports/journal/journal_feed.h"

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::jobs {

// The entries of the programme after `after`, in order and without a gap, at most `limit`: from
// memory if they are there, otherwise from the journal. Empty if there is none yet.
absl::StatusOr<std::vector<ports::JournalEntryPtr>> EntriesAfter(ports::Store& store,
                                                                 const std::string& program,
                                                                 domain::Revision after, int limit);

}  // namespace perigee::jobs
