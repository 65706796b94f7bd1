#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "server/core/time.h"
#include "server/domain/record/record.h"

namespace perigee::ports {

// The kinds of things that fall due. Stores keep the numbers. The comments name each kind's key.
enum class DueKind : std::uint16_t {
  kHold = 1,  // domain::DueKeyOfHold.
  kLot,       // domain::DueKeyOfLot.
  kPeriod,    // domain::DueKeyOfPeriod.
  kDraft,     // The raw digest of a draft: see DraftPortion.
  kErasure,   // The member and the progress of the erasure, in bytes of the store's own.
  kDeletion,  // The progress of the deletion of the programme, in bytes of the store's own. Its
              // time is kBeginningOfTime, so that it comes first.
  // Plain records: kRecord plus the number of the kind of record. The key is the bytes of the
  // record's key (domain::WireSink::Part::kKey).
  kRecord = 1000,
};

inline DueKind DueKindOf(const domain::RecordType& type) {
  return static_cast<DueKind>(static_cast<int>(DueKind::kRecord) + type.number());
}

// One thing that falls due: a hold ends, a lot expires, a period can be closed, a draft is given
// up, an erasure or the deletion of a programme goes on, or a record needs work. Only the books say
// what is true at a time. A Due only says when there is work to do.
struct Due {
  Time time = kBeginningOfTime;
  std::string program;
  DueKind kind{};
  std::string key;
  auto operator<=>(const Due&) const = default;
};

}  // namespace perigee::ports
