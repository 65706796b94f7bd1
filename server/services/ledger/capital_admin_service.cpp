#include "server/services/ledger/capital_admin_service.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/ledger/capital_books.h"
#include "server/services/ledger/capital_convert.h"
#include "server/services/lookup.h"

namespace perigee::services {

namespace {

constexpr int kTransfersMax = 1000;
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

// Parses what is written; the ledger checks the limits.
absl::StatusOr<Order> ParseOrder(const std::string& program, const std::string& field,
                                 const v1::Transfer& transfer) {
  Order order{.field = field, .debit = {}, .credit = {}, .draft = {}};
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

std::string ShareField(int index) { return "shares[" + std::to_string(index) + "]"; }

absl::Status CheckShares(const std::string& program, const v1::DistributeRequest& request) {
  if (request.shares().empty() || request.shares_size() > kSharesMax) {
    return InvalidField("shares", "must be 1 to " + std::to_string(kSharesMax));
  }
  std::set<std::string> seen;
  bool any = false;
  for (int i = 0; i < request.shares_size(); ++i) {
    const v1::DistributeRequest::Share& share = request.shares(i);
    const std::string field = ShareField(i);
    PERIGEE_RETURN_IF_ERROR(ParseAccountOf(program, field + ".account", share.account()).status());
    if (share.account() == request.debit_account()) {
      return InvalidField(field + ".account", "is the account that is debited");
    }
    if (!seen.insert(share.account()).second) {
      return InvalidField(field + ".account", "has a share already");
    }
    if (share.weight() < 0) {
      return InvalidField(field + ".weight", "is negative");
    }
    any = any || share.weight() > 0;
  }
  return any ? absl::OkStatus() : InvalidField("shares", "have no weight that is above 0");
}

// The amount of each share, in the order of the request.
std::vector<std::int64_t> Split(const v1::DistributeRequest& request) {
  std::vector<int> by_name(static_cast<std::size_t>(request.shares_size()));
  std::iota(by_name.begin(), by_name.end(), 0);
  std::ranges::sort(by_name, {}, [&](int i) { return request.shares(i).account(); });
  std::vector<absl::uint128> weights;
  weights.reserve(by_name.size());
  for (const int i : by_name) {
    weights.emplace_back(static_cast<std::uint64_t>(request.shares(i).weight()));
  }
  const std::vector<std::int64_t> parts = domain::SplitBudget(request.amount(), weights);
  std::vector<std::int64_t> amounts(parts.size());
  for (std::size_t place = 0; place < parts.size(); ++place) {
    amounts[static_cast<std::size_t>(by_name[place])] = parts[place];
  }
  return amounts;
}

absl::StatusOr<Change> ParseDistribute(const v1::DistributeRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const std::string& program = parts[0];
  PERIGEE_ASSIGN_OR_RETURN(const AccountPath debit,
                           ParseAccountOf(program, "debit_account", request.debit_account()));
  if (request.amount() < 1) {
    return InvalidField("amount", "must be at least 1");
  }
  PERIGEE_RETURN_IF_ERROR(CheckShares(program, request));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::optional<Time> effective_time,
      ParseOptionalTime("effective_time", request.has_effective_time(), request.effective_time()));
  const std::vector<std::int64_t> amounts = Split(request);
  std::vector<Order> orders;
  std::vector<AccountPath> without;
  for (int i = 0; i < request.shares_size(); ++i) {
    PERIGEE_ASSIGN_OR_RETURN(const AccountPath credit,
                             ParseAccountPath("shares", request.shares(i).account()));
    const std::int64_t amount = amounts[static_cast<std::size_t>(i)];
    if (amount == 0) {
      without.push_back(credit);
      continue;
    }
    Order order{.field = "", .debit = debit, .credit = credit, .draft = {}};
    order.credit_field = ShareField(i) + ".account";
    order.draft.amount = amount;
    order.draft.effective_time = effective_time;
    orders.push_back(std::move(order));
  }
  return Change{program,
                [program, orders, without](
                    ports::StoreReader& reader,
                    const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
                  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
                  for (const AccountPath& path : without) {
                    PERIGEE_RETURN_IF_ERROR(FindNamedAccount(reader, path).status());
                  }
                  return PostAll(reader, unit, program, orders);
                },
                LookupsOf(orders)};
}

absl::StatusOr<Change> ParsePost(const v1::PostTransfersRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (request.transfers().empty() || request.transfers_size() > kTransfersMax) {
    return InvalidField("transfers", "must be 1 to " + std::to_string(kTransfersMax));
  }
  std::vector<Order> orders;
  for (int i = 0; i < request.transfers_size(); ++i) {
    PERIGEE_ASSIGN_OR_RETURN(
        Order order,
        ParseOrder(parts[0], "transfers[" + std::to_string(i) + "]", request.transfers(i)));
    orders.push_back(std::move(order));
  }
  ports::Lookups lookups = LookupsOf(orders);
  return Change{parts[0],
                [program = parts[0], orders = std::move(orders)](ports::StoreReader& reader,
                                                                 const ports::UnitContext& unit) {
                  return PostAll(reader, unit, program, orders);
                },
                std::move(lookups)};
}

// The movement by which an RPC answers to one recorded transfer.
using Act =
    std::function<absl::StatusOr<domain::TransferId>(OpenBooks& books, const domain::Transfer& on)>;

absl::StatusOr<Change> ActOn(const std::string& name, Act act) {
  PERIGEE_ASSIGN_OR_RETURN(const TransferPath path, ParseTransferPath("name", name));
  return Change{
      path.program,
      [path, act = std::move(act)](ports::StoreReader& reader, const ports::UnitContext& unit)
          -> absl::StatusOr<ports::Decision> {
        PERIGEE_ASSIGN_OR_RETURN(OpenBooks books, OpenBooks::Open(reader, path.program, unit));
        PERIGEE_ASSIGN_OR_RETURN(const domain::Transfer transfer, FindNamedTransfer(reader, path));
        PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, act(books, transfer));
        ports::Decision decision;
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<v1::Transfer> made,
                                 books.Close({id}, decision.changes));
        decision.answer = made.front().SerializeAsString();
        return decision;
      }};
}

}  // namespace

CapitalAdminService::CapitalAdminService(Call& call)
    : call_(call),
      create_account_(
          call_.Register(v1::CapitalAdminService::service_full_name(), "CreateAccount")),
      post_transfers_(
          call_.Register(v1::CapitalAdminService::service_full_name(), "PostTransfers")),
      distribute_(call_.Register(v1::CapitalAdminService::service_full_name(), "Distribute")),
      capture_transfer_(
          call_.Register(v1::CapitalAdminService::service_full_name(), "CaptureTransfer")),
      void_transfer_(call_.Register(v1::CapitalAdminService::service_full_name(), "VoidTransfer")),
      reverse_transfer_(
          call_.Register(v1::CapitalAdminService::service_full_name(), "ReverseTransfer")) {}

grpc::ServerUnaryReactor* CapitalAdminService::CreateAccount(
    grpc::CallbackServerContext* context, const v1::CreateAccountRequest* request,
    v1::Account* response) {
  return call_.Write(
      context, create_account_, request, response,
      [](const CallContext&, const v1::CreateAccountRequest& asked) -> absl::StatusOr<Change> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kAssetPattern));
        PERIGEE_RETURN_IF_ERROR(CheckId("account_id", asked.account_id()));
        if (ComesWithAsset(asked.account_id())) {
          return InvalidField("account_id", "is one of the accounts that every asset has");
        }
        const AccountPath path{
            .program = parts[0], .asset = parts[1], .account = asked.account_id()};
        return Change{parts[0], [path](ports::StoreReader& reader, const ports::UnitContext& unit) {
                        return OpenAccount(reader, unit, path);
                      }};
      });
}

grpc::ServerUnaryReactor* CapitalAdminService::PostTransfers(
    grpc::CallbackServerContext* context, const v1::PostTransfersRequest* request,
    v1::PostTransfersResponse* response) {
  return call_.Write(
      context, post_transfers_, request, response,
      [](const CallContext&, const v1::PostTransfersRequest& asked) { return ParsePost(asked); });
}

grpc::ServerUnaryReactor* CapitalAdminService::Distribute(grpc::CallbackServerContext* context,
                                                          const v1::DistributeRequest* request,
                                                          v1::PostTransfersResponse* response) {
  return call_.Write(context, distribute_, request, response,
                     [](const CallContext&, const v1::DistributeRequest& asked) {
                       return ParseDistribute(asked);
                     });
}

grpc::ServerUnaryReactor* CapitalAdminService::CaptureTransfer(
    grpc::CallbackServerContext* context, const v1::CaptureTransferRequest* request,
    v1::Transfer* response) {
  return call_.Write(
      context, capture_transfer_, request, response,
      [](const CallContext&, const v1::CaptureTransferRequest& asked) -> absl::StatusOr<Change> {
        return ActOn(asked.name(),
                     [amount = asked.amount()](OpenBooks& books, const domain::Transfer& pending)
                         -> absl::StatusOr<domain::TransferId> {
                       PERIGEE_RETURN_IF_ERROR(books.CheckDebtor(pending));
                       return books.ledger.Capture(pending.id, amount);
                     });
      });
}

grpc::ServerUnaryReactor* CapitalAdminService::VoidTransfer(grpc::CallbackServerContext* context,
                                                            const v1::VoidTransferRequest* request,
                                                            v1::Transfer* response) {
  return call_.Write(context, void_transfer_, request, response,
                     [](const CallContext&, const v1::VoidTransferRequest& asked) {
                       return ActOn(asked.name(),
                                    [](OpenBooks& books, const domain::Transfer& pending) {
                                      return books.ledger.Void(pending.id);
                                    });
                     });
}

grpc::ServerUnaryReactor* CapitalAdminService::ReverseTransfer(
    grpc::CallbackServerContext* context, const v1::ReverseTransferRequest* request,
    v1::Transfer* response) {
  return call_.Write(
      context, reverse_transfer_, request, response,
      [](const CallContext&, const v1::ReverseTransferRequest& asked) -> absl::StatusOr<Change> {
        return ActOn(asked.name(), [amount = asked.amount(), memo = asked.memo()](
                                       OpenBooks& books, const domain::Transfer& original) {
          return books.ledger.Reverse(original.id, amount, memo);
        });
      });
}

}  // namespace perigee::services
