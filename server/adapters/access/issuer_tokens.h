#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/adapters/access/key_source.h"
#include "server/adapters/access/public_key.h"
#include "server/core/time.h"
#include "server/ports/access/token_verifier.h"

namespace perigee::ports {
class SteadyClock;
}  // namespace perigee::ports

namespace perigee::adapters {

// Whose tokens are taken, and for whom they must be meant.
struct IssuerOptions {
  std::string issuer;                  // Equals `iss`.
  std::vector<std::string> audiences;  // `aud` names at least one of them.
  std::string keys;                    // Its JWK set: the path of a file, or an https URL.
  std::string ca_file;  // Authorities (PEM) that prove the URL's host, instead of the system's.
  std::vector<Algorithm> algorithms{Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa};
};

struct TokenOptions {
  std::vector<IssuerOptions> issuers;
  // By how much the clock of an issuer may differ from ours. At most 10 minutes.
  Duration clock_skew = std::chrono::seconds(30);
  // Between two looks at a URL. Files are looked at each second.
  std::chrono::milliseconds refresh_pause = std::chrono::minutes(5);
  // The longest time between `iat`, which is needed then, and `exp`.
  std::optional<Duration> lifetime_max;
  WebPatience patience;
};

// Why a token was refused. Callers do not learn it.
enum class TokenFault : std::uint8_t {
  kMalformed,
  kIssuer,
  kAlgorithm,
  kAudience,
  kTime,  // It has ended, does not hold yet, or holds for too long.
  kKey,   // Its issuer has no such key.
  kSignature,
};
inline constexpr std::size_t kTokenFaults = 7;
std::string_view NameOf(TokenFault fault);  // `malformed`

// What is known of an issuer's source of keys.
struct IssuerHealth {
  std::string issuer;
  std::size_t keys = 0;
  std::optional<std::chrono::nanoseconds> age;  // Since they were last read. Absent: never.
  std::uint64_t failures = 0;                   // Looks that failed.
  std::uint64_t asked = 0;                      // Looks caused by tokens with unknown keys.
};

// Verifies tokens of OpenID Connect issuers: signed JWTs (RFC 7519) as RFC 8725 wants them. A token
// with an unknown key is refused, and makes the issuer's source looked at within a moment, at most
// once in 10 seconds. While a source fails, its last keys are good.
class IssuerTokens final : public ports::TokenVerifier {
 public:
  // kInvalidField, naming the issuer, if an option is wrong or a file of keys cannot be read or has
  // no key that can be used. A URL may be away: it is waited for a moment, and its issuer's tokens
  // are refused until it answers. The clock must outlive the object.
  static absl::StatusOr<std::unique_ptr<IssuerTokens>> Start(const TokenOptions& options,
                                                             const ports::SteadyClock& clock);
  ~IssuerTokens() override;
  IssuerTokens(const IssuerTokens&) = delete;
  IssuerTokens& operator=(const IssuerTokens&) = delete;

  absl::StatusOr<ports::VerifiedToken> Verify(std::string_view token, Time now) override;
  std::uint64_t generation() const override;

  // Looks at all sources and waits for their answers. Sources that fail are told by health().
  void Refresh();
  // In the order of the options. Does not wait.
  std::vector<IssuerHealth> health() const;
  // How many tokens were refused so far, by TokenFault. A token that is sent again counts again.
  std::array<std::uint64_t, kTokenFaults> refused() const;

 private:
  struct Parts;
  absl::Status Refuse(TokenFault fault);
  explicit IssuerTokens(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

}  // namespace perigee::adapters
