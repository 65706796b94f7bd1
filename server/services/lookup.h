#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "server/domain/member/member_key.h"
#include "server/domain/member/trait.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/lookup.h"

namespace perigee::services {

struct Caller;

using use_cases::RequireAsset;
using use_cases::RequireMember;
using use_cases::RequireProgram;

// The member id in a reference such as `programs/{program}/members/{member}`. kInvalidField, naming
// `field`, if the reference is malformed or of another programme.
absl::StatusOr<std::string> ParseMemberRef(std::string_view field, std::string_view name,
                                           std::string_view program);

// The names of those members. Keys without a member are left out, as is the nil key.
absl::StatusOr<MemberNames> NamesOf(ports::StoreReader& reader, const std::string& program,
                                    std::span<const domain::MemberKey> keys);

// From whom a facet is that the caller sets.
domain::TraitSource SourceOf(const Caller& caller);

// The caller as a judge of what others do.
use_cases::Judge JudgeOf(const Caller& caller);

// Runs `body`, StoreReader& → StatusOr<T>, over one consistent view and returns its result.
template <class Body>
auto ReadFrom(const ports::Store& store, Body body)
    -> decltype(body(std::declval<ports::StoreReader&>())) {
  decltype(body(std::declval<ports::StoreReader&>())) answer = absl::UnknownError("not read");
  absl::Status status = store.Read([&](ports::StoreReader& reader) {
    answer = body(reader);
    return answer.status();
  });
  if (!status.ok()) {
    return status;
  }
  return answer;
}

}  // namespace perigee::services
