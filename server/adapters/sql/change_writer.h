#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/core/time.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {
struct Changes;
}  // namespace perigee::domain

namespace perigee::sql {

class Connection;
struct EntryCause;

// Writes the rows of one unit of work, made at `revision` and `now`. Leaves out its journal entry
// and the rows that the next unit may change again (accounts, caps, the head). `keys` are those of
// TextOwners.
absl::Status WriteChanges(Connection& connection, const std::string& program,
                          const EntryCause& cause, const domain::Changes& changes,
                          domain::Revision revision, Time now, const TextKeys& keys);

}  // namespace perigee::sql
