#include "server/use_cases/champion/titles.h"

#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Title;

absl::StatusOr<std::optional<Title>> Find(ports::StoreReader& reader, const std::string& program,
                                          const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Title like;
  like.id = id;
  return reader.records().Find(program, like);
}

absl::Status RequireAssets(ports::StoreReader& reader, const std::string& program,
                           const Title& title) {
  for (const domain::CandidateCriterion& criterion : title.criteria) {
    if (!criterion.asset.empty()) {
      PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, program, criterion.asset).status());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Title> RequireTitle(ports::StoreReader& reader, const std::string& program,
                                   const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Title> title, Find(reader, program, id));
  if (!title.has_value()) {
    return NotFound(FormatName(kTitlePattern, {program, id}));
  }
  return *std::move(title);
}

absl::StatusOr<Title> RequireOpenTitle(ports::StoreReader& reader, const std::string& program,
                                       const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(Title title, RequireTitle(reader, program, id));
  if (title.retired) {
    return Error(Reason::kTitleRetired, "title " + id + " is retired", {{"title", id}});
  }
  return title;
}

DecidedTitle CreateTitle(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, Title title) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Title> before, Find(reader, program, title.id));
  if (before.has_value()) {
    return AlreadyExists(FormatName(kTitlePattern, {program, title.id}));
  }
  PERIGEE_RETURN_IF_ERROR(RequireAssets(reader, program, title));
  title.create_time = unit.now;
  title.revision = unit.revision;
  return Put(std::move(title));
}

DecidedTitle UpdateTitle(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const Edit<Title>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(Title title, RequireTitle(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, title.revision));
  edit.apply(title);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeTitle(title));
  PERIGEE_RETURN_IF_ERROR(RequireAssets(reader, program, title));
  title.revision = unit.revision;
  return Put(std::move(title));
}

}  // namespace perigee::use_cases
