#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"

namespace perigee::tests {

// Decides to merge a member into `head`, or to part it again if `head` is nil. Changes the records
// of all whose person changes, and nothing else that a merge changes.
inline absl::StatusOr<ports::Decision> SetHead(ports::StoreReader& reader,
                                               const ports::UnitContext& unit,
                                               const std::string& program,
                                               const domain::MemberKey& member,
                                               const domain::MemberKey& head) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::map<domain::MemberKey, domain::MemberKey> heads = {{merged.HeadOf(member), {}}};
  heads[member] = head;
  if (!head.IsNil()) {
    heads[head] = {};
  }
  ports::Decision decision;
  for (const auto& [key, into] : heads) {
    PERIGEE_ASSIGN_OR_RETURN(auto found, reader.members().FindByKeys(program, {&key, 1}));
    domain::Member& changed = found.front();
    changed.merged_into = into;
    changed.merge_revision = into.IsNil() ? 0 : unit.revision;
    changed.revision = unit.revision;
    decision.changes.records.Put(std::move(changed));
  }
  return decision;
}

}  // namespace perigee::tests
