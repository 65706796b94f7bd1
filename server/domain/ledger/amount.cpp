// The plain arithmetic of ledger.h: names, decimals, splits, and the effects of transfers on
// scores.

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/domain/ledger/amount_text.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/program/program.h"

namespace perigee::domain {
namespace {

// Each number has only one spelling: no sign, no leading zero.
template <class Number>
bool ParsePlain(std::string_view text, Number& number) {
  if (text.empty() || text[0] < '0' || text[0] > '9' || (text[0] == '0' && text.size() > 1)) {
    return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

struct QuotientAndRest {
  std::int64_t quotient = 0;
  absl::uint128 rest = 0;
};

// a × b / divisor for b ≤ divisor < 2^126. Goes bit by bit from the top, because the product may
// need more than 128 bits.
QuotientAndRest MultiplyAndDivide(std::int64_t a, absl::uint128 b, absl::uint128 divisor) {
  QuotientAndRest result;
  for (int bit = 62; bit >= 0; --bit) {
    result.quotient *= 2;
    result.rest *= 2;
    if (((a >> bit) & 1) != 0) {
      result.rest += b;
    }
    while (result.rest >= divisor) {
      result.rest -= divisor;
      ++result.quotient;
    }
  }
  return result;
}

bool EndsCapital(const AccountRef& ref) {
  return !ref.IsMember() && (ref.account == kSpentAccount || ref.account == kExpiredAccount ||
                             ref.account == kForfeitedAccount);
}

}  // namespace

std::string FormatTransferId(TransferId id) {
  return std::to_string(id.revision) + "-" + std::to_string(id.index);
}

absl::StatusOr<TransferId> ParseTransferId(std::string_view field, std::string_view text) {
  TransferId id;
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || !ParsePlain(text.substr(0, dash), id.revision) ||
      !ParsePlain(text.substr(dash + 1), id.index) || id.revision == 0) {
    return InvalidField(field, "is not a transfer, such as 1042-0");
  }
  return id;
}

std::string TransferName(std::string_view program, TransferId id) {
  return FormatName(kTransferPattern, {program, FormatTransferId(id)});
}

std::vector<std::int64_t> SplitBudget(std::int64_t budget, std::span<const absl::uint128> weights) {
  const absl::uint128 total =
      std::accumulate(weights.begin(), weights.end(), absl::uint128(0),
                      [](absl::uint128 sum, absl::uint128 weight) {
                        PERIGEE_CHECK((weight >> 126) == 0, "weights are below 2^126");
                        return sum + weight;
                      });
  PERIGEE_CHECK(budget >= 0 && total > 0 && (total >> 126) == 0, "the budget can be split");

  std::vector<std::int64_t> shares;
  std::vector<std::pair<absl::uint128, std::size_t>> rests;
  std::int64_t left = budget;
  for (const absl::uint128 weight : weights) {
    const QuotientAndRest exact = MultiplyAndDivide(budget, weight, total);
    rests.emplace_back(exact.rest, shares.size());
    shares.push_back(exact.quotient);
    left -= exact.quotient;
  }
  std::ranges::stable_sort(rests, [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; left > 0; ++i, --left) {
    ++shares[rests[i].second];
  }
  return shares;
}

absl::StatusOr<std::int64_t> ParseAmount(std::string_view field, std::string_view text,
                                         int decimals) {
  const bool negative = text.starts_with('-');
  const std::string_view number = text.substr(negative ? 1 : 0);
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "" : number.substr(point + 1);
  if (!IsDigits(whole) || (point != std::string_view::npos && !IsDigits(fraction))) {
    return InvalidField(field, "is not a decimal number, such as 12.5");
  }
  if (fraction.size() > static_cast<std::size_t>(decimals)) {
    return InvalidField(field, decimals == 0 ? "must be a whole number"
                                             : "has more than " + std::to_string(decimals) +
                                                   " digits behind the point");
  }
  std::string digits(negative ? "-" : "");
  digits.append(whole).append(fraction);
  digits.append(static_cast<std::size_t>(decimals) - fraction.size(), '0');
  std::int64_t amount = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
  if (parsed.ec != std::errc()) {
    return InvalidField(field, "is too large");
  }
  return amount;
}

std::string FormatAmount(std::int64_t amount, int decimals) {
  // Negated as unsigned: the lowest amount has no positive counterpart.
  const auto magnitude =
      amount < 0 ? -static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  std::string digits = std::to_string(magnitude);
  if (decimals > 0) {
    const auto behind = static_cast<std::size_t>(decimals);
    if (digits.size() <= behind) {
      digits.insert(0, behind + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - behind, ".");
  }
  return amount < 0 ? "-" + digits : digits;
}

std::string AmountText(std::int64_t amount, const Asset& asset) {
  return FormatAmount(amount, asset.decimals) + " " + asset.id;
}

std::vector<ScoreEffect> ScoreEffects(const Transfer& transfer) {
  std::vector<ScoreEffect> effects;
  if (!transfer.MovesBalance() || transfer.kind == TransferKind::kPooling || transfer.amount == 0 ||
      EndsCapital(transfer.debit) || EndsCapital(transfer.credit)) {
    return effects;
  }
  if (transfer.debit.IsMember()) {
    effects.push_back({transfer.debit.member, -transfer.amount});
  }
  if (transfer.credit.IsMember()) {
    effects.push_back({transfer.credit.member, transfer.amount});
  }
  return effects;
}

}  // namespace perigee::domain
