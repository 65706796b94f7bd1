#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/store.h"
#include "server/services/ledger/capital_convert.h"

namespace perigee::services {

// The books of one programme in one unit of work. Open them, change them through `ledger`, close
// them.
struct OpenBooks {
  std::string program;
  ports::StoreReader& reader;
  domain::LedgerUnit ledger;

  // kNotFound if there is no such programme.
  static absl::StatusOr<OpenBooks> Open(ports::StoreReader& reader, const std::string& program,
                                        const ports::UnitContext& unit);

  // Moves the decided movements to `changes`, and gives the transfers of those ids as the wire has
  // them.
  absl::StatusOr<std::vector<v1::Transfer>> Close(const std::vector<domain::TransferId>& ids,
                                                  domain::Changes& changes);

  // kMemberSuspended if the debited account belongs to a suspended member.
  absl::Status CheckDebtor(const domain::Transfer& transfer);
};

// A transfer as a request asks for it. Its accounts are not looked up yet.
struct Order {
  std::string field;  // Its path in the request, such as `transfers[2]`; empty: the request itself.
  AccountPath debit;
  AccountPath credit;
  domain::TransferDraft draft;  // Without accounts; the ledger checks its limits.
  // The path of the credited account in the request, where it is not `credit_account` under
  // `field`.
  std::string credit_field = {};
};

// The rows that PostAll will read, so that the store can fetch those of many units at once.
ports::Lookups LookupsOf(const std::vector<Order>& orders);

// Posts all orders in their order, or none. Refuses as PostTransfers does; a kInvalidField names
// the field as the request has it. The answer is a PostTransfersResponse.
absl::StatusOr<ports::Decision> PostAll(ports::StoreReader& reader, const ports::UnitContext& unit,
                                        const std::string& program,
                                        const std::vector<Order>& orders);

// Opens an account of the programme; kAlreadyExists if it is there. The answer is an Account.
absl::StatusOr<ports::Decision> OpenAccount(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const AccountPath& path);

}  // namespace perigee::services
