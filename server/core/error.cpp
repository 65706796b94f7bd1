#include "server/core/error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "server/core/check.h"

namespace perigee {
namespace {

// Payloads carry the details for which absl::Status has no field. Metadata is packed as key, 0,
// value, 0.
constexpr std::string_view kReasonUrl = "perigee/reason";
constexpr std::string_view kMetadataUrl = "perigee/metadata";
constexpr std::string_view kFieldKey = "field";

struct Row {
  Reason reason;
  std::string_view name;
  absl::StatusCode code;
};

constexpr auto kTable = std::to_array<Row>({
    {Reason::kInvalidField, "INVALID_FIELD", absl::StatusCode::kInvalidArgument},
    {Reason::kPageTokenInvalid, "PAGE_TOKEN_INVALID", absl::StatusCode::kInvalidArgument},
    {Reason::kPageTokenStale, "PAGE_TOKEN_STALE", absl::StatusCode::kFailedPrecondition},
    {Reason::kRequestIdReused, "REQUEST_ID_REUSED", absl::StatusCode::kAlreadyExists},
    {Reason::kRequestAnswerErased, "REQUEST_ANSWER_ERASED", absl::StatusCode::kFailedPrecondition},
    {Reason::kSourceEventReused, "SOURCE_EVENT_REUSED", absl::StatusCode::kAlreadyExists},
    {Reason::kAlreadyExists, "ALREADY_EXISTS", absl::StatusCode::kAlreadyExists},
    {Reason::kNotFound, "NOT_FOUND", absl::StatusCode::kNotFound},
    {Reason::kEtagMismatch, "ETAG_MISMATCH", absl::StatusCode::kAborted},
    {Reason::kConflict, "CONFLICT", absl::StatusCode::kAborted},
    {Reason::kInsufficientFunds, "INSUFFICIENT_FUNDS", absl::StatusCode::kFailedPrecondition},
    {Reason::kAssetNotSpendable, "ASSET_NOT_SPENDABLE", absl::StatusCode::kFailedPrecondition},
    {Reason::kAmountOverflow, "AMOUNT_OVERFLOW", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyLots, "TOO_MANY_LOTS", absl::StatusCode::kFailedPrecondition},
    {Reason::kTransferNotPending, "TRANSFER_NOT_PENDING", absl::StatusCode::kFailedPrecondition},
    {Reason::kAlreadyReversed, "ALREADY_REVERSED", absl::StatusCode::kFailedPrecondition},
    {Reason::kNotReversible, "NOT_REVERSIBLE", absl::StatusCode::kFailedPrecondition},
    {Reason::kAssetMismatch, "ASSET_MISMATCH", absl::StatusCode::kFailedPrecondition},
    {Reason::kUnauthenticated, "UNAUTHENTICATED", absl::StatusCode::kUnauthenticated},
    {Reason::kPermissionDenied, "PERMISSION_DENIED", absl::StatusCode::kPermissionDenied},
    {Reason::kRateLimited, "RATE_LIMITED", absl::StatusCode::kResourceExhausted},
    {Reason::kMemberSuspended, "MEMBER_SUSPENDED", absl::StatusCode::kFailedPrecondition},
    {Reason::kMemberNotSuspended, "MEMBER_NOT_SUSPENDED", absl::StatusCode::kFailedPrecondition},
    {Reason::kFacetWithdrawn, "FACET_WITHDRAWN", absl::StatusCode::kFailedPrecondition},
    {Reason::kMemberMerged, "MEMBER_MERGED", absl::StatusCode::kFailedPrecondition},
    {Reason::kMemberNotMerged, "MEMBER_NOT_MERGED", absl::StatusCode::kFailedPrecondition},
    {Reason::kMembersDiffer, "MEMBERS_DIFFER", absl::StatusCode::kFailedPrecondition},
    {Reason::kInvitationNotOpen, "INVITATION_NOT_OPEN", absl::StatusCode::kFailedPrecondition},
    {Reason::kDemographicAudience, "DEMOGRAPHIC_AUDIENCE", absl::StatusCode::kFailedPrecondition},
    {Reason::kIllegalMove, "ILLEGAL_MOVE", absl::StatusCode::kFailedPrecondition},
    {Reason::kTitleRetired, "TITLE_RETIRED", absl::StatusCode::kFailedPrecondition},
    {Reason::kNoSeatLeft, "NO_SEAT_LEFT", absl::StatusCode::kFailedPrecondition},
    {Reason::kNominatorNotAllowed, "NOMINATOR_NOT_ALLOWED", absl::StatusCode::kFailedPrecondition},
    {Reason::kNotACandidate, "NOT_A_CANDIDATE", absl::StatusCode::kFailedPrecondition},
    {Reason::kReviewsMissing, "REVIEWS_MISSING", absl::StatusCode::kFailedPrecondition},
    {Reason::kInvolved, "INVOLVED", absl::StatusCode::kFailedPrecondition},
    {Reason::kAskBudgetSpent, "ASK_BUDGET_SPENT", absl::StatusCode::kFailedPrecondition},
    {Reason::kAskRefused, "ASK_REFUSED", absl::StatusCode::kFailedPrecondition},
    {Reason::kThanksBudgetSpent, "THANKS_BUDGET_SPENT", absl::StatusCode::kFailedPrecondition},
    {Reason::kCashLikeReward, "CASH_LIKE_REWARD", absl::StatusCode::kFailedPrecondition},
    {Reason::kRewardRetired, "REWARD_RETIRED", absl::StatusCode::kFailedPrecondition},
    {Reason::kRewardOutOfStock, "REWARD_OUT_OF_STOCK", absl::StatusCode::kFailedPrecondition},
    {Reason::kFourEyes, "FOUR_EYES", absl::StatusCode::kFailedPrecondition},
    {Reason::kOfRedemption, "OF_REDEMPTION", absl::StatusCode::kFailedPrecondition},
    {Reason::kItemFixed, "ITEM_FIXED", absl::StatusCode::kFailedPrecondition},
    {Reason::kSeatNotNeeded, "SEAT_NOT_NEEDED", absl::StatusCode::kFailedPrecondition},
    {Reason::kOfSeat, "OF_SEAT", absl::StatusCode::kFailedPrecondition},
    {Reason::kAppointmentSuspended, "APPOINTMENT_SUSPENDED", absl::StatusCode::kFailedPrecondition},
    {Reason::kNoTitleHeld, "NO_TITLE_HELD", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyCredentials, "TOO_MANY_CREDENTIALS", absl::StatusCode::kFailedPrecondition},
    {Reason::kContributionKindRetired, "CONTRIBUTION_KIND_RETIRED",
     absl::StatusCode::kFailedPrecondition},
    {Reason::kDuplicateContribution, "DUPLICATE_CONTRIBUTION",
     absl::StatusCode::kFailedPrecondition},
    {Reason::kBadgeRetired, "BADGE_RETIRED", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyBadges, "TOO_MANY_BADGES", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyReadMarks, "TOO_MANY_READ_MARKS", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyTierSchemes, "TOO_MANY_TIER_SCHEMES", absl::StatusCode::kFailedPrecondition},
    {Reason::kUploadIncomplete, "UPLOAD_INCOMPLETE", absl::StatusCode::kFailedPrecondition},
    {Reason::kDigestMismatch, "DIGEST_MISMATCH", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyAttachments, "TOO_MANY_ATTACHMENTS", absl::StatusCode::kFailedPrecondition},
    {Reason::kOwnIdea, "OWN_IDEA", absl::StatusCode::kFailedPrecondition},
    {Reason::kAlreadyVoted, "ALREADY_VOTED", absl::StatusCode::kFailedPrecondition},
    {Reason::kIdeaDecided, "IDEA_DECIDED", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyIdeas, "TOO_MANY_IDEAS", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyWebhooks, "TOO_MANY_WEBHOOKS", absl::StatusCode::kFailedPrecondition},
    {Reason::kTooManyDevices, "TOO_MANY_DEVICES", absl::StatusCode::kFailedPrecondition},
    {Reason::kWebhookNotSending, "WEBHOOK_NOT_SENDING", absl::StatusCode::kFailedPrecondition},
    {Reason::kPushNotConfigured, "PUSH_NOT_CONFIGURED", absl::StatusCode::kFailedPrecondition},
    {Reason::kProgramClosed, "PROGRAM_CLOSED", absl::StatusCode::kFailedPrecondition},
    {Reason::kProgramNotClosed, "PROGRAM_NOT_CLOSED", absl::StatusCode::kFailedPrecondition},
    {Reason::kProgramBeingDeleted, "PROGRAM_BEING_DELETED", absl::StatusCode::kFailedPrecondition},
    {Reason::kPeriodNotOver, "PERIOD_NOT_OVER", absl::StatusCode::kFailedPrecondition},
    {Reason::kPeriodNotFinal, "PERIOD_NOT_FINAL", absl::StatusCode::kFailedPrecondition},
    {Reason::kPeriodFinal, "PERIOD_FINAL", absl::StatusCode::kFailedPrecondition},
    {Reason::kNothingToAmend, "NOTHING_TO_AMEND", absl::StatusCode::kFailedPrecondition},
    {Reason::kCursorOutOfRange, "CURSOR_OUT_OF_RANGE", absl::StatusCode::kOutOfRange},
    {Reason::kOverloaded, "OVERLOADED", absl::StatusCode::kResourceExhausted},
    {Reason::kStoreUnavailable, "STORE_UNAVAILABLE", absl::StatusCode::kUnavailable},
    {Reason::kRevisionNotReached, "REVISION_NOT_REACHED", absl::StatusCode::kUnavailable},
    {Reason::kInternal, "INTERNAL", absl::StatusCode::kInternal},
    {Reason::kShuttingDown, "SHUTTING_DOWN", absl::StatusCode::kUnavailable},
    {Reason::kDeadlinePassed, "DEADLINE_PASSED", absl::StatusCode::kDeadlineExceeded},
    {Reason::kAnswerTooLarge, "ANSWER_TOO_LARGE", absl::StatusCode::kOutOfRange},
    {Reason::kTimeZoneMissing, "TIME_ZONE_MISSING", absl::StatusCode::kUnavailable},
});

const Row& RowOf(Reason reason) {
  const auto* row = std::ranges::find(kTable, reason, &Row::reason);
  PERIGEE_CHECK(row != kTable.end(), "every reason has a row");
  return *row;
}

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

void SetText(absl::Status& status, std::string_view url, std::string_view text) {
  status.SetPayload(ToAbsl(url), absl::Cord(ToAbsl(text)));
}

std::optional<std::string> TextOf(const absl::Status& status, std::string_view url) {
  const auto payload = status.GetPayload(ToAbsl(url));
  return payload.has_value() ? std::optional(std::string(*payload)) : std::nullopt;
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): callers build the argument in place.
absl::Status Error(Reason reason, std::string_view message, ErrorMetadata metadata) {
  const Row& row = RowOf(reason);
  absl::Status status(row.code, ToAbsl(message));
  SetText(status, kReasonUrl, row.name);
  if (!metadata.empty()) {
    std::string packed;
    for (const auto& [key, value] : metadata) {
      packed.append(key).push_back('\0');
      packed.append(value).push_back('\0');
    }
    SetText(status, kMetadataUrl, packed);
  }
  return status;
}

absl::Status InvalidField(std::string_view field, std::string_view what) {
  return Error(Reason::kInvalidField, std::string(field) + " " + std::string(what),
               {{std::string(kFieldKey), std::string(field)}});
}

absl::Status WithField(const absl::Status& status, std::string_view field) {
  if (ReasonOf(status) != Reason::kInvalidField) {
    return status;
  }
  ErrorMetadata metadata = MetadataOf(status);
  std::string message(status.message());
  message.replace(0, metadata[std::string(kFieldKey)].size(), field);
  metadata[std::string(kFieldKey)] = field;
  return Error(Reason::kInvalidField, message, std::move(metadata));
}

absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix) {
  return prefix.empty() ? status : WithField(status, std::string(prefix) + "." + FieldOf(status));
}

absl::Status Unauthenticated() {
  return Error(Reason::kUnauthenticated, "the call needs a good token: sign in");
}

absl::Status Overloaded(std::string_view message, std::chrono::nanoseconds come_back_after) {
  const std::string millis = std::to_string(std::max<std::int64_t>(
      1, std::chrono::ceil<std::chrono::milliseconds>(come_back_after).count()));
  return Error(Reason::kOverloaded,
               std::string(message) + ": try again in " + millis + " milliseconds",
               {{"retry_after_ms", millis}});
}

absl::Status NotFound(std::string_view name) {
  return Error(Reason::kNotFound, std::string(name) + " was not found",
               {{"resource_name", std::string(name)}});
}

absl::Status AlreadyExists(std::string_view name) {
  return Error(Reason::kAlreadyExists, std::string(name) + " exists",
               {{"resource_name", std::string(name)}});
}

std::string FieldOf(const absl::Status& status) {
  return ReasonOf(status) == Reason::kInvalidField ? MetadataOf(status)[std::string(kFieldKey)]
                                                   : "";
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  const std::optional<std::string> name = TextOf(status, kReasonUrl);
  if (!name.has_value()) {
    return std::nullopt;
  }
  const auto* row = std::ranges::find(kTable, *name, &Row::name);
  return row == kTable.end() ? std::nullopt : std::optional(row->reason);
}

absl::Status WouldBlock() { return absl::FailedPreconditionError("would have to wait"); }

bool IsWouldBlock(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && !ReasonOf(status).has_value();
}

ErrorMetadata MetadataOf(const absl::Status& status) {
  ErrorMetadata metadata;
  const std::string packed = TextOf(status, kMetadataUrl).value_or("");
  for (std::size_t at = 0; at < packed.size();) {
    const std::size_t key_end = packed.find('\0', at);
    const std::size_t value_end = packed.find('\0', key_end + 1);
    metadata.emplace(packed.substr(at, key_end - at),
                     packed.substr(key_end + 1, value_end - key_end - 1));
    at = value_end + 1;
  }
  return metadata;
}

std::string_view ReasonName(Reason reason) { return RowOf(reason).name; }

absl::StatusCode ReasonCode(Reason reason) { return RowOf(reason).code; }

std::vector<Reason> AllReasons() {
  std::vector<Reason> reasons;
  reasons.reserve(kTable.size());
  for (const Row& row : kTable) {
    reasons.push_back(row.reason);
  }
  return reasons;
}

}  // namespace perigee
