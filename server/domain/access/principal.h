#pragma once

#include <compare>
#include <cstdint>

#include "server/core/uuid.h"

namespace perigee::domain {

// Values are stored.
enum class PrincipalKind : std::uint8_t { kMember = 1, kStaff, kService, kJob };

// Who causes something, by a pseudonym. Nil if the cause is not known.
struct Principal {
  PrincipalKind kind = PrincipalKind::kService;
  Uuid id{};
  auto operator<=>(const Principal&) const = default;
};

}  // namespace perigee::domain
