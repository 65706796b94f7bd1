#include "server/use_cases/member/merges.h"

#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/ledger/books.h"
#include "server/use_cases/ledger/pooling.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/member/trait_copies.h"

namespace perigee::use_cases {
namespace {

using domain::Member;

absl::Status Merged(const Member& member, const std::string& what) {
  return Error(Reason::kMemberMerged, "member " + member.id + " " + what, {{"member", member.id}});
}

// A merge must change neither of these for a member without a word of staff.
absl::Status CheckAlike(const Member& from, const Member& into) {
  const auto differ = [](const std::string& field) {
    return Error(Reason::kMembersDiffer, "the two members differ in " + field, {{"field", field}});
  };
  if (from.type != into.type) {
    return differ("type");
  }
  if (from.standing != into.standing) {
    return differ("standing");
  }
  // Who does not want to stand on boards must not, by whatever name.
  return from.board_opt_out && !into.board_opt_out ? differ("board_opt_out") : absl::OkStatus();
}

void Touch(const ports::UnitContext& unit, Member& member) {
  member.update_time = unit.now;
  member.revision = unit.revision;
}

}  // namespace

DecidedMember MergeMembers(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const MergeOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(Member into, RequireNamedMember(reader, order.program, order.into));
  PERIGEE_ASSIGN_OR_RETURN(Member from,
                           RequireNamedMember(reader, order.program, order.from, "from"));
  if (from.key == into.key) {
    return InvalidField("from", "is the member itself");
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(order.etag, from.revision));
  for (const Member* member : {&into, &from}) {
    if (member->IsMerged()) {
      return Merged(*member, "is merged into another one");
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::MergedMembers merged, reader.members().Merged(order.program));
  if (merged.AllOf(from.key).size() > 1) {
    return Merged(from, "has others merged into it");
  }
  PERIGEE_RETURN_IF_ERROR(CheckAlike(from, into));
  domain::Changes traits;
  PERIGEE_RETURN_IF_ERROR(CopyTraits(reader, unit, order.program, from, into, traits));
  from.merged_into = into.key;
  from.merge_revision = unit.revision;
  merged.Learn(from);
  PERIGEE_RETURN_IF_ERROR(SetTitles(reader, order.program, unit.now, merged, into));
  PERIGEE_RETURN_IF_ERROR(SetBadges(reader, order.program, merged, into));
  Touch(unit, from);
  Touch(unit, into);  // So that all who follow the changes of members look at both.
  Decided<Member> decided;
  decided.changes.records.Put(std::move(from));
  decided.changes.records.Put(into);
  for (const domain::RecordChange& change : traits.records.all()) {
    decided.changes.records.Add(change);
  }
  decided.value = std::move(into);
  return decided;
}

DecidedMember UnmergeMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const UnmergeOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(Member from, RequireNamedMember(reader, order.program, order.member));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(order.etag, from.revision));
  if (!from.IsMerged()) {
    return Error(Reason::kMemberNotMerged, "member " + from.id + " is not merged",
                 {{"member", from.id}});
  }
  PERIGEE_ASSIGN_OR_RETURN(Member into, RequireMember(reader, order.program, order.member));
  Decided<Member> decided;
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, order.program));
  PERIGEE_RETURN_IF_ERROR(ReturnPooled(reader, ledger, order.program, from));
  decided.changes.ledger = ledger.Take();
  domain::Changes traits;
  PERIGEE_RETURN_IF_ERROR(RemoveCopies(reader, unit, order.program, from, into, traits));
  from.merged_into = {};
  from.merge_revision = 0;
  PERIGEE_ASSIGN_OR_RETURN(domain::MergedMembers merged, reader.members().Merged(order.program));
  merged.Learn(from);
  for (Member* member : {&from, &into}) {
    PERIGEE_RETURN_IF_ERROR(SetTitles(reader, order.program, unit.now, merged, *member));
    PERIGEE_RETURN_IF_ERROR(SetBadges(reader, order.program, merged, *member));
  }
  Touch(unit, from);
  Touch(unit, into);
  decided.changes.records.Put(from);
  decided.changes.records.Put(std::move(into));
  for (const domain::RecordChange& change : traits.records.all()) {
    decided.changes.records.Add(change);
  }
  decided.value = std::move(from);
  return decided;
}

}  // namespace perigee::use_cases
