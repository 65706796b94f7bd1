#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "server/core/status_macros.h"

namespace perigee::ports {

// How many records are asked of the store at once: enough to share a round trip, few enough to keep
// in memory.
inline constexpr std::size_t kPortion = 500;

// Calls `work(portion)` for one portion after the other. Stops at the first error.
template <class T, class Work>
absl::Status InPortions(std::span<T> all, const Work& work) {
  for (std::size_t at = 0; at < all.size(); at += kPortion) {
    PERIGEE_RETURN_IF_ERROR(work(all.subspan(at, std::min(kPortion, all.size() - at))));
  }
  return absl::OkStatus();
}

}  // namespace perigee::ports
