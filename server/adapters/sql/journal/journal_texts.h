#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {
struct Changes;
struct RecordChange;
struct Transfer;
}  // namespace perigee::domain

namespace perigee::sql {

// The members who owe or own what a transfer moves; none twice.
std::vector<domain::MemberKey> PartiesOf(const domain::Transfer& transfer);

// The owners whose keys the texts of a unit of work need, in its rows too. May contain doubles.
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
