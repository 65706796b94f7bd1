#include "server/use_cases/member/erase_member.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/member.h"
#include "server/domain/orbit/departure.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/access/access.h"
#include "server/use_cases/insider/agreements.h"
#include "server/use_cases/insider/seats.h"
#include "server/use_cases/ledger/books.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/reward/redemptions.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::use_cases {
namespace {

using domain::Invitation;
using domain::InvitationState;
using domain::Member;
using domain::MemberKey;
using domain::RoleGrant;

constexpr int kPage = 500;

absl::Status TooMuchForOneUnit() {
  return Error(Reason::kTooManyLots,
               "the member has more holds and lots than one unit of work ends");
}

absl::StatusOr<Member> RequireOrdered(ports::StoreReader& reader, const ErasureOrder& order) {
  if (!order.member.IsNil()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                             reader.members().FindByKeys(order.program, {&order.member, 1}));
    return found.empty() ? NotFound("programs/" + order.program + "/members/" + order.member.Hex())
                         : absl::StatusOr<Member>(found.front());
  }
  PERIGEE_ASSIGN_OR_RETURN(Member member, RequireMember(reader, order.program, order.member_id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(order.etag, member.revision));
  return member;
}

// All members of the person to erase.
absl::StatusOr<std::vector<MemberKey>> RequireErasable(ports::StoreReader& reader,
                                                       const ErasureOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireOrdered(reader, order));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                           reader.members().Merged(order.program));
  return merged.AllOf(member.key);
}

// The holds on either side of the members' accounts, each once.
absl::StatusOr<std::map<domain::TransferId, domain::Transfer>> HoldsOf(
    ports::StoreReader& reader, const std::string& program, const std::vector<MemberKey>& members) {
  std::map<domain::TransferId, domain::Transfer> all;
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Transfer> holds,
                             reader.ledger().HoldsOf(program, member, kVoidedMax));
    for (const domain::Transfer& hold : holds) {
      all.emplace(hold.id, hold);
    }
  }
  return all;
}

// Ends the holds, then takes what is left of the accounts. False if something is left that is too
// much for this unit.
absl::StatusOr<bool> ForfeitAll(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const std::string& program, const std::vector<MemberKey>& members,
                                domain::LedgerUnit& ledger) {
  PERIGEE_ASSIGN_OR_RETURN(const auto holds, HoldsOf(reader, program, members));
  int ended = 0;
  for (const auto& [id, hold] : holds) {
    // A hold gives back to kLotUsesMax lots at most, so the limit of the unit is not passed.
    if (ledger.changes().lot_uses.size() > domain::kLotUsesMax) {
      return false;
    }
    const bool has_expired = hold.expire_time.has_value() && *hold.expire_time <= unit.now;
    PERIGEE_RETURN_IF_ERROR((has_expired ? ledger.TimeOut(id) : ledger.Void(id)).status());
    if (++ended == kVoidedMax) {
      return false;  // There may be more.
    }
  }
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Account> accounts,
                             reader.ledger().AccountsOf(program, member));
    for (const domain::Account& account : accounts) {
      PERIGEE_ASSIGN_OR_RETURN(const bool is_empty, ledger.Forfeit(account.ref));
      if (!is_empty) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

// An invitation that nobody can use any more.
absl::Status RevokeInvitations(ports::StoreReader& reader, const ports::UnitContext& unit,
                               const std::string& program, const MemberKey& member,
                               domain::Changes& changes) {
  std::vector<Invitation> invitations;
  do {
    PERIGEE_ASSIGN_OR_RETURN(invitations,
                             reader.records().List<Invitation>(
                                 program, {{"member_key", std::string(member.Raw())}},
                                 invitations.empty() ? nullptr : &invitations.back(), kPage));
    for (Invitation invitation : invitations) {
      if (invitation.state == InvitationState::kOpen) {
        domain::End(invitation, InvitationState::kRevoked);
        invitation.revision = unit.revision;
        changes.records.Put(std::move(invitation));
      }
    }
  } while (std::cmp_equal(invitations.size(), kPage));
  return absl::OkStatus();
}

// What stays known of somebody who leaves, for the gravity of earlier dates.
absl::StatusOr<domain::Departure> DepartureOf(ports::StoreReader& reader,
                                              const ports::UnitContext& unit,
                                              const std::string& program,
                                              const std::vector<MemberKey>& members) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                           reader.members().FindByKeys(program, members));
  domain::Departure departure;
  departure.members = members;
  departure.join_time = unit.now;
  departure.leave_time = unit.now;
  departure.revision = unit.revision;
  for (const Member& member : found) {
    departure.join_time = std::min(departure.join_time, member.join_time);
    departure.staff = departure.staff || domain::IsStaff(member.type, member.kinds);
  }
  return departure;
}

absl::StatusOr<domain::Changes> DecideErasure(ports::StoreReader& reader,
                                              const ports::UnitContext& unit,
                                              const ErasureOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<MemberKey> members, RequireErasable(reader, order));
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, order.program));
  PERIGEE_ASSIGN_OR_RETURN(const bool all,
                           ForfeitAll(reader, unit, order.program, members, ledger));
  if (!all) {
    return TooMuchForOneUnit();
  }
  domain::Changes changes;
  changes.ledger = ledger.Take();
  PERIGEE_RETURN_IF_ERROR(
      EndRedemptionsOfErased(reader, unit, order.program, members, true, changes));
  PERIGEE_RETURN_IF_ERROR(EndSeatsOfErased(reader, unit, order.program, members, true, changes));
  PERIGEE_RETURN_IF_ERROR(EndAcceptancesOfErased(reader, unit, order.program, members, changes));
  // A grant from before its subject became the member belongs to a pseudonym of the same person.
  std::set<MemberKey> erased(members.begin(), members.end());
  std::map<std::string, RoleGrant> grants;
  PERIGEE_ASSIGN_OR_RETURN(domain::Departure departure,
                           DepartureOf(reader, unit, order.program, members));
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<RoleGrant> found,
                             RoleGrantsOf(reader, order.program, member));
    for (const RoleGrant& grant : found) {
      erased.insert(grant.principal);
      departure.staff = departure.staff || grant.IsLive(unit.now);
      grants.emplace(grant.id, grant);
    }
    PERIGEE_RETURN_IF_ERROR(RevokeInvitations(reader, unit, order.program, member, changes));
  }
  for (auto& [id, grant] : grants) {
    changes.records.Delete(std::move(grant));
  }
  changes.records.Put(std::move(departure));
  changes.erased.assign(erased.begin(), erased.end());
  return changes;
}

absl::StatusOr<domain::Changes> DecideForfeit(ports::StoreReader& reader,
                                              const ports::UnitContext& unit,
                                              const ErasureOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<MemberKey> members, RequireErasable(reader, order));
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, order.program));
  PERIGEE_RETURN_IF_ERROR(ForfeitAll(reader, unit, order.program, members, ledger).status());
  domain::Changes changes;
  changes.ledger = ledger.Take();
  if (changes.Empty()) {
    return TooMuchForOneUnit();
  }
  PERIGEE_RETURN_IF_ERROR(
      EndRedemptionsOfErased(reader, unit, order.program, members, false, changes));
  PERIGEE_RETURN_IF_ERROR(EndSeatsOfErased(reader, unit, order.program, members, false, changes));
  return changes;
}

absl::StatusOr<ports::Outcome> EraseMember(
    ports::Store& store, const ports::Unit& unit, const ErasureOrder& order,
    const std::function<std::string(ports::Revision revision)>& answer) {
  ports::Unit erasing = unit;
  erasing.in_closed = true;
  erasing.decide = [order, answer](
                       ports::StoreReader& reader,
                       const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(domain::Changes changes, DecideErasure(reader, context, order));
    return ports::Decision{std::move(changes), answer(context.revision)};
  };
  ports::Unit ahead = erasing;
  ahead.request.reset();
  ahead.background = true;
  ahead.decide = [order](ports::StoreReader& reader,
                         const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(domain::Changes changes, DecideForfeit(reader, context, order));
    return ports::Decision{std::move(changes), {}};
  };
  for (;;) {
    absl::StatusOr<ports::Outcome> erased = WriteAndWait(store, erasing);
    if (erased.ok() || ReasonOf(erased.status()) != Reason::kTooManyLots) {
      return erased;
    }
    PERIGEE_RETURN_IF_ERROR(WriteAndWait(store, ahead).status());
  }
}

}  // namespace perigee::use_cases
