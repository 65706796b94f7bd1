#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace perigee {

// Why a call is refused. A table in error.cpp gives each reason its canonical code and wire
// spelling. reasons.proto says what each reason means. A test checks that all three agree.
enum class Reason : std::uint8_t {
  kInvalidField,
  kPageTokenInvalid,
  kPageTokenStale,
  kRequestIdReused,
  kRequestAnswerErased,
  kSourceEventReused,
  kAlreadyExists,
  kNotFound,
  kEtagMismatch,
  kConflict,
  kInsufficientFunds,
  kAssetNotSpendable,
  kAmountOverflow,
  kTooManyLots,
  kTransferNotPending,
  kAlreadyReversed,
  kNotReversible,
  kAssetMismatch,
  kUnauthenticated,
  kPermissionDenied,
  kRateLimited,
  kMemberSuspended,
  kMemberNotSuspended,
  kFacetWithdrawn,
  kMemberMerged,
  kMemberNotMerged,
  kMembersDiffer,
  kInvitationNotOpen,
  kDemographicAudience,
  kIllegalMove,
  kTitleRetired,
  kNoSeatLeft,
  kNominatorNotAllowed,
  kNotACandidate,
  kReviewsMissing,
  kInvolved,
  kAskBudgetSpent,
  kAskRefused,
  kThanksBudgetSpent,
  kAppointmentSuspended,
  kNoTitleHeld,
  kTooManyCredentials,
  kContributionKindRetired,
  kDuplicateContribution,
  kCashLikeReward,
  kRewardRetired,
  kRewardOutOfStock,
  kFourEyes,
  kOfRedemption,
  kItemFixed,
  kSeatNotNeeded,
  kOfSeat,
  kBadgeRetired,
  kTooManyBadges,
  kTooManyTierSchemes,
  kUploadIncomplete,
  kDigestMismatch,
  kTooManyAttachments,
  kOwnIdea,
  kAlreadyVoted,
  kIdeaDecided,
  kTooManyIdeas,
  kTooManyWebhooks,
  kTooManyDevices,
  kWebhookNotSending,
  kPushNotConfigured,
  kTooManyReadMarks,
  kProgramClosed,
  kProgramNotClosed,
  kProgramBeingDeleted,
  kPeriodNotOver,
  kPeriodNotFinal,
  kPeriodFinal,
  kNothingToAmend,
  kCursorOutOfRange,
  kOverloaded,
  kStoreUnavailable,
  kRevisionNotReached,
  kInternal,
  kShuttingDown,
  kDeadlinePassed,
  kAnswerTooLarge,
  kTimeZoneMissing,
};

// Details of a refusal besides its message. Keys are lower_snake. Values repeat each variable part
// of the message.
using ErrorMetadata = std::map<std::string, std::string>;

// The only way to refuse. `message` is one short English sentence for a developer.
absl::Status Error(Reason reason, std::string_view message, ErrorMetadata metadata = {});

// kInvalidField for `field` (a proto path such as `member.display_name`). The message reads
// "<field> <what>".
absl::Status InvalidField(std::string_view field, std::string_view what);

// The same refusal, for another field. Other statuses than kInvalidField stay as they are.
absl::Status WithField(const absl::Status& status, std::string_view field);

// The same refusal, with its field seen from outside of `prefix`: `amount` in `transfers[2]`
// becomes `transfers[2].amount`. An empty prefix changes nothing. Other statuses than kInvalidField
// stay as they are.
absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix);

// kNotFound for a resource name.
absl::Status NotFound(std::string_view name);
// kAlreadyExists for a resource name.
absl::Status AlreadyExists(std::string_view name);

// kUnauthenticated. The text is always the same.
absl::Status Unauthenticated();

// kOverloaded with retry advice: `retry_after_ms` has the milliseconds to wait, at least 1.
absl::Status Overloaded(std::string_view message, std::chrono::nanoseconds come_back_after);

// The field that a kInvalidField names. Empty for other statuses.
std::string FieldOf(const absl::Status& status);

// The reason of a status made by Error. nullopt for OK and for foreign statuses.
std::optional<Reason> ReasonOf(const absl::Status& status);

// The metadata of a status made by Error. Empty for other statuses.
ErrorMetadata MetadataOf(const absl::Status& status);

// The answer to a caller that wants an answer at once, where the call would have to wait or to ask
// the store. Stays in the server: it has no Reason.
absl::Status WouldBlock();
bool IsWouldBlock(const absl::Status& status);

// The wire spelling, such as `INSUFFICIENT_FUNDS`, and the canonical code.
std::string_view ReasonName(Reason reason);
absl::StatusCode ReasonCode(Reason reason);

// Every reason, for tests.
std::vector<Reason> AllReasons();

}  // namespace perigee
