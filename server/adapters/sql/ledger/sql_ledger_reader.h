#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/adapters/sql/ledger/account_repository.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/ledger/lot_repository.h"
#include "server/adapters/sql/program/program_repository.h"
#include "server/ports/ledger/ledger_reader.h"

namespace perigee::sql {

// One programme's books over a connection, in the state of its transaction.
class SqlBooks : public domain::LedgerBooks {
 public:
  SqlBooks(Connection& connection, std::string program)
      : programs_(connection),
        accounts_(connection),
        ledger_(connection),
        lots_(connection),
        program_(std::move(program)) {}

  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& asset) override {
    return programs_.FindAsset(program_, asset);
  }
  absl::StatusOr<std::optional<domain::Account>> FindAccount(
      const domain::AccountRef& ref) override {
    return accounts_.Find(program_, ref);
  }
  absl::StatusOr<std::optional<domain::Transfer>> FindTransfer(domain::TransferId id) override {
    return ledger_.FindTransfer(program_, id);
  }
  absl::StatusOr<std::vector<domain::Transfer>> Successors(domain::TransferId id) override {
    return ledger_.Successors(program_, id);
  }
  absl::StatusOr<std::vector<domain::Lot>> OpenLots(const domain::AccountRef& ref,
                                                    const domain::LotPosition& after,
                                                    int limit) override {
    return lots_.Open(program_, ref, after, limit);
  }
  absl::StatusOr<std::vector<domain::Transfer>> ExpiredHolds(const domain::AccountRef& ref,
                                                             Time now, int limit) override {
    return ledger_.ExpiredHolds(program_, ref, now, limit);
  }
  absl::StatusOr<std::vector<domain::LotUse>> LotUses(domain::TransferId transfer) override {
    return lots_.Uses(program_, transfer);
  }
  absl::StatusOr<std::optional<domain::Lot>> FindLot(domain::TransferId id,
                                                     std::int32_t part) override {
    return lots_.Find(program_, id, part);
  }
  absl::StatusOr<std::int64_t> CapUsed(const domain::CapKey& key) override {
    return accounts_.CapUsed(program_, key);
  }
  absl::StatusOr<std::vector<domain::AccountRef>> SamePerson(
      const domain::AccountRef& ref) override {
    return accounts_.SamePerson(program_, ref);
  }

 private:
  ProgramRepository programs_;
  AccountRepository accounts_;
  LedgerRepository ledger_;
  LotRepository lots_;
  std::string program_;
};

// LedgerReader over a connection.
class SqlLedgerReader : public ports::LedgerReader {
 public:
  explicit SqlLedgerReader(Connection& connection)
      : connection_(connection), accounts_(connection), ledger_(connection), lots_(connection) {}

  domain::LedgerBooks& Books(const std::string& program) final;
  absl::StatusOr<std::vector<domain::Account>> AccountsOf(const std::string& program,
                                                          const domain::MemberKey& member) override;
  absl::StatusOr<std::vector<domain::Transfer>> HoldsOf(const std::string& program,
                                                        const domain::MemberKey& member,
                                                        int limit) override;
  absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             domain::Revision revision,
                                                             Time time) override;
  absl::StatusOr<std::int64_t> AvailableAt(const std::string& program,
                                           const domain::Account& account, Time now) override;
  absl::StatusOr<std::vector<ports::StatementLine>> Statement(const std::string& program,
                                                              const domain::AccountRef& ref,
                                                              domain::TransferId before,
                                                              int limit) override;
  absl::StatusOr<std::vector<domain::Transfer>> TransfersOf(const std::string& program,
                                                            domain::Revision revision) override;
  absl::StatusOr<std::map<std::string, std::int64_t>> PooledInto(const std::string& program,
                                                                 const domain::MemberKey& member,
                                                                 domain::Revision since) override;
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program) override;

 protected:
  virtual std::unique_ptr<domain::LedgerBooks> MakeBooks(const std::string& program);
  Connection& connection() { return connection_; }

 private:
  Connection& connection_;
  AccountRepository accounts_;
  LedgerRepository ledger_;
  LotRepository lots_;
  std::map<std::string, std::unique_ptr<domain::LedgerBooks>> books_;
};

}  // namespace perigee::sql
