#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/ed25519.h"
#include "server/core/json.h"
#include "server/core/time.h"

namespace perigee::domain {

// How many credentials one list tells of: the least that W3C's Bitstring Status List allows, so
// that one bit says little of whom a verifier asks about.
inline constexpr std::int64_t kStatusListBits = 131'072;
// How long a list is to be believed. A verifier without a newer one cannot tell what was revoked.
inline constexpr int kStatusListDays = 7;

// The revoked credentials of a list, one bit each, the first one the highest of the first byte.
class StatusBits {
 public:
  StatusBits() : bytes_(kStatusListBits / 8, '\0') {}

  void Set(std::int64_t index);
  // nullopt for a place outside of the list.
  std::optional<bool> At(std::int64_t index) const;

  // As `encodedList` has it, and the inverse: nullopt for every other text.
  std::string Encoded() const;
  static std::optional<StatusBits> Decode(std::string_view encoded);

 private:
  std::string bytes_;
};

// The document to sign: a BitstringStatusListCredential without its proof.
Json::Object StatusListDocument(const Ed25519Key& issuer, std::int64_t list, const StatusBits& bits,
                                Time now);

}  // namespace perigee::domain
