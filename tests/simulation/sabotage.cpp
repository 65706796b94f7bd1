#include "tests/simulation/sabotage.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ask/ask.h"
#include "server/domain/ask/ask_budget.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/reward/reward.h"
#include "server/jobs/tier/tier_following.h"
#include "server/use_cases/ask/asks.h"
#include "server/use_cases/badge/badges.h"
#include "tests/simulation/decided.h"
#include "tests/simulation/decisions.h"

namespace perigee::simulation {
namespace {

// Where the real decision is this refusal, decides in the other way. All other refusals stay, so
// that one check is missing and nothing else.
void Overrule(ports::Unit& unit, Reason refusal, ports::Decide other) {
  unit.decide = [real = std::move(unit.decide), refusal, other = std::move(other)](
                    ports::StoreReader& reader, const ports::UnitContext& context) {
    Decided decided = real(reader, context);
    return ReasonOf(decided.status()) == refusal ? other(reader, context) : decided;
  };
}

// Reserves an ask, and sends it if it is to go so far.
Decided ReserveUncounted(const Operation& operation, const ports::UnitContext& unit) {
  domain::Ask ask;
  ask.id = absl::StrCat(unit.revision);
  ask.member = KeyOf(operation.member);
  ask.team = "team";
  ask.kind = "talk";
  ask.create_time = unit.now;
  ask.expire_time = unit.now + domain::kAskProposedFor;
  ask.revision = unit.revision;
  PERIGEE_RETURN_IF_ERROR(domain::Make(domain::AskMove::kReserve, "", unit.now, ask));
  if (operation.champion.level > 1) {
    PERIGEE_RETURN_IF_ERROR(domain::Make(domain::AskMove::kSend, "", unit.now, ask));
  }
  ports::Decision decision;
  decision.changes.records.Put(std::move(ask));
  decision.answer = absl::StrCat("done ", unit.revision);
  return decision;
}

// Without the changes of rewards.
Decided ForgetStock(Decided decided) {
  if (decided.ok()) {
    domain::RecordChanges kept;
    for (const domain::RecordChange& change : decided->changes.records.all()) {
      if (change.type != &domain::TypeOf<domain::Reward>()) {
        kept.Add(change);
      }
    }
    decided->changes.records = std::move(kept);
  }
  return decided;
}

// Whatever the member has.
Decided GrantBlindly(const Operation& operation, ports::StoreReader& reader,
                     const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(
      const domain::Badge badge,
      use_cases::RequireBadge(reader, kProgram, kBadges[operation.recognition.badge]));
  domain::BadgeGrant grant =
      domain::GrantByStaff(badge, KeyOf(operation.member), "well done", unit.now);
  grant.revision = unit.revision;
  ports::Decision decision;
  decision.changes.records.Put(std::move(grant));
  decision.answer = absl::StrCat("done ", unit.revision);
  return decision;
}

}  // namespace

void Break(const Sabotage& sabotage, const Operation& operation, ports::StoreReader& view,
           ports::Unit& unit) {
  if (sabotage.asks_are_counted_ahead && operation.action == Action::kProposeAsk &&
      operation.champion.level > 0) {
    const auto outlook =
        use_cases::ReadAskOutlook(view, kProgram, absl::StrCat("m", operation.member), unit.now);
    if (outlook.ok() && domain::CheckFree(outlook->budget).ok()) {
      Overrule(unit, Reason::kAskBudgetSpent,
               [operation](ports::StoreReader&, const ports::UnitContext& context) {
                 return ReserveUncounted(operation, context);
               });
    }
  }
  if (sabotage.badges_are_granted_twice && operation.action == Action::kGrantBadge) {
    // The member has the badge.
    Overrule(unit, Reason::kIllegalMove,
             [operation](ports::StoreReader& reader, const ports::UnitContext& context) {
               return GrantBlindly(operation, reader, context);
             });
  }
  const bool is_of_reward =
      operation.action == Action::kRedeem || operation.action == Action::kMoveRedemption;
  if (sabotage.stock_is_forgotten && is_of_reward) {
    unit.decide = [decide = unit.decide](ports::StoreReader& reader,
                                         const ports::UnitContext& context) {
      return ForgetStock(decide(reader, context));
    };
  }
}

void BreakJob(const Sabotage& sabotage, ports::Unit& unit) {
  if (sabotage.promotions_are_lost && unit.cursor &&
      unit.cursor->projection == jobs::TierFollowing::kProjection) {
    unit.decide = [](ports::StoreReader&, const ports::UnitContext&) -> Decided {
      return ports::Decision();
    };
  }
}

std::string OptionsOf(const Sabotage& sabotage) {
  return absl::StrCat(sabotage.cache_ignores_marks ? " --cache-ignores-marks" : "",
                      sabotage.store_forgets_requests ? " --store-forgets-requests" : "",
                      sabotage.asks_are_counted_ahead ? " --asks-are-counted-ahead" : "",
                      sabotage.stock_is_forgotten ? " --stock-is-forgotten" : "",
                      sabotage.badges_are_granted_twice ? " --badges-are-granted-twice" : "",
                      sabotage.promotions_are_lost ? " --promotions-are-lost" : "");
}

}  // namespace perigee::simulation
