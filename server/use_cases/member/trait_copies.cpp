#include "server/use_cases/member/trait_copies.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member.h"
#include "server/domain/member/trait.h"
#include "server/ports/store.h"
#include "server/use_cases/member/traits.h"

namespace perigee::use_cases {
namespace {

using domain::Member;
using domain::Trait;

// All traits of the member, with those that its plain kinds and facets stand for. These have no id.
absl::StatusOr<std::vector<Trait>> AllTraits(ports::StoreReader& reader, const std::string& program,
                                             const Member& member) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Trait> traits, TraitsOf(reader, program, member));
  for (const domain::StakeholderKind kind : member.kinds) {
    if (std::ranges::find(traits, kind, &Trait::kind) == traits.end()) {
      Trait& plain = traits.emplace_back();
      plain.member = member.key;
      plain.kind = kind;
      plain.consent_time = member.create_time;
    }
  }
  return traits;
}

auto Alike(const std::vector<Trait>& traits, const Trait& like) {
  return std::ranges::find_if(traits, [&](const Trait& trait) {
    return trait.kind == like.kind && trait.facet == like.facet;
  });
}

void Put(const ports::UnitContext& unit, Trait trait, domain::Changes& changes) {
  trait.revision = unit.revision;
  changes.records.Put(std::move(trait));
}

}  // namespace

absl::Status CopyTraits(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const std::string& program, const Member& from, Member& into,
                        domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Trait> stated, AllTraits(reader, program, from));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Trait> own, AllTraits(reader, program, into));
  std::size_t copies = 0;
  for (Trait& trait : stated) {
    const bool says = trait.withdraw_time.has_value() ||
                      (trait.consent_time.has_value() && !domain::HasEnded(trait, unit.now));
    if (!says || Alike(own, trait) != own.end()) {
      continue;
    }
    if (own.size() + copies >= static_cast<std::size_t>(domain::kTraitsMax)) {
      return InvalidField("from",
                          "has more facets and kinds than the member may have besides its "
                          "own, with all that ended");
    }
    trait.id = TraitId(unit.revision, copies++);
    trait.member = into.key;
    const absl::Status settled = domain::Settle(trait, unit.now, into).status();
    if (!settled.ok()) {
      return InvalidField("from", "has more facets than the member may have besides its own");
    }
    Put(unit, std::move(trait), changes);
  }
  return absl::OkStatus();
}

absl::Status RemoveCopies(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, Member& from, Member& into,
                          domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Trait> stated, AllTraits(reader, program, from));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Trait> all, TraitsOf(reader, program, into));
  const std::string prefix = TraitIdPrefix(from.merge_revision);
  std::size_t made = 0;
  for (const Trait& copy : all) {
    if (!copy.id.starts_with(prefix)) {
      continue;
    }
    const auto original = Alike(stated, copy);
    if (original == stated.end()) {
      continue;
    }
    if (copy.consent_time == original->consent_time &&
        copy.withdraw_time == original->withdraw_time) {
      domain::Remove(copy, into);
      changes.records.Delete(copy);
    } else if (copy.withdraw_time.has_value() && !original->withdraw_time.has_value()) {
      Trait withdrawn = *original;
      if (withdrawn.id.empty()) {
        withdrawn.id = TraitId(unit.revision, made++);
      }
      withdrawn.consent_time.reset();
      withdrawn.withdraw_time = copy.withdraw_time;
      PERIGEE_RETURN_IF_ERROR(domain::Settle(withdrawn, unit.now, from).status());
      Put(unit, std::move(withdrawn), changes);
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
