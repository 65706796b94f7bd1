#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::sql {

class Connection;

// Lots, their uses, and their due rows. domain::LedgerBooks gives the contracts of the reads.
class LotRepository {
 public:
  explicit LotRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<domain::Lot>> Open(const std::string& program,
                                                const domain::AccountRef& ref,
                                                const domain::LotPosition& after, int limit);
  absl::StatusOr<std::optional<domain::Lot>> Find(const std::string& program, domain::TransferId id,
                                                  std::int32_t part);
  absl::StatusOr<std::vector<domain::LotUse>> Uses(const std::string& program,
                                                   domain::TransferId transfer);

  absl::Status Put(const std::string& program, const domain::Lot& lot);
  // `seq` is the index of the use in the unit of work.
  absl::Status Add(const std::string& program, const domain::LotUse& use, std::size_t seq);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
