#include <cstdint>
#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/seat.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::SeatService::Stub;
using Admin = v1::SeatAdminService::Stub;

// What seats are paid in.
constexpr char kSeatAsset[] = "access";

std::string PriceOf(Session& session, const std::string& name, std::int64_t price) {
  return session.Amount(ProgramOf(name), kSeatAsset, price) + " " + kSeatAsset;
}

Rows<v1::ClaimableItem, Session> ClaimableRows() {
  return {{"ITEM", "NAME", ">SEATS", ">FREE", ">WAITING", ">DAYS", ">PRICE", "CLAIM"},
          [](Session& session, const v1::ClaimableItem& item) -> Row {
            return {IdOf(item.name()),
                    item.display_name(),
                    std::to_string(item.seats()),
                    std::to_string(item.free_seats()),
                    std::to_string(item.waiting()),
                    item.seat_days() == 0 ? "to the end" : std::to_string(item.seat_days()),
                    PriceOf(session, item.name(), item.price()),
                    IdOf(item.seat())};
          }};
}

Rows<v1::InsiderSeat, Session> SeatRows() {
  return {{"MEMBER", "SEAT", "ITEM", "STATE", ">PLACE", "GRANTED", "UNTIL", ">PRICE", "REASON"},
          [](Session& session, const v1::InsiderSeat& seat) -> Row {
            const std::string& named = seat.name().empty() ? seat.item() : seat.name();
            return {MemberOf(seat.name()),
                    IdOf(seat.name()),
                    IdOf(seat.item()),
                    Word(seat.state()),
                    seat.place() == 0 ? "" : std::to_string(seat.place()),
                    FormatTimestamp(seat.grant_time()),
                    FormatTimestamp(seat.end_time()),
                    PriceOf(session, named, seat.price()),
                    seat.reason()};
          }};
}

void BindSeat(Form& form) {
  form.Add("SEAT", "name", "MEMBER/ID, or its full name", {.read = IdOfMemberIn("seats")})
      ->required();
}

constexpr char kOpened[] =
    "  perigee items create bike --display-name 'The next bike' --kind preview --seats 1 "
    "-p demo\n"
    "  perigee items open bike -p demo\n";
constexpr char kClaimed[] = "  perigee seats claim m-001 bike --names -p demo >seat\n";

void AddForMembers(CLI::App& noun, Chosen& chosen) {
  const std::string claimed = std::string(kOpened) + kClaimed;
  AddCall<v1::ListClaimableRequest>(
      noun, chosen,
      {"claimable", "List the items that a member may claim a seat of",
       std::string(kOpened) + "  perigee seats claimable m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListClaimable, ClaimableRows()));
  AddCall<v1::ClaimSeatRequest>(
      noun, chosen,
      {"claim", "Claim a seat: it is granted at once, or waits",
       std::string(kOpened) + "  perigee seats claim m-001 bike -p demo\n"
                              "  perigee seats claim m-002 bike -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("ITEM", "item", "Of which item", {.read = IdIn("items")})->required();
      },
      Send(Door::kPublic, &Own::ClaimSeat, SeatRows()));
  AddCall<v1::GiveBackSeatRequest>(noun, chosen,
                                   {"give-back", "Give a seat back, or leave the waiting list",
                                    claimed + "  perigee seats give-back \"$(cat seat)\""},
                                   BindSeat, Send(Door::kPublic, &Own::GiveBackSeat, SeatRows()));
  AddCall<v1::ListOwnSeatsRequest>(
      noun, chosen, {"own", "List the claims of a member", "  perigee seats own m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnSeats, SeatRows()));
}

void AddForStaff(CLI::App& noun, Chosen& chosen) {
  const std::string claimed = std::string(kOpened) + kClaimed;
  AddCall<v1::ListSeatsRequest>(
      noun, chosen,
      {"list", "List the claims to an item, in their order",
       claimed + "  perigee seats list bike --state granted -p demo"},
      [](Form& form) {
        form.Add("ITEM", "parent", "Its id", {.read = IdIn("items")})->required();
        form.Add("--state", "state", WordsOf(*v1::InsiderSeat::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListSeats, SeatRows()));
  AddCall<v1::RevokeSeatRequest>(
      noun, chosen,
      {"revoke", "End a claim, whether it waits or has a seat",
       claimed + "  perigee seats revoke \"$(cat seat)\" --reason 'It was passed on'"},
      [](Form& form) {
        BindSeat(form);
        form.Add("--reason", "reason", "Why, for the member")->required();
      },
      Send(Door::kInternal, &Admin::RevokeSeat, SeatRows()));
}

}  // namespace

void AddSeats(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "seats", "Seats of insider items, and who waits for them");
  AddForMembers(noun, chosen);
  AddForStaff(noun, chosen);
}

}  // namespace perigee::cli
