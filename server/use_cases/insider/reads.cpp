#include "server/use_cases/insider/reads.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

using domain::ItemRead;

absl::StatusOr<std::optional<ItemRead>> ReadOnRecord(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     const domain::MemberKey& member,
                                                     const domain::ItemPart& part, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(
      std::optional<ItemRead> newest,
      reader.item_reads().Newest(program, member, part, now - domain::kItemReadShared));
  if (newest.has_value() && !domain::StandsFor(*newest, now)) {
    newest.reset();
  }
  return newest;
}

absl::StatusOr<RecordedRead> RecordItemRead(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program,
                                            const domain::MemberKey& member,
                                            const domain::ItemPart& part, Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> present,
                           reader.members().FindByKeys(program, {&member, 1}));
  if (present.empty()) {
    return NotFound(FormatName(kItemPattern, {program, part.item}));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<ItemRead> earlier,
                           ReadOnRecord(reader, program, member, part, now));
  if (earlier.has_value()) {
    return RecordedRead{*earlier, true, {}};
  }
  RecordedRead recorded{domain::ReadAt(member, part, unit.now, unit.revision), false, {}};
  recorded.changes.records.Put(recorded.entry);
  return recorded;
}

ports::Decision DecisionOf(RecordedRead recorded, std::string answer) {
  ports::Decision decision{std::move(recorded.changes), std::move(answer)};
  if (recorded.shared) {
    decision.made_at = recorded.entry.revision;
  }
  return decision;
}

absl::StatusOr<std::vector<ItemRead>> ReadsOf(ports::StoreReader& reader,
                                              const std::string& program,
                                              std::span<const domain::MemberKey> members,
                                              ports::ItemReadQuery query, int limit) {
  std::vector<ItemRead> all;
  for (const domain::MemberKey& member : members) {
    query.member = member;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<ItemRead> own,
                             reader.item_reads().List(program, query, limit));
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all, std::ranges::greater(), [](const ItemRead& read) {
    return std::pair(read.create_time, read.revision);
  });
  if (std::cmp_greater(all.size(), limit)) {
    all.erase(all.begin() + limit, all.end());
  }
  return all;
}

}  // namespace perigee::use_cases
