#include "server/core/data_integrity.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "server/core/base58.h"
#include "server/core/sha256.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee {
namespace {

constexpr Time kNow = FromMicros(1'700'000'000'123'456);

Ed25519Seed SeedNumbered(std::uint8_t n) {
  Ed25519Seed seed{};
  seed.fill(n);
  return seed;
}

Json::Object Sample() {
  return {{"@context", Json::Array{"https://www.w3.org/ns/credentials/v2"}},
          {"issuer", "somebody"},
          {"claim", Json::Object{{"a", 1.5}, {"b", Json::Array{true, Json()}}}}};
}

// The signed sample after a change of its object.
template <class Change>
Json Changed(Change change) {
  Json::Object object = *WithProof(Sample(), SeedNumbered(1), kNow).object();
  change(object);
  return object;
}
template <class Change>
ProofState StateAfter(Change change) {
  return CheckProof(Changed(change)).state;
}
ProofState StateWith(const std::string& field, const Json& value) {
  return StateAfter([&](Json::Object& object) {
    Json::Object proof = *object.at("proof").object();
    proof[field] = value;
    object["proof"] = proof;
  });
}

// The test vectors of the suite, by W3C.
class VectorsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::ifstream(tests::SharedData("vc-eddsa-jcs/signedJCS.json"))) {
      PERIGEE_SKIP_OR_FAIL("the data set vc-eddsa-jcs");
    }
  }
  static std::string Text(const std::string& name) {
    std::ifstream file(tests::SharedData("vc-eddsa-jcs/" + name), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return std::string(absl::StripAsciiWhitespace(text));
  }
  static Json Document(const std::string& name) { return ParseJson(Text(name)).value(); }
  static Ed25519Seed Seed() {
    const Json pair = Document("keyPair.json");
    const std::string bytes = DecodeBase58(pair.TextAt("privateKeyMultibase")->substr(1)).value();
    // Multicodec ed25519-priv, as a varint.
    EXPECT_EQ(bytes.substr(0, 2), "\x80\x26");
    Ed25519Seed seed{};
    EXPECT_EQ(bytes.size(), seed.size() + 2);
    std::copy(bytes.begin() + 2, bytes.end(), seed.begin());
    return seed;
  }
};

TEST_F(VectorsTest, EveryStepOfSigningIsEqual) {
  const Json unsigned_document = Document("unsigned.json");
  const Json config = Document("proofConfigJCS.json");
  const auto input = ProofInputOf(unsigned_document, config);
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->document, Text("canonDocJCS.txt"));
  EXPECT_EQ(input->config, Text("proofCanonJCS.txt"));
  EXPECT_EQ(Hex(Sha256(input->document)), Text("docHashJCS.txt"));
  EXPECT_EQ(Hex(Sha256(input->config)), Text("proofHashJCS.txt"));
  EXPECT_EQ(absl::BytesToHexString(input->hash), Text("combinedHashJCS.txt"));
  const std::string signature = Ed25519Sign(Seed(), input->hash);
  EXPECT_EQ(absl::BytesToHexString(signature), Text("sigHexJCS.txt"));
  EXPECT_EQ("z" + EncodeBase58(signature), Text("sigBTC58JCS.txt"));
  EXPECT_EQ(MultibaseOf(Ed25519KeyOf(Seed())),
            *Document("keyPair.json").TextAt("publicKeyMultibase"));
  EXPECT_EQ(WithProof(*unsigned_document.object(), Seed(), *ParseTime("2023-02-24T23:36:38Z")),
            Document("signedJCS.json"));
}

TEST_F(VectorsTest, TheSignedDocumentIsRightAndNotWithOneByteChanged) {
  const std::string text = Text("signedJCS.json");
  const CheckedProof checked = CheckProof(Document("signedJCS.json"));
  EXPECT_EQ(checked.state, ProofState::kRight) << checked.why;
  EXPECT_EQ(checked.key, Ed25519KeyOf(Seed()));
  int still_json = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto json = ParseJson(changed);
    if (json.has_value() && !absl::ascii_isspace(static_cast<unsigned char>(text[i]))) {
      ++still_json;
      EXPECT_NE(CheckProof(*json).state, ProofState::kRight) << i << " " << changed;
    }
  }
  EXPECT_GT(still_json, 500);
}

TEST(DataIntegrityTest, KeysAreWrittenAndRead) {
  const Ed25519Key key = Ed25519KeyOf(SeedNumbered(7));
  EXPECT_TRUE(MultibaseOf(key).starts_with("z6Mk"));
  EXPECT_EQ(KeyOfMultibase(MultibaseOf(key)), key);
  EXPECT_EQ(DidOf(key), "did:key:" + MultibaseOf(key));
  EXPECT_EQ(KeyOfDid(DidOf(key)), key);
  EXPECT_EQ(KeyOfDid(MultibaseOf(key)), std::nullopt);
  EXPECT_EQ(KeyOfDid("did:web:example.com"), std::nullopt);
  EXPECT_EQ(KeyOfMultibase(""), std::nullopt);
  EXPECT_EQ(KeyOfMultibase(MultibaseOf(key).substr(1)), std::nullopt);
  EXPECT_EQ(KeyOfMultibase(MultibaseOf(key) + "1"), std::nullopt);
  // A private key, and a public one of X25519.
  EXPECT_EQ(KeyOfMultibase("z" + EncodeBase58("\x80\x26" + std::string(32, 'k'))), std::nullopt);
  EXPECT_EQ(KeyOfMultibase("z" + EncodeBase58("\xEC\x01" + std::string(32, 'k'))), std::nullopt);
}

TEST(DataIntegrityTest, AProofIsRightUntilSomethingChanges) {
  const Json signed_sample = WithProof(Sample(), SeedNumbered(1), kNow);
  EXPECT_EQ(CheckProof(signed_sample).state, ProofState::kRight);
  EXPECT_EQ(CheckProof(signed_sample).key, Ed25519KeyOf(SeedNumbered(1)));
  EXPECT_EQ(*signed_sample.Find("proof")->TextAt("created"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(StateAfter([](auto& object) { object["issuer"] = "nobody"; }), ProofState::kWrong);
  EXPECT_EQ(StateAfter([](auto& object) { object["more"] = true; }), ProofState::kWrong);
  EXPECT_EQ(StateAfter([](auto& object) { object.erase("claim"); }), ProofState::kWrong);
  EXPECT_EQ(StateWith("created", "2023-11-14T22:13:21Z"), ProofState::kWrong);
  EXPECT_EQ(StateWith("more", "x"), ProofState::kWrong);
  // Another key names itself.
  const std::string other = MultibaseOf(Ed25519KeyOf(SeedNumbered(2)));
  EXPECT_EQ(StateWith("verificationMethod", "did:key:" + other + "#" + other), ProofState::kWrong);
}

TEST(DataIntegrityTest, TheContextOfTheProofBindsThatOfTheDocument) {
  const Json other = Json::Array{"https://example.com/other"};
  EXPECT_EQ(StateAfter([&](auto& object) { object["@context"] = other; }), ProofState::kWrong);
  EXPECT_EQ(StateAfter([](auto& object) { object.erase("@context"); }), ProofState::kWrong);
  EXPECT_EQ(StateWith("@context", other), ProofState::kWrong);
  // What follows it is not signed, as the suite has it.
  const auto append = [](auto& object) {
    object["@context"] =
        Json::Array{"https://www.w3.org/ns/credentials/v2", "https://more.example"};
  };
  EXPECT_EQ(StateAfter(append), ProofState::kRight);
}

TEST(DataIntegrityTest, OtherProofsAreToldApart) {
  EXPECT_EQ(StateAfter([](auto& object) { object.erase("proof"); }), ProofState::kMalformed);
  EXPECT_EQ(StateAfter([](auto& object) { object["proof"] = Json::Array{object["proof"]}; }),
            ProofState::kMalformed);
  EXPECT_EQ(StateWith("cryptosuite", "eddsa-rdfc-2022"), ProofState::kUnknownSuite);
  EXPECT_EQ(StateWith("type", "Ed25519Signature2020"), ProofState::kUnknownSuite);
  EXPECT_EQ(StateWith("cryptosuite", Json()), ProofState::kUnknownSuite);
  EXPECT_EQ(StateWith("proofPurpose", "authentication"), ProofState::kMalformed);
  EXPECT_EQ(StateWith("verificationMethod", "https://example.com/key"), ProofState::kMalformed);
  const std::string key = MultibaseOf(Ed25519KeyOf(SeedNumbered(1)));
  EXPECT_EQ(StateWith("verificationMethod", "did:key:" + key), ProofState::kMalformed);
  EXPECT_EQ(StateWith("proofValue", "u1234"), ProofState::kMalformed);
  EXPECT_EQ(StateWith("proofValue", "z1234"), ProofState::kWrong);
  EXPECT_EQ(StateWith("created", "yesterday"), ProofState::kMalformed);
  EXPECT_EQ(StateWith("expires", true), ProofState::kMalformed);
  EXPECT_EQ(CheckProof(Json("text")).state, ProofState::kMalformed);
}

}  // namespace
}  // namespace perigee
