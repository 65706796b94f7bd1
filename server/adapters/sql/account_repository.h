#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/driver.h"
#include "server/domain/ledger.h"
#include "server/ports/store.h"

namespace perigee::sql {

// Accounts and caps. See ports::StoreReader and domain::LedgerBooks for what the reads promise.
class AccountRepository {
 public:
  explicit AccountRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Account>> Find(const std::string& program,
                                                      const domain::AccountRef& ref);
  // All accounts of each owner (nil: the programme), by ref.
  absl::StatusOr<std::vector<std::vector<domain::Account>>> Of(
      const std::string& program, std::span<const domain::MemberKey> owners);
  absl::StatusOr<std::optional<domain::Account>> AsOf(const std::string& program,
                                                      const domain::AccountRef& ref,
                                                      domain::Revision revision, Time time);
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program);
  absl::StatusOr<std::int64_t> CapUsed(const std::string& program, const domain::CapKey& key);

  absl::Status Put(const std::string& program, const domain::Account& account);
  absl::Status Put(const std::string& program, const domain::CapUse& cap);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
