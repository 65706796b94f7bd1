#include "server/services/insider/agreement_admin_service.h"

#include <string>

#include "tests/services/insider/agreement_server.h"

namespace perigee::tests {
namespace {

using AgreementAdminServiceTest = AgreementServerTest;

TEST_F(AgreementAdminServiceTest, StaffWriteAgreements) {
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
  EXPECT_EQ(Must<v1::ListAgreementsResponse>("ROLE_PROGRAM_ADMIN", Admin("ListAgreements"),
                                             ListOf<v1::ListAgreementsRequest>(kAcme))
                .agreements_size(),
            1);
  EXPECT_THAT(
      Call("ROLE_MODERATOR", Admin("ListAgreements"), ListOf<v1::ListAgreementsRequest>(kAcme)),
      HasReason(Reason::kPermissionDenied));
}

TEST_F(AgreementAdminServiceTest, ARequiredTextSupersedesWhatWasAccepted) {
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

TEST_F(AgreementAdminServiceTest, StaffSeeWhoAccepted) {
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
      const auto page = Must<v1::ListAcceptancesResponse>("ROLE_PROGRAM_ADMIN",
                                                          Admin("ListAcceptances"), request);
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

}  // namespace
}  // namespace perigee::tests
