#pragma once

#include "absl/status/statusor.h"
#include "perigee/v1/member.pb.h"
#include "server/services/call.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::services {

// What MemberAdminService promises of MergeMembers, UnmergeMember and ListMergedMembers.
absl::StatusOr<Change> ChangeToMerge(const CallContext& call,
                                     const v1::MergeMembersRequest& request);
absl::StatusOr<Change> ChangeToUnmerge(const CallContext& call,
                                       const v1::UnmergeMemberRequest& request);
absl::StatusOr<v1::ListMergedMembersResponse> ListMergedMembers(
    const v1::ListMergedMembersRequest& request, const ports::Store& store,
    const PageTokens& tokens);

}  // namespace perigee::services
