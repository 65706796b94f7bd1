#include "server/services/ledger/capital_convert.h"

#include <optional>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/services/lookup.h"

namespace perigee::services {

namespace {

// Chooses between the two forms of an account's name, because a failed try costs as much as a
// refusal.
bool NamesMember(std::string_view name) {
  const std::size_t collection = name.find('/', name.find('/') + 1);
  return collection != std::string_view::npos && name.substr(collection).starts_with("/members/");
}

}  // namespace

absl::StatusOr<AccountPath> ParseAccountPath(std::string_view field, std::string_view name) {
  const bool of_member = NamesMember(name);
  const auto parts =
      ParseName(field, name, of_member ? kMemberAccountPattern : kProgramAccountPattern);
  if (parts.ok()) {
    return of_member
               ? AccountPath{.program = (*parts)[0], .asset = (*parts)[2], .member_id = (*parts)[1]}
               : AccountPath{.program = (*parts)[0], .asset = (*parts)[1], .account = (*parts)[2]};
  }
  if (MetadataOf(parts.status()).contains("id")) {
    return parts.status();
  }
  return InvalidField(field, name.empty()
                                 ? "is required"
                                 : "does not have the form " + std::string(kMemberAccountPattern) +
                                       " or " + std::string(kProgramAccountPattern));
}

absl::StatusOr<TransferNames> TransferNames::Of(ports::StoreReader& reader,
                                                const std::string& program,
                                                std::span<const domain::Transfer> transfers) {
  std::vector<domain::MemberKey> keys;
  for (const domain::Transfer& transfer : transfers) {
    keys.push_back(transfer.debit.member);
    keys.push_back(transfer.credit.member);
  }
  TransferNames names;
  names.program_ = program;
  PERIGEE_ASSIGN_OR_RETURN(names.members_, NamesOf(reader, program, keys));
  return names;
}

std::string TransferNames::Account(const domain::AccountRef& ref) const {
  if (!ref.IsMember()) {
    return FormatName(kProgramAccountPattern, {program_, ref.asset, ref.account});
  }
  const auto member = members_.find(ref.member);
  return member == members_.end() ? "" : member->second + "/accounts/" + ref.asset;
}

v1::Transfer TransferNames::ToProto(const domain::Transfer& transfer) const {
  v1::Transfer proto;
  proto.set_name(Transfer(transfer.id));
  proto.set_debit_account(Account(transfer.debit));
  proto.set_credit_account(Account(transfer.credit));
  proto.set_amount(transfer.amount);
  proto.set_kind(static_cast<v1::Transfer::Kind>(transfer.kind));
  if (transfer.expire_time.has_value()) {
    *proto.mutable_expire_time() = ToTimestamp(*transfer.expire_time);
  }
  *proto.mutable_effective_time() = ToTimestamp(transfer.effective_time);
  proto.set_memo(transfer.memo);
  if (transfer.original.has_value()) {
    proto.set_original(Transfer(*transfer.original));
  }
  if (transfer.activity.has_value()) {
    proto.set_activity(ActivityName(program_, *transfer.activity));
  }
  if (!transfer.rule.empty()) {
    proto.set_rule(RuleName(program_, transfer.rule));
    proto.set_rule_version(transfer.rule_version);
  }
  proto.set_cut_amount(transfer.cut_amount);
  *proto.mutable_record_time() = ToTimestamp(transfer.record_time);
  proto.set_revision(transfer.id.revision);
  return proto;
}

v1::Account ToProto(const AccountPath& name, const domain::Account& account, std::int64_t available,
                    domain::Revision revision) {
  v1::Account proto;
  proto.set_name(use_cases::FormatAccountPath(name));
  proto.set_asset(AssetName(name.program, name.asset));
  proto.set_credits_pending(account.credits_pending);
  proto.set_debits_pending(account.debits_pending);
  proto.set_balance(account.balance);
  proto.set_available(available);
  proto.set_overdraft(account.overdraft);
  proto.set_revision(revision);
  return proto;
}

v1::StatementLine ToProto(const TransferNames& names, const ports::StatementLine& line) {
  v1::StatementLine proto;
  *proto.mutable_transfer() = names.ToProto(line.transfer);
  proto.set_change(line.change);
  proto.set_balance_after(line.balance_after);
  return proto;
}

v1::Lot ToProto(const TransferNames& names, const domain::Lot& lot) {
  v1::Lot proto;
  proto.set_transfer(names.Transfer(lot.id));
  proto.set_amount(lot.amount);
  proto.set_remaining(lot.remaining);
  if (lot.expire_time != kEndOfTime) {
    *proto.mutable_expire_time() = ToTimestamp(lot.expire_time);
  }
  return proto;
}

absl::StatusOr<TransferPath> ParseTransferPath(std::string_view field, std::string_view name) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName(field, name, kTransferPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, domain::ParseTransferId(field, parts[1]));
  return TransferPath{parts[0], id};
}

}  // namespace perigee::services
