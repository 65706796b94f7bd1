#pragma once

#include <string>

#include "perigee/v1/capital.pb.h"
#include "tests/services/insider/insider_server.h"

namespace perigee::tests {

// The item `bike` has one seat, for 40 of `access`. ada and bob have 100 each.
class SeatServerTest : public InsiderServerTest {
 protected:
  SeatServerTest() {
    v1::PostTransfersRequest request;
    request.set_parent(kAcme);
    for (const std::string& member : {kAda, kBob}) {
      v1::Transfer& transfer = *request.add_transfers();
      transfer.set_debit_account(kAcme + "/assets/access/accounts/issued");
      transfer.set_credit_account(member + "/accounts/access");
      transfer.set_amount(100);
    }
    request.set_request_id(server.NewRequestId());
    Must<v1::PostTransfersResponse>("root", "CapitalAdminService/PostTransfers", request);
    PutItem(server, "acme", Bike());
  }
  domain::InsiderItem Bike() {
    domain::InsiderItem item = OpenItem(server, "bike");
    item.seat_price = 40;
    return item;
  }
  static std::string Own(const std::string& method) { return "SeatService/" + method; }
  static std::string Admin(const std::string& method) { return "SeatAdminService/" + method; }
  v1::InsiderSeat Claim(const std::string& who, const std::string& item = "bike") {
    return Must<v1::InsiderSeat>(
        who, Own("ClaimSeat"),
        ClaimOf(server, kAcme + "/members/" + who, kAcme + "/items/" + item));
  }
  v1::ListClaimableResponse ClaimableBy(const std::string& who) {
    return Must<v1::ListClaimableResponse>(
        who, Own("ListClaimable"), ListOf<v1::ListClaimableRequest>(kAcme + "/members/" + who));
  }
  v1::ListOwnSeatsResponse SeatsOf(const std::string& who) {
    return Must<v1::ListOwnSeatsResponse>(
        who, Own("ListOwnSeats"), ListOf<v1::ListOwnSeatsRequest>(kAcme + "/members/" + who));
  }
};

}  // namespace perigee::tests
