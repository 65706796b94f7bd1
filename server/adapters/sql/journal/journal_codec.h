#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/access/principal.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/journal.h"

namespace perigee::sql {

// The cause of a journal entry.
struct EntryCause {
  domain::Principal by;
  domain::RequestProof request;
  std::string method{};  // See domain::JournalEntry.
};

// The payload of a journal entry: perigee.journal.v1.Changes. The payload holds only the digest of
// `texts`, which are stored beside it.
std::string EncodeEntry(const EntryCause& cause, const domain::Changes& changes,
                        std::string_view texts);

// The content of a payload, without the texts.
struct DecodedEntry {
  EntryCause cause;
  domain::Changes changes;
  std::string texts_digest;  // SHA-256, or empty.
};
// kInternal for malformed bytes, and for a field or a kind of record that this program does not
// know.
absl::StatusOr<DecodedEntry> DecodeEntry(std::string_view payload, domain::Revision revision);

}  // namespace perigee::sql
