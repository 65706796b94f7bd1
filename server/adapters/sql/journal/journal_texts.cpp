#include "server/adapters/sql/journal/journal_texts.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "perigee/journal/v1/journal.pb.h"
#include "server/core/error.h"
#include "server/domain/board/board.h"
#include "server/domain/journal/changes.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/record/wire.h"

namespace perigee::sql {
namespace {

namespace v1 = perigee::journal::v1;
using Owners = std::vector<domain::MemberKey>;

// One part of a unit of work that has texts.
struct Part {
  int list = 0;
  int index = 0;
  Owners owners;  // None: the programme is the owner.
  std::string text;
};

// Visits all parts that have texts.
template <class Visit>
void ForEachPart(const domain::Changes& changes, const Visit& visit) {
  int index = 0;
  for (const domain::RecordChange& change : changes.records.all()) {
    if (!change.deleted && change.type->HasPersonal()) {
      std::string text = domain::EncodeRecord(*change.type, change.record.get(),
                                              domain::WireSink::Part::kPersonal);
      if (!text.empty()) {
        visit(Part{v1::Changes::kRecordsFieldNumber, index, domain::OwnersOf(change),
                   std::move(text)});
      }
    }
    ++index;
  }
  index = 0;
  for (const domain::Transfer& transfer : changes.ledger.transfers) {
    if (!transfer.memo.empty()) {
      visit(Part{v1::Changes::kTransfersFieldNumber, index, PartiesOf(transfer), transfer.memo});
    }
    ++index;
  }
  index = 0;
  for (const domain::Board& board : changes.boards) {
    if (!board.display_name.empty()) {
      visit(Part{v1::Changes::kBoardsFieldNumber, index, {}, board.display_name});
    }
    ++index;
  }
  index = 0;
  for (const domain::PeriodResult& result : changes.results) {
    if (!result.reason.empty()) {
      visit(Part{v1::Changes::kResultsFieldNumber, index, {}, result.reason});
    }
    ++index;
  }
}

// Binds a sealed text to its position in the entry.
std::string ContextOf(const std::string& program, domain::Revision revision, int list, int index) {
  return absl::StrCat(program, "/", revision, "/", list, "/", index);
}

template <class List>
bool Place(List& list, int index, std::string text, std::string List::value_type::*field) {
  if (index < 0 || index >= std::ssize(list)) {
    return false;
  }
  list[static_cast<std::size_t>(index)].*field = std::move(text);
  return true;
}

bool PlaceText(int list, int index, std::string text, domain::Revision revision,
               domain::Changes& changes) {
  switch (list) {
    case v1::Changes::kRecordsFieldNumber: {
      if (index < 0 || index >= std::ssize(changes.records.all())) {
        return false;
      }
      const domain::RecordChange& change = changes.records.all()[static_cast<std::size_t>(index)];
      const std::string plain =
          domain::EncodeRecord(*change.type, change.record.get(), domain::WireSink::Part::kPlain);
      std::shared_ptr<void> whole = domain::DecodeRecord(*change.type, plain, text, revision);
      if (whole == nullptr) {
        return false;
      }
      changes.records.Replace(static_cast<std::size_t>(index), std::move(whole));
      return true;
    }
    case v1::Changes::kTransfersFieldNumber:
      return Place(changes.ledger.transfers, index, std::move(text), &domain::Transfer::memo);
    case v1::Changes::kBoardsFieldNumber:
      return Place(changes.boards, index, std::move(text), &domain::Board::display_name);
    case v1::Changes::kResultsFieldNumber:
      return Place(changes.results, index, std::move(text), &domain::PeriodResult::reason);
    default:
      return false;
  }
}

absl::Status Foreign() {
  return Error(Reason::kInternal, "the texts beside an entry of the journal are not its own");
}

}  // namespace

std::vector<domain::MemberKey> PartiesOf(const domain::Transfer& transfer) {
  Owners owners;
  for (const domain::MemberKey& member : {transfer.debit.member, transfer.credit.member}) {
    if (!member.IsNil() && std::ranges::find(owners, member) == owners.end()) {
      owners.push_back(member);
    }
  }
  return owners;
}

std::vector<domain::MemberKey> TextOwners(const domain::Changes& changes) {
  std::vector<domain::MemberKey> owners;
  ForEachPart(changes, [&](const Part& part) {
    if (part.owners.empty()) {
      owners.emplace_back();
    }
    owners.insert(owners.end(), part.owners.begin(), part.owners.end());
  });
  const bool indexed = std::ranges::any_of(changes.records.all(), [](const auto& change) {
    return std::ranges::any_of(change.type->fields(), &domain::Field::findable);
  });
  if (indexed) {
    owners.emplace_back();
  }
  return owners;
}

std::set<domain::MemberKey> NamedMembers(const domain::Changes& changes) {
  std::set<domain::MemberKey> named;
  for (const domain::RecordChange& change : changes.records.all()) {
    std::ranges::copy(domain::OwnersOf(change), std::inserter(named, named.end()));
  }
  for (const domain::Transfer& transfer : changes.ledger.transfers) {
    std::ranges::copy(PartiesOf(transfer), std::inserter(named, named.end()));
  }
  return named;
}

std::string SealTexts(const std::string& program, domain::Revision revision,
                      const domain::Changes& changes, const TextKeys& keys) {
  v1::Texts texts;
  ForEachPart(changes, [&](const Part& part) {
    const std::optional<SealKey> key = JointKey(part.owners, keys);
    if (!key.has_value()) {
      return;
    }
    v1::SealedText& sealed = *texts.add_sealed();
    sealed.set_list(part.list);
    sealed.set_index(part.index);
    for (const domain::MemberKey& owner : part.owners) {
      sealed.add_owners(std::string(owner.Raw()));
    }
    sealed.set_box(Seal(*key, ContextOf(program, revision, part.list, part.index), part.text));
  });
  return texts.SerializeAsString();
}

absl::Status OpenTexts(const std::string& program, domain::Revision revision,
                       std::string_view texts, const TextKeys& keys, domain::Changes& changes,
                       std::set<domain::MemberKey>& owners_seen) {
  v1::Texts from;
  if (!from.ParseFromArray(texts.data(), static_cast<int>(texts.size()))) {
    return Foreign();
  }
  for (const v1::SealedText& sealed : from.sealed()) {
    Owners owners;
    for (const std::string& owner : sealed.owners()) {
      owners.push_back(Uuid::FromRaw(owner));
    }
    owners_seen.insert(owners.begin(), owners.end());
    if (owners.empty()) {
      owners_seen.emplace();
    }
    const std::optional<SealKey> key = JointKey(owners, keys);
    if (!key.has_value()) {
      continue;
    }
    std::optional<std::string> text =
        OpenSealed(*key, ContextOf(program, revision, sealed.list(), sealed.index()), sealed.box());
    if (!text.has_value() ||
        !PlaceText(sealed.list(), sealed.index(), *std::move(text), revision, changes)) {
      return Foreign();
    }
  }
  return absl::OkStatus();
}

void DropTexts(domain::Changes& changes) {
  changes.records.ClearPersonal();
  for (domain::Transfer& transfer : changes.ledger.transfers) {
    transfer.memo.clear();
  }
  for (domain::Board& board : changes.boards) {
    board.display_name.clear();
  }
  for (domain::PeriodResult& result : changes.results) {
    result.reason.clear();
  }
  changes.ledger.accounts.clear();
}

}  // namespace perigee::sql
