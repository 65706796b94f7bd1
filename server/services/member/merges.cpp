#include "server/services/member/merges.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/member/merges.h"

namespace perigee::services {

using domain::Member;

absl::StatusOr<Change> ChangeToMerge(const CallContext&, const v1::MergeMembersRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string from,
                           ParseMemberRef("from", request.from(), parts[0]));
  return Change{parts[0], [order = use_cases::MergeOrder{parts[0], parts[1], from, request.etag()}](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::MergeMembers(reader, unit, order),
                                  [&](const Member& into) { return ToProto(order.program, into); });
                }};
}

absl::StatusOr<Change> ChangeToUnmerge(const CallContext&,
                                       const v1::UnmergeMemberRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  return Change{parts[0], [order = use_cases::UnmergeOrder{parts[0], parts[1], request.etag()}](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::UnmergeMember(reader, unit, order),
                                  [&](const Member& from) { return ToProto(order.program, from); });
                }};
}

absl::StatusOr<v1::ListMergedMembersResponse> ListMergedMembers(
    const v1::ListMergedMembersRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListMergedMembers " + request.parent(), request));
  const auto read =
      [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListMergedMembersResponse> {
    PERIGEE_ASSIGN_OR_RETURN(const Member head, RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers all, reader.members().Merged(parts[0]));
    std::vector<domain::MemberKey> merged = all.AllOf(head.key);
    const domain::MemberKey after = Uuid::FromRaw(page.after());
    std::erase_if(merged, [&](const auto& key) { return key == head.key || key <= after; });
    v1::ListMergedMembersResponse response;
    response.set_next_page_token(
        page.Cut(merged, [](const domain::MemberKey& last) { return std::string(last.Raw()); }));
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                             reader.members().FindByKeys(parts[0], merged));
    for (const Member& member : members) {
      v1::Member& shown = *response.add_members();
      shown = ToProto(parts[0], member);
      shown.set_merged_into(MemberName(parts[0], head.id));
    }
    return response;
  };
  return ReadFrom(store, read);
}

}  // namespace perigee::services
