#include "server/use_cases/member/traits.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Member;
using domain::Trait;
using domain::TraitSource;

absl::StatusOr<std::vector<Trait>> StoredTraits(ports::StoreReader& reader,
                                                const std::string& program,
                                                const domain::MemberKey& member) {
  return reader.records().List<Trait>(program, {{"member_key", std::string(member.Raw())}}, nullptr,
                                      domain::kTraitsMax + domain::kFacetsMax);
}

// A new trait of the unit.
Trait NewTrait(const ports::UnitContext& unit, const Member& member, std::size_t index = 0) {
  Trait trait;
  trait.id = TraitId(unit.revision, index);
  trait.member = member.key;
  return trait;
}

// A facet that somebody set on the member, who then consented.
Trait SetFacet(const ports::UnitContext& unit, const Member& member, const std::string& facet,
               TraitSource source, std::size_t index) {
  Trait trait = NewTrait(unit, member, index);
  trait.facet = facet;
  trait.source = source;
  trait.consent_time = unit.now;
  return trait;
}

bool IsOf(const Trait& trait, std::string_view facet) {
  return !trait.kind.has_value() && trait.facet == facet;
}

// A member and one of its facets, which may have no trait.
struct Found {
  Member member;
  std::optional<Trait> trait;
  std::size_t traits = 0;  // How many the member has.
};

absl::StatusOr<Found> FindFacet(ports::StoreReader& reader, const TraitName& name) {
  Found found;
  PERIGEE_ASSIGN_OR_RETURN(found.member, RequireMember(reader, name.program, name.member));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Trait> traits,
                           StoredTraits(reader, name.program, found.member.key));
  found.traits = traits.size();
  const auto is_it = [&](const Trait& trait) { return IsOf(trait, name.facet); };
  if (const auto it = std::ranges::find_if(traits, is_it); it != traits.end()) {
    found.trait = std::move(*it);
  }
  return found;
}

bool HasPlainly(const Found& found, const std::string& facet) {
  return !found.trait.has_value() && std::ranges::binary_search(found.member.facets, facet);
}

absl::Status FacetNotFound(const TraitName& name) {
  return NotFound(FormatName(kFacetPattern, {name.program, name.member, name.facet}));
}

void PutMember(const ports::UnitContext& unit, Member member, domain::Changes& changes) {
  member.update_time = unit.now;
  member.revision = unit.revision;
  changes.records.Put(std::move(member));
}

// Puts the trait, and its member if that changes.
DecidedTrait PutTrait(const ports::UnitContext& unit, Trait trait, Member member) {
  Decided<Trait> decided;
  PERIGEE_ASSIGN_OR_RETURN(const bool changed, domain::Settle(trait, unit.now, member));
  trait.revision = unit.revision;
  decided.changes.records.Put(trait);
  if (changed) {
    PutMember(unit, std::move(member), decided.changes);
  }
  decided.value = std::move(trait);
  return decided;
}

}  // namespace

std::string TraitIdPrefix(domain::Revision revision) { return absl::StrCat(revision, "-"); }

std::string TraitId(domain::Revision revision, std::size_t index) {
  return absl::StrCat(TraitIdPrefix(revision), index);
}

DecidedTrait StateFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const TraitName& name, std::optional<Time> start, std::optional<Time> end) {
  PERIGEE_ASSIGN_OR_RETURN(const Found found, FindFacet(reader, name));
  if (!found.trait.has_value() && found.traits >= domain::kTraitsMax) {
    return InvalidField("facet_id", "is one more than a member may have, with all that ended");
  }
  Trait trait = NewTrait(unit, found.member);
  if (found.trait.has_value()) {
    trait.id = found.trait->id;
  }
  trait.facet = name.facet;
  trait.source = TraitSource::kSelf;
  trait.consent_time = unit.now;
  trait.start_time = start;
  trait.end_time = end;
  return PutTrait(unit, std::move(trait), found.member);
}

DecidedTrait ConsentToFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const TraitName& name) {
  PERIGEE_ASSIGN_OR_RETURN(Found found, FindFacet(reader, name));
  if (HasPlainly(found, name.facet)) {
    return Decided<Trait>{SetFacet(unit, found.member, name.facet, TraitSource::kStaff, 0), {}};
  }
  if (!found.trait.has_value()) {
    return FacetNotFound(name);
  }
  if (found.trait->consent_time.has_value()) {
    return Decided<Trait>{*std::move(found.trait), {}};
  }
  found.trait->consent_time = unit.now;
  found.trait->withdraw_time.reset();
  DecidedTrait decided = PutTrait(unit, *std::move(found.trait), std::move(found.member));
  return decided.ok() ? std::move(decided) : WithField(decided.status(), "name");
}

DecidedTrait WithdrawFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const TraitName& name) {
  PERIGEE_ASSIGN_OR_RETURN(Found found, FindFacet(reader, name));
  if (HasPlainly(found, name.facet)) {
    found.trait = SetFacet(unit, found.member, name.facet, TraitSource::kStaff, 0);
  }
  if (!found.trait.has_value()) {
    return FacetNotFound(name);
  }
  if (found.trait->withdraw_time.has_value()) {
    return Decided<Trait>{*std::move(found.trait), {}};
  }
  found.trait->consent_time.reset();
  found.trait->withdraw_time = unit.now;
  return PutTrait(unit, *std::move(found.trait), std::move(found.member));
}

DecidedTrait ProposeFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const TraitName& name, Trait proposed) {
  PERIGEE_ASSIGN_OR_RETURN(Found found, FindFacet(reader, name));
  if (proposed.consent_time.has_value() && *proposed.consent_time > unit.now) {
    return InvalidField("facet.consent_time", "must not be in the future");
  }
  if (found.trait.has_value() && found.trait->withdraw_time.has_value()) {
    return Error(Reason::kFacetWithdrawn, "the member withdrew this facet");
  }
  const bool consented = found.trait.has_value() && found.trait->consent_time.has_value();
  if (HasPlainly(found, name.facet) || (consented && !domain::HasEnded(*found.trait, unit.now))) {
    return AlreadyExists(FormatName(kFacetPattern, {name.program, name.member, name.facet}));
  }
  if (!found.trait.has_value() && found.traits >= domain::kTraitsMax) {
    return InvalidField("facet_id", "is one more than a member may have, with all that ended");
  }
  proposed.id = found.trait.has_value() ? found.trait->id : NewTrait(unit, found.member).id;
  proposed.member = found.member.key;
  proposed.facet = name.facet;
  return PutTrait(unit, std::move(proposed), std::move(found.member));
}

DecidedTrait RemoveFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const TraitName& name) {
  PERIGEE_ASSIGN_OR_RETURN(Found found, FindFacet(reader, name));
  const bool plainly = HasPlainly(found, name.facet);
  if (!plainly && (!found.trait.has_value() || found.trait->withdraw_time.has_value())) {
    return FacetNotFound(name);
  }
  Decided<Trait> decided;
  if (plainly) {
    decided.value.facet = name.facet;
  } else {
    decided.value = *std::move(found.trait);
    decided.changes.records.Delete(decided.value);
  }
  if (domain::Remove(decided.value, found.member)) {
    PutMember(unit, std::move(found.member), decided.changes);
  }
  return decided;
}

absl::StatusOr<Decided<domain::FacetType>> SetFacetType(ports::StoreReader& reader,
                                                        const ports::UnitContext& unit,
                                                        const std::string& program,
                                                        domain::FacetType type,
                                                        const std::string& etag) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::FacetType> before,
                           reader.records().Find(program, type));
  PERIGEE_RETURN_IF_ERROR(
      domain::CheckEtag(etag, before.has_value() ? before->revision : domain::Revision{0}));
  type.create_time = before.has_value() ? before->create_time : unit.now;
  type.revision = unit.revision;
  return Put(std::move(type));
}

DecidedTrait SetKind(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, const std::string& member_id, Trait term) {
  PERIGEE_ASSIGN_OR_RETURN(Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Trait> traits,
                           StoredTraits(reader, program, member.key));
  const auto before = std::ranges::find(traits, term.kind, &Trait::kind);
  term.id = before == traits.end() ? NewTrait(unit, member).id : before->id;
  term.member = member.key;
  term.consent_time = unit.now;
  return PutTrait(unit, std::move(term), std::move(member));
}

absl::StatusOr<std::vector<Trait>> TraitsOf(ports::StoreReader& reader, const std::string& program,
                                            const Member& member) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Trait> traits, StoredTraits(reader, program, member.key));
  for (const std::string& facet : member.facets) {
    const auto is_it = [&](const Trait& trait) { return IsOf(trait, facet); };
    if (std::ranges::none_of(traits, is_it)) {
      Trait& plain = traits.emplace_back();
      plain.member = member.key;
      plain.facet = facet;
      plain.consent_time = member.create_time;
      plain.revision = member.revision;
    }
  }
  return traits;
}

absl::Status AdjustTraits(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, const Member& before, const Member& after,
                          TraitSource source, domain::Changes& changes) {
  if (before.facets == after.facets && before.kinds == after.kinds) {
    return absl::OkStatus();
  }
  std::vector<Trait> traits;
  if (!before.key.IsNil()) {
    PERIGEE_ASSIGN_OR_RETURN(traits, StoredTraits(reader, program, after.key));
  }
  std::vector<std::string> added;
  std::ranges::set_difference(after.facets, before.facets, std::back_inserter(added));
  std::size_t kept = traits.size();
  for (const Trait& trait : traits) {
    const bool was = trait.kind.has_value()
                         ? std::ranges::binary_search(before.kinds, *trait.kind)
                         : std::ranges::binary_search(before.facets, trait.facet);
    const bool is = trait.kind.has_value() ? std::ranges::binary_search(after.kinds, *trait.kind)
                                           : std::ranges::binary_search(after.facets, trait.facet);
    if (is && !trait.kind.has_value() && trait.withdraw_time.has_value()) {
      return Error(Reason::kFacetWithdrawn, "the member withdrew a facet of these");
    }
    if (was != is) {
      changes.records.Delete(trait);
      --kept;
    }
  }
  if (!added.empty() && kept + added.size() > static_cast<std::size_t>(domain::kTraitsMax)) {
    return InvalidField("member.facets", "would be too many together with withdrawn ones");
  }
  for (std::size_t i = 0; i < added.size(); ++i) {
    Trait trait = SetFacet(unit, after, added[i], source, i);
    trait.revision = unit.revision;
    changes.records.Put(std::move(trait));
  }
  return absl::OkStatus();
}

absl::Status SettleDueTrait(const std::string& program, Trait trait, ports::StoreReader& reader,
                            const ports::UnitContext& unit, domain::Changes& changes) {
  // Another trait of the member may have been settled in this unit.
  std::optional<Member> member;
  for (const Member* changed : changes.records.Touched<Member>()) {
    if (changed->key == trait.member) {
      member = *changed;
    }
  }
  if (!member.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Member> found,
                             reader.members().FindByKeys(program, std::span(&trait.member, 1)));
    if (found.empty()) {
      changes.records.Delete(trait);
      return absl::OkStatus();
    }
    member = std::move(found.front());
  }
  absl::StatusOr<bool> changed = domain::Settle(trait, unit.now, *member);
  if (!changed.ok()) {
    // Its time comes when the member has no room for it, so it ends.
    trait.end_time = unit.now;
    changed = domain::Settle(trait, unit.now, *member);
  }
  trait.revision = unit.revision;
  changes.records.Put(std::move(trait));
  if (*changed) {
    PutMember(unit, *std::move(member), changes);
  }
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
