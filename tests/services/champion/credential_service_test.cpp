#include "server/services/champion/credential_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/champion.pb.h"
#include "perigee/v1/credential.pb.h"
#include "server/core/data_integrity.h"
#include "server/core/error.h"
#include "server/core/json.h"
#include "server/domain/champion/credential_check.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using domain::Finding;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada has the title mvp.
class CredentialServiceTest : public testing::Test {
 protected:
  CredentialServiceTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  v1::IssueCredentialRequest IssueRequest(const std::string& member = kAda) {
    v1::IssueCredentialRequest request;
    request.set_parent(member);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Credential Issue(const v1::IssueCredentialRequest& request) {
    return server.Must<v1::Credential>(server.Token("ada"), "CredentialService/IssueCredential",
                                       request);
  }
  v1::RevokeCredentialRequest RevokeRequest(const std::string& name) {
    v1::RevokeCredentialRequest request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::CredentialIssuer Issuer(const std::string& who, const std::string& program = kAcme) {
    v1::GetIssuerRequest request;
    request.set_parent(program);
    return server.Must<v1::CredentialIssuer>(server.Token(who), "CredentialService/GetIssuer",
                                             request);
  }
  v1::StatusList List(const std::string& who, const std::string& program = kAcme) {
    v1::GetStatusListRequest request;
    request.set_name(program + "/statusLists/0");
    return server.Must<v1::StatusList>(server.Token(who), "CredentialService/GetStatusList",
                                       request);
  }
  std::vector<v1::Credential> Listed(const std::string& who, const std::string& member = kAda) {
    v1::ListCredentialsRequest request;
    request.set_parent(member);
    const auto answer = server.Must<v1::ListCredentialsResponse>(
        server.Token(who), "CredentialService/ListCredentials", request);
    return {answer.credentials().begin(), answer.credentials().end()};
  }
  // What anybody who trusts that programme finds.
  Finding Verify(const std::string& document, const std::string& program = kAcme) {
    const std::string list = List("nobody", program).document();
    return domain::CheckCredential(
               {document, KeyOfMultibase(Issuer("nobody", program).public_key_multibase()), list,
                server.clock.Now()})
        .finding;
  }

  AccessServer server;
};

TEST_F(CredentialServiceTest, AHolderTakesHomeWhatStrangersCanVerify) {
  v1::IssueCredentialRequest request = IssueRequest();
  request.set_include_name(true);
  request.add_titles(kAcme + "/titles/mvp");
  const v1::Credential issued = Issue(request);
  EXPECT_EQ(issued.state(), v1::Credential::STATE_VALID);
  EXPECT_TRUE(issued.includes_name());
  EXPECT_TRUE(issued.subject().starts_with("urn:uuid:"));
  ASSERT_EQ(issued.appointments_size(), 1);
  EXPECT_EQ(issued.appointments(0), kAda + server.acme.appointment);
  EXPECT_EQ(issued.status_list(), kAcme + "/statusLists/0");
  EXPECT_EQ(issued.name(), kAda + "/credentials/" + std::to_string(issued.revision()));
  EXPECT_EQ(Verify(issued.document()), Finding::kValid);
  EXPECT_EQ(Verify(issued.document(), "programs/umbrella"), Finding::kOtherIssuer);
  EXPECT_EQ(Issuer("nobody").did(), "did:key:" + Issuer("nobody").public_key_multibase());
  EXPECT_NE(Issuer("nobody").did(), Issuer("nobody", "programs/umbrella").did());

  // A retry has the same document.
  EXPECT_EQ(Issue(request).document(), issued.document());
  const std::vector<v1::Credential> listed = Listed("ada");
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].document(), "");
  EXPECT_EQ(listed[0].subject(), issued.subject());
}

TEST_F(CredentialServiceTest, OnlyTheHolderIssuesAndOnlyStaffSeeThem) {
  EXPECT_THAT(Call("bob", "CredentialService/IssueCredential", IssueRequest()),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CredentialService/IssueCredential", IssueRequest()),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("bob", "CredentialService/IssueCredential", IssueRequest(kBob)),
              HasReason(Reason::kNoTitleHeld));
  Issue(IssueRequest());
  EXPECT_EQ(Listed("ROLE_MODERATOR").size(), 1U);
  v1::ListCredentialsRequest list;
  list.set_parent(kAda);
  EXPECT_THAT(Call("bob", "CredentialService/ListCredentials", list), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_ANALYST", "CredentialService/ListCredentials", list),
              HasReason(Reason::kPermissionDenied));
}

TEST_F(CredentialServiceTest, HolderAndAdminsRevoke) {
  const v1::Credential one = Issue(IssueRequest());
  const v1::Credential other = Issue(IssueRequest());
  EXPECT_THAT(Call("bob", "CredentialService/RevokeCredential", RevokeRequest(one.name())),
              HasReason(Reason::kNotFound));
  const auto revoked = server.Must<v1::Credential>(
      server.Token("ada"), "CredentialService/RevokeCredential", RevokeRequest(one.name()));
  EXPECT_EQ(revoked.state(), v1::Credential::STATE_REVOKED);
  EXPECT_TRUE(revoked.has_revoke_time());
  EXPECT_EQ(Verify(one.document()), Finding::kRevoked);
  EXPECT_EQ(Verify(other.document()), Finding::kValid);
  EXPECT_THAT(Call("ada", "CredentialService/RevokeCredential", RevokeRequest(one.name())),
              HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Call("ROLE_MODERATOR", "CredentialAdminService/RevokeCredential",
                   RevokeRequest(other.name())),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CredentialAdminService/RevokeCredential",
                   RevokeRequest(other.name())),
              IsOk());
  EXPECT_EQ(Verify(other.document()), Finding::kRevoked);
}

TEST_F(CredentialServiceTest, ARevokedAppointmentRevokesItsCredentials) {
  const v1::Credential issued = Issue(IssueRequest());
  v1::RevokeAppointmentRequest request;
  request.set_name(kAda + server.acme.appointment);
  request.set_reason("because");
  request.set_request_id(server.NewRequestId());
  server.Must<v1::Appointment>(server.Token("root"), "ChampionAdminService/RevokeAppointment",
                               request);
  EXPECT_EQ(Verify(issued.document()), Finding::kRevoked);
  EXPECT_EQ(Listed("ada")[0].state(), v1::Credential::STATE_REVOKED);
  EXPECT_THAT(Call("ada", "CredentialService/IssueCredential", IssueRequest()),
              HasReason(Reason::kNoTitleHeld));
}

TEST_F(CredentialServiceTest, WrongRequestsNameTheirField) {
  v1::IssueCredentialRequest request = IssueRequest();
  request.add_titles("programs/umbrella/titles/mvp");
  EXPECT_THAT(Call("ada", "CredentialService/IssueCredential", request), IsInvalidField("titles"));
  request = IssueRequest();
  for (int i = 0; i < 33; ++i) {
    request.add_titles(kAcme + "/titles/mvp");
  }
  EXPECT_THAT(Call("ada", "CredentialService/IssueCredential", request), IsInvalidField("titles"));
  request = IssueRequest();
  request.mutable_expire_time()->set_seconds(1);
  EXPECT_THAT(Call("ada", "CredentialService/IssueCredential", request),
              IsInvalidField("expire_time"));
  request.mutable_expire_time()->set_nanos(-1);
  EXPECT_THAT(Call("ada", "CredentialService/IssueCredential", request),
              IsInvalidField("expire_time"));
  for (const char* const list : {"1", "00", "none", "9999999999999999999999"}) {
    v1::GetStatusListRequest asked;
    asked.set_name(kAcme + "/statusLists/" + list);
    EXPECT_THAT(Call("ada", "CredentialService/GetStatusList", asked),
                HasReason(Reason::kNotFound));
  }
}

TEST_F(CredentialServiceTest, AListOfCredentialsHasPages) {
  for (int i = 0; i < 3; ++i) {
    Issue(IssueRequest());
  }
  v1::ListCredentialsRequest request;
  request.set_parent(kAda);
  request.set_page_size(2);
  const auto first = server.Must<v1::ListCredentialsResponse>(
      server.Token("ada"), "CredentialService/ListCredentials", request);
  EXPECT_EQ(first.credentials_size(), 2);
  request.set_page_token(first.next_page_token());
  const auto second = server.Must<v1::ListCredentialsResponse>(
      server.Token("ada"), "CredentialService/ListCredentials", request);
  ASSERT_EQ(second.credentials_size(), 1);
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_NE(second.credentials(0).name(), first.credentials(1).name());
}

TEST_F(CredentialServiceTest, AClosedProgrammeStillLetsItsChampionsGoHome) {
  v1::CloseProgramRequest close;
  close.set_name(kAcme);
  close.set_request_id(server.NewRequestId());
  server.Must<v1::Program>(server.Token("root"), "ProgramAdminService/CloseProgram", close);
  const v1::Credential issued = Issue(IssueRequest());
  EXPECT_EQ(Verify(issued.document()), Finding::kValid);
  EXPECT_THAT(Call("ada", "CredentialService/RevokeCredential", RevokeRequest(issued.name())),
              IsOk());
}

TEST_F(CredentialServiceTest, AnExportTellsOfTheHoldersCredentials) {
  const v1::Credential issued = Issue(IssueRequest());
  v1::ExportMemberRequest request;
  request.set_name(kAda);
  std::string bytes;
  ASSERT_THAT(server.CallWith(server.Token("ada"), MethodNamed("MemberService/ExportMember"),
                              request, &bytes),
              IsOk());
  EXPECT_NE(bytes.find("\"credential\":["), std::string::npos);
  EXPECT_NE(bytes.find(issued.subject()), std::string::npos);
}

}  // namespace
}  // namespace perigee::tests
