#include "server/services/insider/seat_convert.h"

#include <vector>

#include "server/services/convert.h"

namespace perigee::services {
namespace {

std::string TransferNameOf(const std::string& program, const std::string& id) {
  return id.empty() ? std::string() : FormatName(kTransferPattern, {program, id});
}

}  // namespace

v1::InsiderSeat ToProto(const std::string& program, const use_cases::SeatView& view,
                        const std::string& member, Time now, SeatShownTo to) {
  const domain::Seat& claim = view.claim;
  const bool shows_item = to == SeatShownTo::kStaff || view.item_is_known;
  v1::InsiderSeat out;
  if (!member.empty()) {
    out.set_name(member + "/seats/" + std::to_string(claim.id));
  }
  if (shows_item) {
    out.set_item(FormatName(kItemPattern, {program, claim.item}));
    out.set_place(view.place);
  }
  out.set_state(static_cast<v1::InsiderSeat::State>(view.state));
  *out.mutable_create_time() = ToTimestamp(claim.create_time);
  if (view.time.start < view.time.end && view.time.start <= now) {
    *out.mutable_grant_time() = ToTimestamp(view.time.start);
  }
  const bool has_ended = view.time.end <= now;
  const bool will_end = view.state == domain::SeatState::kGranted && view.time.end < kEndOfTime;
  if (has_ended || (will_end && shows_item)) {
    *out.mutable_end_time() = ToTimestamp(view.time.end);
  }
  out.set_price(claim.price);
  out.set_hold(TransferNameOf(program, claim.hold));
  out.set_capture(TransferNameOf(program, claim.capture));
  out.set_refund(TransferNameOf(program, claim.voiding));
  out.set_reason(claim.reason);
  out.set_revision(claim.revision);
  return out;
}

v1::ClaimableItem ToProto(const std::string& program, const use_cases::ClaimableItem& claimable,
                          const std::string& member) {
  const domain::InsiderItem& item = claimable.item;
  v1::ClaimableItem out;
  out.set_name(FormatName(kItemPattern, {program, item.id}));
  out.set_display_name(item.display_name);
  out.set_seats(item.seats);
  out.set_free_seats(claimable.free);
  out.set_waiting(claimable.waiting);
  out.set_seat_days(item.seat_days);
  out.set_price(item.seat_price);
  if (claimable.claim != 0) {
    out.set_seat(member + "/seats/" + std::to_string(claimable.claim));
  }
  return out;
}

absl::StatusOr<use_cases::SeatPlace> ParseSeat(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kSeatPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision id, ParseRevision("name", parts[2]));
  return use_cases::SeatPlace{parts[0], parts[1], id};
}

}  // namespace perigee::services
