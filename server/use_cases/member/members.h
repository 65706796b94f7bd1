#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member.h"
#include "server/domain/member/trait.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedMember = absl::StatusOr<Decided<domain::Member>>;

// `member` is as domain::NormalizeMember leaves it. Without a join_time the member joins now. Its
// facets are stated by `source`, with the member's consent. kNotFound for the programme,
// kAlreadyExists for the id or the handle.
DecidedMember CreateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, domain::Member member,
                           std::optional<Time> join_time = std::nullopt,
                           domain::TraitSource source = domain::TraitSource::kStaff);

// Facets that are added are stated by `source`, with the member's consent. kNotFound,
// kEtagMismatch, kFacetWithdrawn, kAlreadyExists for the handle, and the refusals of
// domain::NormalizeMember for the changed member.
DecidedMember UpdateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id,
                           const Edit<domain::Member>& edit,
                           domain::TraitSource source = domain::TraitSource::kStaff);

// kNotFound, and kInvalidField (`end_time`) for an end that is not in the future.
DecidedMember PauseMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, const std::string& id,
                          std::optional<Time> end);
// kNotFound. Changes nothing if there is no pause.
DecidedMember ResumeMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& id);

// kNotFound. kMemberSuspended or kMemberNotSuspended if the member is already in that state.
DecidedMember SuspendMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const std::string& program, const std::string& id);
DecidedMember ReinstateMember(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& id);

}  // namespace perigee::use_cases
