#include "server/domain/member/member.h"

#include <algorithm>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"

namespace perigee::domain {
namespace {

template <class T>
bool HasDoubles(const std::vector<T>& sorted) {
  return std::ranges::adjacent_find(sorted) != sorted.end();
}

}  // namespace

absl::Status NormalizeMember(Member& member) {
  std::ranges::sort(member.kinds);
  std::ranges::sort(member.facets);
  PERIGEE_RETURN_IF_ERROR(CheckId("member_id", member.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("member.display_name", member.display_name, 1, kDisplayNameBytesMax));
  if (HasDoubles(member.kinds)) {
    return InvalidField("member.kinds", "must name each kind once");
  }
  if (member.facets.size() > kFacetsMax) {
    return InvalidField("member.facets", "must be at most " + std::to_string(kFacetsMax));
  }
  if (HasDoubles(member.facets)) {
    return InvalidField("member.facets", "must name each facet once");
  }
  for (const std::string& facet : member.facets) {
    PERIGEE_RETURN_IF_ERROR(CheckId("member.facets", facet));
  }
  return absl::OkStatus();
}

absl::Status Suspend(Member& member, Time now) {
  if (member.standing == Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, "member " + member.id + " is suspended",
                 {{"member", member.id}});
  }
  member.standing = Standing::kSuspended;
  member.update_time = now;
  return absl::OkStatus();
}

absl::Status Reinstate(Member& member, Time now) {
  if (member.standing != Standing::kSuspended) {
    return Error(Reason::kMemberNotSuspended, "member " + member.id + " is not suspended",
                 {{"member", member.id}});
  }
  member.standing = Standing::kGood;
  member.update_time = now;
  return absl::OkStatus();
}

}  // namespace perigee::domain
