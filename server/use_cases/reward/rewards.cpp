#include "server/use_cases/reward/rewards.h"

#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/policy_refusal.h"
#include "server/domain/audience/audience.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Audience;
using domain::Reward;

constexpr std::string_view kEligibility = "reward.eligibility";

absl::StatusOr<std::optional<Reward>> Find(ports::StoreReader& reader, const std::string& program,
                                           const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Reward like;
  like.id = id;
  return reader.records().Find(program, like);
}

// What only the programme's records can tell of a reward.
absl::Status CheckInProgram(ports::StoreReader& reader, const std::string& program,
                            const Reward& reward) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset, RequireAsset(reader, program, reward.asset));
  if (!asset.spendable) {
    return Error(Reason::kAssetNotSpendable, "members may not spend " + asset.id,
                 {{"asset", asset.id}});
  }
  PERIGEE_ASSIGN_OR_RETURN(const Audience audience,
                           Audience::Compile(kEligibility, reward.eligibility));
  return CheckDemographic(reader, program, audience.Facets(), reward.allow_demographic);
}

Decided<Reward> PutEdited(const ports::UnitContext& unit, Reward reward) {
  reward.edit_revision = unit.revision;
  reward.revision = unit.revision;
  return Put(std::move(reward));
}

}  // namespace

absl::StatusOr<Reward> RequireReward(ports::StoreReader& reader, const std::string& program,
                                     const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Reward> reward, Find(reader, program, id));
  if (!reward.has_value()) {
    return NotFound(FormatName(kRewardPattern, {program, id}));
  }
  return *std::move(reward);
}

absl::StatusOr<bool> MayKnow(ports::StoreReader& reader, const std::string& program,
                             const Reward& reward, const domain::Member& member, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Audience audience,
                           Audience::Compile(kEligibility, reward.eligibility));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Judgement judged,
                           JudgeMember(reader, program, audience, member, now));
  return judged.is_in;
}

DecidedReward CreateReward(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, Reward reward) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Reward> before, Find(reader, program, reward.id));
  if (before.has_value()) {
    return AlreadyExists(FormatName(kRewardPattern, {program, reward.id}));
  }
  PERIGEE_RETURN_IF_ERROR(CheckInProgram(reader, program, reward));
  reward.create_time = unit.now;
  return PutEdited(unit, std::move(reward));
}

DecidedReward UpdateReward(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id,
                           const Edit<Reward>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(Reward reward, RequireReward(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, reward.edit_revision));
  edit.apply(reward);
  PERIGEE_RETURN_IF_ERROR(domain::CheckReward(reward));
  PERIGEE_RETURN_IF_ERROR(CheckInProgram(reader, program, reward));
  return PutEdited(unit, std::move(reward));
}

absl::StatusOr<domain::Changes> RecordCashLike(ports::StoreReader& reader,
                                               const ports::UnitContext& unit,
                                               const std::string& program,
                                               domain::RewardClass reward_class) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  domain::Changes changes;
  changes.records.Put(domain::PolicyRefusal{std::string(ReasonName(Reason::kCashLikeReward)),
                                            std::string(domain::NameOf(reward_class)),
                                            unit.revision});
  return changes;
}

}  // namespace perigee::use_cases
