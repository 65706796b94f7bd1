#pragma once

#include <optional>
#include <string>

#include "perigee/v1/reward.pb.h"
#include "server/core/time.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/services/call.h"
#include "server/use_cases/reward/redemptions.h"

namespace perigee::services {

v1::Reward ToProto(const std::string& program, const domain::Reward& reward);
// `left`: of its stock.
v1::OfferedReward OfferOf(const std::string& program, const domain::Reward& reward, bool affordable,
                          const std::optional<int>& left);

// `member`: the name of its member; empty if that is gone.
v1::Redemption ToProto(const std::string& program, const domain::Redemption& redemption,
                       const std::string& member, Time now, bool for_staff);

// A redemption by its name in the field `name`. kInvalidField.
absl::StatusOr<use_cases::RedemptionPlace> ParseRedemption(const std::string& name);

// The change of the redemption that `decide`, (StoreReader&, UnitContext) → DecidedRedemption,
// makes.
template <class Decide>
Change ChangeOfRedemption(const std::string& program, const std::string& member, bool for_staff,
                          Decide decide) {
  return {program, [=](ports::StoreReader& reader, const ports::UnitContext& unit) {
            return Answered(decide(reader, unit), [&](const domain::Redemption& redemption) {
              return ToProto(program, redemption, member, unit.now, for_staff);
            });
          }};
}

}  // namespace perigee::services
