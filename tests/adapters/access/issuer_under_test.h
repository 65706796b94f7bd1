#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "server/adapters/access/issuer_tokens.h"
#include "server/core/error.h"
#include "server/core/time.h"
#include "tests/fakes/fake_clock.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/token_maker.h"

namespace perigee::tests {

inline const std::string kIssuer = "https://id.example";
inline const std::string kAudience = "perigee";
inline constexpr Time kNow = FromMicros(1'800'000'000'000'000);

// Key pairs for all tests, because making one of RSA takes long.
inline const TokenMaker& RsaKey() {
  static const TokenMaker maker("RS256", "rsa");
  return maker;
}
inline const TokenMaker& EcKey() {
  static const TokenMaker maker("ES256", "ec");
  return maker;
}
inline const TokenMaker& EdKey() {
  static const TokenMaker maker("EdDSA", "ed");
  return maker;
}
inline std::string AllKeys() { return JwksOf({RsaKey().Jwk(), EcKey().Jwk(), EdKey().Jwk()}); }

// The claims of a good token.
inline nlohmann::json GoodClaims() {
  const auto now = ToMicros(kNow) / 1'000'000;
  return {{"iss", kIssuer}, {"aud", kAudience}, {"sub", "ada"}, {"iat", now}, {"exp", now + 300}};
}
inline std::string GoodToken(const TokenMaker& maker) {
  return maker.Token(kIssuer, kAudience, "ada", kNow);
}

// EXPECT_THAT(verified, IsRefused()); a refusal says nothing but that.
MATCHER(IsRefused, "is refused like any other token") {
  *result_listener << arg.status().ToString();
  return arg.status() == Unauthenticated();
}

// A verifier with one issuer, whose keys are in a file.
class IssuerUnderTest {
 public:
  explicit IssuerUnderTest(const std::string& jwks = AllKeys()) {
    Publish(jwks);
    IssuerOptions issuer;
    issuer.issuer = kIssuer;
    issuer.audiences = {kAudience};
    issuer.keys = path();
    options.issuers = {issuer};
  }

  // Replaces the file in one step.
  void Publish(const std::string& jwks) const {
    std::ofstream(folder_.File("new.json")) << jwks;
    std::filesystem::rename(folder_.File("new.json"), path());
  }
  std::string path() const { return folder_.File("keys.json"); }

  absl::Status Start() {
    auto started = adapters::IssuerTokens::Start(options, clock);
    if (!started.ok()) {
      return started.status();
    }
    tokens = *std::move(started);
    return absl::OkStatus();
  }
  absl::StatusOr<ports::VerifiedToken> Verify(std::string_view token, Time now = kNow) {
    if (tokens == nullptr) {
      const absl::Status started = Start();
      if (!started.ok()) {
        return started;
      }
    }
    return tokens->Verify(token, now);
  }

  using IssuerOptions = adapters::IssuerOptions;
  adapters::TokenOptions options;
  FakeSteadyClock clock;
  std::unique_ptr<adapters::IssuerTokens> tokens;

 private:
  TemporaryFolder folder_;
};

}  // namespace perigee::tests
