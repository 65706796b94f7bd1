#pragma once

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ports/store.h"
#include "tests/jobs/programme.h"

namespace perigee::tests {

// The unit of work in which decisions are asked for here.
inline constexpr ports::UnitContext kUnit{1000, Time{std::chrono::days{20'000}}};

// What a use case, (StoreReader&, UnitContext) → StatusOr<T>, decides on the programme as it
// stands. Nothing is written.
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
