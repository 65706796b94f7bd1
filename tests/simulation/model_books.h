#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/core/error.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// The values are those of the journal.
enum class MoveKind : std::uint8_t {
  kPosted = 1,
  kPending,
  kCapture,
  kVoid,
  kTimeout,
  kReversal,
  kLotExpiry
};

// A transfer as the model expects it.
struct Move {
  TransferName name;
  std::string debit;
  std::string credit;
  std::int64_t amount = 0;
  MoveKind kind = MoveKind::kPosted;
  Micros effective = 0;
  Micros record = 0;
  std::optional<Micros> expire;
  std::optional<TransferName> original;
  std::string cap;  // The window of its cap: `<member> <asset> <day>`.
  std::int64_t cut = 0;
  std::int64_t debit_after = 0;
  std::int64_t credit_after = 0;
  auto operator<=>(const Move&) const = default;
};
std::string Text(const Move& move);

// The rest of one credit of an asset with lots.
struct ModelLot {
  TransferName name;
  int part = 0;
  std::string account;
  std::int64_t left = 0;
  Micros expire = 0;
};

// The books in the simplest form: every transfer is kept, and every balance is a sum over all of
// them.
class ModelBooks {
 public:
  // Each call belongs to one unit at `now` and `revision`. After a refusal the books may be half
  // changed, so the caller throws this copy away.
  struct Unit {
    Micros now = 0;
    std::int64_t revision = 0;
    int next = 0;
  };
  using Refusal = std::optional<Reason>;
  Refusal Post(Unit& unit, const Leg& leg);
  void Grant(Unit& unit, const std::string& account, const RuleGrant& grant, std::int64_t amount,
             Micros effective);
  Refusal Capture(Unit& unit, TransferName pending, std::int64_t amount);
  Refusal Void(Unit& unit, TransferName pending);
  Refusal Reverse(Unit& unit, TransferName original, std::int64_t amount);
  // Reverses what is left of it, or as much as its taker still has.
  void TakeBack(Unit& unit, TransferName original);
  // Ends those holds that have run out, and the expired lots of the accounts.
  void Expire(Unit& unit, const std::set<TransferName>& holds,
              const std::set<std::string>& accounts);
  // Ends all that the member has: holds on either side, then the accounts.
  void Forfeit(Unit& unit, int member);
  bool AnythingDue(Micros now) const;

  const Move* Find(TransferName name) const;
  std::int64_t Balance(const std::string& account) const;
  std::int64_t Held(const std::string& account) const;
  // What the member earned of the asset from `start` on: what they got and gave, less reversals.
  // Spending takes nothing away.
  std::int64_t Scored(const std::string& asset, int member, Micros start) const;
  // Lots with something left, the soonest to expire first.
  std::vector<ModelLot> OpenLots(const std::string& account) const;
  bool IsResolved(TransferName pending) const;

  const std::vector<Move>& moves() const { return moves_; }

 private:
  struct Piece {
    std::int64_t amount = 0;
    Micros expire = 0;
  };

  Move Begin(Unit& unit, MoveKind kind, const std::string& debit, const std::string& credit,
             std::int64_t amount) const;
  void Add(Unit& unit, Move move);
  bool Covers(const std::string& account, std::int64_t amount) const;
  void Sweep(Unit& unit, const std::string& account);
  // Ends expired holds of the account, then its expired lots.
  void EndExpired(Unit& unit, const std::string& account);
  std::vector<Piece> Take(TransferName by, const std::string& account, std::int64_t amount,
                          TransferName first);
  // Answers the pieces that stay taken.
  std::vector<Piece> GiveBack(TransferName taker, std::int64_t amount);
  void MakeLots(const Move& by, const std::vector<Piece>& pieces);
  void Release(Unit& unit, MoveKind kind, const Move& pending);

  std::vector<Move> moves_;
  std::vector<ModelLot> lots_;
  std::map<TransferName, std::map<std::size_t, std::int64_t>> taken_;  // The amount from each lot.
  std::map<std::string, std::int64_t> caps_;
};

// The parts of an account's name.
std::string AssetOf(const std::string& account);
int MemberOf(const std::string& account);  // kNobody for the programme's own account.
std::string AccountName(const std::string& asset, int member);

}  // namespace perigee::simulation
