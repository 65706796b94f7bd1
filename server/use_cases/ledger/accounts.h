#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// An account's name, taken apart.
struct AccountPath {
  std::string program;
  std::string asset;
  std::string member_id = {};  // Empty for an account of the programme.
  std::string account = {};    // Empty for a member's.
};
std::string FormatAccountPath(const AccountPath& name);

// Whether it is one of the four accounts that every asset has, moved or not.
bool ComesWithAsset(std::string_view account);

// What an account's name stands for.
struct NamedAccount {
  domain::AccountRef ref;
  domain::Asset asset;
  domain::Standing standing = domain::Standing::kGood;  // Of its member.
  // As it stands; empty and not stored if a member's account has never been used.
  domain::Account account = {};
};

// kNotFound, naming what is missing: the programme's asset, the member or the opened account.
absl::StatusOr<NamedAccount> FindNamedAccount(ports::StoreReader& reader, const AccountPath& name);

// Opens an account of the programme. kNotFound for the programme or the asset; kAlreadyExists.
absl::StatusOr<Decided<domain::Account>> OpenAccount(ports::StoreReader& reader,
                                                     const ports::UnitContext& unit,
                                                     const AccountPath& name);

}  // namespace perigee::use_cases
