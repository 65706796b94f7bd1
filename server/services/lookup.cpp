#include "server/services/lookup.h"

#include <algorithm>
#include <array>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/services/gatekeeper.h"

namespace perigee::services {

absl::StatusOr<std::string> ParseMemberRef(std::string_view field, std::string_view name,
                                           std::string_view program) {
  std::array<std::string_view, 2> parts;
  PERIGEE_RETURN_IF_ERROR(MatchName(field, name, kMemberPattern, parts));
  if (parts[0] != program) {
    return InvalidField(field, "is of another programme");
  }
  return std::string(parts[1]);
}

domain::TraitSource SourceOf(const Caller& caller) {
  return caller.by.kind == domain::PrincipalKind::kService ? domain::TraitSource::kImport
                                                           : domain::TraitSource::kStaff;
}

use_cases::Judge JudgeOf(const Caller& caller) {
  use_cases::Judge judge{caller.by.id, {}};
  if (caller.access != nullptr && !caller.access->member_id.empty()) {
    judge.members.push_back(caller.access->member.id);
    for (const auto& [id, key] : caller.access->merged) {
      judge.members.push_back(key);
    }
  }
  return judge;
}

absl::StatusOr<MemberNames> NamesOf(ports::StoreReader& reader, const std::string& program,
                                    std::span<const domain::MemberKey> keys) {
  std::vector<domain::MemberKey> wanted(keys.begin(), keys.end());
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::erase(wanted, domain::MemberKey{});
  MemberNames names;
  if (wanted.empty()) {
    return names;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(program, wanted));
  for (const domain::Member& member : members) {
    names.emplace(member.key, MemberName(program, member.id));
  }
  return names;
}

}  // namespace perigee::services
