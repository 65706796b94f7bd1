#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/check/program_check.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_parties.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/domain/activity/activity.h"
#include "server/domain/rule/rules.h"

namespace perigee::sql {
namespace {

constexpr int kPage = 500;

struct RawEntry {
  domain::JournalEntry entry;
  domain::RequestProof request;
  Sha256Digest expected_hash{};
  bool readable = true;
  bool texts_match = true;
};

// Whether the entry has the digest of these texts.
bool AreTextsOf(const DecodedEntry& entry, std::string_view texts) {
  if (texts.empty()) {
    return entry.texts_digest.empty();
  }
  const Sha256Digest digest = Sha256(texts);
  return entry.texts_digest == std::string(digest.begin(), digest.end());
}

}  // namespace

absl::Status ProgramCheck::WalkJournal() {
  std::vector<RawEntry> page;
  do {
    page.clear();
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT revision, time, previous_hash, hash, payload, texts FROM journal "
        "WHERE program = $1 AND revision > $2 ORDER BY revision LIMIT $3",
        {program_, head_.revision, kPage}, [&](const Row& row) {
          RawEntry& raw = page.emplace_back();
          raw.entry = {row.Int(0), row.At(1), row.Digest(2), row.Digest(3), {}, {}};
          raw.expected_hash = domain::JournalHash(raw.entry.previous_hash, program_, row.Int(0),
                                                  row.At(1), row.Bytes(4));
          absl::StatusOr<DecodedEntry> decoded = DecodeEntry(row.Bytes(4), row.Int(0));
          raw.readable = decoded.ok();
          if (decoded.ok()) {
            raw.texts_match = AreTextsOf(*decoded, row.Bytes(5)) &&
                              OpenTexts(program_, row.Int(0), row.Bytes(5), text_keys_,
                                        decoded->changes, text_owners_)
                                  .ok();
            raw.entry.by = decoded->cause.by;
            raw.request = decoded->cause.request;
            raw.entry.changes = std::move(decoded->changes);
            raw.entry.method = std::move(decoded->cause.method);
          }
        }));
    for (const RawEntry& raw : page) {
      if (!raw.readable) {
        Report(absl::StrCat("journal entry ", raw.entry.revision, " cannot be read"));
      }
      if (!raw.texts_match) {
        Report(absl::StrCat("the texts beside journal entry ", raw.entry.revision,
                            " are not its own"));
      }
      // Before the entry's own erasures are noted.
      PERIGEE_RETURN_IF_ERROR(CheckRequest(raw.entry, raw.request));
      PERIGEE_RETURN_IF_ERROR(CheckEntry(raw.entry, raw.expected_hash));
    }
  } while (!page.empty());
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckEntry(const domain::JournalEntry& entry,
                                      const Sha256Digest& expected_hash) {
  if (entry.revision != head_.revision + 1) {
    Report(absl::StrCat("the journal has a gap between ", head_.revision, " and ", entry.revision));
  }
  if (entry.previous_hash != head_.hash) {
    Report(absl::StrCat("journal entry ", entry.revision, " does not follow on the one before it"));
  }
  if (entry.hash != expected_hash) {
    Report(
        absl::StrCat("journal entry ", entry.revision, " does not have the hash of its content"));
  }
  if (entry.time < head_.time) {
    Report(absl::StrCat("journal entry ", entry.revision, " is older than the one before it"));
  }
  head_ = {entry.revision, entry.time, entry.hash};

  const domain::Changes& changes = entry.changes;
  PERIGEE_RETURN_IF_ERROR(CheckTransfers(entry.revision, changes.ledger.transfers));
  PERIGEE_RETURN_IF_ERROR(records_.Add(changes.records));
  PERIGEE_RETURN_IF_ERROR(CheckParties(entry));
  for (const domain::RecordChange& change : changes.records.all()) {
    if (change.type->IsSealed()) {
      const std::vector<domain::MemberKey> owners = domain::OwnersOf(change);
      text_owners_.insert(owners.begin(), owners.end());
    }
  }
  for (const domain::Member* member : changes.records.All<domain::Member>()) {
    merged_.Learn(*member);
  }
  eligibility_.Add(changes, entry.revision);
  for (const domain::MemberKey& member : changes.erased) {
    records_.Erase(member);
    erased_.insert(member);
    merged_.Set(member, {});
  }
  for (const domain::Activity* activity : changes.records.All<domain::Activity>()) {
    ++activities_;
    PERIGEE_RETURN_IF_ERROR(CheckActivityMembers(*activity));
  }
  for (const domain::Edge* edge : changes.records.All<domain::Edge>()) {
    thanks_ += edge->kind == domain::EdgeKind::kThanks ? 1 : 0;
  }
  for (const domain::Asset* asset : changes.records.All<domain::Asset>()) {
    assets_[asset->id] = *asset;
  }
  for (const domain::Rule* rule : changes.records.All<domain::Rule>()) {
    rules_.push_back(*rule);
  }
  results_.insert(results_.end(), changes.results.begin(), changes.results.end());
  for (const std::string& board : changes.deleted_boards) {
    boards_.erase(board);
  }
  for (const domain::Board& board : changes.boards) {
    boards_[board.id] = board;
  }
  for (const domain::Lot& lot : changes.ledger.lots) {
    lots_[{lot.id, lot.part}] = lot;
  }
  for (const domain::CapUse& cap : changes.ledger.caps) {
    caps_[cap.key] = cap.used;
  }
  budgets_.insert(changes.ledger.budgets.begin(), changes.ledger.budgets.end());
  return CheckLotUses(entry.revision, changes.ledger.lot_uses);
}

absl::Status ProgramCheck::CheckTransfers(domain::Revision revision,
                                          const std::vector<domain::Transfer>& recorded) {
  const absl::StatusOr<std::vector<domain::Transfer>> rows_read =
      ledger_.TransfersOf(program_, revision);
  if (ReasonOf(rows_read.status()) == Reason::kInternal) {
    Report(absl::StrCat("the transfers of revision ", revision, " cannot be read"));
    return absl::OkStatus();
  }
  PERIGEE_RETURN_IF_ERROR(rows_read.status());
  const std::vector<domain::Transfer>& rows = *rows_read;
  for (const domain::Transfer& row : rows) {
    if (erasing_.contains(row.debit.member) || erasing_.contains(row.credit.member)) {
      // The memo cannot be read any more, but it may still be there.
      PERIGEE_RETURN_IF_ERROR(connection_.Query(
          "SELECT 1 FROM memo WHERE program = $1 AND revision = $2 AND idx = $3",
          {program_, row.id.revision, row.id.index}, [&](const Row&) { ++memos_; }));
    }
    if (std::ranges::find(recorded, row.id, &domain::Transfer::id) == recorded.end()) {
      Report(absl::StrCat("transfer ", domain::FormatTransferId(row.id), " is not in the journal"));
    }
  }
  for (const domain::Transfer& transfer : recorded) {
    const auto row = std::ranges::find(rows, transfer.id, &domain::Transfer::id);
    if (row == rows.end()) {
      Report(absl::StrCat("transfer ", domain::FormatTransferId(transfer.id), " is missing"));
    } else if (*row != transfer) {
      Report(absl::StrCat("transfer ", domain::FormatTransferId(transfer.id),
                          " differs from the journal"));
    }
    std::optional<domain::Transfer> original;
    if (transfer.original.has_value()) {
      absl::StatusOr<std::optional<domain::Transfer>> found =
          ledger_.FindTransfer(program_, *transfer.original);
      if (ReasonOf(found.status()) != Reason::kInternal) {
        PERIGEE_ASSIGN_OR_RETURN(original, std::move(found));
      }
      if (!original.has_value()) {
        Report(absl::StrCat("transfer ", domain::FormatTransferId(transfer.id),
                            " resolves or reverses one that is missing"));
      }
    }
    books_.Add(transfer, original.has_value() ? &*original : nullptr);
    CheckBalances(transfer);
    if (transfer.amount < 0) {
      Report(absl::StrCat("transfer ", domain::FormatTransferId(transfer.id),
                          " moves less than nothing"));
    }
    if (original.has_value() && books_.Reversed(original->id) > original->amount) {
      Report(absl::StrCat("transfer ", domain::FormatTransferId(original->id),
                          " is reversed by more than its amount"));
    }
    PERIGEE_RETURN_IF_ERROR(CheckSides(transfer));
    CheckPooling(transfer);
    ++transfers_;
    memos_ += transfer.memo.empty() ? 0 : 1;
  }
  return absl::OkStatus();
}

void ProgramCheck::CheckBalances(const domain::Transfer& transfer) {
  if (books_.accounts().at(transfer.debit).balance != transfer.debit_balance_after ||
      books_.accounts().at(transfer.credit).balance != transfer.credit_balance_after) {
    Report(absl::StrCat("transfer ", domain::FormatTransferId(transfer.id),
                        " states balances that do not follow from the transfers before it"));
  }
}

// An un-merge gives back what was pooled in the entry that parts the members.
void ProgramCheck::CheckPooling(const domain::Transfer& transfer) {
  if (transfer.kind == domain::TransferKind::kPooling &&
      (!transfer.debit.IsMember() || !transfer.credit.IsMember() ||
       transfer.debit.asset != transfer.credit.asset ||
       merged_.HeadOf(transfer.debit.member) != merged_.HeadOf(transfer.credit.member))) {
    Report(absl::StrCat("transfer ", domain::FormatTransferId(transfer.id),
                        " pools capital that is not of one person"));
  }
}

absl::Status ProgramCheck::CheckSides(const domain::Transfer& transfer) {
  const std::string id = domain::FormatTransferId(transfer.id);
  const std::int64_t moved = transfer.MovesBalance() ? transfer.amount : 0;
  for (const bool credit : {false, true}) {
    const domain::AccountRef& ref = credit ? transfer.credit : transfer.debit;
    bool equal = false;
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT change, balance_after, effective_time FROM posting WHERE program = $1 "
        "AND member_key = $2 AND asset = $3 AND account = $4 AND revision = $5 AND idx = $6",
        {program_, ref.member, ref.asset, ref.account, transfer.id.revision, transfer.id.index},
        [&](const Row& row) {
          equal = row.Int(0) == (credit ? moved : -moved) &&
                  row.Int(1) ==
                      (credit ? transfer.credit_balance_after : transfer.debit_balance_after) &&
                  row.At(2) == transfer.effective_time;
        }));
    if (!equal) {
      Report(absl::StrCat("the ", credit ? "credit" : "debit", " posting of transfer ", id,
                          " is missing or differs"));
    }
  }
  const domain::TransferId root =
      transfer.kind == domain::TransferKind::kReversal && transfer.original.has_value()
          ? *transfer.original
          : transfer.id;
  for (const domain::ScoreEffect& effect : domain::ScoreEffects(transfer)) {
    ++scores_;
    bool equal = false;
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT score, root_revision, root_idx FROM score WHERE program = $1 AND asset = $2 "
        "AND member_key = $3 AND effective_time = $4 AND revision = $5 AND idx = $6",
        {program_, transfer.credit.asset, effect.member, transfer.effective_time,
         transfer.id.revision, transfer.id.index},
        [&](const Row& row) {
          equal =
              row.Int(0) == effect.score && domain::TransferId{row.Int(1), row.Small(2)} == root;
        }));
    if (!equal) {
      Report(absl::StrCat("the score of transfer ", id, " is missing or differs"));
    }
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckLotUses(domain::Revision revision,
                                        const std::vector<domain::LotUse>& recorded) {
  std::vector<domain::LotUse> rows;
  bool numbered = true;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT idx, lot_revision, lot_idx, lot_part, amount, seq FROM lot_use "
      "WHERE program = $1 AND revision = $2 ORDER BY seq",
      {program_, revision}, [&](const Row& row) {
        numbered &= row.Int(5) == std::ssize(rows);
        rows.push_back(
            {{revision, row.Small(0)}, {row.Int(1), row.Small(2)}, row.Small(3), row.Int(4)});
      }));
  if (rows != recorded || !numbered) {
    Report(absl::StrCat("what revision ", revision, " took from lots differs from the journal"));
  }
  lot_uses_ += static_cast<std::int64_t>(recorded.size());
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckActivityMembers(const domain::Activity& activity) {
  for (const domain::MemberKey& member : std::set{activity.actor, activity.recipient}) {
    if (member.IsNil()) {
      continue;
    }
    ++activity_members_;
    bool there = false;
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT 1 FROM activity_member WHERE program = $1 AND member_key = $2 AND revision = $3",
        {program_, member, activity.revision}, [&](const Row&) { there = true; }));
    if (!there) {
      Report(absl::StrCat("activity ", activity.revision, " is not among those of member ",
                          member.Hex()));
    }
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckParties(const domain::JournalEntry& entry) {
  for (const Uuid& party : PartiesOf(entry.by, entry.changes)) {
    ++parties_;
    bool there = false;
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT 1 FROM journal_party WHERE program = $1 AND party = $2 AND revision = $3",
        {program_, party, entry.revision}, [&](const Row&) { there = true; }));
    if (!there) {
      Report(
          absl::StrCat("journal entry ", entry.revision, " is not among those of ", party.Hex()));
    }
  }
  return absl::OkStatus();
}

absl::Status ProgramCheck::CheckHead() {
  return connection_.Query(
      "SELECT head_revision, head_time, head_hash, activities, thanks FROM program WHERE program = "
      "$1",
      {program_}, [&](const Row& row) {
        if (row.Int(0) != head_.revision || row.At(1) != head_.time ||
            row.Digest(2) != head_.hash) {
          Report(absl::StrCat("the programme's head is ", row.Int(0), ", the journal ends with ",
                              head_.revision, ", or their times or hashes differ"));
        }
        if (row.Int(3) != activities_ || row.Int(4) != thanks_) {
          Report("the programme's counts of activities and thanks differ from the journal");
        }
      });
}

absl::Status ProgramCheck::CheckRowCounts() {
  const auto compare = [&](std::string_view table, std::int64_t expected) {
    return [this, table, expected](const Row& row) {
      if (row.Int(0) != expected) {
        Report(absl::StrCat("there are ", row.Int(0), " rows of ", std::string(table),
                            ", the journal makes it ", expected));
      }
    };
  };
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT COUNT(*) FROM transfer WHERE program = $1",
                                            {program_}, compare("transfer", transfers_)));
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT COUNT(*) FROM memo WHERE program = $1",
                                            {program_}, compare("memo", memos_)));
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT COUNT(*) FROM posting WHERE program = $1",
                                            {program_}, compare("posting", 2 * transfers_)));
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT COUNT(*) FROM score WHERE program = $1",
                                            {program_}, compare("score", scores_)));
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT COUNT(*) FROM activity_member WHERE program = $1", {program_},
                        compare("activity_member", activity_members_)));
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT COUNT(*) FROM journal_party WHERE program = $1",
                                            {program_}, compare("journal_party", parties_)));
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT COUNT(*) FROM result WHERE program = $1", {program_},
                        compare("result", static_cast<std::int64_t>(results_.size()))));
  return connection_.Query("SELECT COUNT(*) FROM lot_use WHERE program = $1", {program_},
                           compare("lot_use", lot_uses_));
}

}  // namespace perigee::sql
