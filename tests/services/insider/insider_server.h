#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/agreement.pb.h"
#include "perigee/v1/seat.pb.h"
#include "server/core/error.h"
#include "server/domain/insider/item.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {

// Puts an item as it is.
inline void PutItem(AccessServer& server, const std::string& program, domain::InsiderItem item) {
  ports::Unit unit;
  unit.program = program;
  unit.now = server.clock.Now();
  unit.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
    item.revision = context.revision;
    ports::Decision decision;
    decision.changes.records.Put(item);
    return decision;
  };
  EXPECT_THAT(use_cases::WriteAndWait(server.store(), std::move(unit)), IsOk());
}
// One that opened an hour ago, with one seat.
inline domain::InsiderItem OpenItem(const AccessServer& server, const std::string& id) {
  domain::InsiderItem item;
  item.id = id;
  item.display_name = "The next bike";
  item.seats = 1;
  item.create_time = server.clock.Now() - std::chrono::hours(1);
  item.open_time = item.create_time;
  return item;
}
// Makes the agreement with a text.
inline void MakeAgreement(AccessServer& server, const std::string& program, const std::string& id) {
  const std::string root = server.Token("root");
  v1::CreateAgreementRequest create;
  create.set_parent(program);
  create.set_agreement_id(id);
  create.mutable_agreement()->set_display_name("We keep secrets");
  create.set_request_id(server.NewRequestId());
  server.Must<v1::Agreement>(root, "AgreementAdminService/CreateAgreement", create);
  v1::AddAgreementVersionRequest add;
  add.set_parent(program + "/agreements/" + id);
  add.set_body("I tell nobody.");
  add.set_request_id(server.NewRequestId());
  server.Must<v1::AgreementVersion>(root, "AgreementAdminService/AddAgreementVersion", add);
}
// Presents the agreement to the member and accepts it, as the one who has the token.
inline v1::AgreementAcceptance AcceptAs(AccessServer& server, const std::string& token,
                                        const std::string& member, const std::string& agreement) {
  v1::PresentAgreementRequest present;
  present.set_parent(member);
  present.set_agreement(agreement);
  present.set_request_id(server.NewRequestId());
  const auto presented = server.Must<v1::PresentAgreementResponse>(
      token, "AgreementService/PresentAgreement", present);
  v1::AcceptAgreementRequest accept;
  accept.set_name(presented.acceptance().name());
  accept.set_digest(presented.acceptance().digest());
  accept.set_device("a laptop");
  accept.set_request_id(server.NewRequestId());
  return server.Must<v1::AgreementAcceptance>(token, "AgreementService/AcceptAgreement", accept);
}
inline v1::ClaimSeatRequest ClaimOf(AccessServer& server, const std::string& member,
                                    const std::string& item) {
  v1::ClaimSeatRequest request;
  request.set_parent(member);
  request.set_item(item);
  request.set_request_id(server.NewRequestId());
  return request;
}

// In `acme`, ada and bob sign in by their names.
class InsiderServerTest : public testing::Test {
 protected:
  InsiderServerTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  template <class Response>
  Response Must(const std::string& who, const std::string& method,
                const google::protobuf::Message& request) {
    return server.Must<Response>(server.Token(who), method, request);
  }
  // A request that names a resource.
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  // A list of what is under `parent`.
  template <class Request>
  Request ListOf(const std::string& parent, int page_size = 0) {
    Request request;
    request.set_parent(parent);
    request.set_page_size(page_size);
    return request;
  }

  inline static const std::string kAcme = "programs/acme";
  inline static const std::string kAda = kAcme + "/members/ada";
  inline static const std::string kBob = kAcme + "/members/bob";

  AccessServer server;
};

}  // namespace perigee::tests
