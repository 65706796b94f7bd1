#include "server/core/uuid.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/escaping.h"
#include "server/core/error.h"

namespace perigee {

std::string Uuid::Hex() const {
  return absl::BytesToHexString(absl::string_view(Raw().data(), Raw().size()));
}

Uuid Uuid::FromRaw(std::string_view raw) {
  Uuid id;
  if (raw.size() == id.bytes.size()) {
    std::ranges::copy(raw, reinterpret_cast<char*>(id.bytes.data()));
  }
  return id;
}

absl::StatusOr<Uuid> ParseUuid(std::string_view text, std::string_view field) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash_place = text.size() == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
    if (dash_place && text[i] == '-') {
      continue;
    }
    if (std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return InvalidField(field, "is not a UUID");
    }
    digits.push_back(text[i]);
  }
  if (digits.size() != 32) {
    return InvalidField(field, "is not a UUID");
  }
  const Uuid id = Uuid::FromRaw(absl::HexStringToBytes(digits));
  if (id.IsNil()) {
    return InvalidField(field, "must not be the nil UUID");
  }
  return id;
}

}  // namespace perigee
