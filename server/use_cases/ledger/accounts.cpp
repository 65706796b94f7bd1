#include "server/use_cases/ledger/accounts.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/numeric/int128.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

namespace {

absl::StatusOr<domain::Asset> FindAsset(ports::StoreReader& reader, const AccountPath& name) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Asset> asset,
                           reader.ledger().Books(name.program).FindAsset(name.asset));
  if (!asset.has_value()) {
    return NotFound(AssetName(name.program, name.asset));
  }
  return *std::move(asset);
}

domain::AccountRef RefOf(const AccountPath& name, const domain::MemberKey& member) {
  return {.asset = name.asset, .member = member, .account = name.account};
}

// An account of the programme.
absl::StatusOr<domain::Account> RequireOwnAccount(ports::StoreReader& reader,
                                                  const AccountPath& name,
                                                  const domain::Asset& asset) {
  const domain::AccountRef ref = RefOf(name, {});
  PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Account> account,
                           reader.ledger().Books(name.program).FindAccount(ref));
  if (!account.has_value()) {
    account = domain::NewAccount(ref, asset);
  }
  if (!account.has_value()) {
    return NotFound(FormatAccountPath(name));
  }
  return *std::move(account);
}

// The accounts of one person may hold more together than one account can.
absl::StatusOr<std::int64_t> Fitting(absl::int128 sum) {
  if (sum < std::numeric_limits<std::int64_t>::min() ||
      sum > std::numeric_limits<std::int64_t>::max()) {
    return Error(Reason::kAmountOverflow, "the accounts of the person sum up to more than 64 bits");
  }
  return static_cast<std::int64_t>(sum);
}

absl::StatusOr<domain::Account> Sum(const std::vector<domain::Account>& parts) {
  domain::Account sum = parts.front();
  absl::int128 balance = 0;
  absl::int128 credits_pending = 0;
  absl::int128 debits_pending = 0;
  for (const domain::Account& part : parts) {
    balance += part.balance;
    credits_pending += part.credits_pending;
    debits_pending += part.debits_pending;
  }
  PERIGEE_ASSIGN_OR_RETURN(sum.balance, Fitting(balance));
  PERIGEE_ASSIGN_OR_RETURN(sum.credits_pending, Fitting(credits_pending));
  PERIGEE_ASSIGN_OR_RETURN(sum.debits_pending, Fitting(debits_pending));
  return sum;
}

}  // namespace

std::string FormatAccountPath(const AccountPath& name) {
  return name.member_id.empty()
             ? FormatName(kProgramAccountPattern, {name.program, name.asset, name.account})
             : FormatName(kMemberAccountPattern, {name.program, name.member_id, name.asset});
}

absl::StatusOr<NamedAccount> RequireNamedAccount(ports::StoreReader& reader,
                                                 const AccountPath& name) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset, FindAsset(reader, name));
  if (name.member_id.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Account own, RequireOwnAccount(reader, name, asset));
    return NamedAccount{.ref = own.ref};
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireNamedMember(reader, name.program, name.member_id));
  NamedAccount found{.ref = RefOf(name, member.key), .standing = member.standing};
  if (member.IsMerged()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member head,
                             RequireMember(reader, name.program, name.member_id));
    found.standing = head.standing;
  }
  return found;
}

std::vector<domain::AccountRef> AccountView::Refs() const {
  std::vector<domain::AccountRef> refs;
  for (const domain::Account& part : parts) {
    refs.push_back(part.ref);
  }
  return refs;
}

absl::StatusOr<AccountView> RequireAccount(ports::StoreReader& reader, const AccountPath& name) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset, FindAsset(reader, name));
  if (name.member_id.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(domain::Account own, RequireOwnAccount(reader, name, asset));
    return AccountView{name, {std::move(own)}};
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member head,
                           RequireMember(reader, name.program, name.member_id));
  domain::LedgerBooks& books = reader.ledger().Books(name.program);
  const domain::AccountRef first = RefOf(name, head.key);
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::AccountRef> refs, books.SamePerson(first));
  refs.insert(refs.begin(), first);
  AccountView view{name, {}};
  view.name.member_id = head.id;
  for (const domain::AccountRef& ref : refs) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Account> account, books.FindAccount(ref));
    view.parts.push_back(account.has_value() ? *std::move(account)
                                             : *domain::NewAccount(ref, asset));
  }
  return view;
}

absl::StatusOr<domain::Account> TotalOf(const AccountView& view) { return Sum(view.parts); }

absl::StatusOr<std::int64_t> AvailableAt(ports::StoreReader& reader, const AccountView& view,
                                         Time now) {
  absl::int128 sum = 0;
  for (const domain::Account& part : view.parts) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available,
                             reader.ledger().AvailableAt(view.name.program, part, now));
    sum += available;
  }
  return Fitting(sum);
}

absl::StatusOr<domain::Account> TotalAsOf(ports::StoreReader& reader, const AccountView& view,
                                          domain::Revision revision, Time time) {
  std::vector<domain::Account> past;
  for (const domain::Account& part : view.parts) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::optional<domain::Account> account,
        reader.ledger().AccountAsOf(view.name.program, part.ref, revision, time));
    past.push_back(account.value_or(domain::Account{.ref = part.ref}));
    past.back().overdraft = part.overdraft;
  }
  return Sum(past);
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
