#include "server/domain/member/member.h"

#include <algorithm>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Member::Fields() {
  return std::tuple(
      OwnerKey(1, "member_key", &Member::key), Personal(2, "id", &Member::id),
      Personal(3, "display_name", &Member::display_name), Plain(4, "kinds", &Member::kinds),
      Personal(5, "facets", &Member::facets), Plain(6, "type", &Member::type),
      Plain(7, "standing", &Member::standing), Plain(8, "board_opt_out", &Member::board_opt_out),
      Plain(9, "join_time", &Member::join_time), Plain(10, "create_time", &Member::create_time),
      Plain(11, "update_time", &Member::update_time));
}
template <>
const RecordType& TypeOf<Member>() {
  static const RecordTypeFor<Member> kType;
  return kType;
}
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
