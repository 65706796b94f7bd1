#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/item_read.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member_key.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/ports/store.h"

// The access log of insider items. Whoever shows a part of an item to a member does this, in order:
//
// 1. Ask PersonalGate for the item, and ReadOnRecord for the part, over one view.
// 2. If there is no entry: run RecordItemRead in a unit of work of its own (Unit::in_closed), and
//    send nothing before that unit is durable. Its refusal is the refusal of the read.
// 3. Send the part.
namespace perigee::use_cases {

// The durable entry that a read at `now` shares. nullopt: the read needs one of its own. `member`
// is PersonalGate::member().key.
absl::StatusOr<std::optional<domain::ItemRead>> ReadOnRecord(ports::StoreReader& reader,
                                                             const std::string& program,
                                                             const domain::MemberKey& member,
                                                             const domain::ItemPart& part,
                                                             Time now);

// A read that is on record once its unit of work is durable.
struct RecordedRead {
  domain::ItemRead entry;
  bool shared = false;  // The entry is that of an earlier unit. Then nothing changes.
  domain::Changes changes;
};

// Puts a read at `now`, the time of the request, on record. Shares the entry of another unit that
// came first. kNotFound if the programme or the member is not there any more.
absl::StatusOr<RecordedRead> RecordItemRead(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program,
                                            const domain::MemberKey& member,
                                            const domain::ItemPart& part, Time now);

// The decision of that unit, with the answer that it gives.
ports::Decision DecisionOf(RecordedRead recorded, std::string answer = {});

// The entries of all these members that meet the query, newest first, at most `limit`. The query's
// own `member` is not looked at.
absl::StatusOr<std::vector<domain::ItemRead>> ReadsOf(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      std::span<const domain::MemberKey> members,
                                                      ports::ItemReadQuery query, int limit);

}  // namespace perigee::use_cases
