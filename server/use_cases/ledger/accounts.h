#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// The parts of an account's name.
struct AccountPath {
  std::string program;
  std::string asset;
  std::string member_id = {};  // Empty for an account of the programme.
  std::string account = {};    // Empty for a member's.
};
std::string FormatAccountPath(const AccountPath& name);

// The account behind a name.
struct NamedAccount {
  domain::AccountRef ref;
  domain::Asset asset;
  domain::Standing standing = domain::Standing::kGood;  // Of its member.
  // The account's state. If a member's account was never used, it is empty and not stored.
  domain::Account account = {};
};

// kNotFound that names the missing resource: the programme's asset, the member or the account.
absl::StatusOr<NamedAccount> RequireAccount(ports::StoreReader& reader, const AccountPath& name);

// Opens an account of the programme. kNotFound for the programme or the asset; kAlreadyExists.
absl::StatusOr<Decided<domain::Account>> OpenAccount(ports::StoreReader& reader,
                                                     const ports::UnitContext& unit,
                                                     const AccountPath& name);

}  // namespace perigee::use_cases
