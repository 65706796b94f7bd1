#include "server/services/member/member_service.h"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"

namespace perigee::services {
namespace {

constexpr std::string_view kService = "perigee.v1.MemberService";
constexpr std::string_view kAdminService = "perigee.v1.MemberAdminService";
constexpr std::array<std::string_view, 5> kChangeable = {"display_name", "kinds", "facets", "type",
                                                         "board_opt_out"};

// The fields that a sender states, checked. `member.type` is a person if it says nothing.
absl::StatusOr<domain::Member> ParseMember(const v1::Member& member) {
  domain::Member out;
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

ports::Decision Decided(const std::string& program, domain::Member member) {
  ports::Decision decision;
  decision.answer = ToProto(program, member).SerializeAsString();
  decision.changes.records.Put(std::move(member));
  return decision;
}

absl::StatusOr<ports::Decision> CreateMember(const std::string& program, domain::Member member,
                                             std::optional<Time> join_time,
                                             ports::StoreReader& reader,
                                             const ports::UnitContext& unit) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Member> taken,
                           reader.members().Find(program, member.id));
  if (taken.has_value()) {
    return AlreadyExists(MemberName(program, member.id));
  }
  member.join_time = join_time.value_or(unit.now);
  member.create_time = unit.now;
  member.update_time = unit.now;
  member.revision = unit.revision;
  return Decided(program, std::move(member));
}

absl::StatusOr<Change> ChangeToCreateMember(const v1::CreateMemberRequest& request,
                                            ports::Ids& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!request.member_id().empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckId("member_id", request.member_id()));
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, ParseMember(request.member()));
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
                  return CreateMember(program, member, join_time, reader, unit);
                }};
}

using Fields = std::set<std::string, std::less<>>;

absl::StatusOr<ports::Decision> UpdateMember(const std::string& program,
                                             const domain::Member& given, const Fields& fields,
                                             const std::string& etag, ports::StoreReader& reader,
                                             const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, given.id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, member.revision));
  if (fields.contains("display_name")) {
    member.display_name = given.display_name;
  }
  if (fields.contains("kinds")) {
    member.kinds = given.kinds;
  }
  if (fields.contains("facets")) {
    member.facets = given.facets;
  }
  if (fields.contains("type")) {
    member.type = given.type;
  }
  if (fields.contains("board_opt_out")) {
    member.board_opt_out = given.board_opt_out;
  }
  member.update_time = unit.now;
  member.revision = unit.revision;
  return Decided(program, std::move(member));
}

absl::StatusOr<Change> ChangeToUpdateMember(const v1::UpdateMemberRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("member.name", request.member().name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(Fields fields, ParseUpdateMask(request.update_mask(), kChangeable));
  if (request.member().type() == v1::Member::TYPE_UNSPECIFIED) {
    fields.erase("type");
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::Member given, ParseMember(request.member()));
  given.id = parts[1];
  // What is not changed is not judged either.
  if (!fields.contains("display_name")) {
    given.display_name = "unchanged";
  }
  if (!fields.contains("kinds")) {
    given.kinds.clear();
  }
  if (!fields.contains("facets")) {
    given.facets.clear();
  }
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(given));
  return Change{parts[0], [program = parts[0], given = std::move(given), fields = std::move(fields),
                           etag = request.member().etag()](ports::StoreReader& reader,
                                                           const ports::UnitContext& unit) {
                  return UpdateMember(program, given, fields, etag, reader, unit);
                }};
}

// A change of standing: domain::Suspend or domain::Reinstate.
absl::StatusOr<Change> ChangeOfStanding(const std::string& name,
                                        absl::Status (*move)(domain::Member&, Time)) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kMemberPattern));
  return Change{parts[0],
                [program = parts[0], id = parts[1], move](
                    ports::StoreReader& reader,
                    const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
                  PERIGEE_ASSIGN_OR_RETURN(domain::Member member,
                                           RequireMember(reader, program, id));
                  PERIGEE_RETURN_IF_ERROR(move(member, unit.now));
                  member.revision = unit.revision;
                  return Decided(program, std::move(member));
                }};
}

}  // namespace

MemberService::MemberService(Call& call)
    : call_(call), get_member_(call.Register(kService, "GetMember")) {}

grpc::ServerUnaryReactor* MemberService::GetMember(grpc::CallbackServerContext* context,
                                                   const v1::GetMemberRequest* request,
                                                   v1::Member* response) {
  return call_.Read(context, get_member_, request, response,
                    [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Member> {
                      PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                               ParseName("name", asked.name(), kMemberPattern));
                      PERIGEE_ASSIGN_OR_RETURN(
                          const domain::Member member,
                          ReadFrom(call_.store(), [&](ports::StoreReader& reader) {
                            return RequireMember(reader, parts[0], parts[1]);
                          }));
                      return ToProto(parts[0], member);
                    });
}

MemberAdminService::MemberAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens)
    : call_(call),
      ids_(ids),
      tokens_(tokens),
      create_member_(call.Register(kAdminService, "CreateMember")),
      list_members_(call.Register(kAdminService, "ListMembers")),
      update_member_(call.Register(kAdminService, "UpdateMember")),
      suspend_member_(call.Register(kAdminService, "SuspendMember")),
      reinstate_member_(call.Register(kAdminService, "ReinstateMember")) {}

grpc::ServerUnaryReactor* MemberAdminService::CreateMember(grpc::CallbackServerContext* context,
                                                           const v1::CreateMemberRequest* request,
                                                           v1::Member* response) {
  return call_.Write(
      context, create_member_, request, response,
      [this](const CallContext&, const auto& asked) { return ChangeToCreateMember(asked, ids_); });
}

grpc::ServerUnaryReactor* MemberAdminService::ListMembers(grpc::CallbackServerContext* context,
                                                          const v1::ListMembersRequest* request,
                                                          v1::ListMembersResponse* response) {
  return call_.Read(context, list_members_, request, response,
                    [this](const CallContext&, const auto& asked) {
                      return ListOfProgram<v1::ListMembersResponse>(
                          call_.store(), tokens_, "ListMembers", asked,
                          [](auto& reader, const auto& program, const Page& page) {
                            return reader.members().List(program, page.after(), page.Limit());
                          },
                          [](auto& answer, const auto& program, const domain::Member& member) {
                            *answer.add_members() = ToProto(program, member);
                          });
                    });
}

grpc::ServerUnaryReactor* MemberAdminService::UpdateMember(grpc::CallbackServerContext* context,
                                                           const v1::UpdateMemberRequest* request,
                                                           v1::Member* response) {
  return call_.Write(
      context, update_member_, request, response,
      [](const CallContext&, const auto& asked) { return ChangeToUpdateMember(asked); });
}

grpc::ServerUnaryReactor* MemberAdminService::SuspendMember(grpc::CallbackServerContext* context,
                                                            const v1::SuspendMemberRequest* request,
                                                            v1::Member* response) {
  return call_.Write(context, suspend_member_, request, response,
                     [](const CallContext&, const auto& asked) {
                       return ChangeOfStanding(asked.name(), domain::Suspend);
                     });
}

grpc::ServerUnaryReactor* MemberAdminService::ReinstateMember(
    grpc::CallbackServerContext* context, const v1::ReinstateMemberRequest* request,
    v1::Member* response) {
  return call_.Write(context, reinstate_member_, request, response,
                     [](const CallContext&, const auto& asked) {
                       return ChangeOfStanding(asked.name(), domain::Reinstate);
                     });
}

}  // namespace perigee::services
