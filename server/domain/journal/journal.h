#pragma once

#include <string>
#include <string_view>

#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/principal.h"

namespace perigee::domain {

// One entry of a programme's journal: what became true at a revision.
struct JournalEntry {
  Revision revision = 0;
  Time time{};                   // Never before that of the entry before it.
  Sha256Digest previous_hash{};  // All zero for revision 1.
  Sha256Digest hash{};
  Principal by;
  // Accounts left out, and what people wrote or are named by: the display names,
  // ids and facets of members, what activities are about, memos, reasons.
  Changes changes;
};

// SHA-256 over previous hash, programme id and a zero byte, revision, time in microseconds (both 8
// bytes big-endian) and the payload as stored.
Sha256Digest JournalHash(const Sha256Digest& previous, std::string_view program, Revision revision,
                         Time time, std::string_view payload);

}  // namespace perigee::domain
