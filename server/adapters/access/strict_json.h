#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace perigee::adapters {

// The JSON object (RFC 8259) that `text` is. nullopt for every other text, and if an object in it
// has a key twice (readers differ in which one they take) or if it is nested deeper than 32 levels.
std::optional<nlohmann::json> ParseJsonObject(std::string_view text);

}  // namespace perigee::adapters
