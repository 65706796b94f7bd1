#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/champion/nomination.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

struct Judge;

using DecidedNomination = absl::StatusOr<Decided<domain::Nomination>>;

struct NominationDraft {
  std::string title;
  std::string nominee;
  std::string nominator;  // A member. Empty: staff.
  std::vector<std::string> answers;
  bool draft = false;  // It waits for SubmitNomination.
  bool from_candidates = false;
};

// What is to be decided of a nomination.
struct NominationDecision {
  bool accept = false;
  std::string reason;
  std::optional<Time> start_time;  // Of the appointment. Absent: now.
  std::string etag;
};

// kNotFound for programme, title and members (fields `member`, `nominee`), kTitleRetired,
// kNominatorNotAllowed, kInvalidField (`answers`), kNotACandidate if the nominee comes from the
// candidates and is none at this moment, and kAlreadyExists if the nominator has a voice
// in the open nomination of the same person for the same title. Otherwise the voice joins that
// nomination, which is then the answer. A suspended nominee is not refused: a peer must not learn
// of a suspension. Only an acceptance looks at it.
DecidedNomination Nominate(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const NominationDraft& draft);
// Submits the draft of that nominator. If another nomination is open, the draft's voice joins that
// one and the draft is gone. kNotFound, kTitleRetired, kAlreadyExists, kIllegalMove.
DecidedNomination SubmitNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id,
                                   const std::string& nominator);
// By a nominator, whose voice is taken back: the nomination is withdrawn with its last voice. By
// the nominee, or by staff if `member` is empty: the nomination is withdrawn. kNotFound, also if
// the member is neither; kIllegalMove.
DecidedNomination WithdrawNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const std::string& program, const std::string& id,
                                     const std::string& member);

// kNotFound, also for the nominee; kIllegalMove.
DecidedNomination StartReview(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& id,
                              const Judge& judge);
// A judge's second review takes the place of the first. kNotFound, also for the nominee;
// kIllegalMove; kInvolved for a nominator, who may only recuse themselves.
DecidedNomination ReviewNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id,
                                   const Judge& judge, domain::Verdict verdict,
                                   const std::string& reason);
// Accepting also makes the appointment. kNotFound, also for the nominee; kEtagMismatch,
// kIllegalMove, kInvolved, kReviewsMissing, and the refusals of Appoint.
DecidedNomination DecideNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id,
                                   const Judge& judge, const NominationDecision& decision);

// The open nomination of that person, which is these members, for that title.
absl::StatusOr<std::optional<domain::Nomination>> FindOpenNomination(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::MemberKey>& person, const std::string& title, Time now);

absl::StatusOr<domain::Nomination> RequireNomination(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     const std::string& id);
absl::StatusOr<std::vector<domain::NominationVoice>> VoicesOf(ports::StoreReader& reader,
                                                              const std::string& program,
                                                              const std::string& nomination);
absl::StatusOr<std::vector<domain::NominationReview>> ReviewsOf(ports::StoreReader& reader,
                                                                const std::string& program,
                                                                const std::string& nomination);

}  // namespace perigee::use_cases
