#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/orbit/activity_type.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// Sets name and weight of a type; `type` is as domain::CheckActivityType wants it. A smaller weight
// takes effect on levels at the next review; what a type weighed before anybody set it does not
// count any more. kNotFound, kEtagMismatch; kInvalidField
// (`activity_type.name`) for one type too many.
absl::StatusOr<Decided<domain::ActivityType>> SetActivityType(ports::StoreReader& reader,
                                                              const ports::UnitContext& unit,
                                                              const std::string& program,
                                                              const domain::ActivityType& type,
                                                              const std::string& etag);

// All types that the programme says something about.
absl::StatusOr<domain::ActivityTypes> ActivityTypesOf(ports::StoreReader& reader,
                                                      const std::string& program);

}  // namespace perigee::use_cases
