#include "server/domain/champion/credential_check.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "server/core/data_integrity.h"
#include "server/core/json.h"
#include "server/domain/champion/credential.h"
#include "server/domain/champion/status_list.h"

namespace perigee::tests {
namespace {

using domain::Finding;
using std::chrono::hours;
using Change = std::function<void(Json::Object& document)>;

const Time kIssued = *ParseTime("2026-11-21T12:00:00Z");
const Time kNow = kIssued + hours(1);

Ed25519Seed SeedNumbered(std::uint8_t n) {
  Ed25519Seed seed{};
  seed.fill(n);
  return seed;
}
const Ed25519Seed kOurs = SeedNumbered(1);
const Ed25519Seed kTheirs = SeedNumbered(2);

std::string Text(const Json& json) { return CanonicalJson(json).value(); }

domain::Credential Issued() {
  domain::Credential credential = domain::IssuedAt(5);
  credential.subject = "urn:uuid:00000000-0000-0000-0000-000000000001";
  credential.issue_time = kIssued;
  credential.expire_time = kIssued + hours(24);
  return credential;
}

// A document of the programme of that key, changed before it is signed.
Json Credential(
    const Ed25519Seed& seed = kOurs, const Change& change = [](auto&) {}) {
  domain::CredentialFacts facts;
  facts.issuer = Ed25519KeyOf(seed);
  facts.program_name = "Acme";
  facts.titles = {{"mvp", "MVP", kIssued - hours(5), kIssued + hours(5), true}};
  Json::Object document = domain::DocumentOf(Issued(), facts);
  change(document);
  return WithProof(std::move(document), seed, kIssued);
}

std::string List(bool revoked, const Ed25519Seed& seed = kOurs, std::int64_t list = 0,
                 Time made = kNow) {
  domain::StatusBits bits;
  if (revoked) {
    bits.Set(Issued().list_index);
  }
  return Text(
      WithProof(domain::StatusListDocument(Ed25519KeyOf(seed), list, bits, made), seed, made));
}

domain::CredentialAnswer Check(const Json& document,
                               const std::optional<std::string>& list = std::nullopt,
                               Time at = kNow) {
  const std::string text = Text(document);
  return domain::CheckCredential({text, Ed25519KeyOf(kOurs), list, at});
}
Finding FindingOf(const Json& document, const std::optional<std::string>& list = std::nullopt,
                  Time at = kNow) {
  return Check(document, list, at).finding;
}
// Of our credential with a change after it was signed.
Finding AfterChange(const Change& change) {
  Json::Object document = *Credential().object();
  change(document);
  return FindingOf(document);
}

TEST(CredentialCheckTest, TheTrustedIssuersCredentialIsValid) {
  const auto answer = Check(Credential());
  EXPECT_EQ(answer.finding, Finding::kValid) << answer.why;
  EXPECT_FALSE(answer.revocation_checked);
  EXPECT_EQ(answer.issuer, DidOf(Ed25519KeyOf(kOurs)));
  EXPECT_EQ(answer.issuer_name, "Acme");
  const auto with_list = Check(Credential(), List(false));
  EXPECT_EQ(with_list.finding, Finding::kValid) << with_list.why;
  EXPECT_TRUE(with_list.revocation_checked);
}

TEST(CredentialCheckTest, WithoutATrustedIssuerNothingIsValid) {
  const std::string text = Text(Credential());
  const auto answer = domain::CheckCredential({text, std::nullopt, std::nullopt, kNow});
  EXPECT_EQ(answer.finding, Finding::kUnknownIssuer);
  EXPECT_EQ(answer.issuer, DidOf(Ed25519KeyOf(kOurs)));
}

TEST(CredentialCheckTest, AnotherProgrammesCredentialIsOfAnotherIssuer) {
  EXPECT_EQ(FindingOf(Credential(kTheirs)), Finding::kOtherIssuer);
  // Theirs, in our name.
  const auto forged =
      Credential(kTheirs, [](auto& document) { document["issuer"] = DidOf(Ed25519KeyOf(kOurs)); });
  EXPECT_EQ(FindingOf(forged), Finding::kOtherIssuer);
  const auto by_url =
      Credential(kOurs, [](auto& document) { document["issuer"] = "https://acme.example"; });
  EXPECT_EQ(FindingOf(by_url), Finding::kOtherIssuer);
}

TEST(CredentialCheckTest, EveryChangeAfterTheSigningIsFound) {
  const Json original = Credential();
  for (const auto& field : *original.object()) {
    const std::string& key = field.first;
    if (key != "proof") {
      EXPECT_EQ(AfterChange([&](auto& document) { document.erase(key); }), Finding::kTampered)
          << key;
      EXPECT_EQ(AfterChange([&](auto& document) { document[key] = "x"; }), Finding::kTampered)
          << key;
    }
  }
  EXPECT_EQ(AfterChange([](auto& document) { document["more"] = true; }), Finding::kTampered);
  const auto add_context = [](auto& document) {
    Json::Array context = *document["@context"].array();
    context.emplace_back("https://example.com");
    document["@context"] = context;
  };
  EXPECT_EQ(AfterChange(add_context), Finding::kTampered);
  EXPECT_EQ(AfterChange([](auto& document) { document.erase("proof"); }), Finding::kMalformed);
  const auto other_suite = [](auto& document) {
    Json::Object proof = *document["proof"].object();
    proof["cryptosuite"] = "ecdsa-jcs-2019";
    document["proof"] = proof;
  };
  EXPECT_EQ(AfterChange(other_suite), Finding::kUnknownSuite);
}

TEST(CredentialCheckTest, EveryByteChangedIsFound) {
  const std::string text = Text(Credential());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const unsigned mask : {0x01U, 0x80U}) {
      std::string changed = text;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ mask);
      const auto answer =
          domain::CheckCredential({changed, Ed25519KeyOf(kOurs), std::nullopt, kNow});
      EXPECT_NE(answer.finding, Finding::kValid) << changed;
      EXPECT_NE(answer.finding, Finding::kUnknownIssuer) << changed;
    }
  }
}

TEST(CredentialCheckTest, TimesBoundIt) {
  using std::chrono::seconds;
  EXPECT_EQ(FindingOf(Credential(), std::nullopt, kIssued - seconds(1)), Finding::kNotYetValid);
  EXPECT_EQ(FindingOf(Credential(), std::nullopt, kIssued), Finding::kValid);
  EXPECT_EQ(FindingOf(Credential(), std::nullopt, kIssued + hours(24) - seconds(1)),
            Finding::kValid);
  EXPECT_EQ(FindingOf(Credential(), std::nullopt, kIssued + hours(24)), Finding::kExpired);
  const auto odd = Credential(kOurs, [](auto& document) { document["validUntil"] = "soon"; });
  EXPECT_EQ(FindingOf(odd), Finding::kMalformed);
  const auto no_time = Credential(kOurs, [](auto& document) { document["validFrom"] = true; });
  EXPECT_EQ(FindingOf(no_time), Finding::kMalformed);
}

TEST(CredentialCheckTest, TheStatusListTellsOfRevocation) {
  const auto revoked = Check(Credential(), List(true));
  EXPECT_EQ(revoked.finding, Finding::kRevoked);
  EXPECT_TRUE(revoked.revocation_checked);
  // Expired comes first: the list is not needed.
  EXPECT_EQ(FindingOf(Credential(), List(true), kIssued + hours(30)), Finding::kExpired);
}

TEST(CredentialCheckTest, AListThatDoesNotHelpLeavesTheStatusUnknown) {
  const auto unknown = [](const std::string& list, Time at = kNow) {
    const auto answer = Check(Credential(), list, at);
    EXPECT_FALSE(answer.revocation_checked);
    return answer.finding == Finding::kStatusUnknown;
  };
  EXPECT_TRUE(unknown("no JSON"));
  EXPECT_TRUE(unknown(List(false, kTheirs)));
  EXPECT_TRUE(unknown(List(false, kOurs, 1)));
  EXPECT_TRUE(unknown(List(false, kOurs, 0, kNow - hours(24 * 7))));
  EXPECT_TRUE(unknown(List(false, kOurs, 0, kNow + hours(1))));
  EXPECT_TRUE(unknown(Text(Credential())));
  std::string tampered = List(true);
  const std::size_t at = tampered.find("encodedList\":\"u") + 40;
  tampered[at] = tampered[at] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(unknown(tampered));
  const auto without =
      Credential(kOurs, [](auto& document) { document.erase("credentialStatus"); });
  EXPECT_EQ(FindingOf(without, List(false)), Finding::kStatusUnknown);
  EXPECT_EQ(FindingOf(without), Finding::kValid);
}

TEST(CredentialCheckTest, OtherDocumentsAreMalformed) {
  for (const char* const text : {"", "{", "[]", "\"text\"", "{}", R"({"proof":{},"proof":{}})"}) {
    EXPECT_EQ(domain::CheckCredential({text, std::nullopt, std::nullopt, kNow}).finding,
              Finding::kMalformed)
        << text;
  }
  const auto other_type =
      Credential(kOurs, [](auto& document) { document["type"] = "SomethingElse"; });
  EXPECT_EQ(FindingOf(other_type), Finding::kMalformed);
  const auto old_model = Credential(kOurs, [](auto& document) {
    document["@context"] = Json::Array{"https://www.w3.org/2018/credentials/v1"};
  });
  EXPECT_EQ(FindingOf(old_model), Finding::kMalformed);
}

TEST(CredentialCheckTest, EachFindingHasAName) {
  EXPECT_EQ(NameOf(Finding::kValid), "VALID");
  EXPECT_EQ(NameOf(Finding::kUnknownIssuer), "UNKNOWN_ISSUER");
  EXPECT_EQ(NameOf(Finding::kStatusUnknown), "STATUS_UNKNOWN");
  EXPECT_EQ(NameOf(Finding::kMalformed), "MALFORMED");
  EXPECT_EQ(NameOf(Finding::kUnknownSuite), "UNKNOWN_SUITE");
  EXPECT_EQ(NameOf(Finding::kTampered), "TAMPERED");
  EXPECT_EQ(NameOf(Finding::kOtherIssuer), "OTHER_ISSUER");
  EXPECT_EQ(NameOf(Finding::kNotYetValid), "NOT_YET_VALID");
  EXPECT_EQ(NameOf(Finding::kExpired), "EXPIRED");
  EXPECT_EQ(NameOf(Finding::kRevoked), "REVOKED");
}

}  // namespace
}  // namespace perigee::tests
