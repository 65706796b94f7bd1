#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace perigee {

// 128 bits. All zero means none.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  bool IsNil() const { return *this == Uuid{}; }
  // 32 lower-case hex digits.
  std::string Hex() const;
  // The 16 bytes as they are stored.
  std::string_view Raw() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static Uuid FromRaw(std::string_view raw);  // Nil unless `raw` has 16 bytes.
};

// Takes the canonical form with or without dashes, in either case. kInvalidField, naming `field`,
// for other texts and for nil.
absl::StatusOr<Uuid> ParseUuid(std::string_view text, std::string_view field);

struct UuidHash {
  std::size_t operator()(const Uuid& id) const {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, sizeof low);
    return static_cast<std::size_t>(low);
  }
};

}  // namespace perigee
