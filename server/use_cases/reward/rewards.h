#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/reward/reward.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Member;
}  // namespace perigee::domain

namespace perigee::use_cases {

using DecidedReward = absl::StatusOr<Decided<domain::Reward>>;

// kNotFound for the programme or the reward.
absl::StatusOr<domain::Reward> RequireReward(ports::StoreReader& reader, const std::string& program,
                                             const std::string& id);

// Whether the member may know of the reward: is in its audience.
absl::StatusOr<bool> MayKnow(ports::StoreReader& reader, const std::string& program,
                             const domain::Reward& reward, const domain::Member& member, Time now);

// `reward` has passed domain::CheckReward. kNotFound for the programme and the asset,
// kAlreadyExists, kAssetNotSpendable, kDemographicAudience.
DecidedReward CreateReward(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, domain::Reward reward);
// Redemptions keep the terms that they were made by. kNotFound, kEtagMismatch, the refusals of
// domain::CheckReward, kAssetNotSpendable, kDemographicAudience.
DecidedReward UpdateReward(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id,
                           const Edit<domain::Reward>& edit);

// Puts on record that somebody tried to make a reward like cash, or to make one so. kNotFound for
// the programme.
absl::StatusOr<domain::Changes> RecordCashLike(ports::StoreReader& reader,
                                               const ports::UnitContext& unit,
                                               const std::string& program,
                                               domain::RewardClass reward_class);

}  // namespace perigee::use_cases
