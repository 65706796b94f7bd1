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

// The keys that seal texts, by owner: a member's pseudonym, or nil for the programme.
using TextKeys = std::unordered_map<domain::MemberKey, SealKey, UuidHash>;

// The owners whose keys the texts of a unit of work need. May contain doubles.
std::vector<domain::MemberKey> TextOwners(const domain::Changes& changes);

// The members who own a record of the unit of work, or whom a movement of the unit touches.
std::set<domain::MemberKey> NamedMembers(const domain::Changes& changes);

// Seals perigee.journal.v1.Texts of a unit of work. Empty if it has none. Texts of an owner without
// a key are left out: an erased member has none.
std::string SealTexts(const std::string& program, domain::Revision revision,
                      const domain::Changes& changes, const TextKeys& keys);

// Puts the texts back into the changes of their entry. A text stays empty if one of its owners has
// no key any more. Adds the owners to `owners`. kInternal if they are not the texts of that entry.
absl::Status OpenTexts(const std::string& program, domain::Revision revision,
                       std::string_view texts, const TextKeys& keys, domain::Changes& changes,
                       std::set<domain::MemberKey>& owners);

// Drops texts and accounts, as the journal does.
void DropTexts(domain::Changes& changes);

}  // namespace perigee::sql
