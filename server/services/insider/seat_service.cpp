#include "server/services/insider/seat_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/services/insider/seat_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/token_number.h"

namespace perigee::services {
namespace {

using use_cases::SeatView;

absl::StatusOr<v1::ListClaimableResponse> ListClaimable(const CallContext& call,
                                                        const v1::ListClaimableRequest& request,
                                                        const ports::Store& store,
                                                        const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListClaimable " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListClaimableResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    // A page is full of items that the member may know of, so that its size does not tell of
    // others.
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<use_cases::ClaimableItem> items,
        use_cases::ClaimableItems(reader, parts[0], member, page.after(), page.Limit(), call.now));
    v1::ListClaimableResponse response;
    response.set_next_page_token(
        page.Cut(items, [](const use_cases::ClaimableItem& one) { return one.item.id; }));
    for (const use_cases::ClaimableItem& one : items) {
      *response.add_items() = ToProto(parts[0], one, MemberName(parts[0], member.id));
    }
    return response;
  });
}

absl::StatusOr<v1::ListOwnSeatsResponse> ListOwn(const CallContext& call,
                                                 const v1::ListOwnSeatsRequest& request,
                                                 const ports::Store& store,
                                                 const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnSeats " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnSeatsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<SeatView> own,
                             use_cases::SeatsOf(reader, parts[0], member, call.now));
    const std::int64_t after = NumberIn(page.after());
    std::erase_if(own, [&](const SeatView& one) { return one.claim.id <= after; });
    v1::ListOwnSeatsResponse response;
    response.set_next_page_token(
        page.Cut(own, [](const SeatView& one) { return std::to_string(one.claim.id); }));
    for (const SeatView& one : own) {
      *response.add_seats() =
          ToProto(parts[0], one, MemberName(parts[0], member.id), call.now, SeatShownTo::kMember);
    }
    return response;
  });
}

absl::StatusOr<Change> ChangeToClaim(const CallContext&, const v1::ClaimSeatRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> item,
                           ParseName("item", request.item(), kItemPattern));
  if (item[0] != parts[0]) {
    return InvalidField("item", "is of another programme");
  }
  return Change{parts[0],
                [parts, item](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::ClaimSeat(reader, unit, parts[0], parts[1], item[1]),
                                  [&](const SeatView& view) {
                                    return ToProto(parts[0], view, MemberName(parts[0], parts[1]),
                                                   unit.now, SeatShownTo::kMember);
                                  });
                }};
}

absl::StatusOr<Change> ChangeToGiveBack(const CallContext&,
                                        const v1::GiveBackSeatRequest& request) {
  return ChangeOfSeat(request.name(), SeatShownTo::kMember, use_cases::GiveBackSeat);
}

}  // namespace

SeatService::SeatService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.SeatService") {
  Read<v1::ListClaimableRequest>("ListClaimable",
                                 [this, &tokens](const CallContext& context, const auto& asked) {
                                   return services::ListClaimable(context, asked, store(), tokens);
                                 });
  Write<v1::ClaimSeatRequest>("ClaimSeat", ChangeToClaim);
  Write<v1::GiveBackSeatRequest>("GiveBackSeat", ChangeToGiveBack);
  Read<v1::ListOwnSeatsRequest>("ListOwnSeats",
                                [this, &tokens](const CallContext& context, const auto& asked) {
                                  return ListOwn(context, asked, store(), tokens);
                                });
}

}  // namespace perigee::services
