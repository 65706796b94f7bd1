#include "server/use_cases/ledger/pooling.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {
namespace {

using Sums = std::map<std::string, std::int64_t>;

// A member that is the same person as the parting one, with what it pooled in.
struct Partner {
  domain::MemberKey member;
  Sums pooled;
};

// The head comes last. What it pooled is left out.
absl::StatusOr<std::vector<Partner>> PartnersOf(ports::StoreReader& reader,
                                                const std::string& program,
                                                const domain::Member& from) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::vector<domain::MemberKey> keys = merged.AllOf(from.key);
  std::erase(keys, from.key);
  std::erase(keys, from.merged_into);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(program, keys));
  std::vector<Partner> partners;
  for (const domain::Member& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(
        Sums pooled, reader.ledger().PooledInto(program, member.key, member.merge_revision));
    partners.push_back({member.key, std::move(pooled)});
  }
  partners.push_back({from.merged_into, {}});
  return partners;
}

}  // namespace

absl::Status ReturnPooled(ports::StoreReader& reader, domain::LedgerUnit& books,
                          const std::string& program, const domain::Member& from) {
  PERIGEE_ASSIGN_OR_RETURN(const Sums pooled,
                           reader.ledger().PooledInto(program, from.key, from.merge_revision));
  if (pooled.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Partner> partners, PartnersOf(reader, program, from));
  for (const auto& [asset, sum] : pooled) {
    const bool owes = sum > 0;
    const domain::AccountRef account{.asset = asset, .member = from.key, .account = ""};
    std::int64_t left = owes ? sum : -sum;
    // Whom a debit took it from does not matter: it comes from those that have too much of it, and
    // goes to those that have too little.
    for (const Partner& partner : partners) {
      std::int64_t share = left;
      if (partner.member != from.merged_into) {
        const auto own = partner.pooled.find(asset);
        const std::int64_t net = own == partner.pooled.end() ? 0 : own->second;
        share = std::clamp<std::int64_t>(owes ? -net : net, 0, left);
      }
      left -= share;
      const domain::AccountRef other{.asset = asset, .member = partner.member, .account = ""};
      PERIGEE_RETURN_IF_ERROR((owes ? books.ReturnPooled(account, other, share)
                                    : books.ReturnPooled(other, account, share))
                                  .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
