#include "server/adapters/access/issuer_tokens.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <utility>

#include "server/adapters/access/claims.h"
#include "server/adapters/access/issuer_keys.h"
#include "server/adapters/access/jwk_set.h"
#include "server/adapters/access/jws.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::adapters {
namespace {

constexpr Duration kSkewMax = std::chrono::minutes(10);
constexpr std::chrono::milliseconds kFilePause{1000};
constexpr std::chrono::milliseconds kFilePatience{60'000};

struct Issuer {
  IssuerOptions options;
  std::unique_ptr<IssuerKeys> keys;

  bool Allows(Algorithm algorithm) const {
    return std::find(options.algorithms.begin(), options.algorithms.end(), algorithm) !=
           options.algorithms.end();
  }
  bool IsFor(const std::vector<std::string>& audiences) const {
    return std::find_first_of(audiences.begin(), audiences.end(), options.audiences.begin(),
                              options.audiences.end()) != audiences.end();
  }
};

std::string FieldOfIssuer(const std::string& issuer) { return "issuers[" + issuer + "]"; }

absl::Status CheckOptions(const TokenOptions& options) {
  if (options.clock_skew < Duration::zero() || options.clock_skew > kSkewMax) {
    return InvalidField("clock_skew", "must be 0 to 10 minutes");
  }
  if (options.refresh_pause <= std::chrono::milliseconds::zero()) {
    return InvalidField("refresh_pause", "must be positive");
  }
  if (options.lifetime_max && *options.lifetime_max <= Duration::zero()) {
    return InvalidField("lifetime_max", "must be positive");
  }
  std::set<std::string> seen;
  for (const IssuerOptions& issuer : options.issuers) {
    const std::string field = FieldOfIssuer(issuer.issuer);
    if (issuer.issuer.empty()) {
      return InvalidField(field, "has no issuer");
    }
    if (!seen.insert(issuer.issuer).second) {
      return InvalidField(field, "is there twice");
    }
    if (issuer.audiences.empty() ||
        std::find(issuer.audiences.begin(), issuer.audiences.end(), "") != issuer.audiences.end()) {
      return InvalidField(field, "needs audiences, none of them empty");
    }
    if (issuer.algorithms.empty()) {
      return InvalidField(field, "needs an algorithm");
    }
  }
  return absl::OkStatus();
}

// The same refusal, said of the issuer.
absl::Status OfIssuer(const std::string& issuer, const absl::Status& status) {
  return InvalidField(FieldOfIssuer(issuer),
                      "has keys that cannot be used: " + std::string(status.message()));
}

}  // namespace

std::string_view NameOf(TokenFault fault) {
  static constexpr std::array<std::string_view, kTokenFaults> kNames = {
      "malformed", "issuer", "algorithm", "audience", "time", "key", "signature"};
  return kNames[static_cast<std::size_t>(fault)];
}

struct IssuerTokens::Parts {
  Duration clock_skew{};
  std::optional<Duration> lifetime_max;
  std::atomic<std::uint64_t> generation{0};
  std::vector<Issuer> issuers;
  std::array<std::atomic<std::uint64_t>, kTokenFaults> refused{};

  Issuer* Find(std::string_view name) {
    const auto found = std::find_if(issuers.begin(), issuers.end(), [name](const Issuer& issuer) {
      return issuer.options.issuer == name;
    });
    return found == issuers.end() ? nullptr : &*found;
  }

  bool IsTimely(const Claims& claims, Time now) const {
    const auto has_come = [&](const std::optional<Time>& time) {
      return !time || *time <= now + clock_skew;
    };
    return now < claims.expire_time + clock_skew && has_come(claims.not_before) &&
           has_come(claims.issue_time) &&
           (!lifetime_max ||
            (claims.issue_time && claims.expire_time - *claims.issue_time <= *lifetime_max));
  }
};

absl::StatusOr<std::unique_ptr<IssuerTokens>> IssuerTokens::Start(const TokenOptions& options,
                                                                  const ports::SteadyClock& clock) {
  PERIGEE_RETURN_IF_ERROR(CheckOptions(options));
  auto parts = std::make_unique<Parts>();
  parts->clock_skew = options.clock_skew;
  parts->lifetime_max = options.lifetime_max;
  for (const IssuerOptions& issuer : options.issuers) {
    absl::StatusOr<std::unique_ptr<KeySource>> source =
        MakeKeySource(issuer.keys, issuer.ca_file, options.patience);
    if (!source.ok()) {
      return OfIssuer(issuer.issuer, source.status());
    }
    IssuerKeys::Setup setup;
    setup.issuer = issuer.issuer;
    setup.pause = (*source)->IsFile() ? kFilePause : options.refresh_pause;
    setup.source = *std::move(source);
    setup.key_lost = [all = parts.get()] { ++all->generation; };
    parts->issuers.push_back({issuer, std::make_unique<IssuerKeys>(std::move(setup), clock)});
  }
  // A server starts without an issuer rather than late.
  const auto web_end = std::chrono::steady_clock::now() + options.patience.start;
  for (const Issuer& issuer : parts->issuers) {
    const auto web_left =
        std::chrono::ceil<std::chrono::milliseconds>(web_end - std::chrono::steady_clock::now());
    const bool is_file = issuer.keys->IsFile();
    const absl::Status outcome = issuer.keys->AwaitFirstLook(is_file ? kFilePatience : web_left);
    if (is_file && !outcome.ok()) {
      return OfIssuer(issuer.options.issuer, outcome);
    }
    if (is_file && issuer.keys->Current()->size() == 0) {
      return OfIssuer(issuer.options.issuer,
                      InvalidField(issuer.options.keys, "has no public key of our algorithms"));
    }
  }
  return std::unique_ptr<IssuerTokens>(new IssuerTokens(std::move(parts)));
}

IssuerTokens::IssuerTokens(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

IssuerTokens::~IssuerTokens() = default;

absl::StatusOr<ports::VerifiedToken> IssuerTokens::Verify(std::string_view token, Time now) {
  const std::optional<Jws> jws = ReadJws(token);
  std::optional<Claims> claims = jws ? ReadClaims(jws->payload) : std::nullopt;
  if (!claims) {
    return Refuse(TokenFault::kMalformed);
  }
  // First all that costs little. So only tokens that fit in everything else make a source asked.
  Issuer* const issuer = parts_->Find(claims->issuer);
  if (issuer == nullptr) {
    return Refuse(TokenFault::kIssuer);
  }
  if (!issuer->Allows(jws->algorithm)) {
    return Refuse(TokenFault::kAlgorithm);
  }
  if (!issuer->IsFor(claims->audiences)) {
    return Refuse(TokenFault::kAudience);
  }
  if (!parts_->IsTimely(*claims, now)) {
    return Refuse(TokenFault::kTime);
  }
  const std::shared_ptr<const JwkSet> keys = issuer->keys->Current();
  const PublicKey* const key = keys->Find(jws->key_id, jws->algorithm);
  if (key == nullptr && keys->Lacks(jws->key_id, jws->algorithm)) {
    issuer->keys->AskForNewer();
  }
  if (key == nullptr) {
    return Refuse(TokenFault::kKey);
  }
  if (!key->HasSigned(jws->signed_text, jws->signature)) {
    return Refuse(TokenFault::kSignature);
  }
  return ports::VerifiedToken{std::move(claims->issuer), std::move(claims->subject),
                              claims->expire_time + parts_->clock_skew};
}

absl::Status IssuerTokens::Refuse(TokenFault fault) {
  parts_->refused[static_cast<std::size_t>(fault)].fetch_add(1, std::memory_order_relaxed);
  return Unauthenticated();
}

std::array<std::uint64_t, kTokenFaults> IssuerTokens::refused() const {
  std::array<std::uint64_t, kTokenFaults> refused{};
  std::ranges::copy(parts_->refused, refused.begin());
  return refused;
}

std::uint64_t IssuerTokens::generation() const { return parts_->generation; }

void IssuerTokens::Refresh() {
  for (const Issuer& issuer : parts_->issuers) {
    static_cast<void>(issuer.keys->Refresh());
  }
}

std::vector<IssuerHealth> IssuerTokens::health() const {
  std::vector<IssuerHealth> all;
  for (const Issuer& issuer : parts_->issuers) {
    all.push_back({issuer.options.issuer, issuer.keys->Current()->size(), issuer.keys->age(),
                   issuer.keys->failures(), issuer.keys->asked()});
  }
  return all;
}

}  // namespace perigee::adapters
