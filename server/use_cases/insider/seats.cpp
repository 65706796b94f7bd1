#include "server/use_cases/insider/seats.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/gate.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/ledger/books.h"
#include "server/use_cases/ledger/transfers.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::GateOutcome;
using domain::InsiderItem;
using domain::Member;
using domain::MemberKey;
using domain::PriceMove;
using domain::Seat;
using domain::SeatMove;
using domain::SeatState;

constexpr int kAtOnce = 200;

absl::StatusOr<std::optional<InsiderItem>> FindItem(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const std::string& id) {
  InsiderItem like;
  like.id = id;
  return reader.records().Find(program, like);
}

bool IsOpen(SeatState state) {
  return state == SeatState::kWaiting || state == SeatState::kGranted;
}

// All claims to an item, by id, with the changes of this unit, and when each has its seat.
class Claims {
 public:
  static absl::StatusOr<Claims> Of(ports::StoreReader& reader, const std::string& program,
                                   const InsiderItem& item) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Seat> claims,
                             AllRecords<Seat>(reader, program, {"item", item.id}));
    return Claims(item, std::move(claims));
  }

  const std::vector<Seat>& all() const { return claims_; }
  const Interval& TimeOf(std::size_t place) const { return times_[place]; }
  SeatState StateOf(std::size_t place, Time now) const {
    return domain::StateOf(claims_[place], times_[place], now);
  }
  std::size_t PlaceOf(domain::Revision id) const {
    return static_cast<std::size_t>(std::ranges::find(claims_, id, &Seat::id) - claims_.begin());
  }
  std::int64_t Count(SeatState state, Time now) const {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      count += StateOf(i, now) == state ? 1 : 0;
    }
    return count;
  }
  SeatView ViewOf(std::size_t place, Time now) const {
    SeatView view{claims_[place], times_[place], StateOf(place, now)};
    if (view.state == SeatState::kWaiting) {
      for (std::size_t i = 0; i <= place; ++i) {
        view.place += StateOf(i, now) == SeatState::kWaiting ? 1 : 0;
      }
    }
    return view;
  }

  // A claim to change. Follow must be called afterwards.
  Seat& Change(std::size_t place) { return claims_[place]; }
  void Add(Seat claim) {
    claims_.push_back(std::move(claim));
    Follow();
  }
  // Gives the item another number of seats, and answers it.
  const InsiderItem& SetSeats(int seats, Time now) {
    domain::SetSeats(seats, now, item_, claims_);
    Follow();
    return item_;
  }
  // Takes up changed claims.
  void Follow() { times_ = domain::SeatTimes(item_, claims_); }

  // Does with the price what has to be done.
  absl::Status MovePrice(std::size_t place, Time now, domain::LedgerUnit& ledger) {
    Seat& claim = claims_[place];
    const PriceMove move = domain::NextPriceMove(claim, times_[place], now);
    if (move == PriceMove::kNone) {
      return absl::OkStatus();
    }
    const std::string& of = move == PriceMove::kReverse ? claim.capture : claim.hold;
    PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, domain::ParseTransferId("name", of));
    if (move == PriceMove::kCapture) {
      PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId made, ledger.Capture(id, 0));
      claim.capture = domain::FormatTransferId(made);
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId made, move == PriceMove::kReverse
                                                                ? ledger.Reverse(id, 0, "")
                                                                : ledger.Void(id));
    claim.voiding = domain::FormatTransferId(made);
    return absl::OkStatus();
  }

  // Sets when each claim is due, and puts those that differ from what the store has.
  void PutChanged(const ports::UnitContext& unit, domain::Changes& changes) {
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      domain::SetDue(times_[i], unit.now, claims_[i]);
      if (i >= stored_.size() || Differs(stored_[i], claims_[i])) {
        claims_[i].revision = unit.revision;
        changes.records.Put(claims_[i]);
      }
    }
  }

 private:
  Claims(const InsiderItem& item, std::vector<Seat> claims)
      : item_(item), stored_(claims), claims_(std::move(claims)) {
    Follow();
  }

  static bool Differs(const Seat& a, const Seat& b) {
    return a.granted_since != b.granted_since || a.give_back_time != b.give_back_time ||
           a.revoke_time != b.revoke_time || a.capture != b.capture || a.voiding != b.voiding ||
           a.due_time != b.due_time;
  }

  InsiderItem item_;
  std::vector<Seat> stored_;
  std::vector<Seat> claims_;
  std::vector<Interval> times_;
};

// A claim with its item.
struct FoundSeat {
  Seat claim;
  InsiderItem item;
};

absl::StatusOr<FoundSeat> RequireSeat(ports::StoreReader& reader, const SeatPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                           reader.members().Merged(place.program));
  Seat like;
  like.id = place.id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Seat> found, reader.records().Find(place.program, like));
  if (!found.has_value() || merged.HeadOf(found->member) != member.key) {
    return NotFound(
        FormatName(kSeatPattern, {place.program, place.member, absl::StrCat(place.id)}));
  }
  PERIGEE_ASSIGN_OR_RETURN(InsiderItem item, RequireItem(reader, place.program, found->item));
  return FoundSeat{*std::move(found), std::move(item)};
}

// Whether a person may know of an item whose gate says this.
bool IsKnown(GateOutcome outcome) {
  return domain::IsOpen(outcome) || outcome == GateOutcome::kNoSeat;
}

// Holds the price of a new claim, if it has one.
absl::Status Hold(const ports::UnitContext& unit, domain::LedgerUnit& ledger, Seat& claim) {
  if (claim.price == 0) {
    return absl::OkStatus();
  }
  domain::TransferDraft draft;
  draft.debit = {std::string(domain::kSeatAsset), claim.member, ""};
  draft.credit = {std::string(domain::kSeatAsset), {}, std::string(domain::kSpentAccount)};
  draft.amount = claim.price;
  draft.expire_time = unit.now + domain::kSeatHold;
  PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId hold, ledger.Post(draft));
  claim.hold = domain::FormatTransferId(hold);
  return absl::OkStatus();
}

DecidedSeat MoveSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const SeatPlace& place, SeatMove move, const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const FoundSeat found, RequireSeat(reader, place));
  PERIGEE_ASSIGN_OR_RETURN(Claims claims, Claims::Of(reader, place.program, found.item));
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, place.program));
  const std::size_t at = claims.PlaceOf(place.id);
  PERIGEE_RETURN_IF_ERROR(
      domain::Make(move, claims.StateOf(at, unit.now), reason, unit.now, claims.Change(at)));
  claims.Follow();
  PERIGEE_RETURN_IF_ERROR(claims.MovePrice(at, unit.now, ledger));
  Decided<SeatView> decided;
  decided.changes.ledger = ledger.Take();
  claims.PutChanged(unit, decided.changes);
  decided.value = claims.ViewOf(at, unit.now);
  return decided;
}

// Visits all items, by id, from the first after that id on, until `visit`, InsiderItem& →
// StatusOr<bool>, answers false.
template <class Visit>
absl::Status ForEachItem(ports::StoreReader& reader, const std::string& program,
                         const std::string& after, Visit visit) {
  InsiderItem last;
  last.id = after;
  std::vector<InsiderItem> items;
  do {
    PERIGEE_ASSIGN_OR_RETURN(items,
                             reader.records().List<InsiderItem>(program, {}, &last, kAtOnce));
    for (InsiderItem& item : items) {
      last.id = item.id;
      PERIGEE_ASSIGN_OR_RETURN(const bool goes_on, visit(item));
      if (!goes_on) {
        return absl::OkStatus();
      }
    }
  } while (std::cmp_equal(items.size(), kAtOnce));
  return absl::OkStatus();
}

}  // namespace

DecidedSeat ClaimSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, const std::string& member_id,
                      const std::string& item_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<InsiderItem> item,
                           FindItem(reader, program, item_id));
  PERIGEE_ASSIGN_OR_RETURN(
      const GateOutcome outcome,
      item.has_value() ? gate.Ask(*item) : absl::StatusOr<GateOutcome>(GateOutcome::kNotOpen));
  if (!IsKnown(outcome)) {
    return NotFound(FormatName(kItemPattern, {program, item_id}));
  }
  PERIGEE_ASSIGN_OR_RETURN(Claims claims, Claims::Of(reader, program, *item));
  for (std::size_t i = 0; i < claims.all().size(); ++i) {
    const Seat& claim = claims.all()[i];
    if (std::ranges::find(gate.members(), claim.member) != gate.members().end() &&
        IsOpen(claims.StateOf(i, unit.now))) {
      return AlreadyExists(FormatName(kSeatPattern, {program, member.id, absl::StrCat(claim.id)}));
    }
  }
  if (domain::IsOpen(outcome)) {
    return Error(Reason::kSeatNotNeeded, "item " + item->id + " is open without a seat",
                 {{"item", item->id}});
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, program));
  Seat claim;
  claim.id = unit.revision;
  claim.member = member.key;
  claim.item = item->id;
  claim.create_time = unit.now;
  claim.days = item->seat_days;
  claim.price = item->seat_price;
  PERIGEE_RETURN_IF_ERROR(Hold(unit, ledger, claim));
  claims.Add(std::move(claim));
  const std::size_t at = claims.all().size() - 1;
  PERIGEE_RETURN_IF_ERROR(claims.MovePrice(at, unit.now, ledger));
  Decided<SeatView> decided;
  decided.changes.ledger = ledger.Take();
  claims.PutChanged(unit, decided.changes);
  decided.value = claims.ViewOf(at, unit.now);
  return decided;
}

DecidedSeat GiveBackSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const SeatPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(Decided<SeatView> decided,
                           MoveSeat(reader, unit, place, SeatMove::kGiveBack, ""));
  // The person may have lost more than the seat since the claim.
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate,
                           PersonalGate::Of(reader, place.program, member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const InsiderItem item,
                           RequireItem(reader, place.program, decided.value.claim.item));
  PERIGEE_ASSIGN_OR_RETURN(const GateOutcome outcome, gate.Ask(item));
  decided.value.item_is_known = IsKnown(outcome);
  return decided;
}

DecidedSeat RevokeSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const SeatPlace& place, const std::string& reason) {
  return MoveSeat(reader, unit, place, SeatMove::kRevoke, reason);
}

absl::StatusOr<std::vector<SeatView>> SeatsOf(ports::StoreReader& reader,
                                              const std::string& program, const InsiderItem& item,
                                              Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Claims claims, Claims::Of(reader, program, item));
  std::vector<SeatView> views;
  int waiting = 0;
  for (std::size_t i = 0; i < claims.all().size(); ++i) {
    SeatView& view =
        views.emplace_back(SeatView{claims.all()[i], claims.TimeOf(i), claims.StateOf(i, now)});
    if (view.state == SeatState::kWaiting) {
      view.place = ++waiting;
    }
  }
  return views;
}

absl::StatusOr<std::vector<SeatView>> SeatsOf(ports::StoreReader& reader,
                                              const std::string& program, const Member& member,
                                              Time now) {
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, member, now));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Seat> own,
                           AllRecordsOf<Seat>(reader, program, gate.members()));
  std::set<std::string> ids;
  for (const Seat& claim : own) {
    ids.insert(claim.item);
  }
  std::vector<SeatView> views;
  for (const std::string& id : ids) {
    PERIGEE_ASSIGN_OR_RETURN(const InsiderItem item, RequireItem(reader, program, id));
    PERIGEE_ASSIGN_OR_RETURN(const GateOutcome outcome, gate.Ask(item));
    PERIGEE_ASSIGN_OR_RETURN(const Claims claims, Claims::Of(reader, program, item));
    for (const Seat& claim : own) {
      if (claim.item == id) {
        views.push_back(claims.ViewOf(claims.PlaceOf(claim.id), now));
        views.back().item_is_known = IsKnown(outcome);
      }
    }
  }
  std::ranges::sort(views, {}, [](const SeatView& view) { return view.claim.id; });
  return views;
}

absl::StatusOr<std::vector<ClaimableItem>> ClaimableItems(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const Member& member,
                                                          const std::string& after, int limit,
                                                          Time now) {
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, member, now));
  std::vector<ClaimableItem> found;
  const auto look = [&](InsiderItem& item) -> absl::StatusOr<bool> {
    PERIGEE_ASSIGN_OR_RETURN(const GateOutcome outcome, gate.Ask(item));
    if (outcome != GateOutcome::kNoSeat) {
      return true;
    }
    PERIGEE_ASSIGN_OR_RETURN(const Claims claims, Claims::Of(reader, program, item));
    ClaimableItem claimable;
    claimable.waiting = static_cast<int>(claims.Count(SeatState::kWaiting, now));
    claimable.free =
        std::max(0, item.seats - static_cast<int>(claims.Count(SeatState::kGranted, now)));
    for (std::size_t i = 0; i < claims.all().size(); ++i) {
      const Seat& claim = claims.all()[i];
      if (std::ranges::find(gate.members(), claim.member) != gate.members().end() &&
          claims.StateOf(i, now) == SeatState::kWaiting) {
        claimable.claim = claim.id;
      }
    }
    claimable.item = std::move(item);
    found.push_back(std::move(claimable));
    return std::cmp_less(found.size(), limit);
  };
  PERIGEE_RETURN_IF_ERROR(ForEachItem(reader, program, after, look));
  return found;
}

absl::Status FitClaims(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const InsiderItem& before, InsiderItem& item,
                       domain::Changes& changes) {
  const int seats = std::exchange(item.seats, before.seats);
  PERIGEE_ASSIGN_OR_RETURN(Claims claims, Claims::Of(reader, program, item));
  if (seats != before.seats) {
    item = claims.SetSeats(seats, unit.now);
  }
  claims.PutChanged(unit, changes);
  return absl::OkStatus();
}

absl::Status SettleDueSeats(const std::string& program, std::vector<Seat> due,
                            ports::StoreReader& reader, const ports::UnitContext& unit,
                            domain::Changes& changes) {
  std::map<std::string, std::vector<domain::Revision>> by_item;
  for (const Seat& claim : due) {
    by_item[claim.item].push_back(claim.id);
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, program));
  for (const auto& [id, claim_ids] : by_item) {
    PERIGEE_ASSIGN_OR_RETURN(const InsiderItem item, RequireItem(reader, program, id));
    PERIGEE_ASSIGN_OR_RETURN(Claims claims, Claims::Of(reader, program, item));
    for (const domain::Revision claim : claim_ids) {
      PERIGEE_RETURN_IF_ERROR(claims.MovePrice(claims.PlaceOf(claim), unit.now, ledger));
    }
    claims.PutChanged(unit, changes);
  }
  changes.ledger = ledger.Take();
  return absl::OkStatus();
}

absl::Status EndSeatsOfErased(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::vector<MemberKey>& members,
                              bool all, domain::Changes& changes) {
  std::map<std::string, std::string> endings;  // By the hold that they end.
  for (const domain::Transfer& transfer : changes.ledger.transfers) {
    if (transfer.original.has_value()) {
      endings.emplace(domain::FormatTransferId(*transfer.original),
                      domain::FormatTransferId(transfer.id));
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Seat> own,
                           AllRecordsOf<Seat>(reader, program, members));
  std::map<std::string, std::vector<domain::Revision>> by_item;
  for (const Seat& claim : own) {
    if (all || endings.contains(claim.hold)) {
      by_item[claim.item].push_back(claim.id);
    }
  }
  for (const auto& [id, claim_ids] : by_item) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<InsiderItem> item, FindItem(reader, program, id));
    if (!item.has_value()) {
      continue;  // Nothing that is amiss in the store keeps a member from being erased.
    }
    PERIGEE_ASSIGN_OR_RETURN(Claims claims, Claims::Of(reader, program, *item));
    for (const domain::Revision claim_id : claim_ids) {
      const std::size_t at = claims.PlaceOf(claim_id);
      Seat& claim = claims.Change(at);
      domain::EndForErased(claims.StateOf(at, unit.now), unit.now, claim);
      const auto ending = endings.find(claim.hold);
      if (ending != endings.end() && claim.voiding.empty()) {
        claim.voiding = ending->second;
      }
    }
    claims.Follow();
    claims.PutChanged(unit, changes);
  }
  return absl::OkStatus();
}

absl::Status CheckNoSeat(ports::StoreReader& reader, const TransferPath& path) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Transfer transfer, RequireTransfer(reader, path));
  if (!transfer.debit.IsMember()) {
    return absl::OkStatus();
  }
  const std::string hold = domain::FormatTransferId(transfer.original.value_or(transfer.id));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Seat> claims,
                           AllRecordsOf<Seat>(reader, path.program, {transfer.debit.member}));
  const auto found = std::ranges::find(claims, hold, &Seat::hold);
  if (found == claims.end()) {
    return absl::OkStatus();
  }
  return Error(
      Reason::kOfSeat,
      absl::StrCat("the transfer is of the claim to seat ", found->id, ": move that instead"),
      {{"seat", absl::StrCat(found->id)}});
}

absl::StatusOr<std::map<SeatState, std::int64_t>> CountSeats(ports::StoreReader& reader,
                                                             const std::string& program, Time now) {
  std::map<SeatState, std::int64_t> counts;
  PERIGEE_RETURN_IF_ERROR(
      ForEachItem(reader, program, "", [&](InsiderItem& item) -> absl::StatusOr<bool> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<SeatView> claims,
                                 SeatsOf(reader, program, item, now));
        for (const SeatView& claim : claims) {
          ++counts[claim.state];
        }
        return true;
      }));
  return counts;
}

}  // namespace perigee::use_cases
