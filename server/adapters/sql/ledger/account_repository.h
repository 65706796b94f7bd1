#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"

namespace perigee::sql {

class Connection;
class Row;

// The columns of an account, in the order of ReadAccount. The table is `a`.
inline constexpr std::string_view kAccountColumns =
    "a.asset, a.member_key, a.account, a.overdraft, a.balance, a.credits_pending, "
    "a.debits_pending";
// `from` is the index of the first column.
domain::Account ReadAccount(const Row& row, int from = 0);

// Accounts and caps. ports::StoreReader and domain::LedgerBooks give the contracts of the reads.
class AccountRepository {
 public:
  explicit AccountRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Account>> Find(const std::string& program,
                                                      const domain::AccountRef& ref);
  // All accounts of an owner (nil: the programme), by ref.
  absl::StatusOr<std::vector<domain::Account>> Of(const std::string& program,
                                                  const domain::MemberKey& owner);
  absl::StatusOr<std::optional<domain::Account>> AsOf(const std::string& program,
                                                      const domain::AccountRef& ref,
                                                      domain::Revision revision, Time time);
  absl::StatusOr<std::int64_t> AvailableAt(const std::string& program,
                                           const domain::Account& account, Time now);
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program);
  absl::StatusOr<std::int64_t> CapUsed(const std::string& program, const domain::CapKey& key);
  absl::StatusOr<std::map<std::string, std::int64_t>> PooledInto(const std::string& program,
                                                                 const domain::MemberKey& member,
                                                                 domain::Revision since);
  absl::StatusOr<std::vector<domain::AccountRef>> SamePerson(const std::string& program,
                                                             const domain::AccountRef& ref);

  absl::Status Put(const std::string& program, const domain::Account& account);
  absl::Status Put(const std::string& program, const domain::CapUse& cap);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
