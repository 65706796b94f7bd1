#include "server/services/insider/agreement_service.h"

#include <string>

#include "perigee/v1/audit.pb.h"
#include "perigee/v1/member.pb.h"
#include "tests/services/insider/agreement_server.h"

namespace perigee::tests {
namespace {

using AgreementServiceTest = AgreementServerTest;

TEST_F(AgreementServiceTest, AMemberReadsAndAcceptsWhatItNeeds) {
  const auto known = KnownTo("ada");
  ASSERT_EQ(known.agreements_size(), 1);
  EXPECT_EQ(known.agreements(0).name(), kAcme + "/agreements/nda");
  EXPECT_EQ(known.agreements(0).display_name(), "We keep secrets");
  EXPECT_EQ(known.agreements(0).version(), 1);
  EXPECT_FALSE(known.agreements(0).bound());

  const v1::PresentAgreementRequest present = PresentOf(kAda);
  const auto presented =
      Must<v1::PresentAgreementResponse>("ada", Own("PresentAgreement"), present);
  EXPECT_EQ(presented.body(), "I tell nobody.");
  EXPECT_EQ(presented.display_name(), "We keep secrets");
  EXPECT_EQ(presented.acceptance().state(), v1::AgreementAcceptance::STATE_PRESENTED);
  EXPECT_EQ(presented.acceptance().digest().size(), 64U);
  // A retry, and another request.
  for (const auto& again : {present, PresentOf(kAda)}) {
    EXPECT_EQ(Must<v1::PresentAgreementResponse>("ada", Own("PresentAgreement"), again)
                  .SerializeAsString(),
              presented.SerializeAsString());
  }

  auto accept = Named<v1::AcceptAgreementRequest>(presented.acceptance().name());
  accept.set_digest("0");
  EXPECT_THAT(Call("ada", Own("AcceptAgreement"), accept), IsInvalidField("digest"));
  accept.set_digest(presented.acceptance().digest());
  accept.set_device(std::string(201, 'x'));
  EXPECT_THAT(Call("ada", Own("AcceptAgreement"), accept), IsInvalidField("device"));
  accept.set_device("a laptop");
  EXPECT_THAT(Call("bob", Own("AcceptAgreement"), accept), HasReason(Reason::kNotFound));
  const auto accepted = Must<v1::AgreementAcceptance>("ada", Own("AcceptAgreement"), accept);
  EXPECT_EQ(accepted.state(), v1::AgreementAcceptance::STATE_ACCEPTED);
  EXPECT_EQ(accepted.device(), "a laptop");
  EXPECT_TRUE(accepted.has_accept_time());
  EXPECT_FALSE(accepted.has_expire_time());
  EXPECT_TRUE(KnownTo("ada").agreements(0).bound());

  const auto withdrawn = Must<v1::AgreementAcceptance>(
      "ada", Own("WithdrawAcceptance"), Named<v1::WithdrawAcceptanceRequest>(accepted.name()));
  EXPECT_EQ(withdrawn.state(), v1::AgreementAcceptance::STATE_WITHDRAWN);
  const auto own = Must<v1::ListOwnAcceptancesResponse>(
      "ada", Own("ListOwnAcceptances"), ListOf<v1::ListOwnAcceptancesRequest>(kAda));
  ASSERT_EQ(own.acceptances_size(), 1);
  EXPECT_EQ(own.acceptances(0).SerializeAsString(), withdrawn.SerializeAsString());
}

// Neither the item's name nor how many there are is in any answer.
TEST_F(AgreementServiceTest, NothingOfTheItemShows) {
  const auto one = KnownTo("ada").SerializeAsString();
  domain::InsiderItem another = OpenItem(server, "bike-two");
  another.agreement = "nda";
  PutItem(server, "acme", another);
  const auto two = KnownTo("ada").SerializeAsString();
  EXPECT_EQ(one, two);
  EXPECT_EQ(one.find("bike"), std::string::npos);
  const auto presented =
      Must<v1::PresentAgreementResponse>("ada", Own("PresentAgreement"), PresentOf(kAda));
  EXPECT_EQ(presented.SerializeAsString().find("bike"), std::string::npos);
}

TEST_F(AgreementServiceTest, AnAgreementOfNoItemAnswersAsAMissingOne) {
  MakeAgreement(server, kAcme, "dan");
  const absl::Status hidden = Call("ada", Own("PresentAgreement"), PresentOf(kAda, "dan"));
  const absl::Status missing = Call("ada", Own("PresentAgreement"), PresentOf(kAda, "dun"));
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  std::string as_missing(hidden.message());
  EXPECT_EQ(as_missing.replace(as_missing.find("dan"), 3, "dun"), missing.message());
  EXPECT_EQ(KnownTo("ada").agreements_size(), 1);
  v1::PresentAgreementRequest foreign = PresentOf(kAda);
  foreign.set_agreement("programs/umbrella/agreements/nda");
  EXPECT_THAT(Call("ada", Own("PresentAgreement"), foreign), IsInvalidField("agreement"));
}

TEST_F(AgreementServiceTest, WhoIsSuspendedAcceptsNothing) {
  const auto presented =
      Must<v1::PresentAgreementResponse>("ada", Own("PresentAgreement"), PresentOf(kAda));
  server.Suspend(kAda);
  EXPECT_THAT(Call("ada", Own("PresentAgreement"), PresentOf(kAda)),
              HasReason(Reason::kMemberSuspended));
  auto accept = Named<v1::AcceptAgreementRequest>(presented.acceptance().name());
  accept.set_digest(presented.acceptance().digest());
  EXPECT_THAT(Call("ada", Own("AcceptAgreement"), accept), HasReason(Reason::kMemberSuspended));
  EXPECT_EQ(KnownTo("ada").agreements_size(), 0);
}

TEST_F(AgreementServiceTest, AnAcceptanceStandsInTheAuditAndInTheExport) {
  const auto accepted = AcceptAs(server, server.Token("ada"), kAda, kAcme + "/agreements/nda");
  auto list = ListOf<v1::ListAuditEntriesRequest>(kAcme, 1);
  const auto entry =
      Must<v1::ListAuditEntriesResponse>("root", "AuditAdminService/ListAuditEntries", list)
          .audit_entries(0);
  EXPECT_EQ(entry.method(), Own("AcceptAgreement"));
  EXPECT_EQ(entry.changes(0).kind(), "agreement_acceptance");
  EXPECT_EQ(entry.changes(0).resource(), accepted.name());
  v1::ExportMemberRequest exported;
  exported.set_name(kAda);
  std::string bytes;
  ASSERT_THAT(server.CallWith(server.Token("ada"), MethodNamed("MemberService/ExportMember"),
                              exported, &bytes),
              IsOk());
  EXPECT_NE(bytes.find("\"agreement_acceptance\":["), std::string::npos);
  EXPECT_NE(bytes.find("\"device\":\"a laptop\""), std::string::npos);
}

}  // namespace
}  // namespace perigee::tests
