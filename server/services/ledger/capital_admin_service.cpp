#include "server/services/ledger/capital_admin_service.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/board/places_after_write.h"
#include "server/services/ledger/capital_convert.h"
#include "server/use_cases/insider/seats.h"
#include "server/use_cases/ledger/distribute.h"
#include "server/use_cases/reward/redemptions.h"

namespace perigee::services {

namespace {

using use_cases::Distribution;
using use_cases::TransferOrder;

constexpr int kTransfersMax = 1000;
// An answer shows a place for each member and board.
constexpr std::size_t kTransfersMaxWithBoards = 100;
constexpr int kSharesMax = 1000;

absl::StatusOr<AccountPath> ParseAccountOf(const std::string& program, const std::string& field,
                                           const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(AccountPath path, ParseAccountPath(field, name));
  if (path.program != program) {
    return InvalidField(field, "is of another programme");
  }
  return path;
}

absl::StatusOr<std::optional<Time>> ParseOptionalTime(const std::string& field, bool given,
                                                      const google::protobuf::Timestamp& time) {
  if (!given) {
    return std::nullopt;
  }
  return FromTimestamp(field, time);
}

// Only parses. The ledger checks the limits.
absl::StatusOr<TransferOrder> ParseOrder(const std::string& program, const std::string& field,
                                         const v1::Transfer& transfer) {
  TransferOrder order{.field = field, .debit = {}, .credit = {}, .draft = {}};
  PERIGEE_ASSIGN_OR_RETURN(
      order.debit, ParseAccountOf(program, field + ".debit_account", transfer.debit_account()));
  PERIGEE_ASSIGN_OR_RETURN(
      order.credit, ParseAccountOf(program, field + ".credit_account", transfer.credit_account()));
  order.draft.amount = transfer.amount();
  order.draft.memo = transfer.memo();
  PERIGEE_ASSIGN_OR_RETURN(order.draft.expire_time,
                           ParseOptionalTime(field + ".expire_time", transfer.has_expire_time(),
                                             transfer.expire_time()));
  PERIGEE_ASSIGN_OR_RETURN(
      order.draft.effective_time,
      ParseOptionalTime(field + ".effective_time", transfer.has_effective_time(),
                        transfer.effective_time()));
  return order;
}

absl::StatusOr<std::vector<Distribution::Share>> ParseShares(const std::string& program,
                                                             const v1::DistributeRequest& request) {
  if (request.shares().empty() || request.shares_size() > kSharesMax) {
    return InvalidField("shares", "must be 1 to " + std::to_string(kSharesMax));
  }
  std::vector<Distribution::Share> shares;
  std::set<std::string> seen;
  for (int i = 0; i < request.shares_size(); ++i) {
    const v1::DistributeRequest::Share& share = request.shares(i);
    const std::string field = "shares[" + std::to_string(i) + "]";
    PERIGEE_ASSIGN_OR_RETURN(AccountPath credit,
                             ParseAccountOf(program, field + ".account", share.account()));
    if (share.account() == request.debit_account()) {
      return InvalidField(field + ".account", "is the account that is debited");
    }
    if (!seen.insert(share.account()).second) {
      return InvalidField(field + ".account", "has a share already");
    }
    if (share.weight() < 0) {
      return InvalidField(field + ".weight", "is negative");
    }
    shares.push_back({std::move(credit), share.weight()});
  }
  if (std::ranges::none_of(shares, [](const auto& share) { return share.weight > 0; })) {
    return InvalidField("shares", "have no weight that is above 0");
  }
  return shares;
}

// The decision of a use case, with its transfers as the answer.
absl::StatusOr<ports::Decision> AnsweredWith(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    absl::StatusOr<use_cases::Decided<std::vector<domain::Transfer>>> decided) {
  PERIGEE_RETURN_IF_ERROR(decided.status());
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names,
                           TransferNames::Of(reader, program, decided->value));
  return Answered(std::move(decided), [&](const std::vector<domain::Transfer>& made) {
    v1::PostTransfersResponse response;
    for (const domain::Transfer& transfer : made) {
      *response.add_transfers() = names.ToProto(transfer);
    }
    response.set_revision(unit.revision);
    return response;
  });
}

absl::StatusOr<Change> ParseDistribute(const CallContext&, const v1::DistributeRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  Distribution distribution;
  PERIGEE_ASSIGN_OR_RETURN(distribution.debit,
                           ParseAccountOf(parts[0], "debit_account", request.debit_account()));
  if (request.amount() < 1) {
    return InvalidField("amount", "must be at least 1");
  }
  distribution.amount = request.amount();
  PERIGEE_ASSIGN_OR_RETURN(distribution.shares, ParseShares(parts[0], request));
  PERIGEE_ASSIGN_OR_RETURN(
      distribution.effective_time,
      ParseOptionalTime("effective_time", request.has_effective_time(), request.effective_time()));
  ports::Lookups lookups = use_cases::LookupsOf(distribution);
  return Change{parts[0],
                [program = parts[0], distribution = std::move(distribution)](
                    ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(reader, unit, program,
                                      use_cases::Distribute(reader, unit, program, distribution));
                },
                std::move(lookups)};
}

// The members' accounts among the orders' accounts, each member once.
std::vector<std::string> MembersOf(const std::vector<TransferOrder>& orders) {
  std::set<std::string> members;
  for (const TransferOrder& order : orders) {
    members.insert({order.debit.member_id, order.credit.member_id});
  }
  members.erase("");
  return {members.begin(), members.end()};
}

absl::StatusOr<Change> ParsePost(const v1::PostTransfersRequest& request,
                                 PlacesAfterWrite& places) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (request.transfers().empty() || request.transfers_size() > kTransfersMax) {
    return InvalidField("transfers", "must be 1 to " + std::to_string(kTransfersMax));
  }
  std::vector<TransferOrder> orders;
  for (int i = 0; i < request.transfers_size(); ++i) {
    PERIGEE_ASSIGN_OR_RETURN(
        TransferOrder order,
        ParseOrder(parts[0], "transfers[" + std::to_string(i) + "]", request.transfers(i)));
    orders.push_back(std::move(order));
  }
  if (!request.boards().empty() && orders.size() > kTransfersMaxWithBoards) {
    return InvalidField("transfers", "must be at most " + std::to_string(kTransfersMaxWithBoards) +
                                         " if boards are asked for");
  }
  PERIGEE_ASSIGN_OR_RETURN(AnswerMore more, places.For<v1::PostTransfersResponse>(
                                                parts[0], request.boards(), MembersOf(orders)));
  ports::Lookups lookups = use_cases::LookupsOf(orders);
  return Change{parts[0],
                [program = parts[0], orders = std::move(orders)](ports::StoreReader& reader,
                                                                 const ports::UnitContext& unit) {
                  return AnsweredWith(reader, unit, program,
                                      use_cases::PostTransfers(reader, unit, program, orders));
                },
                std::move(lookups), std::move(more)};
}

// A change that answers a recorded transfer. act: (StoreReader&, UnitContext, TransferPath) →
// use_cases::DecidedTransfer.
template <class Act>
absl::StatusOr<Change> ActOn(const std::string& name, Act act) {
  PERIGEE_ASSIGN_OR_RETURN(const TransferPath path, ParseTransferPath("name", name));
  return Change{
      path.program,
      [path, act = std::move(act)](ports::StoreReader& reader, const ports::UnitContext& unit)
          -> absl::StatusOr<ports::Decision> {
        PERIGEE_RETURN_IF_ERROR(use_cases::CheckNoRedemption(reader, path));
        PERIGEE_RETURN_IF_ERROR(use_cases::CheckNoSeat(reader, path));
        use_cases::DecidedTransfer decided = act(reader, unit, path);
        PERIGEE_RETURN_IF_ERROR(decided.status());
        PERIGEE_ASSIGN_OR_RETURN(const TransferNames names,
                                 TransferNames::Of(reader, path.program, {&decided->value, 1}));
        return Answered(std::move(decided),
                        [&](const domain::Transfer& made) { return names.ToProto(made); });
      }};
}

absl::StatusOr<Change> ChangeToOpenAccount(const CallContext&,
                                           const v1::CreateAccountRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kAssetPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("account_id", request.account_id()));
  if (domain::ComesWithAsset(request.account_id())) {
    return InvalidField("account_id", "is one of the accounts that every asset has");
  }
  const AccountPath path{.program = parts[0], .asset = parts[1], .account = request.account_id()};
  return Change{parts[0], [path](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::OpenAccount(reader, unit, path),
                                  [&](const domain::Account& account) {
                                    return ToProto(path, account, account.Available(),
                                                   unit.revision);
                                  });
                }};
}

}  // namespace

CapitalAdminService::CapitalAdminService(Call& call, PlacesAfterWrite& places)
    : Service(call, "perigee.v1.CapitalAdminService") {
  Write<v1::CreateAccountRequest>("CreateAccount", ChangeToOpenAccount);
  Write<v1::PostTransfersRequest>(
      "PostTransfers", [&places](const CallContext&, const v1::PostTransfersRequest& asked) {
        return ParsePost(asked, places);
      });
  Write<v1::DistributeRequest>("Distribute", ParseDistribute);
  Write<v1::CaptureTransferRequest>(
      "CaptureTransfer", [](const CallContext&, const v1::CaptureTransferRequest& asked) {
        return ActOn(asked.name(), [amount = asked.amount()](auto& reader, const auto& unit,
                                                             const auto& pending) {
          return use_cases::CaptureTransfer(reader, unit, pending, amount);
        });
      });
  Write<v1::VoidTransferRequest>("VoidTransfer",
                                 [](const CallContext&, const v1::VoidTransferRequest& asked) {
                                   return ActOn(asked.name(), use_cases::VoidTransfer);
                                 });
  Write<v1::ReverseTransferRequest>(
      "ReverseTransfer", [](const CallContext&, const v1::ReverseTransferRequest& asked) {
        return ActOn(asked.name(), [amount = asked.amount(), memo = asked.memo()](
                                       auto& reader, const auto& unit, const auto& original) {
          return use_cases::ReverseTransfer(reader, unit, original, amount, memo);
        });
      });
}

}  // namespace perigee::services
