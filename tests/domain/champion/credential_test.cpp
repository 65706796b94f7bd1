#include "server/domain/champion/credential.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/core/data_integrity.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/status_list.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Appointment;
using domain::Credential;
using State = domain::CredentialState;

constexpr Time At(std::int64_t seconds) { return FromMicros(seconds * 1'000'000); }

Credential Plain() {
  Credential credential = domain::IssuedAt(131'075);
  credential.issue_time = At(100);
  credential.expire_time = At(200);
  credential.subject = "urn:uuid:00000000-0000-0000-0000-000000000001";
  return credential;
}

Appointment Term() {
  Appointment appointment;
  appointment.id = "a1";
  appointment.title = "mvp";
  appointment.start_time = At(50);
  appointment.end_time = At(150);
  appointment.renewal_time = At(150);
  appointment.lapse_time = At(150);
  return appointment;
}

TEST(CredentialTest, ThePlaceInTheListsFollowsFromTheRevision) {
  EXPECT_EQ(Plain().id, "131075");
  EXPECT_EQ(Plain().list, 1);
  EXPECT_EQ(Plain().list_index, 3);
  EXPECT_EQ(domain::IssuedAt(131'071).list, 0);
  EXPECT_EQ(domain::IssuedAt(131'071).list_index, 131'071);
}

TEST(CredentialTest, TheStateFollowsFromFactsAndTime) {
  Credential credential = Plain();
  EXPECT_EQ(StateOf(credential, true, At(100)), State::kValid);
  EXPECT_EQ(StateOf(credential, true, At(199)), State::kValid);
  EXPECT_EQ(StateOf(credential, true, At(200)), State::kExpired);
  EXPECT_EQ(StateOf(credential, false, At(100)), State::kRevoked);
  EXPECT_EQ(StateOf(credential, false, At(200)), State::kRevoked);
  credential.revoke_time = At(110);
  EXPECT_EQ(StateOf(credential, true, At(110)), State::kRevoked);
  EXPECT_EQ(StateOf(credential, true, At(300)), State::kRevoked);
}

TEST(CredentialTest, ItIsUpheldUntilAnAppointmentIsRevokedOrResigned) {
  Appointment appointment = Term();
  EXPECT_TRUE(Upholds(appointment, Plain()));
  appointment.suspend_time = At(120);
  EXPECT_TRUE(Upholds(appointment, Plain()));
  appointment.resign_time = At(100);
  EXPECT_TRUE(Upholds(appointment, Plain()));
  appointment.resign_time = At(101);
  EXPECT_FALSE(Upholds(appointment, Plain()));
  appointment.resign_time.reset();
  appointment.revoke_time = At(60);
  EXPECT_FALSE(Upholds(appointment, Plain()));
}

TEST(CredentialTest, TermsThatHaveBegunAreCertified) {
  Appointment appointment = Term();
  EXPECT_FALSE(Certified(appointment, "MVP", At(49)).has_value());
  auto title = Certified(appointment, "MVP", At(50));
  ASSERT_TRUE(title.has_value());
  EXPECT_TRUE(title->live);
  EXPECT_EQ(title->end_time, At(150));
  title = Certified(appointment, "MVP", At(150));
  ASSERT_TRUE(title.has_value());
  EXPECT_FALSE(title->live);
  appointment.resign_time = At(70);
  title = Certified(appointment, "MVP", At(80));
  ASSERT_TRUE(title.has_value());
  EXPECT_FALSE(title->live);
  EXPECT_EQ(title->end_time, At(70));
  appointment = Term();
  appointment.suspend_time = At(60);
  EXPECT_FALSE(Certified(appointment, "MVP", At(60)).has_value());
  appointment = Term();
  appointment.revoke_time = At(60);
  EXPECT_FALSE(Certified(appointment, "MVP", At(60)).has_value());
}

TEST(CredentialTest, TheDocumentSaysWhatItsHolderAgreedTo) {
  domain::CredentialFacts facts;
  facts.issuer.fill(1);
  facts.program_name = "Acme";
  facts.titles = {{"mvp", "MVP", At(50), At(150), true}};
  const std::string did = DidOf(facts.issuer);
  const std::string list = did + "/statusLists/1";
  EXPECT_EQ(CanonicalJson(domain::DocumentOf(Plain(), facts)),
            R"({"@context":["https://www.w3.org/ns/credentials/v2",)"
            R"("https://www.w3.org/ns/credentials/undefined-terms/v2"],)"
            R"("credentialStatus":{"id":")" +
                list + R"(#3","statusListCredential":")" + list +
                R"(","statusListIndex":"3","statusPurpose":"revocation",)"
                R"("type":"BitstringStatusListEntry"},)"
                R"("credentialSubject":{"id":"urn:uuid:00000000-0000-0000-0000-000000000001",)"
                R"("titles":[{"from":"1970-01-01T00:00:50Z","name":"MVP","status":"champion",)"
                R"("title":"mvp","until":"1970-01-01T00:02:30Z"}]},)"
                R"("issuer":{"id":")" +
                did +
                R"(","name":"Acme"},"type":["VerifiableCredential","ChampionCredential"],)"
                R"("validFrom":"1970-01-01T00:01:40Z","validUntil":"1970-01-01T00:03:20Z"})");
  facts.display_name = "Ada";
  facts.titles.front().live = false;
  const Json named = domain::DocumentOf(Plain(), facts);
  EXPECT_EQ(*named.Find("credentialSubject")->TextAt("name"), "Ada");
  EXPECT_EQ(*named.Find("credentialSubject")->Find("titles")->array()->front().TextAt("status"),
            "alumnus");
}

}  // namespace
}  // namespace perigee::tests
