#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/program/program.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// `program` is as domain::ValidateProgram wants it. It gets domain::DefaultAssets. kAlreadyExists,
// kProgramBeingDeleted.
absl::StatusOr<Decided<domain::Program>> CreateProgram(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       domain::Program program);

// kNotFound, kEtagMismatch, and the refusals of domain::ValidateProgram for the changed programme.
absl::StatusOr<Decided<domain::Program>> UpdateProgram(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       const std::string& id,
                                                       const Edit<domain::Program>& edit);

// kNotFound, and the refusals of domain::Close and domain::Reopen.
absl::StatusOr<Decided<domain::Program>> CloseProgram(ports::StoreReader& reader,
                                                      const ports::UnitContext& unit,
                                                      const std::string& id);
absl::StatusOr<Decided<domain::Program>> ReopenProgram(ports::StoreReader& reader,
                                                       const ports::UnitContext& unit,
                                                       const std::string& id);

// OK if the programme can be deleted (ports::Decision). kNotFound, kProgramNotClosed.
absl::Status CheckDeletable(ports::StoreReader& reader, const std::string& id);

// `asset` is as domain::ValidateAsset wants it. kNotFound for the programme, kAlreadyExists for the
// id.
absl::StatusOr<Decided<domain::Asset>> CreateAsset(ports::StoreReader& reader,
                                                   const ports::UnitContext& unit,
                                                   const std::string& program, domain::Asset asset);

}  // namespace perigee::use_cases
