#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/journal/changes.h"

namespace perigee::sql {

// The payload of a journal entry: perigee.journal.v1.Changes. Leaves out what is personal, the
// accounts' totals and the results' entries. The same changes always give the same bytes.
std::string EncodeChanges(const domain::Changes& changes);

// The inverse, but for what was left out; `revision` is the entry's. kInternal if the bytes are no
// payload.
absl::StatusOr<domain::Changes> DecodeChanges(std::string_view payload, domain::Revision revision);

// A rule's version as its row keeps it: perigee.journal.v1.Rule.
std::string EncodeRule(const domain::Rule& rule);
absl::StatusOr<domain::Rule> DecodeRule(std::string_view definition, domain::Revision revision);

}  // namespace perigee::sql
