#include "server/services/insider/seat_admin_service.h"

#include "perigee/v1/capital.pb.h"
#include "perigee/v1/member.pb.h"
#include "tests/services/insider/seat_server.h"

namespace perigee::tests {
namespace {

using SeatAdminServiceTest = SeatServerTest;

TEST_F(SeatAdminServiceTest, AdminsListAndRevoke) {
  const auto adas = Claim("ada");
  const auto bobs = Claim("bob");
  auto list = ListOf<v1::ListSeatsRequest>(kAcme + "/items/bike", 1);
  const auto first = Must<v1::ListSeatsResponse>("ROLE_PROGRAM_ADMIN", Admin("ListSeats"), list);
  ASSERT_EQ(first.seats_size(), 1);
  EXPECT_EQ(first.seats(0).name(), adas.name());
  list.set_page_token(first.next_page_token());
  EXPECT_EQ(
      Must<v1::ListSeatsResponse>("ROLE_PROGRAM_ADMIN", Admin("ListSeats"), list).seats(0).name(),
      bobs.name());
  list = ListOf<v1::ListSeatsRequest>(kAcme + "/items/bike");
  // It would tell that there is such an item.
  EXPECT_THAT(Call("ROLE_MODERATOR", Admin("ListSeats"), list),
              HasReason(Reason::kPermissionDenied));
  list.set_state(v1::InsiderSeat::STATE_WAITING);
  EXPECT_EQ(Must<v1::ListSeatsResponse>("root", Admin("ListSeats"), list).seats_size(), 1);
  list.set_state(static_cast<v1::InsiderSeat::State>(77));
  EXPECT_THAT(Call("root", Admin("ListSeats"), list), IsInvalidField("state"));
  EXPECT_THAT(Call("root", Admin("ListSeats"), ListOf<v1::ListSeatsRequest>(kAcme + "/items/none")),
              HasReason(Reason::kNotFound));

  auto revoke = Named<v1::RevokeSeatRequest>(adas.name());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", Admin("RevokeSeat"), revoke), IsInvalidField("reason"));
  revoke.set_reason("It was passed on");
  EXPECT_THAT(Call("ROLE_MODERATOR", Admin("RevokeSeat"), revoke),
              HasReason(Reason::kPermissionDenied));
  server.clock.Advance(std::chrono::seconds(1));  // A seat of no time would be no seat.
  const auto revoked = Must<v1::InsiderSeat>("ROLE_PROGRAM_ADMIN", Admin("RevokeSeat"), revoke);
  EXPECT_EQ(revoked.state(), v1::InsiderSeat::STATE_REVOKED);
  EXPECT_EQ(revoked.reason(), "It was passed on");
  EXPECT_EQ(revoked.refund(), "");
  EXPECT_EQ(SeatsOf("ada").seats(0).reason(), "It was passed on");
  EXPECT_EQ(SeatsOf("bob").seats(0).state(), v1::InsiderSeat::STATE_GRANTED);
}

TEST_F(SeatAdminServiceTest, NobodyMovesItsTransfersByHand) {
  const auto granted = Claim("ada");
  const auto waits = Claim("bob");
  EXPECT_THAT(Call("root", "CapitalAdminService/VoidTransfer",
                   Named<v1::VoidTransferRequest>(waits.hold())),
              HasReason(Reason::kOfSeat));
  EXPECT_THAT(Call("root", "CapitalAdminService/CaptureTransfer",
                   Named<v1::CaptureTransferRequest>(waits.hold())),
              HasReason(Reason::kOfSeat));
  EXPECT_THAT(Call("root", "CapitalAdminService/ReverseTransfer",
                   Named<v1::ReverseTransferRequest>(granted.capture())),
              HasReason(Reason::kOfSeat));
}

TEST_F(SeatAdminServiceTest, AnErasedMembersClaimHasNoName) {
  Claim("ada");
  Claim("bob");
  auto erase = Named<v1::EraseMemberRequest>(kAda);
  v1::GetMemberRequest get;
  get.set_name(kAda);
  erase.set_etag(Must<v1::Member>("root", "MemberService/GetMember", get).etag());
  ASSERT_THAT(Call("root", "MemberAdminService/EraseMember", erase), IsOk());
  const auto seats = Must<v1::ListSeatsResponse>(
      "root", Admin("ListSeats"), ListOf<v1::ListSeatsRequest>(kAcme + "/items/bike"));
  ASSERT_EQ(seats.seats_size(), 2);
  EXPECT_EQ(seats.seats(0).name(), "");
  EXPECT_EQ(seats.seats(0).state(), v1::InsiderSeat::STATE_REVOKED);
  EXPECT_EQ(seats.seats(1).state(), v1::InsiderSeat::STATE_GRANTED);
}

}  // namespace
}  // namespace perigee::tests
