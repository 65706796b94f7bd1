#include "server/use_cases/ledger/accounts.h"

#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

std::string FormatAccountPath(const AccountPath& name) {
  return name.member_id.empty()
             ? FormatName(kProgramAccountPattern, {name.program, name.asset, name.account})
             : FormatName(kMemberAccountPattern, {name.program, name.member_id, name.asset});
}

absl::StatusOr<NamedAccount> RequireAccount(ports::StoreReader& reader, const AccountPath& name) {
  domain::LedgerBooks& books = reader.ledger().Books(name.program);
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Asset> asset, books.FindAsset(name.asset));
  if (!asset.has_value()) {
    return NotFound(AssetName(name.program, name.asset));
  }
  NamedAccount found{.ref = {.asset = name.asset, .member = {}, .account = name.account},
                     .asset = *asset};
  if (!name.member_id.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, name.program, name.member_id));
    found.ref.member = member.key;
    found.standing = member.standing;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Account> account, books.FindAccount(found.ref));
  if (!account.has_value()) {
    account = domain::NewAccount(found.ref, *asset);
  }
  if (!account.has_value()) {
    return NotFound(FormatAccountPath(name));
  }
  found.account = *std::move(account);
  return found;
}

absl::StatusOr<Decided<domain::Account>> OpenAccount(ports::StoreReader& reader,
                                                     const ports::UnitContext&,
                                                     const AccountPath& name) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, name.program).status());
  PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, name.program, name.asset).status());
  const domain::AccountRef ref{.asset = name.asset, .member = {}, .account = name.account};
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Account> existing,
                           reader.ledger().Books(name.program).FindAccount(ref));
  if (existing.has_value()) {
    return AlreadyExists(FormatAccountPath(name));
  }
  Decided<domain::Account> decided{{.ref = ref}, {}};
  decided.changes.ledger.budgets.push_back(ref);
  decided.changes.ledger.accounts.push_back(decided.value);
  return decided;
}

}  // namespace perigee::use_cases
