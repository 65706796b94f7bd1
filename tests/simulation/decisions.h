#pragma once

#include <string>

#include "server/domain/member/member.h"
#include "server/ports/store.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

inline constexpr const char* kProgram = "demo";

// The operation as the server's services would hand it to the store: what they decide, decided by
// the same domain and the same parts of the services. Answers `done <revision>`, or for records
// `activity <revision>` and, where it is known, ` again`.
ports::Unit UnitOf(const Operation& operation);
// The programme itself, with kAssets and a `campaign` account in each.
ports::Unit UnitToBegin(Micros now);

// The names of the server's accounts and members, as the model says them.
std::string NameOf(const domain::AccountRef& ref);
domain::MemberKey KeyOf(int member);
int MemberOf(const domain::MemberKey& key);
domain::AccountRef RefOf(const std::string& account);

}  // namespace perigee::simulation
