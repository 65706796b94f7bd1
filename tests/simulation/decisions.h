#pragma once

#include <string>

#include "server/domain/member/member_key.h"
#include "server/ports/store.h"
#include "server/use_cases/board/close_period.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

inline constexpr const char* kProgram = "demo";

// The operation as the server's services would hand it to the store, decided by the same use cases.
// Answers `done <revision>`, or for records
// `activity <revision>` and, where it is known, ` again`.
ports::Unit UnitOf(const Operation& operation);
// Whether it makes a period final in units of its own, as a server does; the others of these do it
// in one unit, as a server does at last.
bool MakesFinalInPortions(const Operation& operation);
// What a server is to make final by such an operation.
use_cases::ResultOrder OrderOf(const Operation& operation);
// So small that the few members of a simulation take several portions.
inline constexpr use_cases::ResultLimits kResultLimits{
    .portion = 2, .looked_through = 1, .computed = 2};
// The programme itself, with kAssets and a `campaign` account in each.
ports::Unit UnitToBegin(Micros now);

// The names of the server's accounts and members, as the model says them.
std::string NameOf(const domain::AccountRef& ref);
domain::MemberKey KeyOf(int member);
int MemberOf(const domain::MemberKey& key);
domain::AccountRef RefOf(const std::string& account);

}  // namespace perigee::simulation
