#include "server/services/insider/seat_admin_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/insider/seat_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/token_number.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::services {
namespace {

using use_cases::SeatView;

constexpr std::size_t kReasonBytesMax = 2000;

absl::StatusOr<v1::ListSeatsResponse> ListSeats(const CallContext& call,
                                                const v1::ListSeatsRequest& request,
                                                const ports::Store& store,
                                                const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  if (!v1::InsiderSeat::State_IsValid(request.state())) {
    return InvalidField("state", "is unknown");
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListSeats " + request.parent() + " " + std::to_string(request.state()),
                  request));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListSeatsResponse> {
    PERIGEE_ASSIGN_OR_RETURN(const domain::InsiderItem item,
                             use_cases::RequireItem(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<SeatView> seats,
                             use_cases::SeatsOf(reader, parts[0], item, call.now));
    const std::int64_t after = NumberIn(page.after());
    std::erase_if(seats, [&](const SeatView& one) {
      return one.claim.id <= after || (request.state() != v1::InsiderSeat::STATE_UNSPECIFIED &&
                                       static_cast<int>(one.state) != request.state());
    });
    v1::ListSeatsResponse response;
    response.set_next_page_token(
        page.Cut(seats, [](const SeatView& one) { return std::to_string(one.claim.id); }));
    std::vector<domain::MemberKey> keys;
    for (const SeatView& one : seats) {
      keys.push_back(one.claim.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], keys));
    for (const SeatView& one : seats) {
      *response.add_seats() =
          ToProto(parts[0], one, names(one.claim.member), call.now, SeatShownTo::kStaff);
    }
    return response;
  });
}

absl::StatusOr<Change> ChangeToRevoke(const CallContext&, const v1::RevokeSeatRequest& request) {
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kReasonBytesMax));
  return ChangeOfSeat(
      request.name(), SeatShownTo::kStaff,
      [reason = request.reason()](auto& reader, const auto& unit, const auto& place) {
        return use_cases::RevokeSeat(reader, unit, place, reason);
      });
}

}  // namespace

SeatAdminService::SeatAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.SeatAdminService") {
  Read<v1::ListSeatsRequest>("ListSeats",
                             [this, &tokens](const CallContext& context, const auto& asked) {
                               return services::ListSeats(context, asked, store(), tokens);
                             });
  Write<v1::RevokeSeatRequest>("RevokeSeat", ChangeToRevoke);
}

}  // namespace perigee::services
