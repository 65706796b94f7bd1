#include "server/domain/champion/status_list.h"

#include <chrono>
#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "server/core/data_integrity.h"
#include "server/core/gzip.h"
#include "server/domain/champion/credential.h"

namespace perigee::domain {
namespace {

// Lists of other issuers may be longer than ours.
constexpr std::size_t kBytesMax = 1'048'576;

char MaskOf(std::int64_t index) { return static_cast<char>(0x80U >> (index % 8)); }

}  // namespace

void StatusBits::Set(std::int64_t index) {
  char& byte = bytes_.at(static_cast<std::size_t>(index / 8));
  byte = static_cast<char>(byte | MaskOf(index));
}

std::optional<bool> StatusBits::At(std::int64_t index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= bytes_.size() * 8) {
    return std::nullopt;
  }
  return (bytes_[static_cast<std::size_t>(index / 8)] & MaskOf(index)) != 0;
}

// Multibase `u`: base64url without padding.
std::string StatusBits::Encoded() const { return "u" + absl::WebSafeBase64Escape(Gzip(bytes_)); }

std::optional<StatusBits> StatusBits::Decode(std::string_view encoded) {
  std::string packed;
  if (!encoded.starts_with('u') ||
      !absl::WebSafeBase64Unescape(absl::string_view(encoded.data() + 1, encoded.size() - 1),
                                   &packed)) {
    return std::nullopt;
  }
  std::optional<std::string> bytes = Gunzip(packed, kBytesMax);
  if (!bytes.has_value() || bytes->size() * 8 < static_cast<std::size_t>(kStatusListBits)) {
    return std::nullopt;
  }
  StatusBits bits;
  bits.bytes_ = *std::move(bytes);
  return bits;
}

Json::Object StatusListDocument(const Ed25519Key& issuer, std::int64_t list, const StatusBits& bits,
                                Time now) {
  const std::string id = StatusListIdOf(issuer, list);
  return {
      {"@context", Json::Array{kCredentialsContext}},
      {"id", id},
      {"type", Json::Array{"VerifiableCredential", "BitstringStatusListCredential"}},
      {"issuer", DidOf(issuer)},
      {"validFrom", SecondOf(now)},
      {"validUntil", SecondOf(now + std::chrono::hours(24 * kStatusListDays))},
      {"credentialSubject", Json::Object{{"id", id + "#list"},
                                         {"type", "BitstringStatusList"},
                                         {"statusPurpose", "revocation"},
                                         {"encodedList", bits.Encoded()}}},
  };
}

}  // namespace perigee::domain
