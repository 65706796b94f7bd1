#include "server/use_cases/explain/explain_balance.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/amount_text.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/explain/transfer_text.h"
#include "server/use_cases/ledger/accounts.h"
#include "server/use_cases/ledger/statement.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Explanation;
using domain::ExplanationPart;

std::vector<ExplanationPart> PartsOf(const std::string& program,
                                     const std::vector<ports::StatementLine>& lines) {
  std::vector<ExplanationPart> parts;
  for (const ports::StatementLine& line : lines) {
    if (line.change != 0) {
      parts.push_back(
          {line.change, TransferText(line.transfer, line.change),
           FormatName(kTransferPattern, {program, domain::FormatTransferId(line.transfer.id)}),
           line.transfer.effective_time});
    }
  }
  return parts;
}

// What expires first, of all parts of the account. Lots that have expired count too until they are
// taken out.
absl::Status AddExpiry(ports::StoreReader& reader, const AccountView& view, int decimals, Time now,
                       Explanation& explanation) {
  Time first = kEndOfTime;
  std::int64_t amount = 0;
  for (const domain::Account& part : view.parts) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<domain::Lot> lots,
        reader.ledger()
            .Books(view.name.program)
            .OpenLots(part.ref, {}, static_cast<int>(domain::kExplanationPartsReadMax)));
    for (const domain::Lot& lot : lots) {
      if (lot.expire_time < first) {
        first = lot.expire_time;
        amount = 0;
      }
      amount += lot.expire_time == first ? lot.remaining : 0;
    }
  }
  if (first < kEndOfTime) {
    explanation.next.push_back(
        {absl::StrCat(domain::FormatAmount(amount, decimals), " ", view.name.asset,
                      first <= now ? " have expired and are being taken out."
                                   : " expire if they are not used before."),
         -amount, view.name.asset, first});
  }
  return absl::OkStatus();
}

void AddHolds(const domain::Account& total, int decimals, Explanation& explanation) {
  if (total.debits_pending > 0) {
    explanation.next.push_back(
        {absl::StrCat(domain::FormatAmount(total.debits_pending, decimals), " ", total.ref.asset,
                      " are held and leave when that is made final."),
         -total.debits_pending,
         total.ref.asset,
         {}});
  }
  if (total.credits_pending > 0) {
    explanation.next.push_back(
        {absl::StrCat(domain::FormatAmount(total.credits_pending, decimals), " ", total.ref.asset,
                      " are held for this account and come when that is made final."),
         total.credits_pending,
         total.ref.asset,
         {}});
  }
}

}  // namespace

absl::StatusOr<Explanation> ExplainBalance(ports::StoreReader& reader, const AccountPath& name,
                                           Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, name.program).status());
  PERIGEE_ASSIGN_OR_RETURN(const AccountView view, RequireAccount(reader, name));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Account total, TotalOf(view));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset,
                           RequireAsset(reader, name.program, name.asset));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<ports::StatementLine> lines,
      ReadStatement(reader, view, {}, static_cast<int>(domain::kExplanationPartsReadMax)));
  Explanation explanation;
  explanation.name = FormatAccountPath(view.name);
  explanation.value = total.balance;
  explanation.unit = name.asset;
  explanation.text = domain::AmountText(total.balance, asset);
  std::vector<ExplanationPart> parts = PartsOf(name.program, lines);
  if (!parts.empty()) {
    const auto newest =
        std::ranges::find_if(lines, [](const auto& line) { return line.change != 0; });
    explanation.since = newest->transfer.record_time;
  }
  domain::ShowParts(std::move(parts), explanation);
  PERIGEE_RETURN_IF_ERROR(AddExpiry(reader, view, asset.decimals, now, explanation));
  AddHolds(total, asset.decimals, explanation);
  return explanation;
}

}  // namespace perigee::use_cases
