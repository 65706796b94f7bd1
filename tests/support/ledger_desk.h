#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/ledger/ledger.h"
#include "tests/fakes/memory_books.h"

namespace perigee::tests {

inline Time At(std::string_view text) { return ParseTime(text).value(); }

inline domain::MemberKey Key(std::uint8_t number) {
  domain::MemberKey key;
  key.bytes[15] = number;
  return key;
}

inline domain::AccountRef Of(std::string asset, std::uint8_t member) {
  return {std::move(asset), Key(member), ""};
}

inline domain::AccountRef Own(std::string asset, std::string_view account) {
  return {std::move(asset), {}, std::string(account)};
}

// A programme's books with a clock. Each call is a unit of work of its own, and is kept if it is
// not refused. Assets: `points` (spendable), `karma` (earned only, may be below zero), `honour`
// (earned only) and `access` (spendable, in lots of one month).
class LedgerDesk {
 public:
  LedgerDesk() {
    books.AddAsset({.id = "points", .spendable = true});
    books.AddAsset({.id = "karma", .overdraft = true});
    books.AddAsset({.id = "honour"});
    books.AddAsset({.id = "access", .spendable = true, .lot_lifetime_months = 1});
  }

  domain::LedgerUnit Unit() { return {books, zone, head + 1, now}; }
  void Keep(domain::LedgerUnit& unit) {
    books.Apply(unit.Take());
    ++head;
  }
  // Runs `call(unit)` as one unit.
  template <class Call>
  auto Run(Call call) {
    domain::LedgerUnit unit = Unit();
    auto result = call(unit);
    if (result.ok()) {
      Keep(unit);
    }
    return result;
  }

  absl::StatusOr<domain::TransferId> Post(const domain::TransferDraft& draft) {
    return Run([&](domain::LedgerUnit& unit) { return unit.Post(draft); });
  }
  absl::StatusOr<domain::TransferId> Move(const domain::AccountRef& debit,
                                          const domain::AccountRef& credit, std::int64_t amount) {
    return Post({.debit = debit, .credit = credit, .amount = amount});
  }
  absl::StatusOr<domain::TransferId> Issue(const domain::AccountRef& credit, std::int64_t amount) {
    return Move(Own(credit.asset, domain::kIssuedAccount), credit, amount);
  }
  absl::StatusOr<domain::TransferId> Spend(const domain::AccountRef& debit, std::int64_t amount) {
    return Move(debit, Own(debit.asset, domain::kSpentAccount), amount);
  }
  absl::StatusOr<domain::TransferId> Hold(const domain::AccountRef& debit,
                                          const domain::AccountRef& credit, std::int64_t amount,
                                          Duration time = std::chrono::days{2}) {
    return Post({.debit = debit, .credit = credit, .amount = amount, .expire_time = now + time});
  }
  absl::StatusOr<domain::TransferId> Capture(domain::TransferId pending, std::int64_t amount = 0) {
    return Run([&](domain::LedgerUnit& unit) { return unit.Capture(pending, amount); });
  }
  absl::StatusOr<domain::TransferId> Void(domain::TransferId pending) {
    return Run([&](domain::LedgerUnit& unit) { return unit.Void(pending); });
  }
  absl::StatusOr<domain::TransferId> TimeOut(domain::TransferId pending) {
    return Run([&](domain::LedgerUnit& unit) { return unit.TimeOut(pending); });
  }
  absl::StatusOr<domain::TransferId> Reverse(domain::TransferId original, std::int64_t amount = 0) {
    return Run([&](domain::LedgerUnit& unit) { return unit.Reverse(original, amount, ""); });
  }
  absl::StatusOr<domain::TransferId> Grant(const domain::GrantDraft& draft) {
    return Run([&](domain::LedgerUnit& unit) { return unit.Grant(draft); });
  }
  absl::Status ExpireLots(const domain::AccountRef& account) {
    return Run([&](domain::LedgerUnit& unit) { return unit.ExpireLots(account); });
  }

  // The present account; if it is not open, the account as it would open.
  domain::Account Account(const domain::AccountRef& ref) {
    return books.FindAccount(ref)->value_or(domain::Account{.ref = ref});
  }
  std::int64_t Balance(const domain::AccountRef& ref) { return Account(ref).balance; }
  std::int64_t Available(const domain::AccountRef& ref) { return Account(ref).Available(); }
  domain::Transfer Transfer(domain::TransferId id) { return books.FindTransfer(id)->value(); }

  MemoryBooks books;
  Zone zone = Zone::Utc();
  Time now = At("2026-01-10T12:00:00Z");
  domain::Revision head = 0;
};

}  // namespace perigee::tests
