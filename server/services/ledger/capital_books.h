#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/store.h"
#include "server/services/ledger/capital_convert.h"

namespace perigee::services {

// The books of one programme within one unit of work: opened, changed through `ledger`, closed.
struct OpenBooks {
  std::string program;
  ports::StoreReader& reader;
  domain::LedgerUnit ledger;

  // kNotFound if there is no such programme.
  static absl::StatusOr<OpenBooks> Open(ports::StoreReader& reader, const std::string& program,
                                        const ports::UnitContext& unit);

  // The transfers of those ids as they go over the wire; moves what was decided to `changes`.
  absl::StatusOr<std::vector<v1::Transfer>> Close(const std::vector<domain::TransferId>& ids,
                                                  domain::Changes& changes);

  // kMemberSuspended if the account debited is of a suspended member.
  absl::Status CheckDebtor(const domain::Transfer& transfer);
};

// A transfer as asked for, its accounts not looked up yet.
struct Order {
  std::string field;  // Where it stands in the request, with a dot; empty for the request itself.
  AccountPath debit;
  AccountPath credit;
  domain::TransferDraft draft;
};

// What posting them will look up.
ports::Lookups LookupsOf(const std::vector<Order>& orders);

// Posts all of them in order, or none. Refuses what PostTransfers refuses. The answer is a
// PostTransfersResponse.
absl::StatusOr<ports::Decision> PostAll(ports::StoreReader& reader, const ports::UnitContext& unit,
                                        const std::string& program,
                                        const std::vector<Order>& orders);

// Opens an account of the programme; kAlreadyExists if it is there. The answer is an Account.
absl::StatusOr<ports::Decision> OpenAccount(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const AccountPath& path);

}  // namespace perigee::services
