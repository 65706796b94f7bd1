#include "server/use_cases/orbit/activity_types.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::ActivityType;

absl::StatusOr<std::vector<ActivityType>> All(ports::StoreReader& reader,
                                              const std::string& program) {
  return reader.records().List<ActivityType>(program, {}, nullptr, domain::kActivityTypesMax);
}

absl::Status CheckRoom(ports::StoreReader& reader, const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<ActivityType> types, All(reader, program));
  if (types.size() < domain::kActivityTypesMax) {
    return absl::OkStatus();
  }
  return InvalidField("activity_type.name",
                      absl::StrCat("is one more than the ", domain::kActivityTypesMax,
                                   " types that a programme may weigh"));
}

}  // namespace

absl::StatusOr<Decided<ActivityType>> SetActivityType(ports::StoreReader& reader,
                                                      const ports::UnitContext& unit,
                                                      const std::string& program,
                                                      const ActivityType& type,
                                                      const std::string& etag) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<ActivityType> before,
                           reader.records().Find(program, type));
  PERIGEE_RETURN_IF_ERROR(
      domain::CheckEtag(etag, before.has_value() ? before->revision : domain::Revision{0}));
  if (!before.has_value()) {
    PERIGEE_RETURN_IF_ERROR(CheckRoom(reader, program));
    before.emplace();
    before->id = type.id;
    before->weight = type.weight;
    before->create_time = unit.now;
  }
  before->display_name = type.display_name;
  domain::SetWeight(*before, type.weight, unit.now);
  before->revision = unit.revision;
  return Put(*std::move(before));
}

absl::StatusOr<domain::ActivityTypes> ActivityTypesOf(ports::StoreReader& reader,
                                                      const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<ActivityType> types, All(reader, program));
  return domain::ActivityTypes(std::move(types));
}

}  // namespace perigee::use_cases
