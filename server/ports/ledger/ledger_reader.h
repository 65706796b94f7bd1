#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::ports {

// One line of an account's statement.
struct StatementLine {
  domain::Transfer transfer;
  std::int64_t change = 0;
  std::int64_t balance_after = 0;
};

struct AssetTotals {
  std::string asset;
  std::int64_t issued = 0;  // Debits posted less credits posted of `issued`.
  std::int64_t spent = 0;   // Balance of `spent`.
  // Σ credits − Σ debits over all accounts, posted and pending. Must be 0.
  std::int64_t imbalance = 0;
};

// Accounts, transfers and lots. See StoreReader for the rules of all reads.
class LedgerReader {
 public:
  virtual ~LedgerReader() = default;

  // The ledger of one programme. Lives as long as the reader.
  virtual domain::LedgerBooks& Books(const std::string& program) = 0;
  virtual absl::StatusOr<std::vector<domain::Account>> AccountsOf(
      const std::string& program, const domain::MemberKey& member) = 0;
  // Up to `limit` holds that are not ended, with an account of the member on either side. Looks at
  // all open holds of the programme if one may credit the member.
  virtual absl::StatusOr<std::vector<domain::Transfer>> HoldsOf(const std::string& program,
                                                                const domain::MemberKey& member,
                                                                int limit) = 0;
  // The account computed from the transfers alone: those recorded up to `revision` and effective up
  // to `time`. Only the balance. nullopt if no transfer had touched the account. kAmountOverflow if
  // the transfers up to `time` sum up to more than 64 bits.
  virtual absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                                     const domain::AccountRef& ref,
                                                                     domain::Revision revision,
                                                                     Time time) = 0;
  // The amount of the account that can be taken at `now`. Time alone frees expired holds and takes
  // away expired lots, so it may differ from account.Available() until a job has ended them.
  virtual absl::StatusOr<std::int64_t> AvailableAt(const std::string& program,
                                                   const domain::Account& account, Time now) = 0;
  // Newest first, before `before` ({}: from the newest).
  virtual absl::StatusOr<std::vector<StatementLine>> Statement(const std::string& program,
                                                               const domain::AccountRef& ref,
                                                               domain::TransferId before,
                                                               int limit) = 0;
  // The transfers of one revision, by index.
  virtual absl::StatusOr<std::vector<domain::Transfer>> TransfersOf(const std::string& program,
                                                                    domain::Revision revision) = 0;
  // By asset, what the transfers of kPooling after the revision `since` brought to the member's
  // accounts, less what they took. An asset without such a transfer is left out. A sum beyond 64
  // bits is cut to them.
  virtual absl::StatusOr<std::map<std::string, std::int64_t>> PooledInto(
      const std::string& program, const domain::MemberKey& member, domain::Revision since) = 0;
  virtual absl::StatusOr<std::vector<AssetTotals>> TotalAssets(const std::string& program) = 0;
};

}  // namespace perigee::ports
