#include "server/use_cases/tier/tier_standings.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"

namespace perigee::use_cases {
namespace {

using domain::MemberKey;
using domain::TierScheme;
using domain::TierStanding;

absl::StatusOr<Decided<TierStanding>> PutStanding(ports::StoreReader& reader,
                                                  const ports::UnitContext& unit,
                                                  const std::string& program,
                                                  TierStanding standing) {
  Decided<TierStanding> decided;
  standing.revision = unit.revision;
  decided.value = standing;
  TierChanges changed;
  changed.Put(std::move(standing));
  PERIGEE_RETURN_IF_ERROR(changed.AddTo(reader, unit, program, decided.changes));
  return decided;
}

}  // namespace

absl::StatusOr<std::optional<TierStanding>> FindTierStanding(ports::StoreReader& reader,
                                                             const std::string& program,
                                                             const MemberKey& member,
                                                             const std::string& scheme) {
  return reader.records().Find(program, domain::EmptyStanding(scheme, member));
}

void TierChanges::Put(TierStanding standing) {
  heads_.insert(standing.member);
  std::pair key(standing.member, standing.scheme);
  changed_.insert_or_assign(std::move(key), std::move(standing));
}

absl::StatusOr<std::vector<std::string>> TierChanges::TiersNow(ports::StoreReader& reader,
                                                               const std::string& program,
                                                               std::span<const TierScheme> schemes,
                                                               const MemberKey& head) const {
  std::vector<std::string> tiers;
  for (const TierScheme& scheme : schemes) {
    const auto changed = changed_.find({head, scheme.id});
    std::optional<TierStanding> standing;
    if (changed != changed_.end()) {
      standing = changed->second;
    } else {
      PERIGEE_ASSIGN_OR_RETURN(standing, FindTierStanding(reader, program, head, scheme.id));
    }
    if (standing.has_value()) {
      std::ranges::move(domain::TiersOf(scheme, *standing), std::back_inserter(tiers));
    }
  }
  std::ranges::sort(tiers);
  return tiers;
}

absl::Status TierChanges::AddTo(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const std::string& program, domain::Changes& changes) {
  for (auto& [key, standing] : changed_) {
    standing.revision = unit.revision;
    changes.records.Put(standing);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<TierScheme> schemes, AllTierSchemes(reader, program));
  for (const MemberKey& head : heads_) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> found,
                             reader.members().FindByKeys(program, {&head, 1}));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> tiers,
                             TiersNow(reader, program, schemes, head));
    if (!found.empty() && found.front().tiers != tiers) {
      domain::Member& member = found.front();
      member.tiers = std::move(tiers);
      member.update_time = unit.now;
      member.revision = unit.revision;
      changes.records.Put(std::move(member));
    }
  }
  return absl::OkStatus();
}

DecidedTierStanding LockTierStanding(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const TierLockOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(const TierScheme scheme,
                           RequireTierScheme(reader, order.program, order.scheme));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(reader, order.program, order.member));
  PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, order.program, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<TierStanding> before,
                           FindTierStanding(reader, order.program, member.key, scheme.id));
  TierStanding standing = before.value_or(domain::EmptyStanding(scheme.id, member.key));
  const std::string level = order.level.value_or(standing.level);
  if (!level.empty() && domain::FindLevel(scheme, level) < 0) {
    return InvalidField("level", "is no level of the scheme");
  }
  if (order.until.has_value() && *order.until <= unit.now) {
    return InvalidField("until_time", "must be in the future");
  }
  domain::Lock(scheme, view.zone(), level, order.until, order.reason, unit.now, standing);
  return PutStanding(reader, unit, order.program, std::move(standing));
}

DecidedTierStanding UnlockTierStanding(ports::StoreReader& reader, const ports::UnitContext& unit,
                                       const std::string& program, const std::string& member_id,
                                       const std::string& scheme_id) {
  PERIGEE_ASSIGN_OR_RETURN(const TierScheme scheme, RequireTierScheme(reader, program, scheme_id));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(std::optional<TierStanding> standing,
                           FindTierStanding(reader, program, member.key, scheme.id));
  if (!standing.has_value() || !domain::IsLocked(*standing, unit.now)) {
    return Error(Reason::kIllegalMove,
                 "the standing of member " + member.id + " is not locked, so it cannot be unlocked",
                 {{"state", "unlocked"}, {"move", "unlock"}, {"open_moves", "lock"}});
  }
  domain::Unlock(unit.now, *standing);
  PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, program, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::int64_t earned,
      view.Earned(reader, scheme, member.key, domain::WindowAt(scheme, view.zone(), unit.now)));
  TierStanding reviewed = domain::Review(scheme, view.zone(), *std::move(standing), earned,
                                         domain::TierOccasion::kAny, unit.now);
  return PutStanding(reader, unit, program, std::move(reviewed));
}

}  // namespace perigee::use_cases
