#pragma once

#include <string>

#include "tests/services/insider/insider_server.h"

namespace perigee::tests {

// The item `bike` demands the agreement `nda`.
class AgreementServerTest : public InsiderServerTest {
 protected:
  AgreementServerTest() {
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

}  // namespace perigee::tests
