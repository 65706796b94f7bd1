#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
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

// The one account that a transfer moves.
struct NamedAccount {
  domain::AccountRef ref;
  domain::Standing standing = domain::Standing::kGood;  // Of the person.
};

// The account of exactly this name, also if its member is merged into another one. kNotFound that
// names the missing resource: the programme's asset, the member or the account.
absl::StatusOr<NamedAccount> RequireNamedAccount(ports::StoreReader& reader,
                                                 const AccountPath& name);

// What readers see under a name: an account of the programme, or of a person. The accounts of all
// members that are one person read as one.
struct AccountView {
  AccountPath name;  // Of a person: the head's.
  // One for each member that is the person. If such an account was never used, it is empty and not
  // stored.
  std::vector<domain::Account> parts;

  std::vector<domain::AccountRef> Refs() const;
};

// Refuses as RequireNamedAccount does.
absl::StatusOr<AccountView> RequireAccount(ports::StoreReader& reader, const AccountPath& name);

// The sum of the parts, under the first one's ref. kAmountOverflow if it passes 64 bits.
absl::StatusOr<domain::Account> TotalOf(const AccountView& view);
// The sums of what ports::LedgerReader tells of the parts. kAmountOverflow too.
absl::StatusOr<std::int64_t> AvailableAt(ports::StoreReader& reader, const AccountView& view,
                                         Time now);
absl::StatusOr<domain::Account> TotalAsOf(ports::StoreReader& reader, const AccountView& view,
                                          domain::Revision revision, Time time);

// Opens an account of the programme. kNotFound for the programme or the asset; kAlreadyExists.
absl::StatusOr<Decided<domain::Account>> OpenAccount(ports::StoreReader& reader,
                                                     const ports::UnitContext& unit,
                                                     const AccountPath& name);

}  // namespace perigee::use_cases
