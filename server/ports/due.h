#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "server/core/time.h"
#include "server/domain/record/record.h"

namespace perigee::ports {

// The kinds of things that fall due. Stores keep the numbers. The key of each kind:
enum class DueKind : std::uint16_t {
  kHold = 1,  // domain::DueKeyOfHold.
  kLot,       // domain::DueKeyOfLot.
  kPeriod,    // domain::DueKeyOfPeriod.
  kDraft,     // The raw digest of a draft: see DraftPortion.
  kErasure,   // Of a member, and how far it has come; the store's own bytes.
  // Of plain records: and the number of the kind of record added. The bytes of the record's key
  // (domain::WireSink::Part::kKey).
  kRecord = 1000,
};

inline DueKind DueKindOf(const domain::RecordType& type) {
  return static_cast<DueKind>(static_cast<int>(DueKind::kRecord) + type.number());
}

// One thing that falls due: a hold ends, a lot expires, a period can be closed, a draft is given
// up, an erasure goes on, something is to be done with a record. The books alone say what is true
// at a time; this only says when there is work to do.
struct Due {
  Time time = kBeginningOfTime;
  std::string program;
  DueKind kind{};
  std::string key;
  auto operator<=>(const Due&) const = default;
};

}  // namespace perigee::ports
