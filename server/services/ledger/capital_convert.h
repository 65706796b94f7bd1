#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "perigee/v1/capital.pb.h"
#include "server/domain/ledger/ledger.h"
#include "server/services/convert.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

// An account's name, taken apart.
struct AccountPath {
  std::string program;
  std::string asset;
  std::string member_id = {};  // Empty for an account of the programme.
  std::string account = {};    // Empty for a member's.
};

// kInvalidField, naming `field`, if `name` has neither of the two forms.
absl::StatusOr<AccountPath> ParseAccountPath(std::string_view field, std::string_view name);
std::string FormatAccountPath(const AccountPath& name);

// Whether it is one of the four accounts that every asset has, moved or not.
bool ComesWithAsset(std::string_view account);

// What an account's name stands for.
struct NamedAccount {
  domain::AccountRef ref;
  domain::Asset asset;
  domain::Standing standing = domain::Standing::kGood;  // Of its member.
  // As it stands; empty and not stored if a member's account has never been used.
  domain::Account account = {};
};

// kNotFound, naming what is missing: the programme's asset, the member or the opened account.
absl::StatusOr<NamedAccount> FindNamedAccount(ports::StoreReader& reader, const AccountPath& name);

// Turns the accounts of transfers into names. Asks the store once for all members of one batch.
class TransferNames {
 public:
  static absl::StatusOr<TransferNames> Of(ports::StoreReader& reader, const std::string& program,
                                          std::span<const domain::Transfer> transfers);

  v1::Transfer ToProto(const domain::Transfer& transfer) const;
  std::string Account(const domain::AccountRef& ref) const;
  std::string Transfer(domain::TransferId id) const { return TransferName(program_, id); }

 private:
  std::string program_;
  MemberNames members_;
};

// What an account reads as at `now`. `expired`: what its lots hold that has expired and was not
// taken out yet.
v1::Account ToProto(const AccountPath& name, const domain::Account& account, std::int64_t expired,
                    domain::Revision revision);

// A transfer's name; kInvalidField, naming `field`, if it is none.
struct TransferPath {
  std::string program;
  domain::TransferId id;
};
absl::StatusOr<TransferPath> ParseTransferPath(std::string_view field, std::string_view name);

// kNotFound if there is no such transfer.
absl::StatusOr<domain::Transfer> FindNamedTransfer(ports::StoreReader& reader,
                                                   const TransferPath& name);

}  // namespace perigee::services
