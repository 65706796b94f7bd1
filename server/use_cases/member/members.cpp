#include "server/use_cases/member/members.h"

#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/member/traits.h"

namespace perigee::use_cases {
namespace {

Decided<domain::Member> PutNow(domain::Member member, const ports::UnitContext& unit) {
  member.update_time = unit.now;
  member.revision = unit.revision;
  return Put(std::move(member));
}

// Also makes the changes of `others`, after that of the member.
Decided<domain::Member> PutWith(domain::Member member, const ports::UnitContext& unit,
                                domain::Changes others) {
  Decided<domain::Member> decided = PutNow(std::move(member), unit);
  for (const domain::RecordChange& change : others.records.all()) {
    decided.changes.records.Add(change);
  }
  return decided;
}

absl::Status CheckHandleIsFree(ports::StoreReader& reader, const std::string& program,
                               const domain::Member& member) {
  if (member.handle.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> holders,
                           reader.records().List<domain::Member>(
                               program, {{"handle_key", member.handle_key}}, nullptr, 2));
  for (const domain::Member& holder : holders) {
    if (holder.key != member.key) {
      return Error(Reason::kAlreadyExists, "another member has this handle",
                   {{"field", "member.handle"}});
    }
  }
  return absl::OkStatus();
}

// Members that are one person have one standing, so that an un-merge lifts no suspension.
DecidedMember ChangeStanding(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, const std::string& id,
                             decltype(domain::Suspend)* change) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(change(member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> all,
                           reader.members().FindByKeys(program, merged.AllOf(member.key)));
  domain::Changes others;
  for (domain::Member& other : all) {
    if (other.key != member.key) {
      PERIGEE_RETURN_IF_ERROR(change(other, unit.now));
      other.revision = unit.revision;
      others.records.Put(std::move(other));
    }
  }
  return PutWith(std::move(member), unit, std::move(others));
}

}  // namespace

DecidedMember CreateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, domain::Member member,
                           std::optional<Time> join_time, domain::TraitSource source) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Member> taken,
                           reader.members().Find(program, member.id));
  if (taken.has_value()) {
    return AlreadyExists(MemberName(program, member.id));
  }
  member.join_time = join_time.value_or(unit.now);
  member.create_time = unit.now;
  PERIGEE_RETURN_IF_ERROR(CheckHandleIsFree(reader, program, member));
  domain::Member before;
  before.kinds = member.kinds;  // They have no traits.
  domain::Changes traits;
  PERIGEE_RETURN_IF_ERROR(AdjustTraits(reader, unit, program, before, member, source, traits));
  return PutWith(std::move(member), unit, std::move(traits));
}

DecidedMember UpdateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id,
                           const Edit<domain::Member>& edit, domain::TraitSource source) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, member.revision));
  const domain::Member before = member;
  edit.apply(member);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(member));
  PERIGEE_RETURN_IF_ERROR(CheckHandleIsFree(reader, program, member));
  domain::Changes traits;
  PERIGEE_RETURN_IF_ERROR(AdjustTraits(reader, unit, program, before, member, source, traits));
  return PutWith(std::move(member), unit, std::move(traits));
}

DecidedMember PauseMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, const std::string& id,
                          std::optional<Time> end) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::Pause(member, end, unit.now));
  return PutNow(std::move(member), unit);
}

DecidedMember ResumeMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member member, RequireMember(reader, program, id));
  if (!member.pause_time.has_value()) {
    return Decided<domain::Member>{std::move(member), {}};
  }
  domain::Resume(member, unit.now);
  return PutNow(std::move(member), unit);
}

DecidedMember SuspendMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const std::string& program, const std::string& id) {
  return ChangeStanding(reader, unit, program, id, domain::Suspend);
}

DecidedMember ReinstateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& id) {
  return ChangeStanding(reader, unit, program, id, domain::Reinstate);
}

}  // namespace perigee::use_cases
