#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// The resource, or a kNotFound that names it or its programme. Rows of a deleted programme, which
// are still being removed, are not found.
absl::StatusOr<domain::Program> RequireProgram(ports::StoreReader& reader,
                                               const std::string& program);
absl::StatusOr<domain::Asset> RequireAsset(ports::StoreReader& reader, const std::string& program,
                                           const std::string& asset);
// The person of this name: of a member that is merged into another one, that other one.
absl::StatusOr<domain::Member> RequireMember(ports::StoreReader& reader, const std::string& program,
                                             const std::string& member_id);
// The member of exactly this id, also if it is merged. Activities and transfers stay with the
// member that they name, so that an un-merge parts what a merge joined.
absl::StatusOr<domain::Member> RequireNamedMember(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& member_id);
// The same for members that a field of the request refers to. The refusal's metadata also has the
// field.
absl::StatusOr<domain::Member> RequireMember(ports::StoreReader& reader, const std::string& program,
                                             const std::string& member_id, std::string_view field);
absl::StatusOr<domain::Member> RequireNamedMember(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const std::string& member_id,
                                                  std::string_view field);

}  // namespace perigee::use_cases
