#include "server/adapters/system/random_ids.h"

#include <openssl/rand.h>

#include "server/core/check.h"

namespace perigee::adapters {

Uuid RandomIds::Random() {
  Uuid id;
  PERIGEE_CHECK(RAND_bytes(id.bytes.data(), static_cast<int>(id.bytes.size())) == 1,
                "the system gives random bytes");
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

}  // namespace perigee::adapters
