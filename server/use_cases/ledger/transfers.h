#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/store.h"
#include "server/use_cases/decided.h"
#include "server/use_cases/ledger/accounts.h"

namespace perigee::use_cases {

// A transfer as a request asks for it. Its accounts are not looked up yet.
struct TransferOrder {
  std::string field;  // Its path in the request, such as `transfers[2]`. Empty: the request itself.
  AccountPath debit;
  AccountPath credit;
  domain::TransferDraft draft;  // Without accounts. The ledger checks its limits.
  // The path of the credited account in the request, if it is not `credit_account` under `field`.
  std::string credit_field = {};
};

// The rows that PostTransfers will read, so that the store can fetch those of many units at once.
ports::Lookups LookupsOf(const std::vector<TransferOrder>& orders);

// Posts all orders in their order, or none. Refuses as the RPC does. A kInvalidField names the
// field as the request has it.
absl::StatusOr<Decided<std::vector<domain::Transfer>>> PostTransfers(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::vector<TransferOrder>& orders);

// The parts of a transfer's name.
struct TransferPath {
  std::string program;
  domain::TransferId id;
};

// kNotFound if there is no such transfer.
absl::StatusOr<domain::Transfer> RequireTransfer(ports::StoreReader& reader,
                                                 const TransferPath& name);

// Each answers a recorded transfer with another one, as domain::LedgerUnit says. kNotFound for the
// programme and the transfer. CaptureTransfer also answers kMemberSuspended if the debited member
// is suspended.
using DecidedTransfer = absl::StatusOr<Decided<domain::Transfer>>;
DecidedTransfer CaptureTransfer(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const TransferPath& pending, std::int64_t amount);
DecidedTransfer VoidTransfer(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const TransferPath& pending);
DecidedTransfer ReverseTransfer(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const TransferPath& original, std::int64_t amount,
                                const std::string& memo = {});

}  // namespace perigee::use_cases
