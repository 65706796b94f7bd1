#pragma once

#include <string>

#include "server/domain/member/member_key.h"
#include "server/ports/store.h"
#include "server/use_cases/board/close_period.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

inline constexpr const char* kProgram = "demo";

// The unit that the server's services would make of the operation, with the same use cases. It
// answers `done <revision>`, or for records `activity <revision>`, with ` again` if the event was
// known.
ports::Unit UnitOf(const Operation& operation);
// True if the operation makes a period final in several units, as a server normally does. Other
// such operations use one unit, as a server does in its last try.
bool MakesFinalInPortions(const Operation& operation);
// The result that such an operation asks for.
use_cases::ResultOrder OrderOf(const Operation& operation);
// The limits are so small that a few members take several portions.
inline constexpr use_cases::ResultLimits kResultLimits{
    .portion = 2, .looked_through = 1, .computed = 2};
// Deletes the programme if it is there.
ports::Unit UnitToDelete(Micros now);
// Makes the programme, with kAssets and a `campaign` account in each.
ports::Unit UnitToBegin(Micros now);

// Translate between the server's accounts and members and the model's names.
std::string NameOf(const domain::AccountRef& ref);
domain::MemberKey KeyOf(int member);
int MemberOf(const domain::MemberKey& key);
domain::AccountRef RefOf(const std::string& account);

}  // namespace perigee::simulation
