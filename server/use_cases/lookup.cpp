#include "server/use_cases/lookup.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {
namespace {

// The refusal of a missing member, with the field that refers to it.
absl::StatusOr<domain::Member> InField(absl::StatusOr<domain::Member> found,
                                       const std::string& name, std::string_view field) {
  if (found.ok() || ReasonOf(found.status()) != Reason::kNotFound) {
    return found;
  }
  return Error(Reason::kNotFound, std::string(field) + " " + name + " was not found",
               {{"resource_name", name}, {"field", std::string(field)}});
}

}  // namespace

absl::StatusOr<domain::Program> RequireProgram(ports::StoreReader& reader,
                                               const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Program> found, reader.programs().Find(program));
  if (!found.has_value()) {
    return NotFound(ProgramName(program));
  }
  return *std::move(found);
}

absl::StatusOr<domain::Asset> RequireAsset(ports::StoreReader& reader, const std::string& program,
                                           const std::string& asset) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Asset> assets, reader.programs().Assets(program));
  const auto found = std::ranges::find(assets, asset, &domain::Asset::id);
  if (found == assets.end()) {
    return NotFound(AssetName(program, asset));
  }
  return std::move(*found);
}

absl::StatusOr<domain::Member> RequireNamedMember(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& member_id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Member> found,
                           reader.members().Find(program, member_id));
  if (!found.has_value()) {
    return NotFound(MemberName(program, member_id));
  }
  return *std::move(found);
}

absl::StatusOr<domain::Member> RequireMember(ports::StoreReader& reader, const std::string& program,
                                             const std::string& member_id) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Member found, RequireNamedMember(reader, program, member_id));
  if (!found.IsMerged()) {
    return found;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> heads,
                           reader.members().FindByKeys(program, {&found.merged_into, 1}));
  if (heads.empty()) {
    return NotFound(MemberName(program, member_id));
  }
  return std::move(heads.front());
}

absl::StatusOr<domain::Member> RequireMember(ports::StoreReader& reader, const std::string& program,
                                             const std::string& member_id, std::string_view field) {
  return InField(RequireMember(reader, program, member_id), MemberName(program, member_id), field);
}

absl::StatusOr<domain::Member> RequireNamedMember(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& member_id,
                                                  std::string_view field) {
  return InField(RequireNamedMember(reader, program, member_id), MemberName(program, member_id),
                 field);
}

}  // namespace perigee::use_cases
