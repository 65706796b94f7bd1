#include "server/services/member/member_service.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role.h"
#include "server/ports/access/access_view.h"
#include "server/ports/ids.h"
#include "server/ports/member/member_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"
#include "server/use_cases/member/members.h"

namespace perigee::services {
namespace {

using domain::Member;

constexpr Changeable<Member> kDisplayName{"display_name", [](Member& member, const Member& given) {
                                            member.display_name = given.display_name;
                                          }};
constexpr Changeable<Member> kBoardOptOut{"board_opt_out", [](Member& member, const Member& given) {
                                            member.board_opt_out = given.board_opt_out;
                                          }};
constexpr Changeable<Member> kChangeable[] = {
    kDisplayName,
    {"kinds", [](Member& member, const Member& given) { member.kinds = given.kinds; }},
    {"facets", [](Member& member, const Member& given) { member.facets = given.facets; }},
    {"type", [](Member& member, const Member& given) { member.type = given.type; }},
    kBoardOptOut,
};
constexpr Changeable<Member> kChangeableByOneself[] = {kDisplayName, kBoardOptOut};

// The fields that a sender states, checked. An unspecified `member.type` means a person.
absl::StatusOr<Member> ParseMember(const v1::Member& member) {
  Member out;
  out.display_name = member.display_name();
  for (const int kind : member.kinds()) {
    if (kind == v1::STAKEHOLDER_KIND_UNSPECIFIED || !v1::StakeholderKind_IsValid(kind)) {
      return InvalidField("member.kinds", "must be among the kinds that StakeholderKind names");
    }
    out.kinds.push_back(static_cast<domain::StakeholderKind>(kind));
  }
  out.facets.assign(member.facets().begin(), member.facets().end());
  if (!v1::Member::Type_IsValid(member.type())) {
    return InvalidField("member.type", "must be PERSON, STAFF or BOT");
  }
  if (member.type() != v1::Member::TYPE_UNSPECIFIED) {
    out.type = static_cast<domain::MemberType>(member.type());
  }
  out.board_opt_out = member.board_opt_out();
  return out;
}

// The decision of a use case, with the member as the answer.
absl::StatusOr<ports::Decision> AnsweredWith(const std::string& program,
                                             use_cases::DecidedMember decided) {
  return Answered(std::move(decided),
                  [&](const Member& member) { return ToProto(program, member); });
}

absl::StatusOr<Change> ChangeToCreateMember(const v1::CreateMemberRequest& request,
                                            ports::Ids& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!request.member_id().empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckId("member_id", request.member_id()));
  }
  PERIGEE_ASSIGN_OR_RETURN(Member member, ParseMember(request.member()));
  if (member.kinds.empty()) {
    member.kinds.push_back(domain::StakeholderKind::kCustomer);
  }
  std::optional<Time> join_time;
  if (request.member().has_join_time()) {
    PERIGEE_ASSIGN_OR_RETURN(join_time,
                             FromTimestamp("member.join_time", request.member().join_time()));
  }
  member.key = ids.Random();
  member.id = request.member_id().empty() ? ids.Random().Hex() : request.member_id();
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(member));
  return Change{parts[0], [program = parts[0], member = std::move(member), join_time](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(
                      program, use_cases::CreateMember(reader, unit, program, member, join_time));
                }};
}

template <class Request, std::size_t kFields>
absl::StatusOr<Change> ChangeToUpdate(const Request& request,
                                      const Changeable<Member> (&changeable)[kFields]) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("member.name", request.member().name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Member> edit,
      ParseEdit(request.update_mask(), request.member(), changeable, ParseMember));
  Member judged;  // Checks the edited fields alone. The other fields have dummy values.
  judged.id = parts[1];
  judged.display_name = "unchanged";
  edit.apply(judged);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(judged));
  return Change{parts[0], [parts, edit = std::move(edit)](ports::StoreReader& reader,
                                                          const ports::UnitContext& unit) {
                  return AnsweredWith(
                      parts[0], use_cases::UpdateMember(reader, unit, parts[0], parts[1], edit));
                }};
}

// A change of standing: use_cases::SuspendMember or ReinstateMember.
absl::StatusOr<Change> ChangeOfStanding(const std::string& name,
                                        decltype(use_cases::SuspendMember)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kMemberPattern));
  return Change{parts[0],
                [parts, move](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(parts[0], move(reader, unit, parts[0], parts[1]));
                }};
}

absl::StatusOr<v1::Self> ReadSelf(const Caller& caller, const v1::GetSelfRequest& request,
                                  const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  v1::Self self;
  if (caller.access == nullptr) {
    self.add_roles(v1::ROLE_OPERATOR);  // Where nobody signs in, everybody may do everything.
    return self;
  }
  for (int role = v1::Role_MIN + 1; role <= v1::Role_MAX; ++role) {
    if (caller.access->roles.Has(static_cast<domain::Role>(role))) {
      self.add_roles(static_cast<v1::Role>(role));
    }
  }
  if (!caller.access->member_id.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const Member member, ReadFrom(store, [&](ports::StoreReader& reader) {
                               return RequireMember(reader, parts[0], caller.access->member_id);
                             }));
    *self.mutable_member() = ToProto(parts[0], member);
  }
  return self;
}

}  // namespace

MemberService::MemberService(Call& call) : Service(call, "perigee.v1.MemberService") {
  Read<v1::GetSelfRequest>("GetSelf", [this](const CallContext& context, const auto& asked) {
    return ReadSelf(context.caller, asked, store());
  });
  Write<v1::UpdateSelfRequest>(
      "UpdateSelf", [](const auto& asked) { return ChangeToUpdate(asked, kChangeableByOneself); });
  Read<v1::GetMemberRequest>(
      "GetMember", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Member> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kMemberPattern));
        PERIGEE_ASSIGN_OR_RETURN(const Member member,
                                 ReadFrom(store(), [&](ports::StoreReader& reader) {
                                   return RequireMember(reader, parts[0], parts[1]);
                                 }));
        return ToProto(parts[0], member);
      });
  Read<v1::GetProfileRequest>(
      "GetProfile", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Profile> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kMemberPattern));
        PERIGEE_ASSIGN_OR_RETURN(const Member member,
                                 ReadFrom(store(), [&](ports::StoreReader& reader) {
                                   return RequireMember(reader, parts[0], parts[1]);
                                 }));
        v1::Profile profile;
        profile.set_name(MemberName(parts[0], member.id));
        profile.set_display_name(member.display_name);
        *profile.mutable_join_time() = ToTimestamp(member.join_time);
        return profile;
      });
}

MemberAdminService::MemberAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens)
    : Service(call, "perigee.v1.MemberAdminService"), ids_(ids), tokens_(tokens) {
  Write<v1::CreateMemberRequest>(
      "CreateMember", [this](const auto& asked) { return ChangeToCreateMember(asked, ids_); });
  Read<v1::ListMembersRequest>("ListMembers", [this](const CallContext&, const auto& asked) {
    return ListOfProgram<v1::ListMembersResponse>(
        store(), tokens_, "ListMembers", asked,
        [](auto& reader, const auto& program, const Page& page) {
          return reader.members().List(program, page.after(), page.Limit());
        },
        [](auto& answer, const auto& program, const Member& member) {
          *answer.add_members() = ToProto(program, member);
        });
  });
  Write<v1::UpdateMemberRequest>(
      "UpdateMember", [](const auto& asked) { return ChangeToUpdate(asked, kChangeable); });
  Write<v1::SuspendMemberRequest>("SuspendMember", [](const auto& asked) {
    return ChangeOfStanding(asked.name(), use_cases::SuspendMember);
  });
  Write<v1::ReinstateMemberRequest>("ReinstateMember", [](const auto& asked) {
    return ChangeOfStanding(asked.name(), use_cases::ReinstateMember);
  });
}

}  // namespace perigee::services
