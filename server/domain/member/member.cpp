#include "server/domain/member/member.h"

#include <algorithm>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/core/unicode.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Member::Fields() {
  return std::tuple(
      OwnerKey(1, "member_key", &Member::key), Findable(2, "id", &Member::id),
      Personal(3, "display_name", &Member::display_name), Plain(4, "kinds", &Member::kinds),
      Personal(5, "facets", &Member::facets), Plain(6, "type", &Member::type),
      Plain(7, "standing", &Member::standing), Plain(8, "board_opt_out", &Member::board_opt_out),
      Plain(9, "join_time", &Member::join_time), Plain(10, "create_time", &Member::create_time),
      Plain(11, "update_time", &Member::update_time), Plain(12, "motives", &Member::motives),
      Plain(13, "pause_time", &Member::pause_time),
      Plain(14, "pause_end_time", &Member::pause_end_time), Personal(15, "handle", &Member::handle),
      Findable(16, "handle_key", &Member::handle_key), Plain(17, "inviter", &Member::inviter),
      Plain(18, "merged_into", &Member::merged_into),
      Plain(19, "merge_revision", &Member::merge_revision), Plain(20, "titles", &Member::titles),
      Plain(21, "ask_limit", &Member::ask_limit), Plain(22, "do_not_ask", &Member::do_not_ask),
      Plain(34, "badges", &Member::badges), Plain(37, "tiers", &Member::tiers));
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
  std::ranges::sort(member.motives);
  PERIGEE_RETURN_IF_ERROR(CheckId("member_id", member.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("member.display_name", member.display_name, 1, kDisplayNameBytesMax));
  if (!member.handle.empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckText("member.handle", member.handle, 1, kHandleBytesMax));
    if (!IsHandle(member.handle)) {
      return InvalidField("member.handle",
                          "must be letters and digits, with `.`, `_` or `-` between them");
    }
  }
  member.handle_key = CaselessKey(member.handle);
  if (HasDoubles(member.motives)) {
    return InvalidField("member.motives", "must name each motive once");
  }
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

absl::Status Pause(Member& member, std::optional<Time> end, Time now) {
  if (end.has_value() && *end <= now) {
    return InvalidField("end_time", "must be in the future");
  }
  if (!member.IsPaused(now)) {
    member.pause_time = now;
  }
  member.pause_end_time = end;
  member.update_time = now;
  return absl::OkStatus();
}

void Resume(Member& member, Time now) {
  member.pause_time.reset();
  member.pause_end_time.reset();
  member.update_time = now;
}

}  // namespace perigee::domain
