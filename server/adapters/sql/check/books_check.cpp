#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/check/program_check.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/ledger/account_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/rule/rules.h"

namespace perigee::sql {
namespace {

std::string NameOf(const domain::AccountRef& ref) {
  return ref.IsMember() ? absl::StrCat("account of member ", ref.member.Hex(), " in ", ref.asset)
                        : absl::StrCat("account ", ref.account, " of ", ref.asset);
}

std::string Encoded(const domain::Board& board) {
  domain::Changes changes;
  changes.boards = {board};
  return EncodeEntry({}, changes, {}) + board.display_name;
}

}  // namespace

void ProgramCheck::CheckBudgets(const std::map<domain::AccountRef, domain::Account>& rows) {
  for (const auto& [ref, account] : rows) {
    if (!ref.IsMember() && !domain::ComesWithAsset(ref.account) && !budgets_.contains(ref)) {
      Report(absl::StrCat("the journal never opened the ", NameOf(ref)));
    }
  }
  for (const domain::AccountRef& ref : budgets_) {
    if (!rows.contains(ref)) {
      Report(absl::StrCat("the ", NameOf(ref), ", which the journal opened, is missing"));
    }
  }
}

absl::Status ProgramCheck::CheckAccounts() {
  static const Sql kSql = Sql::Built(
      std::string("SELECT ").append(kAccountColumns).append(" FROM account a WHERE program = $1"));
  std::map<domain::AccountRef, domain::Account> rows;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program_}, [&](const Row& row) {
    const domain::Account account = ReadAccount(row);
    rows[account.ref] = account;
  }));
  std::set<std::string> overdrafts;
  for (const auto& [id, asset] : assets_) {
    if (asset.overdraft) {
      overdrafts.insert(asset.id);
    }
  }
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums;
  for (const auto& [ref, account] : rows) {
    const auto folded = books_.accounts().find(ref);
    domain::Account expected =
        folded == books_.accounts().end() ? domain::Account{.ref = ref} : folded->second;
    expected.overdraft =
        ref.IsMember() ? overdrafts.contains(ref.asset) : ref.account == domain::kIssuedAccount;
    if (folded == books_.accounts().end()) {
      CheckUnused(account);
    }
    if (account != expected) {
      Report(absl::StrCat("the totals of the ", NameOf(ref), " do not follow from its transfers"));
    }
    if (!account.overdraft && account.Available() < 0) {
      Report(absl::StrCat("the ", NameOf(ref), " is below zero and must not be"));
    }
    sums[ref.asset].first += account.balance;
    sums[ref.asset].second += account.credits_pending - account.debits_pending;
  }
  CheckBudgets(rows);
  for (const auto& [ref, account] : books_.accounts()) {
    if (!rows.contains(ref)) {
      Report(absl::StrCat("the ", NameOf(ref), " is missing"));
    }
  }
  for (const auto& [asset, sum] : sums) {
    if (sum.first != 0 || sum.second != 0) {
      Report(absl::StrCat("the books of ", asset, " do not add up: posted credits less debits are ",
                          sum.first, ", pending ", sum.second));
    }
  }
  return absl::OkStatus();
}

// Only a budget may exist without a transfer.
void ProgramCheck::CheckUnused(const domain::Account& account) {
  if (account.ref.IsMember() || domain::ComesWithAsset(account.ref.account)) {
    Report(absl::StrCat("the ", NameOf(account.ref), " is there without a transfer"));
  }
}

absl::Status ProgramCheck::CheckHolds() {
  std::map<domain::TransferId, domain::Transfer> missing = books_.holds();
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, idx, asset, member_key, account, expire_time, amount FROM hold "
      "WHERE program = $1",
      {program_}, [&](const Row& row) {
        const domain::TransferId id{row.Int(0), row.Small(1)};
        const auto hold = missing.find(id);
        if (hold == missing.end() ||
            hold->second.debit != domain::AccountRef{row.Text(2), row.Id(3), row.Text(4)} ||
            hold->second.expire_time != row.At(5) || hold->second.amount != row.Int(6)) {
          Report(absl::StrCat("the hold of transfer ", domain::FormatTransferId(id),
                              " differs from the journal"));
        }
        missing.erase(id);
      }));
  for (const auto& [id, hold] : missing) {
    Report(absl::StrCat("the hold of transfer ", domain::FormatTransferId(id), " is missing"));
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckLots() {
  std::map<domain::AccountRef, std::int64_t> open;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, idx, part, asset, member_key, account, amount, remaining, expire_time "
      "FROM lot WHERE program = $1",
      {program_}, [&](const Row& row) {
        const domain::Lot lot{{row.Int(0), row.Small(1)},
                              row.Small(2),
                              {row.Text(3), row.Id(4), row.Text(5)},
                              row.Int(6),
                              row.Int(7),
                              row.At(8)};
        open[lot.account] += lot.remaining;
        const auto recorded = lots_.find({lot.id, lot.part});
        if (recorded == lots_.end() || recorded->second != lot || lot.remaining < 0 ||
            lot.remaining > lot.amount) {
          Report(absl::StrCat("lot ", domain::FormatTransferId(lot.id), " part ", lot.part,
                              " differs from the journal or holds more than it may"));
        }
        if (recorded != lots_.end()) {
          lots_.erase(recorded);
        }
      }));
  for (const auto& [key, lot] : lots_) {
    Report(
        absl::StrCat("lot ", domain::FormatTransferId(lot.id), " part ", lot.part, " is missing"));
  }
  std::set<std::string> lotted;
  for (const auto& [id, asset] : assets_) {
    if (asset.HasLots()) {
      lotted.insert(asset.id);
    }
  }
  for (const auto& [ref, account] : books_.accounts()) {
    if (ref.IsMember() && lotted.contains(ref.asset) && open[ref] != account.Available()) {
      Report(absl::StrCat("the ", NameOf(ref), " has ", account.Available(),
                          " available and lots of ", open[ref]));
    }
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckCaps() {
  std::map<std::pair<std::string, std::string>, std::int64_t> limits;
  for (const domain::Rule& rule : rules_) {
    for (const domain::Grant& grant : rule.grants) {
      // A reversed loss may take a net cap past its limit.
      if (grant.cap.has_value() && !grant.cap->net) {
        std::int64_t& limit = limits[{grant.asset, grant.cap->id}];
        limit = std::max(limit, grant.cap->limit);
      }
    }
  }
  std::map<domain::CapKey, std::int64_t> rows;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, asset, cap, window_start, used FROM cap_use WHERE program = $1",
      {program_}, [&](const Row& row) {
        rows[{row.Id(0), row.Text(1), row.Text(2), row.At(3)}] = row.Int(4);
      }));
  std::map<domain::CapKey, std::int64_t> expected = books_.caps();
  for (const auto& [key, used] : caps_) {
    expected.try_emplace(key, 0);
  }
  for (const auto& [key, used] : expected) {
    const auto row = rows.find(key);
    if ((row == rows.end() ? 0 : row->second) != used) {
      Report(absl::StrCat("cap ", key.cap, " of member ", key.member.Hex(), " in ", key.asset,
                          " does not count what was granted"));
    }
    const auto limit = limits.find({key.asset, key.cap});
    if (limit != limits.end() && used > limit->second) {
      Report(absl::StrCat("cap ", key.cap, " of member ", key.member.Hex(), " in ", key.asset,
                          " is passed: ", used, " of ", limit->second));
    }
  }
  for (const auto& [key, used] : rows) {
    if (!expected.contains(key) && used != 0) {
      Report(absl::StrCat("cap ", key.cap, " of member ", key.member.Hex(), " in ", key.asset,
                          " counts grants that are not there"));
    }
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::ReadTextKeys() {
  PERIGEE_ASSIGN_OR_RETURN(owners_, TextKeyRepository(connection_).All(program_));
  for (const TextKey& of : owners_) {
    if (const std::optional<SealKey> key = of.key()) {
      text_keys_.emplace(of.owner, *key);
    } else if (of.destroyed) {
      destroyed_.insert(of.owner);
    }
  }
  return absl::OkStatus();
}

// The key of an erased member must be gone, and no other key may be. The programme's own key also
// makes the indexes, so it need not seal a text.
void ProgramCheck::CheckTextKeys() {
  for (const TextKey& key : owners_) {
    const auto report = [&](std::string_view what) {
      Report(absl::StrCat("the key of texts of member ", key.owner.Hex(), " ", std::string(what)));
    };
    const bool erased = erased_.contains(key.owner);
    const bool has_bytes = key.bytes.has_value() && !key.bytes->empty();
    if (erased && (!key.destroyed || (has_bytes && !erasing_.contains(key.owner)))) {
      report("is there although they were erased");
    }
    if (erased) {
      continue;
    }
    if (key.destroyed) {
      report("was destroyed, but they were not erased");
    } else if (!key.bytes.has_value()) {
      report("is missing in the key store");
    } else if (!has_bytes) {
      report("was destroyed, but they were not erased: `perigeed serve` erases them again");
    } else if (!key.owner.IsNil() && !text_owners_.contains(key.owner)) {
      report("seals no text");
    }
  }
}

absl::Status ProgramCheck::CheckMerged() {
  return connection_.Query(
      "SELECT m.member_key, m.merged_into, m.merge_revision, h.merged_into, "
      "h.standing, m.standing "
      "FROM member m LEFT JOIN member h ON h.program = m.program AND h.member_key = m.merged_into "
      "WHERE m.program = $1 AND (m.merged_into <> {nil} OR m.merge_revision <> 0)",
      {program_}, [&](const Row& row) {
        const std::string name = absl::StrCat("member ", row.Id(0).Hex());
        if (row.Id(1).IsNil() || row.Int(2) <= 0) {
          Report(name + " is merged at a revision without a member, or the other way round");
        } else if (row.IsNull(3)) {
          Report(name + " is merged into a member that is missing");
        } else if (!row.Id(3).IsNil()) {
          Report(name + " is merged into a member that is merged itself");
        } else if (row.Int(4) != row.Int(5)) {
          Report(name + " has another standing than the member that it is merged into");
        }
      });
}

absl::Status ProgramCheck::CheckEligibility() {
  std::map<domain::MemberKey, EligibilityRow> rows;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT member_key, revision, person_revision FROM eligibility WHERE program = $1",
      {program_}, [&](const Row& row) {
        rows[row.Id(0)] = {row.Int(1), row.Int(2)};
      }));
  const auto report = [this](const domain::MemberKey& member) {
    Report(absl::StrCat("the last change of the eligibility of member ", member.Hex(),
                        " differs from the journal"));
  };
  for (const auto& [member, expected] : eligibility_.rows()) {
    const auto row = rows.find(member);
    if (row == rows.end() || row->second != expected) {
      report(member);
    }
    rows.erase(member);
  }
  for (const auto& [member, row] : rows) {
    report(member);
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckBoards() {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> rows,
                           BoardRepository(connection_).List(program_));
  for (const domain::Board& row : rows) {
    const auto recorded = boards_.find(row.id);
    if (recorded == boards_.end()) {
      Report(absl::StrCat("board ", row.id, " is not in the journal"));
      continue;
    }
    if (Encoded(row) != Encoded(recorded->second) || row.revision != recorded->second.revision) {
      Report(absl::StrCat("board ", row.id, " differs from the journal"));
    }
    boards_.erase(recorded);
  }
  for (const auto& [id, board] : boards_) {
    Report(absl::StrCat("board ", id, " is missing"));
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckResults() {
  BoardRepository boards(connection_);
  for (const domain::PeriodResult& recorded : results_) {
    const std::string name = absl::StrCat("result ", recorded.version, " of board ", recorded.board,
                                          ", period ", recorded.period, ",");
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<domain::PeriodResult> heads,
        boards.Results(program_, recorded.board, recorded.board_created, recorded.period));
    const auto head = std::ranges::find(heads, recorded.version, &domain::PeriodResult::version);
    if (head == heads.end()) {
      Report(absl::StrCat(name, " is missing"));
      continue;
    }
    domain::Changes row;
    row.results = {*head};
    domain::Changes expected;
    expected.results = {recorded};
    if (EncodeEntry({}, row, {}) != EncodeEntry({}, expected, {}) ||
        head->reason != recorded.reason || head->revision != recorded.revision) {
      Report(absl::StrCat(name, " differs from the journal"));
    }
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<domain::ResultEntry> entries,
        boards.ResultEntries(program_, recorded.digest, 0, std::numeric_limits<int>::max()));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t last,
                             boards.CountResultEntries(program_, recorded.digest));
    if (static_cast<std::int64_t>(entries.size()) != recorded.entry_count ||
        last != recorded.entry_count || domain::ResultDigest(entries) != recorded.digest) {
      Report(absl::StrCat(name, " has entries that do not match its digest"));
    }
  }
  return CheckDrafts();
}

// A draft is no finding: its closing goes on, or was given up and the draft will be removed.
absl::Status ProgramCheck::CheckDrafts() {
  std::set<std::string> of_results;
  for (const domain::PeriodResult& recorded : results_) {
    of_results.insert(recorded.digest);
  }
  std::set<std::string> drafts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT digest FROM result_draft WHERE program = $1", {program_},
      [&](const Row& row) { drafts.insert(absl::BytesToHexString(row.Text(0))); }));
  for (const std::string& digest : drafts) {
    if (of_results.contains(digest)) {
      Report(absl::StrCat("the entries of the result with digest ", digest, " are called a draft"));
    }
  }
  return connection_.Query("SELECT DISTINCT digest FROM result_entry WHERE program = $1",
                           {program_}, [&](const Row& row) {
                             const std::string digest = absl::BytesToHexString(row.Text(0));
                             if (!of_results.contains(digest) && !drafts.contains(digest)) {
                               Report(absl::StrCat("there are entries with digest ", digest,
                                                   ", which is of no result and no draft"));
                             }
                           });
}

}  // namespace perigee::sql
