#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/champion/title.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedTitle = absl::StatusOr<Decided<domain::Title>>;

// kNotFound for the programme or the title.
absl::StatusOr<domain::Title> RequireTitle(ports::StoreReader& reader, const std::string& program,
                                           const std::string& id);
// The same, and kTitleRetired.
absl::StatusOr<domain::Title> RequireOpenTitle(ports::StoreReader& reader,
                                               const std::string& program, const std::string& id);

// `title` is as domain::NormalizeTitle leaves it. kNotFound, also for assets of the criteria;
// kAlreadyExists.
DecidedTitle CreateTitle(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, domain::Title title);
// Terms that have begun keep their end, and appointments stay if there are fewer seats. kNotFound,
// also for assets of the criteria; kEtagMismatch, and the refusals of domain::NormalizeTitle.
DecidedTitle UpdateTitle(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const Edit<domain::Title>& edit);

}  // namespace perigee::use_cases
