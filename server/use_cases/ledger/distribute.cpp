#include "server/use_cases/ledger/distribute.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"
#include "server/core/status_macros.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

// The amount of each share, in their order.
std::vector<std::int64_t> Split(const Distribution& distribution) {
  std::vector<std::pair<std::string, std::size_t>> by_name;
  for (const Distribution::Share& share : distribution.shares) {
    by_name.emplace_back(FormatAccountPath(share.credit), by_name.size());
  }
  std::ranges::sort(by_name);
  std::vector<absl::uint128> weights;
  for (const auto& [name, place] : by_name) {
    weights.emplace_back(static_cast<std::uint64_t>(distribution.shares[place].weight));
  }
  const std::vector<std::int64_t> parts = domain::SplitBudget(distribution.amount, weights);
  std::vector<std::int64_t> amounts(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    amounts[by_name[i].second] = parts[i];
  }
  return amounts;
}

}  // namespace

ports::Lookups LookupsOf(const Distribution& distribution) {
  ports::Lookups lookups;
  if (!distribution.debit.member_id.empty()) {
    lookups.members.push_back(distribution.debit.member_id);
  }
  for (const Distribution::Share& share : distribution.shares) {
    if (!share.credit.member_id.empty()) {
      lookups.members.push_back(share.credit.member_id);
    }
  }
  return lookups;
}

absl::StatusOr<Decided<std::vector<domain::Transfer>>> Distribute(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const Distribution& distribution) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  const std::vector<std::int64_t> amounts = Split(distribution);
  std::vector<TransferOrder> orders;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const AccountPath& credit = distribution.shares[i].credit;
    if (amounts[i] == 0) {
      PERIGEE_RETURN_IF_ERROR(RequireNamedAccount(reader, credit).status());
      continue;
    }
    TransferOrder order{.field = "", .debit = distribution.debit, .credit = credit, .draft = {}};
    order.credit_field = "shares[" + std::to_string(i) + "].account";
    order.draft.amount = amounts[i];
    order.draft.effective_time = distribution.effective_time;
    orders.push_back(std::move(order));
  }
  return PostTransfers(reader, unit, program, orders);
}

}  // namespace perigee::use_cases
