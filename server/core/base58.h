#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perigee {

// Bytes in the base58 alphabet of Bitcoin, as multibase `z` has them (without that letter). Takes
// time by the square of the size, so it is for keys and signatures.
std::string EncodeBase58(std::string_view bytes);
// nullopt for other letters, and for texts above 256 bytes.
std::optional<std::string> DecodeBase58(std::string_view text);

}  // namespace perigee
