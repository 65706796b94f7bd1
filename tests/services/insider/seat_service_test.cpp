#include "server/services/insider/seat_service.h"

#include <chrono>
#include <string>

#include "tests/services/insider/seat_server.h"

namespace perigee::tests {
namespace {

using SeatServiceTest = SeatServerTest;

TEST_F(SeatServiceTest, AMemberClaimsASeatAndGivesItBack) {
  const auto claimable = ClaimableBy("ada");
  ASSERT_EQ(claimable.items_size(), 1);
  EXPECT_EQ(claimable.items(0).name(), kAcme + "/items/bike");
  EXPECT_EQ(claimable.items(0).display_name(), "The next bike");
  EXPECT_EQ(claimable.items(0).seats(), 1);
  EXPECT_EQ(claimable.items(0).free_seats(), 1);
  EXPECT_EQ(claimable.items(0).price(), 40);

  const v1::ClaimSeatRequest request = ClaimOf(server, kAda, kAcme + "/items/bike");
  const auto granted = Must<v1::InsiderSeat>("ada", Own("ClaimSeat"), request);
  EXPECT_EQ(granted.state(), v1::InsiderSeat::STATE_GRANTED);
  EXPECT_EQ(granted.item(), kAcme + "/items/bike");
  EXPECT_EQ(granted.price(), 40);
  EXPECT_EQ(granted.place(), 0);
  EXPECT_NE(granted.hold(), "");
  EXPECT_NE(granted.capture(), "");
  EXPECT_TRUE(granted.has_grant_time());
  EXPECT_FALSE(granted.has_end_time());
  EXPECT_EQ(Must<v1::InsiderSeat>("ada", Own("ClaimSeat"), request).SerializeAsString(),
            granted.SerializeAsString());
  EXPECT_THAT(Call("ada", Own("ClaimSeat"), ClaimOf(server, kAda, kAcme + "/items/bike")),
              HasReason(Reason::kAlreadyExists));
  EXPECT_EQ(ClaimableBy("ada").items_size(), 0);

  const auto waits = Claim("bob");
  EXPECT_EQ(waits.state(), v1::InsiderSeat::STATE_WAITING);
  EXPECT_EQ(waits.place(), 1);
  EXPECT_EQ(waits.capture(), "");
  EXPECT_FALSE(waits.has_grant_time());
  EXPECT_EQ(ClaimableBy("bob").items(0).seat(), waits.name());
  EXPECT_EQ(ClaimableBy("bob").items(0).waiting(), 1);

  EXPECT_THAT(Call("bob", Own("GiveBackSeat"), Named<v1::GiveBackSeatRequest>(granted.name())),
              HasReason(Reason::kNotFound));
  const auto given_back = Must<v1::InsiderSeat>("ada", Own("GiveBackSeat"),
                                                Named<v1::GiveBackSeatRequest>(granted.name()));
  EXPECT_EQ(given_back.state(), v1::InsiderSeat::STATE_GIVEN_BACK);
  EXPECT_NE(given_back.refund(), "");
  EXPECT_TRUE(given_back.has_end_time());
  ASSERT_EQ(SeatsOf("bob").seats_size(), 1);
  EXPECT_EQ(SeatsOf("bob").seats(0).state(), v1::InsiderSeat::STATE_GRANTED);
  EXPECT_THAT(Call("ada", Own("GiveBackSeat"), Named<v1::GiveBackSeatRequest>(granted.name())),
              HasReason(Reason::kIllegalMove));
}

TEST_F(SeatServiceTest, AHiddenItemAnswersAsAMissingOne) {
  domain::InsiderItem hidden = OpenItem(server, "late");
  hidden.audience = "kind:partner";
  PutItem(server, "acme", hidden);
  const absl::Status closed =
      Call("ada", Own("ClaimSeat"), ClaimOf(server, kAda, kAcme + "/items/late"));
  const absl::Status missing =
      Call("ada", Own("ClaimSeat"), ClaimOf(server, kAda, kAcme + "/items/lake"));
  EXPECT_THAT(closed, HasReason(Reason::kNotFound));
  std::string as_missing(closed.message());
  EXPECT_EQ(as_missing.replace(as_missing.find("late"), 4, "lake"), missing.message());
  EXPECT_EQ(ClaimableBy("ada").items_size(), 1);
  domain::InsiderItem open = OpenItem(server, "open");
  open.seats = 0;
  PutItem(server, "acme", open);
  EXPECT_THAT(Call("ada", Own("ClaimSeat"), ClaimOf(server, kAda, kAcme + "/items/open")),
              HasReason(Reason::kSeatNotNeeded));
  v1::ClaimSeatRequest foreign = ClaimOf(server, kAda, "programs/umbrella/items/bike");
  EXPECT_THAT(Call("ada", Own("ClaimSeat"), foreign), IsInvalidField("item"));
  EXPECT_THAT(Call("bob", Own("ClaimSeat"), ClaimOf(server, kAda, kAcme + "/items/bike")),
              HasReason(Reason::kNotFound));
}

TEST_F(SeatServiceTest, AnAgreementComesBeforeTheSeat) {
  MakeAgreement(server, kAcme, "nda");
  domain::InsiderItem item = Bike();
  item.agreement = "nda";
  PutItem(server, "acme", item);
  EXPECT_EQ(ClaimableBy("ada").items_size(), 0);
  AcceptAs(server, server.Token("ada"), kAda, kAcme + "/agreements/nda");
  EXPECT_EQ(ClaimableBy("ada").items_size(), 1);
  EXPECT_EQ(Claim("ada").state(), v1::InsiderSeat::STATE_GRANTED);
}

TEST_F(SeatServiceTest, AHiddenItemHasNoNameInItsMembersClaim) {
  domain::InsiderItem item = Bike();
  item.close_time = server.clock.Now() + std::chrono::days(9);
  PutItem(server, "acme", item);
  const auto granted = Claim("ada");
  EXPECT_TRUE(granted.has_end_time());
  Claim("bob");
  item.audience = "kind:partner";
  PutItem(server, "acme", item);
  for (const char* who : {"ada", "bob"}) {
    const auto own = SeatsOf(who);
    ASSERT_EQ(own.seats_size(), 1);
    EXPECT_EQ(own.seats(0).item(), "");
    EXPECT_EQ(own.seats(0).place(), 0);
    EXPECT_FALSE(own.seats(0).has_end_time());
    EXPECT_EQ(own.SerializeAsString().find("bike"), std::string::npos);
  }
  // Staff see it.
  EXPECT_EQ(Must<v1::ListSeatsResponse>("ROLE_PROGRAM_ADMIN", Admin("ListSeats"),
                                        ListOf<v1::ListSeatsRequest>(kAcme + "/items/bike"))
                .seats(1)
                .place(),
            1);
}

TEST_F(SeatServiceTest, WhoIsSuspendedOnlyReads) {
  const auto granted = Claim("ada");
  server.Suspend(kAda);
  EXPECT_THAT(Call("ada", Own("ClaimSeat"), ClaimOf(server, kAda, kAcme + "/items/bike")),
              HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(Call("ada", Own("GiveBackSeat"), Named<v1::GiveBackSeatRequest>(granted.name())),
              HasReason(Reason::kMemberSuspended));
  ASSERT_EQ(SeatsOf("ada").seats_size(), 1);
  EXPECT_EQ(SeatsOf("ada").seats(0).item(), "");
}

}  // namespace
}  // namespace perigee::tests
