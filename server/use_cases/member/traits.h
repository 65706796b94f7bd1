#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/trait.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Member;
}  // namespace perigee::domain

namespace perigee::use_cases {

// A member's trait by the member's id and what it is about.
struct TraitName {
  std::string program;
  std::string member;
  std::string facet;
};

using DecidedTrait = absl::StatusOr<Decided<domain::Trait>>;

// How the ids of the traits begin that the unit of that revision makes.
std::string TraitIdPrefix(domain::Revision revision);
// The id of one of them.
std::string TraitId(domain::Revision revision, std::size_t index);

// What FacetService and FacetAdminService promise (facet.proto). All of them change the member in
// the same unit, so that nobody sees a facet that does not count. kNotFound for programme, member
// and facet.

// The member states the facet. kInvalidField for the sixty-fifth.
DecidedTrait StateFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const TraitName& name, std::optional<Time> start, std::optional<Time> end);
DecidedTrait ConsentToFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const TraitName& name);
DecidedTrait WithdrawFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const TraitName& name);
// `proposed` has source, confidence, consent and term. kAlreadyExists, kFacetWithdrawn, and
// kInvalidField for a consent in the future.
DecidedTrait ProposeFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const TraitName& name, domain::Trait proposed);
DecidedTrait RemoveFacet(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const TraitName& name);

// `type` has id and properties. kNotFound for the programme, kEtagMismatch.
absl::StatusOr<Decided<domain::FacetType>> SetFacetType(ports::StoreReader& reader,
                                                        const ports::UnitContext& unit,
                                                        const std::string& program,
                                                        domain::FacetType type,
                                                        const std::string& etag);

// Sets the term of a kind: `term` has the kind, start and end. kNotFound.
DecidedTrait SetKind(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, const std::string& member, domain::Trait term);

// All traits of the member. A facet of the member without a trait is among them as one that staff
// stated, with the member's consent.
absl::StatusOr<std::vector<domain::Trait>> TraitsOf(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const domain::Member& member);

// Adjusts the traits of a member whose kinds and facets were set from `before`, without a key if
// the member is new, to those of `after`: whoever set them, from `source`, states that the member
// consented. kFacetWithdrawn.
absl::Status AdjustTraits(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, const domain::Member& before,
                          const domain::Member& after, domain::TraitSource source,
                          domain::Changes& changes);

// Brings a member up to date with a trait that is due. A trait of an erased member is deleted.
absl::Status SettleDueTrait(const std::string& program, domain::Trait trait,
                            ports::StoreReader& reader, const ports::UnitContext& unit,
                            domain::Changes& changes);

}  // namespace perigee::use_cases
