#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/adapters/access/public_key.h"

namespace perigee::adapters {

// The keys that an issuer signs with (JWK Set, RFC 7517 and RFC 8037). Never changes.
class JwkSet {
 public:
  // No keys.
  JwkSet() = default;

  // Keys that cannot prove a token of ours are left out: of other kinds, curves, algorithms or
  // uses, symmetric ones, and those that are weak or damaged. kInvalidField, naming `source` and
  // nothing of the text, if the text is no JWK set, has a private key, two keys of one id, or more
  // than 100 keys.
  static absl::StatusOr<JwkSet> Parse(std::string_view text, std::string_view source);

  // The key that must have signed a token with these words in its header. A token that names no key
  // is proven only by the one key of its algorithm. nullptr if there is no such key.
  const PublicKey* Find(const std::optional<std::string>& id, Algorithm algorithm) const;
  // Whether Find fails for want of a key, so that a newer set may know it.
  bool Lacks(const std::optional<std::string>& id, Algorithm algorithm) const;
  // Whether every key of `older` is still here under its id.
  bool KeepsKeysOf(const JwkSet& older) const;

  std::size_t size() const { return by_id_.size() + nameless_.size(); }
  std::size_t left_out() const { return left_out_; }

 private:
  std::vector<const PublicKey*> KeysFor(Algorithm algorithm) const;

  std::map<std::string, PublicKey> by_id_;
  std::vector<PublicKey> nameless_;
  std::size_t left_out_ = 0;
};

}  // namespace perigee::adapters
