#include "server/use_cases/member/members.h"

#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

Decided<domain::Member> PutNow(domain::Member member, const ports::UnitContext& unit) {
  member.update_time = unit.now;
  member.revision = unit.revision;
  return Put(std::move(member));
}

}  // namespace

DecidedMember CreateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, domain::Member member,
                           std::optional<Time> join_time) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Member> taken,
                           reader.members().Find(program, member.id));
  if (taken.has_value()) {
    return AlreadyExists(MemberName(program, member.id));
  }
  member.join_time = join_time.value_or(unit.now);
  member.create_time = unit.now;
  return PutNow(std::move(member), unit);
}

DecidedMember UpdateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id,
                           const Edit<domain::Member>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, member.revision));
  edit.apply(member);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(member));
  return PutNow(std::move(member), unit);
}

DecidedMember SuspendMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const std::string& program, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::Suspend(member, unit.now));
  return PutNow(std::move(member), unit);
}

DecidedMember ReinstateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::Reinstate(member, unit.now));
  return PutNow(std::move(member), unit);
}

}  // namespace perigee::use_cases
