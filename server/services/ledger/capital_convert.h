#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"
#include "server/domain/ledger/ledger.h"
#include "server/services/convert.h"
#include "server/use_cases/ledger/accounts.h"
#include "server/use_cases/ledger/transfers.h"

namespace perigee::ports {
class StoreReader;
struct StatementLine;
}  // namespace perigee::ports

namespace perigee::services {

using use_cases::AccountPath;
using use_cases::AccountView;
using use_cases::RequireAccount;
using use_cases::RequireTransfer;
using use_cases::TransferPath;

// kInvalidField, naming `field`, if `name` has neither of the two forms.
absl::StatusOr<AccountPath> ParseAccountPath(std::string_view field, std::string_view name);

// Turns the accounts of transfers into names. Asks the store once for all members of a batch.
class TransferNames {
 public:
  static absl::StatusOr<TransferNames> Of(ports::StoreReader& reader, const std::string& program,
                                          std::span<const domain::Transfer> transfers);

  v1::Transfer ToProto(const domain::Transfer& transfer) const;
  // Empty for an account of an erased member.
  std::string Account(const domain::AccountRef& ref) const;
  std::string Transfer(domain::TransferId id) const { return TransferName(program_, id); }

 private:
  std::string program_;
  MemberNames members_;
};

// An account's answer at `now`. `expired` is the amount in expired lots that were not taken out
// yet.
v1::Account ToProto(const AccountPath& name, const domain::Account& account, std::int64_t available,
                    domain::Revision revision);

v1::StatementLine ToProto(const TransferNames& names, const ports::StatementLine& line);
v1::Lot ToProto(const TransferNames& names, const domain::Lot& lot);

// kInvalidField, naming `field`, if it is not a transfer's name.
absl::StatusOr<TransferPath> ParseTransferPath(std::string_view field, std::string_view name);

}  // namespace perigee::services
