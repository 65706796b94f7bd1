#include "server/use_cases/badge/badge_judging.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/badge/badge_grants.h"
#include "server/use_cases/badge/badges.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Activity;
using domain::Badge;
using domain::BadgeGrant;
using domain::MemberKey;
using domain::Transfer;

constexpr int kPage = static_cast<int>(ports::kPortion);

bool AnyLooksAt(const std::vector<const Badge*>& badges, const Activity& activity) {
  return std::ranges::any_of(badges, [&](const Badge* badge) {
    return badge->rule.LooksAt(activity.type, activity.occur_time);
  });
}

std::vector<BadgeGrant> OfBadge(const std::vector<BadgeGrant>& all, const std::string& badge) {
  std::vector<BadgeGrant> grants;
  std::ranges::copy_if(all, std::back_inserter(grants),
                       [&](const BadgeGrant& grant) { return grant.badge == badge; });
  return grants;
}

// A fact between two members of one person comes with both.
template <class Fact, class Id>
void DropDoubles(std::vector<Fact>& facts, Id id) {
  std::ranges::sort(facts, {}, id);
  facts.erase(std::unique(facts.begin(), facts.end(),
                          [&](const Fact& a, const Fact& b) {
                            return std::invoke(id, a) == std::invoke(id, b);
                          }),
              facts.end());
}

}  // namespace

absl::StatusOr<BadgeView> BadgeView::Of(ports::StoreReader& reader, std::string program, Time now,
                                        domain::Revision up_to) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(Zone zone, Zone::Load(owner.time_zone));
  BadgeView view(std::move(program), now, up_to, std::move(zone));
  PERIGEE_ASSIGN_OR_RETURN(view.merged_, reader.members().Merged(view.program_));
  return view;
}

absl::StatusOr<std::vector<BadgeFinding>> BadgeView::Find(ports::StoreReader& reader,
                                                          const MemberKey& head,
                                                          std::span<const Badge> badges,
                                                          bool anew) const {
  const std::vector<MemberKey> members = merged_.AllOf(head);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<BadgeGrant> all,
                           BadgeGrantsOf(reader, program_, members));
  std::vector<const Badge*> open;
  for (const Badge& badge : badges) {
    if (domain::IsOpenToRule(badge, OfBadge(all, badge.id), anew)) {
      open.push_back(&badge);
    }
  }
  std::vector<BadgeFinding> findings;
  if (open.empty()) {
    return findings;
  }
  PERIGEE_ASSIGN_OR_RETURN(const Facts facts, FactsOf(reader, members, open));
  for (const Badge* badge : open) {
    BadgeFinding finding{head, badge->id, badge->rule_version, std::nullopt, anew, {}};
    finding.evidence =
        domain::Evaluate(badge->rule, zone_, members, facts.activities, facts.transfers);
    if (finding.evidence.has_value()) {
      PERIGEE_RETURN_IF_ERROR(NoteImported(reader, *finding.evidence));
    }
    finding.changed =
        domain::Judge(*badge, head, OfBadge(all, badge->id), finding.evidence, anew, now_);
    if (!finding.changed.empty()) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

absl::StatusOr<domain::BadgeProgress> BadgeView::ProgressOf(ports::StoreReader& reader,
                                                            const MemberKey& head,
                                                            const Badge& badge) const {
  const std::vector<MemberKey> members = merged_.AllOf(head);
  PERIGEE_ASSIGN_OR_RETURN(const Facts facts, FactsOf(reader, members, {&badge}));
  return domain::Progress(badge.rule, zone_, members, facts.activities, facts.transfers, now_);
}

absl::Status BadgeView::NoteImported(ports::StoreReader& reader,
                                     domain::BadgeEvidence& evidence) const {
  if (!evidence.imported && evidence.activity != 0) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Activity> made,
                             reader.activities().Find(program_, evidence.activity));
    evidence.imported = made.has_value() && made->imported;
  }
  return absl::OkStatus();
}

absl::StatusOr<BadgeView::Facts> BadgeView::FactsOf(ports::StoreReader& reader,
                                                    const std::vector<MemberKey>& members,
                                                    const std::vector<const Badge*>& badges) const {
  Facts facts;
  std::set<std::string> assets;
  bool looks_at_activities = false;
  for (const Badge* badge : badges) {
    looks_at_activities |= badge->rule.LooksAtActivities();
    for (std::string& asset : badge->rule.Assets()) {
      assets.insert(std::move(asset));
    }
  }
  for (const MemberKey& member : members) {
    if (looks_at_activities) {
      PERIGEE_RETURN_IF_ERROR(AddActivities(reader, member, badges, facts));
    }
    for (const std::string& asset : assets) {
      PERIGEE_RETURN_IF_ERROR(AddTransfers(reader, {asset, member, ""}, facts));
    }
  }
  DropDoubles(facts.activities, &Activity::revision);
  DropDoubles(facts.transfers, &Transfer::id);
  return facts;
}

absl::Status BadgeView::AddActivities(ports::StoreReader& reader, const MemberKey& member,
                                      const std::vector<const Badge*>& badges, Facts& facts) const {
  domain::Revision before = up_to_ == 0 ? 0 : up_to_ + 1;
  std::vector<Activity> page;
  std::size_t looked_at = 0;
  do {
    PERIGEE_ASSIGN_OR_RETURN(page, reader.activities().List(program_, member, before, kPage));
    looked_at += page.size();
    if (!page.empty()) {
      before = page.back().revision;
    }
    for (Activity& activity : page) {
      if (AnyLooksAt(badges, activity)) {
        facts.activities.push_back(std::move(activity));
      }
    }
  } while (std::cmp_equal(page.size(), kPage) && looked_at < kBadgeFactsMax);
  return absl::OkStatus();
}

absl::Status BadgeView::AddTransfers(ports::StoreReader& reader, const domain::AccountRef& account,
                                     Facts& facts) const {
  domain::TransferId before =
      up_to_ == 0 ? domain::TransferId{} : domain::TransferId{up_to_ + 1, 0};
  std::vector<ports::StatementLine> page;
  std::size_t looked_at = 0;
  do {
    PERIGEE_ASSIGN_OR_RETURN(page, reader.ledger().Statement(program_, account, before, kPage));
    looked_at += page.size();
    for (ports::StatementLine& line : page) {
      before = line.transfer.id;
      facts.transfers.push_back(std::move(line.transfer));
    }
  } while (std::cmp_equal(page.size(), kPage) && looked_at < kBadgeFactsMax);
  return absl::OkStatus();
}

absl::StatusOr<BadgeView::Portion> BadgeView::FindAmong(ports::StoreReader& reader,
                                                        const Badge& badge, const MemberKey& after,
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
    PERIGEE_ASSIGN_OR_RETURN(std::vector<BadgeFinding> found,
                             Find(reader, member.key, {&badge, 1}, false));
    std::ranges::move(found, std::back_inserter(portion.findings));
  }
  return portion;
}

absl::Status SettleBadges(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, std::span<const BadgeFinding> findings,
                          domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Badge> badges, AllBadges(reader, program));
  BadgeGrantChanges changed;
  for (const BadgeFinding& finding : findings) {
    const auto badge = std::ranges::find(badges, finding.badge, &Badge::id);
    if (badge == badges.end() || badge->rule_version != finding.rule_version) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<BadgeGrant>* grants,
                             changed.GrantsOf(reader, program, finding.person));
    if (grants == nullptr) {
      continue;
    }
    for (BadgeGrant& grant : domain::Judge(*badge, finding.person, OfBadge(*grants, badge->id),
                                           finding.evidence, finding.anew, unit.now)) {
      changed.Put(std::move(grant));
    }
  }
  return changed.AddTo(reader, unit, program, changes);
}

}  // namespace perigee::use_cases
