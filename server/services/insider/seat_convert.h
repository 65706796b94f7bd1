#pragma once

#include <cstdint>
#include <string>

#include "perigee/v1/seat.pb.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/time.h"
#include "server/services/call.h"
#include "server/use_cases/insider/seats.h"

namespace perigee::services {

// Whom a claim is shown to. Its member does not see what is hidden of its item.
enum class SeatShownTo : std::uint8_t { kMember, kStaff };

// `member`: the name of its member; empty if that is gone.
v1::InsiderSeat ToProto(const std::string& program, const use_cases::SeatView& view,
                        const std::string& member, Time now, SeatShownTo to);
// `member`: the name of the member whom it is shown to.
v1::ClaimableItem ToProto(const std::string& program, const use_cases::ClaimableItem& claimable,
                          const std::string& member);

// A claim by its name in the field `name`. kInvalidField.
absl::StatusOr<use_cases::SeatPlace> ParseSeat(const std::string& name);

// The change of the claim of that name that `decide`, (StoreReader&, UnitContext, SeatPlace) →
// DecidedSeat, makes. kInvalidField.
template <class Decide>
absl::StatusOr<Change> ChangeOfSeat(const std::string& name, SeatShownTo to, Decide decide) {
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::SeatPlace place, ParseSeat(name));
  return Change{place.program,
                [place, to, decide](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      decide(reader, unit, place), [&](const use_cases::SeatView& view) {
                        return ToProto(place.program, view, MemberName(place.program, place.member),
                                       unit.now, to);
                      });
                }};
}

}  // namespace perigee::services
