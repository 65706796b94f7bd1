#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/principal.h"

namespace perigee::sql {

// The payload of a journal entry: perigee.journal.v1.Changes. `texts` stand beside it, and only
// their digest is in it.
std::string EncodeEntry(const domain::Principal& by, const domain::Changes& changes,
                        std::string_view texts);

// What a payload says, without the texts.
struct DecodedEntry {
  domain::Principal by;
  domain::Changes changes;
  std::string texts_digest;  // SHA-256, or empty.
};
// kInternal for bytes that are no such payload, also where they hold a field, or a kind of record,
// that this program does not know.
absl::StatusOr<DecodedEntry> DecodeEntry(std::string_view payload, domain::Revision revision);

}  // namespace perigee::sql
