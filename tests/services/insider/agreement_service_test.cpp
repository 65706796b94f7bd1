#include "server/services/insider/agreement_service.h"

#include <string>

#include "perigee/v1/audit.pb.h"
#include "perigee/v1/member.pb.h"
#include "tests/services/insider/insider_server.h"

namespace perigee::tests {
namespace {


// The item `bike` demands the agreement `nda`.
class AgreementServiceTest : public InsiderServerTest {
 protected:
  AgreementServiceTest() {
    MakeAgreement(server, kAcme, "nda");
    domain::InsiderItem item = OpenItem(server, "bike");
    item.agreement = "nda";
    PutItem(server, "acme", item);
  }
  static std::string Own(const std::string& method) { return "AgreementService/" + method; }
  static std::string Admin(const std::string& method) { return "AgreementAdminService/" + method; }
  v1::PresentAgreementRequest PresentOf(const std::string& member, const std::string& id = "nda") {
    v1::PresentAgreementRequest request;
    request.set_parent(member);
    request.set_agreement(kAcme + "/agreements/" + id);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ListOwnAgreementsResponse KnownTo(const std::string& who) {
    return Must<v1::ListOwnAgreementsResponse>(
        who, Own("ListOwnAgreements"),
        ListOf<v1::ListOwnAgreementsRequest>(kAcme + "/members/" + who));
  }
};

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

TEST_F(AgreementServiceTest, StaffWriteAgreements) {
  v1::UpdateAgreementRequest update;
  v1::Agreement& agreement = *update.mutable_agreement();
  agreement.set_name(kAcme + "/agreements/nda");
  agreement.set_accepted_days(30);
  update.mutable_update_mask()->add_paths("accepted_days");
  update.set_request_id(server.NewRequestId());
  const auto updated = Must<v1::Agreement>("ROLE_PROGRAM_ADMIN", Admin("UpdateAgreement"), update);
  EXPECT_EQ(updated.accepted_days(), 30);
  EXPECT_EQ(updated.display_name(), "We keep secrets");
  EXPECT_EQ(updated.version(), 1);
  agreement.set_etag("1");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", Admin("UpdateAgreement"), update), HasReason(Reason::kEtagMismatch));
  agreement.set_etag(updated.etag());
  agreement.set_required_version(2);
  update.mutable_update_mask()->add_paths("required_version");
  EXPECT_THAT(Call("root", Admin("UpdateAgreement"), update),
              IsInvalidField("agreement.required_version"));
  update.mutable_update_mask()->add_paths("version");
  EXPECT_THAT(Call("root", Admin("UpdateAgreement"), update), IsInvalidField("update_mask"));
  EXPECT_THAT(Call("ROLE_MODERATOR", Admin("UpdateAgreement"), update),
              HasReason(Reason::kPermissionDenied));

  v1::CreateAgreementRequest create;
  create.set_parent(kAcme);
  create.set_agreement_id("nda");
  create.mutable_agreement()->set_display_name("Again");
  create.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", Admin("CreateAgreement"), create), HasReason(Reason::kAlreadyExists));
  create.mutable_agreement()->clear_display_name();
  EXPECT_THAT(Call("root", Admin("CreateAgreement"), create),
              IsInvalidField("agreement.display_name"));
  EXPECT_EQ(Must<v1::ListAgreementsResponse>("ROLE_REVIEWER", Admin("ListAgreements"),
                                             ListOf<v1::ListAgreementsRequest>(kAcme))
                .agreements_size(),
            1);
  EXPECT_THAT(Call("ada", Admin("ListAgreements"), ListOf<v1::ListAgreementsRequest>(kAcme)),
              HasReason(Reason::kPermissionDenied));
}

TEST_F(AgreementServiceTest, ARequiredTextSupersedesWhatWasAccepted) {
  const std::string name = kAcme + "/agreements/nda";
  AcceptAs(server, server.Token("ada"), kAda, name);
  v1::AddAgreementVersionRequest add;
  add.set_parent(name);
  add.set_body("I tell nobody at all.");
  add.set_required(true);
  add.set_request_id(server.NewRequestId());
  const auto added = Must<v1::AgreementVersion>("root", Admin("AddAgreementVersion"), add);
  EXPECT_EQ(added.name(), name + "/versions/2");
  EXPECT_EQ(added.body(), "I tell nobody at all.");
  EXPECT_FALSE(KnownTo("ada").agreements(0).bound());
  add.set_request_id(server.NewRequestId());
  add.clear_body();
  EXPECT_THAT(Call("root", Admin("AddAgreementVersion"), add), IsInvalidField("agreement.body"));

  auto list = ListOf<v1::ListAgreementVersionsRequest>(name, 1);
  const auto first =
      Must<v1::ListAgreementVersionsResponse>("root", Admin("ListAgreementVersions"), list);
  ASSERT_EQ(first.versions_size(), 1);
  EXPECT_EQ(first.versions(0).name(), name + "/versions/1");
  EXPECT_EQ(first.versions(0).body(), "");
  list.set_page_token(first.next_page_token());
  const auto rest =
      Must<v1::ListAgreementVersionsResponse>("root", Admin("ListAgreementVersions"), list);
  ASSERT_EQ(rest.versions_size(), 1);
  EXPECT_EQ(rest.versions(0).digest(), added.digest());
  EXPECT_EQ(rest.next_page_token(), "");
  v1::GetAgreementVersionRequest get;
  get.set_name(name + "/versions/1");
  EXPECT_EQ(Must<v1::AgreementVersion>("root", Admin("GetAgreementVersion"), get).body(),
            "I tell nobody.");
  for (const char* none : {"/versions/3", "/versions/9999999999"}) {
    get.set_name(name + none);
    EXPECT_THAT(Call("root", Admin("GetAgreementVersion"), get), HasReason(Reason::kNotFound));
  }
  get.set_name(name + "/versions/first");
  EXPECT_THAT(Call("root", Admin("GetAgreementVersion"), get), IsInvalidField("name"));
}

TEST_F(AgreementServiceTest, StaffSeeWhoAccepted) {
  const std::string name = kAcme + "/agreements/nda";
  MakeAgreement(server, kAcme, "other");
  domain::InsiderItem item = OpenItem(server, "other-bike");
  item.agreement = "other";
  PutItem(server, "acme", item);
  AcceptAs(server, server.Token("ada"), kAda, name);
  AcceptAs(server, server.Token("ada"), kAda, kAcme + "/agreements/other");
  AcceptAs(server, server.Token("bob"), kBob, name);
  const auto count = [&](const std::string& member, const std::string& agreement) {
    auto request = ListOf<v1::ListAcceptancesRequest>(kAcme, 1);
    request.set_member(member);
    request.set_agreement(agreement);
    int found = 0;
    do {
      const auto page =
          Must<v1::ListAcceptancesResponse>("ROLE_MODERATOR", Admin("ListAcceptances"), request);
      found += page.acceptances_size();
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return found;
  };
  EXPECT_EQ(count("", ""), 3);
  EXPECT_EQ(count(kAda, ""), 2);
  EXPECT_EQ(count("", name), 2);
  EXPECT_EQ(count(kAda, name), 1);
  auto request = ListOf<v1::ListAcceptancesRequest>(kAcme);
  request.set_agreement(kAcme + "/agreements/none");
  EXPECT_THAT(Call("root", Admin("ListAcceptances"), request), HasReason(Reason::kNotFound));
  request.set_agreement("programs/umbrella/agreements/nda");
  EXPECT_THAT(Call("root", Admin("ListAcceptances"), request), IsInvalidField("agreement"));
  request.clear_agreement();
  request.set_member(kAcme + "/members/none");
  EXPECT_THAT(Call("root", Admin("ListAcceptances"), request), HasReason(Reason::kNotFound));
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
