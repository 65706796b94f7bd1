#include "server/core/hkdf.h"

#include "server/core/check.h"
#include "server/core/sha256.h"

namespace perigee {
namespace {

std::string Mac(std::string_view key, std::string_view bytes) {
  const Sha256Digest digest = HmacSha256(key, bytes);
  return {digest.begin(), digest.end()};
}

}  // namespace

std::string HkdfSha256(std::string_view salt, std::string_view secret, std::string_view info,
                       std::size_t size) {
  PERIGEE_CHECK(size >= 1 && size <= sizeof(Sha256Digest), "a key of one block");
  // Only the first block is made, so its number ends its input.
  return Mac(Mac(salt, secret), std::string(info) + '\x01').substr(0, size);
}

}  // namespace perigee
