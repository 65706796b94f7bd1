#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/seal.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {
struct Changes;
struct RecordChange;
}  // namespace perigee::domain

namespace perigee::sql {

// The keys that texts are sealed under, by their owner: a member's pseudonym, or nil for the
// programme.
using TextKeys = std::unordered_map<domain::MemberKey, SealKey, UuidHash>;

// The members that own a record; none twice.
std::vector<domain::MemberKey> OwnersOf(const domain::RecordChange& change);

// Whose keys the texts of a unit of work need; doubles may be among them.
std::vector<domain::MemberKey> TextOwners(const domain::Changes& changes);

// Whether the member owns a record of the unit of work, or moved or got something by it.
bool NamesMember(const domain::Changes& changes, const domain::MemberKey& member);

// perigee.journal.v1.Texts of a unit of work, sealed; empty if it has none. Left out is what
// belongs to somebody without a key: who was erased has none.
std::string SealTexts(const std::string& program, domain::Revision revision,
                      const domain::Changes& changes, const TextKeys& keys);

// Puts the texts back into the changes of the entry they stand beside. Those stay empty whose owner
// has no key any more. Adds the owners to `owners`. kInternal if they are not the texts of that
// entry.
absl::Status OpenTexts(const std::string& program, domain::Revision revision,
                       std::string_view texts, const TextKeys& keys, domain::Changes& changes,
                       std::set<domain::MemberKey>& owners);

// Leaves the changes as the journal keeps them: without texts and accounts.
void DropTexts(domain::Changes& changes);

}  // namespace perigee::sql
