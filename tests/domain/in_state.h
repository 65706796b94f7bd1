#pragma once

#include <chrono>
#include <string>

#include "server/domain/ask/ask.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/credential.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/idea/idea.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/leak_case.h"
#include "server/domain/insider/seat.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/domain/insider/insider_facts.h"

// A record of each machine in a state, at kNow.
namespace perigee::tests {

inline constexpr Time kNow = FromMicros(1'700'000'000'000'000);
inline constexpr Time kLater = kNow + std::chrono::hours(1);
inline constexpr Time kEarlier = kNow - std::chrono::hours(1);

// One that time has ended is stored as it was.
inline domain::Nomination In(domain::NominationState state) {
  using State = domain::NominationState;
  domain::Nomination nomination;
  nomination.id = "7";
  nomination.state = state == State::kExpired ? State::kInReview : state;
  nomination.expire_time = state == State::kExpired ? kNow : kLater;
  return nomination;
}

inline domain::Appointment In(domain::AppointmentState state) {
  using State = domain::AppointmentState;
  domain::Appointment appointment;
  appointment.id = "7";
  appointment.start_time = state == State::kScheduled ? kLater : kEarlier;
  const bool over = state == State::kRenewed || state == State::kLapsed || state == State::kAlumni;
  appointment.end_time = over ? kNow : kLater;
  appointment.renewal_time = over || state == State::kRenewalDue ? kNow : kLater;
  appointment.lapse_time = state == State::kAlumni ? kNow : kLater;
  if (state == State::kSuspended) {
    appointment.suspend_time = kNow;
  } else if (state == State::kRenewed) {
    appointment.renewed_by = "8";
  } else if (state == State::kRevoked) {
    appointment.revoke_time = kNow;
  }
  return appointment;
}

inline domain::Contribution In(domain::ContributionState state) {
  domain::Contribution contribution;
  contribution.id = "7";
  contribution.state = state;
  return contribution;
}

// `kRevoked`: by a move, not by what it says of appointments.
inline domain::Credential In(domain::CredentialState state) {
  using State = domain::CredentialState;
  domain::Credential credential = domain::IssuedAt(7);
  credential.issue_time = kEarlier;
  credential.expire_time = state == State::kExpired ? kNow : kLater;
  if (state == State::kRevoked) {
    credential.revoke_time = kNow;
  }
  return credential;
}

inline domain::Idea In(domain::IdeaState state) {
  domain::Idea idea;
  idea.id = 7;
  idea.state = state;
  idea.title = "A bell for the night";
  return idea;
}

inline domain::LeakCase In(domain::LeakCaseState state) {
  domain::LeakCase leak;
  leak.id = 7;
  leak.state = state;
  leak.summary = "A picture of the frame";
  return leak;
}

inline domain::Ask In(domain::AskState state) {
  using State = domain::AskState;
  domain::Ask ask;
  ask.id = "7";
  ask.team = "events";
  ask.kind = "talk";
  ask.text = "Speak in May";
  ask.create_time = kEarlier;
  ask.expire_time = state == State::kExpired ? kNow : kLater;
  switch (state) {
    case State::kProposed:
    case State::kExpired:
      break;
    case State::kCancelled:
      ask.cancel_time = kNow;
      break;
    case State::kThanked:
      ask.thank_time = kNow;
      [[fallthrough]];
    case State::kDone:
      ask.done_time = kNow;
      [[fallthrough]];
    case State::kAccepted:
      ask.accepted = true;
      [[fallthrough]];
    case State::kDeclined:
      ask.answer_time = kNow;
      [[fallthrough]];
    case State::kSent:
      ask.send_time = kNow;
      [[fallthrough]];
    case State::kReserved:
      ask.reserve_time = kNow;
      break;
  }
  return ask;
}

inline domain::Thanks In(domain::ThanksState state) {
  domain::Thanks thanks;
  thanks.id = 7;
  if (state == domain::ThanksState::kWithdrawn) {
    thanks.withdraw_time = kEarlier;
  }
  return thanks;
}

inline domain::Promise In(domain::PromiseState state) {
  using State = domain::PromiseState;
  domain::Promise promise;
  promise.id = 7;
  promise.text = "a visit";
  promise.state = state == State::kOverdue ? State::kOpen : state;
  promise.due_time = state == State::kOverdue ? kNow : kLater;
  return promise;
}

// One that time has ended is stored as it was.
inline domain::Redemption In(domain::RedemptionState state) {
  using State = domain::RedemptionState;
  domain::Redemption redemption;
  redemption.id = "7";
  redemption.state = state == State::kExpired ? State::kApproved : state;
  redemption.expire_time = state == State::kExpired ? kNow : kLater;
  return redemption;
}

inline domain::BadgeGrant In(domain::BadgeState state, const domain::MemberKey& member = Key(1)) {
  using State = domain::BadgeState;
  domain::BadgeGrant grant = state == State::kGrantedByStaff
                                 ? domain::GrantByStaff(Nice(), member, "well done", Minute(9))
                                 : domain::GrantByRule(Nice(), member, Earned(), Minute(9));
  if (state == State::kRevoked || state == State::kRevokedByStaff) {
    grant.revoke_time = Minute(10);
    grant.revoke_reason = state == State::kRevoked ? domain::BadgeRevokeReason::kRuleNotMet
                                                   : domain::BadgeRevokeReason::kStaff;
  }
  return grant;
}

inline domain::InsiderItem In(domain::ItemState state) {
  using State = domain::ItemState;
  domain::InsiderItem item = Preview();
  item.releases[0].time = state == State::kReleased ? kNow : kLater + std::chrono::hours(1);
  if (state != State::kDraft) {
    item.open_time = state == State::kScheduled ? kLater : kEarlier;
  }
  if (state == State::kWithdrawn) {
    item.withdraw_time = kNow;
  }
  return item;
}

// Of Secrecy().
inline domain::Acceptance In(domain::AcceptanceState state) {
  using State = domain::AcceptanceState;
  const std::int32_t version = state == State::kSuperseded ? 1 : 2;
  domain::Acceptance acceptance =
      domain::Present({"secrecy", version, "", "digest", {}, 0}, Key(1), 7, kEarlier);
  if (state != State::kPresented) {
    acceptance.accept_time = kEarlier;
    acceptance.expire_time = state == State::kExpired ? kNow : kLater;
  }
  if (state == State::kWithdrawn) {
    acceptance.withdraw_time = kNow;
  }
  return acceptance;
}

// Of an item with one seat, which another member claimed before.
inline domain::Seat In(domain::SeatState state) {
  using State = domain::SeatState;
  domain::Seat claim;
  claim.id = 7;
  claim.member = Key(1);
  claim.item = "preview";
  claim.create_time = kEarlier;
  claim.days = 1;
  if (state == State::kGranted) {
    claim.granted_since = kEarlier;
  } else if (state == State::kExpired) {
    claim.granted_since = kNow - std::chrono::days(1);
  } else if (state == State::kGivenBack) {
    claim.give_back_time = kNow;
  } else if (state == State::kRevoked) {
    claim.revoke_time = kNow;
  }
  return claim;
}

}  // namespace perigee::tests
