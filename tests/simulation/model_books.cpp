#include "tests/simulation/model_books.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/calendar.h"

namespace perigee::simulation {
namespace {

bool IsOwn(const std::string& account, const char* name) {
  return account == absl::StrCat(AssetOf(account), "/", name);
}
bool HasLots(const std::string& account) {
  return AssetOf(account) == "acc" && MemberOf(account) != kNobody;
}
bool MayGoBelowZero(const std::string& account) {
  return IsOwn(account, "issued") || (AssetOf(account) == "owe" && MemberOf(account) != kNobody);
}
bool Moves(MoveKind kind) {
  return kind == MoveKind::kPosted || kind == MoveKind::kCapture || kind == MoveKind::kReversal ||
         kind == MoveKind::kLotExpiry;
}
bool ExpiresBefore(const ModelLot& a, const ModelLot& b) {
  return std::tie(a.expire, a.name, a.part) < std::tie(b.expire, b.name, b.part);
}

}  // namespace

std::string AssetOf(const std::string& account) { return account.substr(0, account.find('/')); }
int MemberOf(const std::string& account) {
  const std::string name = account.substr(account.find('/') + 1);
  return name.size() == 2 && name[0] == 'm' ? name[1] - '0' : kNobody;
}
std::string AccountName(const std::string& asset, int member) {
  return absl::StrCat(asset, "/m", member);
}

std::string Text(const Move& move) {
  return absl::StrCat(move.name.first, "-", move.name.second, " kind ", static_cast<int>(move.kind),
                      " ", move.amount, " ", move.debit, " -> ", move.credit, " effective ",
                      move.effective, " record ", move.record, " expire ", move.expire.value_or(0),
                      " original ", move.original ? move.original->first : 0, "-",
                      move.original ? move.original->second : 0, " cap '", move.cap, "' cut ",
                      move.cut, " after ", move.debit_after, "/", move.credit_after);
}

const Move* ModelBooks::Find(TransferName name) const {
  const auto found = std::ranges::find(moves_, name, &Move::name);
  return found == moves_.end() ? nullptr : &*found;
}

std::int64_t ModelBooks::Balance(const std::string& account) const {
  std::int64_t balance = 0;
  for (const Move& move : moves_) {
    if (Moves(move.kind)) {
      balance += move.credit == account ? move.amount : 0;
      balance -= move.debit == account ? move.amount : 0;
    }
  }
  return balance;
}

bool ModelBooks::IsResolved(TransferName pending) const {
  return std::ranges::any_of(moves_, [&](const Move& move) { return move.original == pending; });
}

std::int64_t ModelBooks::Held(const std::string& account) const {
  std::int64_t held = 0;
  for (const Move& move : moves_) {
    if (move.kind == MoveKind::kPending && move.debit == account && !IsResolved(move.name)) {
      held += move.amount;
    }
  }
  return held;
}

std::vector<ModelLot> ModelBooks::OpenLots(const std::string& account) const {
  std::vector<ModelLot> open;
  std::ranges::copy_if(lots_, std::back_inserter(open),
                       [&](const ModelLot& lot) { return lot.account == account && lot.left > 0; });
  std::ranges::sort(open, ExpiresBefore);
  return open;
}

bool ModelBooks::Covers(const std::string& account, std::int64_t amount) const {
  return MayGoBelowZero(account) || Balance(account) - Held(account) >= amount;
}

Move ModelBooks::Begin(Unit& unit, MoveKind kind, const std::string& debit,
                       const std::string& credit, std::int64_t amount) const {
  Move move;
  move.name = {unit.revision, unit.next};
  move.debit = debit;
  move.credit = credit;
  move.amount = amount;
  move.kind = kind;
  move.effective = move.record = unit.now;
  return move;
}

void ModelBooks::Add(Unit& unit, Move move) {
  ++unit.next;
  const std::int64_t moved = Moves(move.kind) ? move.amount : 0;
  move.debit_after = Balance(move.debit) - moved;
  move.credit_after = Balance(move.credit) + moved;
  moves_.push_back(std::move(move));
}

void ModelBooks::Sweep(Unit& unit, const std::string& account) {
  for (const ModelLot& open : OpenLots(account)) {
    if (open.expire <= unit.now) {
      Move move = Begin(unit, MoveKind::kLotExpiry, account, "acc/expired", open.left);
      move.effective = open.expire;
      for (ModelLot& lot : lots_) {
        if (lot.name == open.name && lot.part == open.part) {
          lot.left = 0;
        }
      }
      Add(unit, std::move(move));
    }
  }
}

void ModelBooks::EndExpired(Unit& unit, const std::string& account) {
  std::vector<Move> holds;
  std::ranges::copy_if(moves_, std::back_inserter(holds), [&](const Move& move) {
    return move.kind == MoveKind::kPending && move.debit == account && *move.expire <= unit.now &&
           !IsResolved(move.name) && !MayGoBelowZero(account);
  });
  std::ranges::sort(holds, {}, [](const Move& hold) { return std::pair(*hold.expire, hold.name); });
  for (const Move& hold : holds) {
    Release(unit, MoveKind::kTimeout, hold);
  }
  Sweep(unit, account);
}

std::vector<ModelBooks::Piece> ModelBooks::Take(TransferName by, const std::string& account,
                                                std::int64_t amount, TransferName first) {
  std::vector<Piece> pieces;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < lots_.size(); ++i) {
    if (lots_[i].account == account && lots_[i].left > 0) {
      order.push_back(i);
    }
  }
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const bool a_first = lots_[a].name == first;
    const bool b_first = lots_[b].name == first;
    return a_first != b_first ? a_first : ExpiresBefore(lots_[a], lots_[b]);
  });
  for (const std::size_t i : order) {
    const std::int64_t part = std::min(amount, lots_[i].left);
    if (part > 0) {
      lots_[i].left -= part;
      taken_[by][i] += part;
      pieces.push_back({part, lots_[i].expire});
      amount -= part;
    }
  }
  return pieces;
}

std::vector<ModelBooks::Piece> ModelBooks::GiveBack(TransferName taker, std::int64_t amount) {
  std::vector<std::size_t> order;
  for (const auto& [lot, much] : taken_[taker]) {
    order.push_back(lot);
  }
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return ExpiresBefore(lots_[b], lots_[a]); });
  std::vector<Piece> kept;
  for (const std::size_t lot : order) {
    std::int64_t& rest = taken_[taker][lot];
    const std::int64_t part = std::min(amount, rest);
    lots_[lot].left += part;
    rest -= part;
    amount -= part;
    if (rest > 0) {
      kept.insert(kept.begin(), {rest, lots_[lot].expire});
    }
  }
  return kept;
}

void ModelBooks::MakeLots(const Move& by, const std::vector<Piece>& pieces) {
  if (!HasLots(by.credit) || by.amount == 0) {
    return;
  }
  const std::vector<Piece> whole = {{by.amount, MonthLater(kProgramZone, by.effective)}};
  int part = 0;
  for (const Piece& piece : pieces.empty() ? whole : pieces) {
    lots_.push_back({by.name, part++, by.credit, piece.amount, piece.expire});
  }
}

ModelBooks::Refusal ModelBooks::Post(Unit& unit, const Leg& leg) {
  const bool ended = IsOwn(leg.debit, "spent") || IsOwn(leg.debit, "expired") ||
                     IsOwn(leg.debit, "forfeited") || IsOwn(leg.credit, "expired");
  const bool bad_expiry =
      leg.expire && (*leg.expire <= unit.now || *leg.expire > unit.now + 366 * kDay);
  if (leg.debit == leg.credit || ended || bad_expiry ||
      (leg.effective && *leg.effective > unit.now)) {
    return Reason::kInvalidField;
  }
  if (AssetOf(leg.debit) != AssetOf(leg.credit)) {
    return Reason::kAssetMismatch;
  }
  if (MemberOf(leg.debit) != kNobody && AssetOf(leg.debit) == "rep") {
    return Reason::kAssetNotSpendable;
  }
  EndExpired(unit, leg.debit);
  if (!Covers(leg.debit, leg.amount)) {
    return Reason::kInsufficientFunds;
  }
  Move move = Begin(unit, leg.expire ? MoveKind::kPending : MoveKind::kPosted, leg.debit,
                    leg.credit, leg.amount);
  move.effective = leg.effective.value_or(unit.now);
  move.expire = leg.expire;
  const std::vector<Piece> pieces =
      HasLots(leg.debit) ? Take(move.name, leg.debit, leg.amount, {}) : std::vector<Piece>();
  if (!leg.expire) {
    MakeLots(move, pieces);
  }
  Add(unit, std::move(move));
  return std::nullopt;
}

void ModelBooks::Grant(Unit& unit, const std::string& account, const RuleGrant& grant,
                       std::int64_t amount, Micros effective) {
  const std::string issued = absl::StrCat(AssetOf(account), "/issued");
  std::int64_t given = amount;
  std::string cap;
  if (amount > 0 && grant.capped) {
    const std::int64_t window = StartOfDay(kProgramZone, DayAt(kProgramZone, effective));
    cap = absl::StrCat(MemberOf(account), " ", AssetOf(account), " ", window);
    given = std::clamp<std::int64_t>(kCapLimit - caps_[cap], 0, amount);
    caps_[cap] += given;
  }
  if (amount < 0) {
    EndExpired(unit, account);
    std::int64_t loss = -amount;
    if (grant.floor) {
      loss = std::clamp<std::int64_t>(Balance(account) - *grant.floor, 0, loss);
    }
    if (!MayGoBelowZero(account)) {
      loss = std::clamp<std::int64_t>(Balance(account) - Held(account), 0, loss);
    }
    given = -loss;
  }
  Move move = amount > 0 ? Begin(unit, MoveKind::kPosted, issued, account, given)
                         : Begin(unit, MoveKind::kPosted, account, issued, -given);
  move.effective = effective;
  move.cap = cap;
  move.cut = amount - given;
  if (HasLots(move.debit)) {
    Take(move.name, move.debit, move.amount, {});
  }
  MakeLots(move, {});
  Add(unit, std::move(move));
}

ModelBooks::Refusal ModelBooks::Capture(Unit& unit, TransferName name, std::int64_t amount) {
  const Move pending = *Find(name);
  if (pending.kind != MoveKind::kPending || *pending.expire <= unit.now || IsResolved(name)) {
    return Reason::kTransferNotPending;
  }
  if (amount > pending.amount) {
    return Reason::kInvalidField;
  }
  Move move = Begin(unit, MoveKind::kCapture, pending.debit, pending.credit,
                    amount == 0 ? pending.amount : amount);
  move.original = name;
  MakeLots(move, GiveBack(name, pending.amount - move.amount));
  Add(unit, std::move(move));
  return std::nullopt;
}

void ModelBooks::Release(Unit& unit, MoveKind kind, const Move& pending) {
  Move move = Begin(unit, kind, pending.debit, pending.credit, pending.amount);
  move.original = pending.name;
  GiveBack(pending.name, pending.amount);
  Add(unit, std::move(move));
}

ModelBooks::Refusal ModelBooks::Void(Unit& unit, TransferName name) {
  const Move pending = *Find(name);
  if (pending.kind != MoveKind::kPending || *pending.expire <= unit.now || IsResolved(name)) {
    return Reason::kTransferNotPending;
  }
  Release(unit, MoveKind::kVoid, pending);
  return std::nullopt;
}

ModelBooks::Refusal ModelBooks::Reverse(Unit& unit, TransferName name, std::int64_t amount) {
  const Move original = *Find(name);
  if (original.kind != MoveKind::kPosted && original.kind != MoveKind::kCapture) {
    return Reason::kNotReversible;
  }
  std::int64_t left = original.amount;
  for (const Move& move : moves_) {
    left -= move.original == name ? move.amount : 0;
  }
  if (left == 0 || amount > left) {
    return Reason::kAlreadyReversed;
  }
  EndExpired(unit, original.credit);
  const std::int64_t much = amount == 0 ? left : amount;
  if (!Covers(original.credit, much)) {
    return Reason::kInsufficientFunds;
  }
  Move move = Begin(unit, MoveKind::kReversal, original.credit, original.debit, much);
  move.effective = original.effective;
  move.original = name;
  if (HasLots(original.credit)) {
    Take(move.name, original.credit, much, name);
  }
  if (HasLots(original.debit)) {
    // The capture took nothing from lots; its hold did.
    GiveBack(original.kind == MoveKind::kCapture ? *original.original : name, much);
  }
  if (!original.cap.empty()) {
    caps_[original.cap] -= much;
  }
  Add(unit, std::move(move));
  return std::nullopt;
}

void ModelBooks::TakeBack(Unit& unit, TransferName name) {
  const std::string account = Find(name)->credit;
  std::int64_t amount = 0;
  for (const bool last : {false, true}) {
    ModelBooks books = *this;
    Unit at = unit;
    const Refusal refusal = books.Reverse(at, name, amount);
    if (!refusal) {
      *this = std::move(books);
      unit = at;
      return;
    }
    amount = books.Balance(account) - books.Held(account);
    if (last || refusal != Reason::kInsufficientFunds || amount <= 0) {
      return;
    }
  }
}

void ModelBooks::Forfeit(Unit& unit, int member) {
  std::vector<Move> holds;
  std::ranges::copy_if(moves_, std::back_inserter(holds), [&](const Move& move) {
    return move.kind == MoveKind::kPending && !IsResolved(move.name) &&
           (MemberOf(move.debit) == member || MemberOf(move.credit) == member);
  });
  for (const Move& hold : holds) {
    Release(unit, *hold.expire <= unit.now ? MoveKind::kTimeout : MoveKind::kVoid, hold);
  }
  for (const char* asset : {"acc", "owe", "pts", "rep"}) {
    const std::string account = AccountName(asset, member);
    Sweep(unit, account);
    const std::int64_t balance = Balance(account);
    if (balance == 0) {
      continue;
    }
    const std::string issued = absl::StrCat(asset, "/issued");
    const std::string forfeited = absl::StrCat(asset, "/forfeited");
    Move move = balance > 0 ? Begin(unit, MoveKind::kPosted, account, forfeited, balance)
                            : Begin(unit, MoveKind::kPosted, issued, account, -balance);
    if (HasLots(account)) {
      Take(move.name, account, balance, {});
    }
    Add(unit, std::move(move));
  }
}

bool ModelBooks::AnythingDue(Micros now) const {
  return std::ranges::any_of(
             lots_, [&](const ModelLot& lot) { return lot.left > 0 && lot.expire <= now; }) ||
         std::ranges::any_of(moves_, [&](const Move& move) {
           return move.kind == MoveKind::kPending && *move.expire <= now && !IsResolved(move.name);
         });
}

std::int64_t ModelBooks::Scored(const std::string& asset, int member, Micros start) const {
  const std::string account = AccountName(asset, member);
  const auto effect = [&](const Move& move, std::int64_t amount) {
    const bool is_spent = move.credit.ends_with("/spent") || move.credit.ends_with("/forfeited");
    return is_spent ? 0
                    : (move.credit == account ? amount : 0) - (move.debit == account ? amount : 0);
  };
  std::int64_t score = 0;
  for (const Move& move : moves_) {
    if (move.kind == MoveKind::kReversal) {
      const Move& original = *Find(*move.original);
      score -= original.effective >= start ? effect(original, move.amount) : 0;
    } else if (move.kind == MoveKind::kPosted || move.kind == MoveKind::kCapture) {
      score += move.effective >= start ? effect(move, move.amount) : 0;
    }
  }
  return score;
}

void ModelBooks::Expire(Unit& unit, const std::set<TransferName>& holds,
                        const std::set<std::string>& accounts) {
  std::vector<Move> due;
  std::ranges::copy_if(moves_, std::back_inserter(due), [&](const Move& move) {
    return holds.contains(move.name) && move.kind == MoveKind::kPending &&
           *move.expire <= unit.now && !IsResolved(move.name);
  });
  std::ranges::stable_sort(due, {}, &Move::expire);
  for (const Move& hold : due) {
    Release(unit, MoveKind::kTimeout, hold);
  }
  for (const std::string& account : accounts) {
    Sweep(unit, account);
  }
}

}  // namespace perigee::simulation
