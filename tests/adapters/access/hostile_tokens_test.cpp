#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/adapters/access/jws.h"
#include "server/core/base64url.h"
#include "server/core/sha256.h"
#include "tests/adapters/access/issuer_under_test.h"

namespace perigee::tests {
namespace {

using nlohmann::json;

std::string Header(const char* algorithm, const char* key_id) {
  return json{{"alg", algorithm}, {"kid", key_id}}.dump();
}

std::string WithSignature(const std::string& token, const std::string& signature) {
  return token.substr(0, token.rfind('.') + 1) + EncodeBase64Url(signature);
}

std::string SignatureOf(const std::string& token) {
  return *DecodeBase64Url(token.substr(token.rfind('.') + 1));
}

const std::vector<const TokenMaker*>& AllMakers() {
  static const std::vector<const TokenMaker*> makers{&RsaKey(), &EcKey(), &EdKey()};
  return makers;
}

TEST(HostileTokensTest, ACutTokenIsRefused) {
  IssuerUnderTest issuer;
  for (const TokenMaker* const maker : AllMakers()) {
    const std::string token = GoodToken(*maker);
    ASSERT_TRUE(issuer.Verify(token).ok());
    for (std::size_t size = 0; size < token.size(); ++size) {
      EXPECT_THAT(issuer.Verify(token.substr(0, size)), IsRefused()) << size;
      EXPECT_THAT(issuer.Verify(token.substr(size + 1)), IsRefused()) << size;
    }
  }
}

TEST(HostileTokensTest, EachBitOfASignatureCounts) {
  IssuerUnderTest issuer;
  for (const TokenMaker* const maker : AllMakers()) {
    const std::string token = GoodToken(*maker);
    const std::string good = SignatureOf(token);
    ASSERT_TRUE(issuer.Verify(WithSignature(token, good)).ok());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string signature = good;
      signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_THAT(issuer.Verify(WithSignature(token, signature)), IsRefused()) << bit;
    }
  }
}

TEST(HostileTokensTest, EachLetterCounts) {
  IssuerUnderTest issuer;
  for (const TokenMaker* const maker : AllMakers()) {
    const std::string token = GoodToken(*maker);
    for (std::size_t at = 0; at < token.size(); ++at) {
      for (const char other : {'A', 'Q', 'g', 'w', '-', '=', '+', '.', ' ', '\0'}) {
        if (token[at] != other) {
          std::string changed = token;
          changed[at] = other;
          EXPECT_THAT(issuer.Verify(changed), IsRefused()) << at << other;
        }
      }
    }
  }
}

TEST(HostileTokensTest, ASignatureHasOneSpelling) {
  IssuerUnderTest issuer;
  const std::string token = GoodToken(EdKey());
  // 64 bytes leave four bits of the last letter unused.
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int taken = 0;
  for (const char letter : alphabet) {
    taken += issuer.Verify(token.substr(0, token.size() - 1) + letter).ok() ? 1 : 0;
  }
  EXPECT_EQ(taken, 1);
  EXPECT_THAT(issuer.Verify(token + "="), IsRefused());
  EXPECT_THAT(issuer.Verify(token + "=="), IsRefused());
}

TEST(HostileTokensTest, SignaturesOfOtherFormsAreRefused) {
  IssuerUnderTest issuer;
  const std::string token = GoodToken(EcKey());
  const std::string pair = SignatureOf(token);
  ASSERT_EQ(pair.size(), 64U);
  const std::string zero(1, '\0');
  for (const std::string& signature :
       {std::string(), std::string(64, '\0'), std::string(64, '\xFF'), pair.substr(0, 32),
        pair + zero, zero + pair, zero + pair.substr(0, 32) + zero + pair.substr(32),
        pair.substr(0, 32) + zero + pair.substr(32), pair.substr(32) + pair.substr(0, 32),
        pair + pair,
        // As ASN.1: a sequence of two integers, whose first bits may need a zero before them.
        "\x30\x44\x02\x20" + pair.substr(0, 32) + "\x02\x20" + pair.substr(32)}) {
    EXPECT_THAT(issuer.Verify(WithSignature(token, signature)), IsRefused()) << signature.size();
  }
  for (const TokenMaker* const maker : {&RsaKey(), &EdKey()}) {
    const std::string other = GoodToken(*maker);
    const std::string good = SignatureOf(other);
    for (const std::string& signature :
         {std::string(), good + zero, zero + good, good + good, std::string(good.size(), '\0')}) {
      EXPECT_THAT(issuer.Verify(WithSignature(other, signature)), IsRefused());
    }
  }
}

TEST(HostileTokensTest, AKeyServesItsOwnAlgorithmOnly) {
  IssuerUnderTest issuer;
  const std::string claims = GoodClaims().dump();
  for (const TokenMaker* const maker : AllMakers()) {
    int taken = 0;
    for (const char* const id : {"rsa", "ec", "ed"}) {
      for (const char* const algorithm :
           {"RS256", "ES256", "EdDSA", "RS384", "RS512", "PS256", "ES384", "HS256", "none"}) {
        taken += issuer.Verify(maker->Sign(Header(algorithm, id), claims)).ok() ? 1 : 0;
      }
    }
    EXPECT_EQ(taken, 1);
  }
}

TEST(HostileTokensTest, APublicKeyIsNoSecret) {
  IssuerUnderTest issuer;
  const std::string modulus = json::parse(RsaKey().Jwk())["n"];
  for (const std::string& secret : {*DecodeBase64Url(modulus), modulus, RsaKey().Jwk(),
                                    RsaKey().Jwks(), AllKeys(), std::string()}) {
    for (const char* const algorithm : {"HS256", "RS256"}) {
      const std::string text =
          EncodeBase64Url(Header(algorithm, "rsa")) + "." + EncodeBase64Url(GoodClaims().dump());
      const Sha256Digest mac = HmacSha256(secret, text);
      const std::string signature(reinterpret_cast<const char*>(mac.data()), mac.size());
      EXPECT_THAT(issuer.Verify(text + "." + EncodeBase64Url(signature)), IsRefused());
    }
  }
}

TEST(HostileTokensTest, UnsignedTokensAreRefused) {
  IssuerUnderTest issuer;
  const std::string claims = EncodeBase64Url(GoodClaims().dump());
  const std::string signature = SignatureOf(GoodToken(RsaKey()));
  for (const char* const name : {"none", "None", "NONE", "nOnE", "", "RS256", "ES256", "EdDSA"}) {
    for (const char* const id : {"rsa", "ec", "ed"}) {
      const std::string text = EncodeBase64Url(Header(name, id)) + "." + claims;
      EXPECT_THAT(issuer.Verify(text + "."), IsRefused());
      EXPECT_THAT(issuer.Verify(text), IsRefused());
      EXPECT_THAT(issuer.Verify(text + "." + EncodeBase64Url(signature)), IsRefused());
    }
  }
}

TEST(HostileTokensTest, KeysThatComeWithATokenAreNotUsed) {
  IssuerUnderTest issuer;
  const TokenMaker thief("RS256", "rsa");
  for (const char* const id : {"rsa", "thief"}) {
    json header{{"alg", "RS256"}, {"kid", id}};
    header["jwk"] = json::parse(thief.Jwk());
    header["jku"] = "https://thief.example/keys";
    header["x5u"] = "https://thief.example/certificate";
    header["x5c"] = json::array({"AAAA"});
    EXPECT_THAT(issuer.Verify(thief.Sign(header.dump(), GoodClaims().dump())), IsRefused());
    header.erase("kid");
    EXPECT_THAT(issuer.Verify(thief.Sign(header.dump(), GoodClaims().dump())), IsRefused());
    // They do not harm a good token either.
    EXPECT_TRUE(issuer.Verify(RsaKey().Sign(header.dump(), GoodClaims().dump())).ok());
  }
  EXPECT_THAT(issuer.Verify(GoodToken(thief)), IsRefused());
}

TEST(HostileTokensTest, TwoTokensAreNotOne) {
  IssuerUnderTest issuer;
  const std::string a = GoodToken(EdKey());
  const std::string b = GoodToken(EcKey());
  for (const std::string& text :
       {a + b, a + "." + b, a + " " + b, a + "," + b, a + "\n" + b, a + std::string(1, '\0') + b,
        a + " ", " " + a, "Bearer " + a, a + "\n", a + ".", "." + a}) {
    EXPECT_THAT(issuer.Verify(text), IsRefused());
  }
}

TEST(HostileTokensTest, LongTokensAreRefused) {
  IssuerUnderTest issuer;
  json claims = GoodClaims();
  claims["pad"] = std::string(10'000, 'x');
  EXPECT_TRUE(issuer.Verify(EdKey().Sign(claims.dump())).ok());
  claims["pad"] = std::string(1'000'000, 'x');
  EXPECT_THAT(issuer.Verify(EdKey().Sign(claims.dump())), IsRefused());
  EXPECT_THAT(issuer.Verify(std::string(1'000'000, '.')), IsRefused());
  EXPECT_THAT(issuer.Verify(std::string(adapters::kTokenBytesMax, '.')), IsRefused());
}

TEST(HostileTokensTest, SignedNonsenseIsRefused) {
  IssuerUnderTest issuer;
  const std::string good = GoodClaims().dump();
  const std::string header = Header("EdDSA", "ed");
  EXPECT_TRUE(issuer.Verify(EdKey().Sign(header, good)).ok());
  for (const std::string& claims :
       {std::string(), std::string("{}"), std::string("null"), "[" + good + "]", good + good,
        good + std::string("\0", 1), good + std::string("\0{}", 3),
        R"({"sub":"eve",)" + good.substr(1), std::string(5000, '[')}) {
    EXPECT_THAT(issuer.Verify(EdKey().Sign(header, claims)), IsRefused()) << claims;
  }
  for (const std::string& other :
       {std::string("{}"), std::string(), header + header, R"({"alg":"EdDSA",)" + header.substr(1),
        std::string(R"({"alg":"EdDSA","kid":"ed","crit":["exp"]})"),
        std::string(R"({"alg":"EdDSA","kid":"ed","b64":false})"),
        std::string(R"({"alg":"EdDSA","kid":"ed","typ":"logout+jwt"})"),
        std::string(R"({"alg":"EdDSA","kid":["ed"]})")}) {
    EXPECT_THAT(issuer.Verify(EdKey().Sign(other, good)), IsRefused()) << other;
  }
}

}  // namespace
}  // namespace perigee::tests
