#include "server/use_cases/tier/tier_reviewing.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"

namespace perigee::use_cases {
namespace {

using domain::MemberKey;
using domain::TierOccasion;
using domain::TierScheme;
using domain::TierStanding;

// The standing with which the review begins: the head's own, or the best of
// those who join.
absl::StatusOr<TierStanding> StandingToReview(ports::StoreReader& reader,
                                              const std::string& program, const TierScheme& scheme,
                                              const MemberKey& head, const TierPerson& person,
                                              const std::optional<TierStanding>& own) {
  std::vector<TierStanding> standings;
  if (own.has_value()) {
    standings.push_back(*own);
  }
  for (const MemberKey& member : person.joined) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<TierStanding> found,
                             FindTierStanding(reader, program, member, scheme.id));
    if (found.has_value()) {
      standings.push_back(*std::move(found));
    }
  }
  return domain::Join(scheme, head, standings);
}

// The part of Member::tiers that is of the scheme. Levels that the scheme has no more are in it.
std::vector<std::string> TiersIn(const domain::Member& member, const TierScheme& scheme) {
  std::vector<std::string> tiers;
  std::ranges::copy_if(member.tiers, std::back_inserter(tiers),
                       [&](const std::string& tier) { return tier.starts_with(scheme.id + "/"); });
  return tiers;
}

std::vector<std::string> SortedTiers(const TierScheme& scheme, const TierStanding& standing) {
  std::vector<std::string> tiers = domain::TiersOf(scheme, standing);
  std::ranges::sort(tiers);
  return tiers;
}

}  // namespace

absl::StatusOr<TierView> TierView::Of(ports::StoreReader& reader, std::string program, Time now,
                                      domain::Revision up_to) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(Zone zone, Zone::Load(owner.time_zone));
  TierView view(std::move(program), now, up_to, std::move(zone));
  PERIGEE_ASSIGN_OR_RETURN(view.merged_, reader.members().Merged(view.program_));
  return view;
}

absl::StatusOr<std::int64_t> TierView::Earned(ports::StoreReader& reader, const TierScheme& scheme,
                                              const MemberKey& head, Interval interval) const {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::optional<domain::Score> score,
      reader.boards().FindScore(program_, scheme.asset, head, interval, up_to_));
  return score.has_value() ? score->score : 0;
}

absl::StatusOr<std::vector<TierFinding>> TierView::Find(ports::StoreReader& reader,
                                                        const TierPerson& person,
                                                        std::span<const TierScheme> schemes) const {
  const MemberKey head = merged_.HeadOf(person.member);
  std::vector<TierFinding> findings;
  for (const TierScheme& scheme : schemes) {
    TierFinding finding{person, scheme.id, {}, {}};
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<TierStanding> before,
                             FindTierStanding(reader, program_, head, scheme.id));
    finding.before = before.value_or(domain::EmptyStanding(scheme.id, head));
    PERIGEE_ASSIGN_OR_RETURN(const TierStanding begin,
                             StandingToReview(reader, program_, scheme, head, person, before));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t earned,
                             Earned(reader, scheme, head, domain::WindowAt(scheme, zone_, now_)));
    finding.after =
        domain::Review(scheme, zone_, begin, earned,
                       person.parted ? TierOccasion::kParted : TierOccasion::kAny, now_);
    // Who never had a level has no standing.
    const bool begins = before.has_value() || finding.after.news != domain::TierNews::kNone;
    if (begins && finding.after != finding.before) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

absl::StatusOr<TierView::Portion> TierView::FindAmong(ports::StoreReader& reader,
                                                      const TierScheme& scheme,
                                                      const MemberKey& after,
                                                      PortionLimits limits) const {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().List(program_, after, limits.examined_max + 1));
  Portion portion;
  for (const domain::Member& member : members) {
    if (portion.examined == limits.examined_max || portion.findings.size() >= limits.findings_max) {
      portion.last = members[static_cast<std::size_t>(portion.examined - 1)].key;
      break;
    }
    ++portion.examined;
    PERIGEE_ASSIGN_OR_RETURN(std::vector<TierFinding> found,
                             Find(reader, {member.key}, {&scheme, 1}));
    if (found.empty()) {
      PERIGEE_ASSIGN_OR_RETURN(const std::optional<TierStanding> standing,
                               FindTierStanding(reader, program_, member.key, scheme.id));
      if (standing.has_value() && TiersIn(member, scheme) != SortedTiers(scheme, *standing)) {
        found.push_back({{member.key}, scheme.id, *standing, *standing});
      }
    }
    std::ranges::move(found, std::back_inserter(portion.findings));
  }
  return portion;
}

absl::Status SettleTiers(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, std::span<const TierFinding> findings,
                         domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, program, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<TierScheme> schemes, AllTierSchemes(reader, program));
  TierChanges changed;
  for (const TierFinding& finding : findings) {
    const auto scheme = std::ranges::find(schemes, finding.scheme, &TierScheme::id);
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> present,
                             reader.members().FindByKeys(program, {&finding.person.member, 1}));
    if (scheme == schemes.end() || present.empty()) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(std::vector<TierFinding> again,
                             view.Find(reader, finding.person, {&*scheme, 1}));
    changed.Look(view.merged().HeadOf(finding.person.member));
    for (TierFinding& one : again) {
      changed.Put(std::move(one.after));
    }
  }
  return changed.AddTo(reader, unit, program, changes);
}

absl::Status ReviewDueStandings(const std::string& program, std::vector<TierStanding> standings,
                                ports::StoreReader& reader, const ports::UnitContext& unit,
                                domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, program, unit.now));
  std::vector<TierFinding> due;
  for (TierStanding& standing : standings) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> present,
                             reader.members().FindByKeys(program, {&standing.member, 1}));
    if (!present.empty() && view.merged().HeadOf(standing.member) == standing.member) {
      due.push_back({{standing.member}, standing.scheme, {}, {}});
      continue;
    }
    standing.due_time.reset();
    standing.revision = unit.revision;
    changes.records.Put(std::move(standing));
  }
  return SettleTiers(reader, unit, program, due, changes);
}

}  // namespace perigee::use_cases
