#include "server/use_cases/program/programs.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

Decided<domain::Program> PutNow(domain::Program program, const ports::UnitContext& unit) {
  program.update_time = unit.now;
  program.revision = unit.revision;
  return Put(std::move(program));
}

}  // namespace

absl::StatusOr<Decided<domain::Program>> CreateProgram(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       domain::Program program) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Program> taken,
                           reader.programs().Find(program.id));
  if (taken.has_value()) {
    return AlreadyExists(ProgramName(program.id));
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool being_deleted, reader.programs().IsBeingDeleted(program.id));
  if (being_deleted) {
    const std::string name = ProgramName(program.id);
    return Error(Reason::kProgramBeingDeleted,
                 "a deleted programme " + name + " is still being removed: try again later",
                 {{"resource_name", name}});
  }
  program.create_time = unit.now;
  Decided<domain::Program> decided = PutNow(std::move(program), unit);
  decided.changes.records.PutAll(domain::DefaultAssets(unit.now, unit.revision));
  return decided;
}

absl::StatusOr<Decided<domain::Program>> UpdateProgram(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       const std::string& id,
                                                       const Edit<domain::Program>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Program program, RequireProgram(reader, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, program.revision));
  edit.apply(program);
  PERIGEE_RETURN_IF_ERROR(domain::ValidateProgram(program));
  return PutNow(std::move(program), unit);
}

absl::StatusOr<Decided<domain::Program>> CloseProgram(ports::StoreReader& reader,
                                                      const ports::UnitContext& unit,
                                                      const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Program program, RequireProgram(reader, id));
  PERIGEE_RETURN_IF_ERROR(domain::Close(program));
  return PutNow(std::move(program), unit);
}

absl::StatusOr<Decided<domain::Program>> ReopenProgram(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Program program, RequireProgram(reader, id));
  PERIGEE_RETURN_IF_ERROR(domain::Reopen(program));
  return PutNow(std::move(program), unit);
}

absl::Status CheckDeletable(ports::StoreReader& reader, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program program, RequireProgram(reader, id));
  return domain::CheckClosed(program);
}

absl::StatusOr<Decided<domain::Asset>> CreateAsset(ports::StoreReader& reader,
                                                   const ports::UnitContext& unit,
                                                   const std::string& program,
                                                   domain::Asset asset) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Asset> assets,
                           reader.programs().Assets(program));
  if (std::ranges::find(assets, asset.id, &domain::Asset::id) != assets.end()) {
    return AlreadyExists(AssetName(program, asset.id));
  }
  asset.create_time = unit.now;
  asset.revision = unit.revision;
  return Put(std::move(asset));
}

}  // namespace perigee::use_cases
