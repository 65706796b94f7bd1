#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/core/seal.h"
#include "server/core/sha256.h"
#include "server/core/uuid.h"

namespace perigee::sql {

// What only the sender of a request can tell again: its random id. The store keeps hashes of the id
// and of the content, and the answer under a key that follows from the id. So it can compare a
// retry with the request and answer it, but it cannot read the answer before.
class RequestSecret {
 public:
  explicit RequestSecret(const Uuid& id) : id_(id), id_hash_(Hashed("id", {})) {}

  Uuid id_hash() const { return Uuid::FromRaw({BytesOf(id_hash_).data(), Uuid().Raw().size()}); }
  Sha256Digest ContentHash(const Sha256Digest& content) const {
    return Hashed("content", BytesOf(content));
  }
  std::string SealAnswer(std::string_view answer) const {
    return Seal(Hashed("answer", {}), kContext, answer);
  }
  // nullopt if it is not the answer to a request of this id.
  std::optional<std::string> OpenAnswer(std::string_view sealed) const {
    return OpenSealed(Hashed("answer", {}), kContext, sealed);
  }

 private:
  static constexpr std::string_view kContext = "answer";

  static std::string_view BytesOf(const Sha256Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
  }
  Sha256Digest Hashed(std::string_view what, std::string_view bytes) const {
    return HmacSha256(id_.Raw(), std::string("perigee request ").append(what).append(bytes));
  }

  Uuid id_;
  Sha256Digest id_hash_;
};

}  // namespace perigee::sql
