#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "server/ports/store.h"
#include "server/use_cases/decided.h"

namespace perigee::simulation {

using Decided = absl::StatusOr<ports::Decision>;

// What a use case decided, with the answer that the world expects.
template <class T>
Decided Done(const ports::UnitContext& unit, absl::StatusOr<use_cases::Decided<T>> decided) {
  PERIGEE_RETURN_IF_ERROR(decided.status());
  return ports::Decision{std::move(decided->changes), absl::StrCat("done ", unit.revision)};
}

}  // namespace perigee::simulation
