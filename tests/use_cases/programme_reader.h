#pragma once

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ports/store.h"
#include "tests/jobs/programme.h"

namespace perigee::tests {

// The unit of work of all decisions here.
inline constexpr ports::UnitContext kUnit{1000, Time{std::chrono::days{20'000}}};

// The decision of a use case, (StoreReader&, UnitContext) → StatusOr<T>, on the present programme.
// Nothing is written.
template <class UseCase>
auto Decide(Programme& programme, UseCase use_case) {
  decltype(use_case(std::declval<ports::StoreReader&>(), kUnit)) decided =
      absl::UnknownError("not asked");
  programme.Read([&](ports::StoreReader& reader) {
    decided = use_case(reader, kUnit);
    return absl::OkStatus();
  });
  return decided;
}

}  // namespace perigee::tests
