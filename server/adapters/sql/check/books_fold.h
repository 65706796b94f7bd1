#pragma once

#include <cstdint>
#include <map>

#include "server/domain/ledger/ledger.h"

namespace perigee::sql {

// A programme's books computed from its transfers alone, in the order in which they were made.
class BooksFold {
 public:
  // `original` is the transfer that `transfer` resolved or reversed, if any.
  void Add(const domain::Transfer& transfer, const domain::Transfer* original);

  const std::map<domain::AccountRef, domain::Account>& accounts() const { return accounts_; }
  const std::map<domain::CapKey, std::int64_t>& caps() const { return caps_; }
  // The pending transfers that are not ended.
  const std::map<domain::TransferId, domain::Transfer>& holds() const { return holds_; }
  std::int64_t Reversed(domain::TransferId id) const;

 private:
  domain::Account& At(const domain::AccountRef& ref);

  std::map<domain::AccountRef, domain::Account> accounts_;
  std::map<domain::CapKey, std::int64_t> caps_;
  std::map<domain::TransferId, domain::Transfer> holds_;
  std::map<domain::TransferId, std::int64_t> reversed_;
};

}  // namespace perigee::sql
